-- Periods that end before they begin, and charges that lie far from the billing period of their bill. A charge may
-- lie before it (late usage); a correction anywhere. A purchase may run on for years, and so may an invoice of the
-- plain CSV that is spread over months.
WITH timed AS (
  SELECT x_FileId, x_RowId, BilledCost, BillingCurrency, ChargePeriodStart, ChargePeriodEnd,
    BillingPeriodStart, BillingPeriodEnd,
    CASE
      WHEN ChargePeriodEnd <= ChargePeriodStart THEN 'ChargePeriodEnd'
      WHEN BillingPeriodEnd <= BillingPeriodStart THEN 'BillingPeriodEnd'
    END AS reversed,
    CASE
      WHEN CommitmentDiscountId LIKE 'manual:%' THEN NULL
      WHEN x_RecordKind <> 'billed' OR coalesce(ChargeClass, '') = 'Correction' THEN NULL
      WHEN ChargePeriodStart < BillingPeriodStart - INTERVAL {days} DAY THEN 'ChargePeriodStart'
      WHEN ChargePeriodStart > BillingPeriodEnd + INTERVAL {days} DAY THEN 'ChargePeriodStart'
      WHEN ChargeCategory = 'Usage' AND ChargePeriodStart > BillingPeriodEnd + INTERVAL 1 DAY THEN 'ChargePeriodStart'
      WHEN ChargeCategory = 'Usage' AND ChargePeriodEnd > BillingPeriodEnd + INTERVAL {days} DAY THEN 'ChargePeriodEnd'
    END AS far
  FROM {charges}
)
SELECT CASE WHEN reversed IS NULL THEN 'D-PERIOD-FAR' ELSE 'D-PERIOD-ORDER' END AS code,
  x_FileId AS file_id, x_RowId AS row_id, 1 AS n, coalesce(reversed, far) AS column_name,
  CASE coalesce(reversed, far) WHEN 'ChargePeriodEnd' THEN {end} WHEN 'BillingPeriodEnd' THEN {billing_end}
    ELSE {start} END AS value,
  {billing_start} AS expected, BilledCost AS money, BillingCurrency AS currency
FROM timed
WHERE reversed IS NOT NULL OR far IS NOT NULL
