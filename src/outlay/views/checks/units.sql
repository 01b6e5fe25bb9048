-- Units of FOCUS files that are not spelt as FOCUS spells them: "1000000 Tokens", "GB-Months", "Hours".
WITH used AS (
  SELECT x_FileId, x_RowId, charges, BilledCost, BillingCurrency, 'PricingUnit' AS column_name, PricingUnit AS unit
  FROM {vocabulary} WHERE x_SourceSystem = 'focus'
  UNION ALL
  SELECT x_FileId, x_RowId, charges, BilledCost, BillingCurrency, 'ConsumedUnit', ConsumedUnit
  FROM {vocabulary} WHERE x_SourceSystem = 'focus'
)
SELECT 'D-UNIT' AS code, x_FileId AS file_id, x_RowId AS row_id, charges AS n, column_name,
  unit AS value, NULL AS expected, BilledCost AS money, BillingCurrency AS currency
FROM used
WHERE regexp_matches(unit, '^[0-9][0-9.,]*[A-Za-z]')
  OR regexp_matches(unit, '(^|[ /-])(Hr|Hrs|Mo|Mos|Yr|Yrs|Min|Mins|Sec|Secs)($|[ /-])')
  OR regexp_matches(unit, '(B|b|Bytes|Bits) (Second|Minute|Hour|Day|Month|Year)s?$')
  OR regexp_matches(unit, '(^|[ /-])[a-z]{{3,}}($|[ /-])')
  OR regexp_matches(unit, '[()]|^ | $')
