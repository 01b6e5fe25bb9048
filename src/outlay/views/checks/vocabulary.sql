-- The distinct combinations of words in the charges: what checks of single values look at, instead of every row.
SELECT
  x_SourceSystem, x_FileId, x_RecordKind, InvoiceIssuerName, ServiceProviderName, BillingAccountId, BillingPeriodStart,
  BillingCurrency, PricingCurrency, ChargeCategory, ChargeClass, ChargeFrequency, PricingCategory,
  CommitmentDiscountCategory, CommitmentDiscountStatus, CapacityReservationStatus,
  ServiceCategory, ServiceSubcategory, ServiceName, PricingUnit, ConsumedUnit,
  min(x_RowId) AS x_RowId,
  count(*) AS charges,
  sum(BilledCost) AS BilledCost
FROM {charges}
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21
