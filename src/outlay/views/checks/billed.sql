-- Bills above their own price: a usage or purchase row with more BilledCost than ContractedCost (by more than a
-- ContractedCost that was rounded to whole units explains); a credit, tax or correction whose two costs differ. A tax
-- without EffectiveCost is that of a purchase.
WITH judged AS (
  SELECT x_FileId, x_RowId, BillingCurrency, BilledCost,
    CASE WHEN ChargeCategory IN ('Credit', 'Tax') OR ChargeClass = 'Correction' THEN EffectiveCost
      ELSE ContractedCost END AS due,
    ChargeCategory IN ('Credit', 'Tax') OR coalesce(ChargeClass = 'Correction', false) AS same,
    CASE WHEN ContractedCost = floor(ContractedCost) AND BilledCost <> floor(BilledCost) THEN 0.5
      ELSE 0.000001 END AS slack
  FROM {charges}
  WHERE x_RecordKind = 'billed' AND BilledCost <> 0
    AND (ChargeCategory IN ('Usage', 'Purchase', 'Credit') OR ChargeClass = 'Correction'
      OR (ChargeCategory = 'Tax' AND EffectiveCost <> 0))
), compared AS (
  SELECT x_FileId, x_RowId, BillingCurrency, BilledCost, due, same, slack,
    CASE WHEN BilledCost < 0 AND due < 0 THEN due - BilledCost ELSE BilledCost - due END AS excess
  FROM judged
  WHERE BilledCost <> due
)
SELECT 'D-BILLED' AS code, x_FileId AS file_id, x_RowId AS row_id, 1 AS n, 'BilledCost' AS column_name,
  CAST(BilledCost AS VARCHAR) AS value, CAST(due AS VARCHAR) AS expected, BilledCost - due AS money,
  BillingCurrency AS currency
FROM compared
WHERE CASE WHEN same THEN abs(excess) ELSE excess END > slack + CAST(abs(due) * 0.000001 AS DECIMAL(38,12))
