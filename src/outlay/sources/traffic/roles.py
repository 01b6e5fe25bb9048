"""Which spans of a trace count: every call once, and none of the spans that repeat the usage of calls inside them."""

# A span is looked for so many levels above a call; deeper traces are loops.
DEPTH = 64


def counted(spans: str, *, has_id: bool) -> str:
    """The relation `spans` with its `operation`, whether it `is_counted`, and whether it `is_whole`.

    A span that says nothing of what it is, but has usage, is a call. A call above another with usage is a wrapper of
    that one, unless both have a response id and these differ. The span of an agent or a workflow counts only where its
    trace has no call, and none above it has usage.
    """
    differ = "a.id <> b.id" if has_id else "false"
    return f"""(
WITH RECURSIVE spans AS MATERIALIZED (
  SELECT *, coalesce(stated_role, CASE WHEN has_usage THEN 'call' END) AS role FROM {spans}),
links AS MATERIALIZED (
  SELECT x_RowId AS n, trace_id, span_id, parent_id, role, has_usage, {"id" if has_id else "NULL AS id"}
  FROM spans WHERE span_id IS NOT NULL),
usage AS MATERIALIZED (
  SELECT * FROM links WHERE has_usage AND role IN ('call', 'whole') AND parent_id IS NOT NULL),
above AS (
  SELECT n, trace_id, parent_id AS at, 1 AS depth FROM usage
  UNION ALL
  SELECT above.n, above.trace_id, links.parent_id, depth + 1 FROM above
  JOIN links ON links.trace_id = above.trace_id AND links.span_id = above.at
  WHERE links.parent_id IS NOT NULL AND depth < {DEPTH}),
pairs AS (
  SELECT a.n AS outer_n, b.n AS inner_n, a.role AS outer_role, b.role AS inner_role, coalesce({differ}, false) AS differ
  FROM above JOIN usage b USING (n)
  JOIN links a ON a.trace_id = above.trace_id AND a.span_id = above.at
  WHERE a.role IN ('call', 'whole') AND a.span_id <> b.span_id),
wrappers AS (
  SELECT outer_n FROM pairs WHERE outer_role = 'call' AND inner_role = 'call' AND NOT differ),
inner_wholes AS (
  SELECT inner_n FROM pairs WHERE outer_role = 'whole' AND inner_role = 'whole'
    AND outer_n IN (SELECT n FROM links WHERE has_usage)),
called AS (SELECT trace_id FROM spans WHERE role = 'call' AND trace_id IS NOT NULL)
SELECT * EXCLUDE (stated_role, stated_operation), stated_operation AS operation,
  coalesce(role = 'whole', false) AS is_whole,
  NOT broken AND coalesce(CASE role
    WHEN 'call' THEN x_RowId NOT IN (SELECT outer_n FROM wrappers)
    WHEN 'whole' THEN has_usage AND x_RowId NOT IN (SELECT inner_n FROM inner_wholes)
      AND coalesce(trace_id, '') NOT IN (SELECT trace_id FROM called)
  END, false) AS is_counted
FROM spans ORDER BY x_RowId)"""
