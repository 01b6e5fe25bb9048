-- Unused commitment that claims consumption.
SELECT 'D-UNUSED' AS code, x_FileId AS file_id, x_RowId AS row_id, 1 AS n, 'ConsumedQuantity' AS column_name,
  CAST(ConsumedQuantity AS VARCHAR) AS value, NULL AS expected, EffectiveCost AS money, BillingCurrency AS currency
FROM {charges}
WHERE CommitmentDiscountStatus = 'Unused' AND ConsumedQuantity IS NOT NULL
