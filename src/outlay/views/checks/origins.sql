-- Rows that a provider split, beside the row that they were split from; and parts that do not say how they were made.
WITH parts AS (
  SELECT x_DeliveryId, coalesce(ResourceId, '') AS resource, coalesce(SkuPriceId, '') AS price,
    ChargePeriodStart, ChargePeriodEnd, ChargeCategory, sum(BilledCost) AS billed, sum(EffectiveCost) AS effective
  FROM {charges}
  WHERE AllocatedMethodId IS NOT NULL
  GROUP BY 1, 2, 3, 4, 5, 6
)
SELECT 'D-ORIGIN' AS code, c.x_FileId AS file_id, c.x_RowId AS row_id, 1 AS n, 'AllocatedMethodId' AS column_name,
  c.ResourceId AS value, NULL AS expected, c.EffectiveCost AS money, c.BillingCurrency AS currency
FROM {charges} AS c JOIN parts
  ON parts.x_DeliveryId = c.x_DeliveryId AND parts.resource = coalesce(c.ResourceId, '')
  AND parts.price = coalesce(c.SkuPriceId, '') AND parts.ChargePeriodStart = c.ChargePeriodStart
  AND parts.ChargePeriodEnd = c.ChargePeriodEnd AND parts.ChargeCategory = c.ChargeCategory
  AND parts.billed = c.BilledCost AND parts.effective = c.EffectiveCost
WHERE c.AllocatedMethodId IS NULL AND (c.BilledCost <> 0 OR c.EffectiveCost <> 0)
UNION ALL
SELECT 'D-ALLOCATED', x_FileId, x_RowId, 1, 'AllocatedMethodId',
  AllocatedResourceId, NULL, EffectiveCost, BillingCurrency
FROM {charges}
WHERE AllocatedMethodId IS NULL AND AllocatedResourceId IS NOT NULL
