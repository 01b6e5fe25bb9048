-- Accounts that one issuer bills in several currencies in one period. Other spellings of a code are another check's.
WITH per_account AS (
  SELECT x_FileId, x_RowId, charges, BilledCost, BillingCurrency, InvoiceIssuerName, BillingAccountId,
    BillingPeriodStart, upper(trim(BillingCurrency)) AS spoken
  FROM {vocabulary}
  WHERE x_RecordKind = 'billed'
), per_currency AS (
  SELECT InvoiceIssuerName, BillingAccountId, BillingPeriodStart, spoken, sum(charges) AS charges
  FROM per_account
  GROUP BY 1, 2, 3, 4
), ranked AS (
  SELECT InvoiceIssuerName, BillingAccountId, BillingPeriodStart, spoken,
    row_number() OVER account AS place,
    first_value(spoken) OVER account AS usual
  FROM per_currency
  WINDOW account AS (
    PARTITION BY InvoiceIssuerName, BillingAccountId, BillingPeriodStart ORDER BY charges DESC NULLS LAST, spoken
  )
)
SELECT 'D-CURRENCIES' AS code, x_FileId AS file_id, x_RowId AS row_id, charges AS n, 'BillingCurrency' AS column_name,
  BillingCurrency AS value, usual AS expected, BilledCost AS money, BillingCurrency AS currency
FROM per_account JOIN ranked
  ON ranked.spoken = per_account.spoken
  AND coalesce(ranked.InvoiceIssuerName, '') = coalesce(per_account.InvoiceIssuerName, '')
  AND coalesce(ranked.BillingAccountId, '') = coalesce(per_account.BillingAccountId, '')
  AND ranked.BillingPeriodStart = per_account.BillingPeriodStart
WHERE place > 1
