-- Metered and planned rows that carry a cost of a bill: summed with the bill they would count twice.
SELECT 'D-METERED' AS code, x_FileId AS file_id, x_RowId AS row_id, 1 AS n,
  CASE WHEN BilledCost <> 0 THEN 'BilledCost' WHEN EffectiveCost <> 0 THEN 'EffectiveCost'
    WHEN ListCost <> 0 THEN 'ListCost' ELSE 'ContractedCost' END AS column_name,
  x_RecordKind AS value, NULL AS expected, coalesce(EffectiveCost, BilledCost) AS money, BillingCurrency AS currency
FROM {charges}
WHERE x_RecordKind <> 'billed' AND (BilledCost <> 0 OR EffectiveCost <> 0 OR ListCost <> 0 OR ContractedCost <> 0)
