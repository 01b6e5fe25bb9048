-- Costs that are not unit price x quantity. What rounding explains is allowed: half of the sixth decimal where the
-- cost has no more than six, else 1e-9; and where a factor has more than eight decimals (and so was rounded itself)
-- 1e-9 of the product and 1e-10 of each factor. Floating point only sorts out rows that are plainly right or wrong,
-- and products that DECIMAL(38,24) does not hold; every closer call is exact.
WITH priced AS (
  SELECT x_FileId, x_RowId, BillingCurrency, 'ListCost' AS column_name,
    ListCost AS cost, ListUnitPrice AS price, PricingQuantity AS quantity
  FROM {charges}
  WHERE ListCost IS NOT NULL AND ListUnitPrice IS NOT NULL AND PricingQuantity IS NOT NULL
  UNION ALL
  SELECT x_FileId, x_RowId, BillingCurrency, 'ContractedCost', ContractedCost, ContractedUnitPrice, PricingQuantity
  FROM {charges}
  WHERE ContractedCost IS NOT NULL AND ContractedUnitPrice IS NOT NULL AND PricingQuantity IS NOT NULL
), estimated AS (
  SELECT x_FileId, x_RowId, BillingCurrency, column_name, cost, price, quantity,
    abs(CAST(price AS DOUBLE)) * abs(CAST(quantity AS DOUBLE)) AS size,
    abs(CAST(price AS DOUBLE)) + abs(CAST(quantity AS DOUBLE)) AS factors,
    abs(CAST(cost AS DOUBLE) - CAST(price AS DOUBLE) * CAST(quantity AS DOUBLE)) AS off
  FROM priced
), multiplied AS (
  SELECT x_FileId, x_RowId, BillingCurrency, column_name, cost, price, quantity,
    CASE WHEN size < 1e13 THEN CAST(price * quantity AS DECIMAL(38,12)) END AS product,
    off > 0.000001 + size * 0.00000001 + factors * 0.000000001 AS plain
  FROM estimated
  WHERE off > 0.0000000005
)
SELECT 'D-PRICE' AS code, x_FileId AS file_id, x_RowId AS row_id, 1 AS n, column_name,
  CAST(cost AS VARCHAR) AS value, coalesce(CAST(product AS VARCHAR), 'too large to hold') AS expected,
  cost - coalesce(product, 0) AS money, BillingCurrency AS currency
FROM multiplied
WHERE CASE WHEN plain THEN true ELSE abs(cost - product) >
  CASE WHEN cost = CAST(cost AS DECIMAL(38,6)) THEN 0.0000005 ELSE 0.000000001 END
  + CASE WHEN price = CAST(price AS DECIMAL(38,8)) AND quantity = CAST(quantity AS DECIMAL(38,8)) THEN 0 ELSE
    CAST(abs(product) * 0.000000001 + (abs(price) + abs(quantity)) * 0.0000000001 AS DECIMAL(38,12)) END
  END
