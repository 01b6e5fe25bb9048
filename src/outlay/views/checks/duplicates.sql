-- Rows of one delivery that are equal in every FOCUS column: each copy after the first. The first step finds
-- candidates by a few columns; only those are compared in full.
WITH keyed AS (
  SELECT x_DeliveryId, coalesce(ResourceId, '') AS resource, coalesce(SkuPriceId, '') AS price,
    coalesce(SubAccountId, '') AS account, ChargePeriodStart AS start, coalesce(BilledCost, 0) AS billed,
    coalesce(EffectiveCost, 0) AS effective
  FROM {charges}
  WHERE x_RecordKind = 'billed' AND (BilledCost <> 0 OR EffectiveCost <> 0 OR ListCost <> 0)
  GROUP BY 1, 2, 3, 4, 5, 6, 7
  HAVING count(*) > 1
), numbered AS (
  SELECT c.x_FileId, c.x_RowId, c.BilledCost, c.BillingCurrency, c.ChargeDescription,
    row_number() OVER (PARTITION BY c.x_DeliveryId, {columns} ORDER BY c.x_FileId, c.x_RowId) AS copy,
    min(c.x_RowId) OVER (PARTITION BY c.x_DeliveryId, {columns}) AS first_row
  FROM {charges} AS c JOIN keyed
    ON keyed.x_DeliveryId = c.x_DeliveryId AND keyed.resource = coalesce(c.ResourceId, '')
    AND keyed.price = coalesce(c.SkuPriceId, '') AND keyed.account = coalesce(c.SubAccountId, '')
    AND keyed.start = c.ChargePeriodStart AND keyed.billed = coalesce(c.BilledCost, 0)
    AND keyed.effective = coalesce(c.EffectiveCost, 0)
  WHERE c.x_RecordKind = 'billed'
)
SELECT 'D-DUPLICATE' AS code, x_FileId AS file_id, x_RowId AS row_id, 1 AS n, '*' AS column_name,
  ChargeDescription AS value, CAST(first_row AS VARCHAR) AS expected, BilledCost AS money, BillingCurrency AS currency
FROM numbered
WHERE copy > 1
