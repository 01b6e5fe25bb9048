-- Columns of a FOCUS file that its version requires on every row, and that are empty.
WITH incomplete AS (
  SELECT * FROM {charges}
  WHERE x_SourceSystem = 'focus' AND ({any_empty})
)
SELECT 'D-MANDATORY' AS code, x_FileId AS file_id, x_RowId AS row_id, 1 AS n, required.name AS column_name,
  x_SourceVersion AS value, NULL AS expected, BilledCost AS money, BillingCurrency AS currency
FROM incomplete JOIN {required} AS required ON required.version = x_SourceVersion
WHERE CASE required.name {empty} END
