-- What the ledger holds of each invoice.
SELECT InvoiceId, BillingCurrency, count(*) AS n, sum(BilledCost) AS billed, min(x_FileId) AS file_id,
  min(x_RowId) AS row_id
FROM {charges}
WHERE x_RecordKind = 'billed' AND InvoiceId IN ({marks})
GROUP BY 1, 2
ORDER BY 1, 2
