-- The sums of each delivery, as delivered and as derived.
SELECT 'charges' AS held, x_DeliveryId, BillingCurrency, count(*) AS n, min(x_FileId) AS file_id, {sums}
FROM {charges} AS c
GROUP BY 1, 2, 3
UNION ALL
SELECT 'costs', x_DeliveryId, BillingCurrency, count(*), min(x_FileId), {sums}
FROM {costs} AS c
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3
