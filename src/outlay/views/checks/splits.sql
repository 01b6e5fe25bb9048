-- Rows whose parts, split by outlay, do not add up to the row as it was delivered.
WITH shared AS (
  SELECT x_DeliveryId, x_FileId, x_RowId
  FROM {costs}
  WHERE AllocatedMethodId LIKE 'outlay:%'
  GROUP BY 1, 2, 3
), parts AS (
  SELECT s.x_DeliveryId, s.x_FileId, s.x_RowId, {sums}
  FROM {costs} AS c JOIN shared AS s
    ON c.x_DeliveryId = s.x_DeliveryId AND c.x_FileId = s.x_FileId AND c.x_RowId = s.x_RowId
  GROUP BY 1, 2, 3
), origins AS (
  SELECT s.x_DeliveryId, s.x_FileId, s.x_RowId, max(c.BillingCurrency) AS BillingCurrency, {sums}
  FROM {charges} AS c JOIN shared AS s
    ON c.x_DeliveryId = s.x_DeliveryId AND c.x_FileId = s.x_FileId AND c.x_RowId = s.x_RowId
  GROUP BY 1, 2, 3
)
SELECT 'D-SPLIT' AS code, p.x_FileId AS file_id, p.x_RowId AS row_id, 1 AS n, {first_unequal} AS column_name,
  CAST(p.BilledCost AS VARCHAR) AS value, CAST(o.BilledCost AS VARCHAR) AS expected,
  p.BilledCost - coalesce(o.BilledCost, 0) AS money, o.BillingCurrency AS currency
FROM parts AS p LEFT JOIN origins AS o
  ON o.x_DeliveryId = p.x_DeliveryId AND o.x_FileId = p.x_FileId AND o.x_RowId = p.x_RowId
WHERE o.x_RowId IS NULL OR {unequal}
