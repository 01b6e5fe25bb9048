-- Purchases with an EffectiveCost: the usage that they cover carries it again.
SELECT 'D-PURCHASE' AS code, x_FileId AS file_id, x_RowId AS row_id, 1 AS n, 'EffectiveCost' AS column_name,
  CAST(EffectiveCost AS VARCHAR) AS value, '0' AS expected, EffectiveCost AS money, BillingCurrency AS currency
FROM {charges}
WHERE ChargeCategory = 'Purchase' AND EffectiveCost <> 0 AND coalesce(ChargeClass, '') <> 'Correction'
