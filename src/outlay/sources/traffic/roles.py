"""Which spans of a trace count: every call once, and none of the spans that repeat the usage of calls inside them.

The spans above a call say on whose behalf it was made, where it does not say itself: the nearest one does.
"""

from collections.abc import Sequence

from outlay.model.charge import quoted

# A span is looked for so many levels above a call; deeper traces are loops.
DEPTH = 64


def counted(spans: str, said: Sequence[str], *, has_id: bool) -> str:
    """The relation `spans` with its `operation`, whether it `is_counted`, and whether it `is_whole`.

    The columns `said` are those of a span, or else of the nearest above it.

    A span that says nothing of what it is, but has usage, is a call. A call above another with usage is a wrapper of
    that one, unless both have a response id and these differ. The span of an agent or a workflow counts only where its
    trace has no call, and none above it has usage.
    """
    listed = "".join(f", {quoted(n)}" for n in said)
    nearest = "".join(f", arg_min(a.{quoted(n)}, depth) AS {quoted(n)}" for n in said)
    taken = ", ".join(f"coalesce(s.{quoted(n)}, nearest.{quoted(n)}) AS {quoted(n)}" for n in said)
    replaced = f" REPLACE ({taken})" if said else ""
    differ = "a.id <> b.id" if has_id else "false"
    # `links` has each span once, however often it was sent.
    return f"""(
WITH RECURSIVE spans AS MATERIALIZED (
  SELECT *, coalesce(stated_role, CASE WHEN has_usage THEN 'call' END) AS role FROM {spans}),
links AS MATERIALIZED (
  SELECT DISTINCT ON (trace_id, span_id) x_RowId AS n, trace_id, span_id, parent_id, role, has_usage,
    {"id" if has_id else "NULL AS id"}{listed}
  FROM spans WHERE trace_id IS NOT NULL AND span_id IS NOT NULL ORDER BY x_RowId),
above AS (
  SELECT n, role, has_usage, id, trace_id, parent_id AS at, 1 AS depth FROM links
  WHERE role IN ('call', 'whole') AND parent_id IS NOT NULL
  UNION ALL
  SELECT b.n, b.role, b.has_usage, b.id, b.trace_id, a.parent_id, depth + 1
  FROM above b JOIN links a ON a.trace_id = b.trace_id AND a.span_id = b.at
  WHERE a.parent_id IS NOT NULL AND depth < {DEPTH}),
pairs AS (
  SELECT a.n AS outer_n, b.n AS inner_n, a.role AS outer_role, b.role AS inner_role, a.has_usage AS outer_usage,
    coalesce({differ}, false) AS differ
  FROM above b JOIN links a ON a.trace_id = b.trace_id AND a.span_id = b.at
  WHERE b.has_usage AND a.n <> b.n),
wrappers AS (
  SELECT outer_n FROM pairs WHERE outer_role = 'call' AND inner_role = 'call' AND NOT differ),
inner_wholes AS (
  SELECT inner_n FROM pairs WHERE outer_role = 'whole' AND inner_role = 'whole' AND outer_usage),
nearest AS (
  SELECT b.n{nearest} FROM above b JOIN links a ON a.trace_id = b.trace_id AND a.span_id = b.at GROUP BY b.n),
called AS (SELECT trace_id FROM links WHERE role = 'call')
SELECT s.* EXCLUDE (stated_role, stated_operation){replaced},
  stated_operation AS operation,
  coalesce(s.role = 'whole', false) AS is_whole,
  NOT broken AND coalesce(CASE s.role
    WHEN 'call' THEN coalesce(links.n, 0) NOT IN (SELECT outer_n FROM wrappers)
    WHEN 'whole' THEN s.has_usage AND coalesce(links.n, 0) NOT IN (SELECT inner_n FROM inner_wholes)
      AND coalesce(s.trace_id, '') NOT IN (SELECT trace_id FROM called)
  END, false) AS is_counted
FROM spans s LEFT JOIN links ON links.trace_id = s.trace_id AND links.span_id = s.span_id
LEFT JOIN nearest ON nearest.n = links.n ORDER BY x_RowId)"""
