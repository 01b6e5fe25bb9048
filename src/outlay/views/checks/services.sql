-- Services that stand in more than one category: the charges outside the category that most of them have.
WITH per_category AS (
  SELECT ServiceProviderName, ServiceName, ServiceCategory, sum(charges) AS charges
  FROM {vocabulary}
  WHERE x_RecordKind = 'billed' AND ServiceName IS NOT NULL AND ServiceCategory IS NOT NULL
  GROUP BY 1, 2, 3
), ranked AS (
  SELECT ServiceProviderName, ServiceName, ServiceCategory,
    row_number() OVER service AS place,
    first_value(ServiceCategory) OVER service AS usual
  FROM per_category
  WINDOW service AS (
    PARTITION BY ServiceProviderName, ServiceName ORDER BY charges DESC NULLS LAST, ServiceCategory
  )
)
SELECT 'D-SERVICE' AS code, v.x_FileId AS file_id, v.x_RowId AS row_id, v.charges AS n,
  'ServiceCategory' AS column_name, v.ServiceName || ': ' || v.ServiceCategory AS value, usual AS expected,
  v.BilledCost AS money, v.BillingCurrency AS currency
FROM {vocabulary} AS v JOIN ranked
  ON ranked.ServiceName = v.ServiceName
  AND ranked.ServiceCategory = v.ServiceCategory
  AND coalesce(ranked.ServiceProviderName, '') = coalesce(v.ServiceProviderName, '')
WHERE place > 1 AND v.x_RecordKind = 'billed'
  AND v.ServiceCategory IN (SELECT category FROM {subcategories})
