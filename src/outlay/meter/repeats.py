"""Calls that were told more than once: the same span exported twice, or two spans of one answer.

Tellings with the same span, or with the same answer of a provider (its response id), are of one call, and so are those
that a third one links. A retry has an id of its own and is another call. Of several tellings the one with the most
tokens counts, then the one that counts already, then the one that came first.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outlay.model.charge import literal

if TYPE_CHECKING:
    import duckdb

# What makes two events the same call. A span begins once; an identifier of an answer is unique to its provider.
SAME = {"span_id": "span_id, time", "id": "_provider, id"}
SIZE = "coalesce(input, {uncached} + coalesce(cache_read, 0), 0) + coalesce(output, 0)"


@dataclass(frozen=True, slots=True)
class Repeats:
    """The events of a batch that repeat others, as the table `name` (x_DeliveryId, x_RowId); '' if there are none.

    `shared` are, for a delivery of the batch, the other deliveries that tell some of the same calls, `beaten` those of
    the ledger where an event that counted does not count any more.
    """

    name: str = ""
    shared: Mapping[str, frozenset[str]] = field(default_factory=dict)
    beaten: frozenset[str] = frozenset()
    count: int = 0


def find_repeats(
    connection: "duckdb.DuckDBPyConnection",
    events: str,
    columns: Collection[str],
    live: str,
    provider: Callable[[str], str | None],
) -> Repeats:
    """Which events of the relation `events` repeat others, among themselves or in `live`, the rest of the ledger.

    `columns` are those that the events have; `provider` tells the id of a provider, however it is spelled.
    """
    by = [name for name in SAME if name in columns]
    if not by:
        return Repeats()
    both = f"SELECT provider FROM {events} UNION SELECT provider FROM {live}"
    said = connection.execute(f"SELECT * FROM ({both}) WHERE provider IS NOT NULL").fetchall()
    spelled = [(row[0], known) for row in said if (known := provider(row[0]))]
    known = ", ".join(f"({literal(a)}, {literal(b)})" for a, b in spelled) or "(NULL, NULL)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE spelled AS SELECT * FROM (VALUES {known}) AS t(said, known)")
    for name, relation, counted in (("told", events, "false"), ("told_before", live, "counted")):
        told = TOLD.format(
            relation=relation,
            size=SIZE.format(uncached="uncached" if relation == events and "uncached" in columns else "NULL"),
            counted=counted,
        )
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {told}")
    if not _find_alike(connection, by):
        return Repeats()
    _label(connection, by)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE repeats AS SELECT x_DeliveryId, x_RowId, _older AS x_Older, "
        "_counted AS x_Counted FROM alike QUALIFY row_number() OVER (PARTITION BY _call "
        f"ORDER BY _size DESC, {PLACE}, time, x_DeliveryId, x_RowId) > 1"
    )
    shared: dict[str, set[str]] = {}
    for mine, other in connection.execute(TELLERS).fetchall():
        shared.setdefault(mine, set()).add(other)
    beaten = connection.execute("SELECT DISTINCT x_DeliveryId FROM repeats WHERE x_Older AND x_Counted").fetchall()
    count = connection.execute("SELECT count(*) FROM repeats WHERE NOT x_Older").fetchall()[0][0]
    sharing = {mine: frozenset(others) for mine, others in shared.items()}
    return Repeats("repeats" if count else "", sharing, frozenset(row[0] for row in beaten), count)


TOLD = """SELECT x_DeliveryId, x_RowId, span_id, time, id, coalesce(known, lower(provider), '') AS _provider,
  {size} AS _size, {counted} AS _counted FROM {relation} AS e LEFT JOIN spelled ON said = provider"""
# Which of two tellings of one size counts: one that counts already, so that its delivery stays as it is, then one of
# the batch. What does not count in the ledger repeats a call that does, perhaps one of this batch: it comes last.
PLACE = "CASE WHEN _counted THEN 0 WHEN NOT _older THEN 1 ELSE 2 END"
TELLERS = """WITH tellers AS (SELECT DISTINCT _call, x_DeliveryId AS teller, _older FROM alike)
  SELECT DISTINCT a.teller, b.teller FROM tellers AS a JOIN tellers AS b USING (_call)
  WHERE NOT a._older AND a.teller <> b.teller"""


def _find_alike(connection: "duckdb.DuckDBPyConnection", by: Sequence[str]) -> bool:
    """Gather what shares an identifier with an event of the batch, and what shares one with that; False for nothing."""
    for name in by:
        _find_several(connection, name)
    known = _identifiers(connection, by)
    while known:
        _gather(connection, by)
        if known == (known := _identifiers(connection, by)):
            return True
    return False


def _has(name: str) -> str:
    return f"{name} IS NOT NULL AND {name} <> ''"


def _find_several(connection: "duckdb.DuckDBPyConnection", name: str) -> None:
    """The identifiers of a kind that several events have, one of the batch among them."""
    key = SAME[name]
    new = f"SELECT {key} FROM told WHERE {_has(name)}"
    old = f"SELECT {key} FROM told_before WHERE {_has(name)} AND ({key}) IN ({new.replace(key, f'({key})', 1)})"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE several_{name} AS SELECT {key} FROM ({new} UNION ALL {old}) "
        "GROUP BY ALL HAVING count(*) > 1"
    )


def _identifiers(connection: "duckdb.DuckDBPyConnection", by: Sequence[str]) -> int:
    counts = " + ".join(f"(SELECT count(*) FROM several_{name})" for name in by)
    return int(connection.execute(f"SELECT {counts}").fetchall()[0][0])


def _gather(connection: "duckdb.DuckDBPyConnection", by: Sequence[str]) -> None:
    """The events with these identifiers as the table `alike`; then their other identifiers are such too."""
    named = " OR ".join(f"({_has(n)} AND ({SAME[n]}) IN (SELECT ({SAME[n]}) FROM several_{n}))" for n in by)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE alike AS SELECT *, false AS _older FROM told WHERE {named} "
        f"UNION ALL SELECT *, true AS _older FROM told_before WHERE {named}"
    )
    for n in by:
        held = f"SELECT DISTINCT {SAME[n]} FROM alike WHERE {_has(n)}"
        connection.execute(f"INSERT INTO several_{n} {held} EXCEPT SELECT {SAME[n]} FROM several_{n}")


def _label(connection: "duckdb.DuckDBPyConnection", by: Sequence[str]) -> None:
    """Give all tellings of a call, those that share an identifier by way of others too, the same `_call`."""
    lowest = ", ".join(
        f"CASE WHEN {_has(n)} THEN min(_call) OVER (PARTITION BY {_has(n)}, {SAME[n]}) ELSE _call END" for n in by
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE labelled AS SELECT *, row_number() OVER () AS _call FROM alike")
    before, after = None, -1
    while before != after:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE alike AS SELECT * REPLACE (least({lowest}) AS _call) FROM labelled"
        )
        connection.execute("CREATE OR REPLACE TEMP TABLE labelled AS FROM alike")
        before, after = after, connection.execute("SELECT sum(_call) FROM alike").fetchall()[0][0]
