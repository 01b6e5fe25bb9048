-- Words that FOCUS does not allow in its enumerated columns.
WITH used AS (
  {enumerated}
)
SELECT 'D-VALUE' AS code, x_FileId AS file_id, x_RowId AS row_id, charges AS n, used.name AS column_name,
  used.value, NULL AS expected, BilledCost AS money, BillingCurrency AS currency
FROM used LEFT JOIN {allowed} AS known ON known.name = used.name AND known.value = used.value
WHERE used.value IS NOT NULL AND known.value IS NULL
