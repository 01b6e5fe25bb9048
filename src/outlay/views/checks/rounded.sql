-- Costs rounded to whole units beside a BilledCost that is not: nine of ten usage rows of one provider in one file.
WITH compared AS (
  SELECT x_FileId, x_RowId, ServiceProviderName, BillingCurrency, 'EffectiveCost' AS column_name,
    BilledCost, EffectiveCost AS cost
  FROM {charges}
  WHERE ChargeCategory = 'Usage' AND CommitmentDiscountStatus IS NULL AND BilledCost <> floor(BilledCost)
  UNION ALL
  SELECT x_FileId, x_RowId, ServiceProviderName, BillingCurrency, 'ContractedCost', BilledCost, ContractedCost
  FROM {charges}
  WHERE ChargeCategory = 'Usage' AND CommitmentDiscountStatus IS NULL AND BilledCost <> floor(BilledCost)
), per_provider AS (
  SELECT x_FileId, ServiceProviderName, BillingCurrency, column_name,
    count(*) AS fractions,
    count(*) FILTER (WHERE cost = floor(cost) AND abs(BilledCost - cost) <= 0.5) AS wholes,
    min(x_RowId) FILTER (WHERE cost = floor(cost) AND abs(BilledCost - cost) <= 0.5) AS first_row,
    sum(BilledCost - cost) FILTER (WHERE cost = floor(cost) AND abs(BilledCost - cost) <= 0.5) AS lost
  FROM compared
  GROUP BY 1, 2, 3, 4
)
SELECT 'D-ROUNDED' AS code, x_FileId AS file_id, first_row AS row_id, wholes AS n, column_name,
  ServiceProviderName AS value, NULL AS expected, lost AS money, BillingCurrency AS currency
FROM per_provider
WHERE fractions >= 3 AND wholes * 10 >= fractions * 9
