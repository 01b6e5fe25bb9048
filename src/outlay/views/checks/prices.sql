-- Costs that are not unit price x quantity. What rounding explains is allowed: half of the sixth decimal where the
-- cost has no more than six, else 1e-9; and where a factor has more than eight decimals (and so was rounded itself)
-- 1e-9 of the product and 1e-10 of each factor.
WITH priced AS (
  SELECT x_FileId, x_RowId, BillingCurrency, 'ListCost' AS column_name,
    ListCost AS cost, ListUnitPrice AS price, PricingQuantity AS quantity
  FROM {charges}
  WHERE ListCost IS NOT NULL AND ListUnitPrice IS NOT NULL AND PricingQuantity IS NOT NULL
  UNION ALL
  SELECT x_FileId, x_RowId, BillingCurrency, 'ContractedCost', ContractedCost, ContractedUnitPrice, PricingQuantity
  FROM {charges}
  WHERE ContractedCost IS NOT NULL AND ContractedUnitPrice IS NOT NULL AND PricingQuantity IS NOT NULL
), multiplied AS (
  SELECT x_FileId, x_RowId, BillingCurrency, column_name, cost, price, quantity,
    -- A product beyond what DECIMAL(38,24) holds is left out.
    CASE WHEN abs(CAST(price AS DOUBLE)) * abs(CAST(quantity AS DOUBLE)) < 10000000000000
      THEN CAST(price * quantity AS DECIMAL(38,12)) END AS product,
    price = CAST(price AS DECIMAL(38,8)) AND quantity = CAST(quantity AS DECIMAL(38,8)) AS exact
  FROM priced
), compared AS (
  SELECT x_FileId, x_RowId, BillingCurrency, column_name, cost, product, cost - product AS difference,
    CASE WHEN cost = CAST(cost AS DECIMAL(38,6)) THEN 0.0000005 ELSE 0.000000001 END
    + CASE WHEN exact THEN 0 ELSE
      CAST(abs(product) * 0.000000001 + (abs(price) + abs(quantity)) * 0.0000000001 AS DECIMAL(38,12)) END AS allowed
  FROM multiplied
  WHERE cost <> product
)
SELECT 'D-PRICE' AS code, x_FileId AS file_id, x_RowId AS row_id, 1 AS n, column_name,
  CAST(cost AS VARCHAR) AS value, CAST(product AS VARCHAR) AS expected, difference AS money, BillingCurrency AS currency
FROM compared
WHERE abs(difference) > allowed
