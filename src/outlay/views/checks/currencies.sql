-- Currencies that ISO 4217 does not know. A pricing currency may be virtual (credits, tokens) but not a misspelt code.
WITH used AS (
  SELECT x_FileId, x_RowId, charges, BilledCost, BillingCurrency,
    'BillingCurrency' AS column_name, BillingCurrency AS code
  FROM {vocabulary}
  UNION ALL
  SELECT x_FileId, x_RowId, charges, BilledCost, BillingCurrency, 'PricingCurrency', PricingCurrency
  FROM {vocabulary}
  WHERE upper(trim(PricingCurrency)) IN (SELECT code FROM {currencies})
)
SELECT 'D-CURRENCY' AS code, x_FileId AS file_id, x_RowId AS row_id, charges AS n, column_name,
  used.code AS value, upper(trim(used.code)) AS expected, BilledCost AS money, BillingCurrency AS currency
FROM used LEFT JOIN {currencies} AS known ON known.code = used.code
WHERE used.code IS NOT NULL AND known.code IS NULL
