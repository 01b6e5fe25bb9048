-- What it cost, by any dimensions. Names in braces are columns from the table of dimensions; values are bound.
SELECT {group}
  sum({money}) AS cost,
  count(*) AS charges,
  sum({money}) FILTER (WHERE {unowned}) AS unattributed,
  sum({money}) FILTER (WHERE x_Layer IS NULL) AS unclassified,
  sum({money}) FILTER (WHERE x_Layer IN ({compute})) AS compute,
  count(*) FILTER (WHERE {money} IS NULL AND x_RecordKind <> 'metered') AS unknown,
  CAST(coalesce(sum({requests}) FILTER (WHERE {money} IS NULL AND x_RecordKind = 'metered'), 0) AS BIGINT) AS unpriced
FROM {costs}
WHERE {where}
GROUP BY {keys}
ORDER BY {order}
