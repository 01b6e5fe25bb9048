-- Service subcategories below a category that is not theirs. Unknown words are another check's.
SELECT 'D-SUBCATEGORY' AS code, x_FileId AS file_id, x_RowId AS row_id, charges AS n,
  'ServiceSubcategory' AS column_name, ServiceSubcategory AS value, category AS expected,
  BilledCost AS money, BillingCurrency AS currency
FROM {vocabulary} JOIN {subcategories} AS known ON known.subcategory = ServiceSubcategory
WHERE ServiceCategory <> category AND ServiceCategory IN (SELECT category FROM {subcategories})
