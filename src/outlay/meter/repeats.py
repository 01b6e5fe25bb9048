"""Calls that were told more than once: the same span exported twice, or two spans of one answer.

A call is charged once for each span, and once for each answer of a provider (its response id). A retry has an id of its
own and is another call. Of several tellings the one with the most tokens counts, then the one that counts already,
then the one that came first.
"""

from collections.abc import Collection, Iterable, Mapping
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
    spelled: Iterable[tuple[str, str]],
) -> Repeats:
    """Which events of the relation `events` repeat others, among themselves or in `live`, the rest of the ledger.

    `columns` are those that the events have; `spelled` are spellings of providers with their ids.
    """
    by = [name for name in SAME if name in columns]
    if not by:
        return Repeats()
    known = ", ".join(f"({literal(a)}, {literal(b)})" for a, b in spelled) or "(NULL, NULL)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE spelled AS SELECT * FROM (VALUES {known}) AS t(said, known)")
    for name, relation, counted in (("told", events, "false"), ("told_before", live, "counted")):
        told = TOLD.format(
            relation=relation,
            size=SIZE.format(uncached="uncached" if relation == events and "uncached" in columns else "NULL"),
            counted=counted,
        )
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {told}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE repeats (x_DeliveryId VARCHAR, x_RowId BIGINT, "
        "x_Older BOOLEAN, x_Counted BOOLEAN)"
    )
    shared: dict[str, set[str]] = {}
    for name in by:
        for mine, other in _of_one_kind(connection, name):
            shared.setdefault(mine, set()).add(other)
    beaten = connection.execute("SELECT DISTINCT x_DeliveryId FROM repeats WHERE x_Older AND x_Counted").fetchall()
    count = connection.execute("SELECT count(*) FROM repeats WHERE NOT x_Older").fetchall()[0][0]
    sharing = {mine: frozenset(others) for mine, others in shared.items()}
    return Repeats("repeats" if count else "", sharing, frozenset(row[0] for row in beaten), count)


TOLD = """SELECT x_DeliveryId, x_RowId, span_id, time, id, coalesce(known, lower(provider)) AS _provider,
  {size} AS _size, {counted} AS _counted FROM {relation} AS e LEFT JOIN spelled ON said = provider"""
# Which of two tellings of one size counts: one that counts already, so that its delivery stays as it is, then one of
# the batch. What does not count in the ledger repeats a call that does, perhaps one of this batch: it comes last.
PLACE = "CASE WHEN _counted THEN 0 WHEN NOT _older THEN 1 ELSE 2 END"


def _of_one_kind(connection: "duckdb.DuckDBPyConnection", name: str) -> list[tuple[str, str]]:
    """Note the repeats by one kind of identifier; returns pairs of a delivery of the batch and one that shares some."""
    key = SAME[name]
    there = f"{name} IS NOT NULL AND {name} <> ''"
    not_yet = "(x_DeliveryId, x_RowId) NOT IN (SELECT (x_DeliveryId, x_RowId) FROM repeats)"
    new = f"SELECT *, false AS _older FROM told WHERE {there}"
    asked = f"({key}) IN (SELECT ({key}) FROM told WHERE {there})"
    old = f"SELECT *, true AS _older FROM told_before WHERE {there} AND {asked}"
    keys = f"SELECT {key} FROM ({new}) UNION ALL SELECT {key} FROM ({old})"
    many = f"SELECT {key} FROM ({keys}) GROUP BY ALL HAVING count(*) > 1"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE several AS {many}")
    if not connection.execute("SELECT count(*) FROM several").fetchall()[0][0]:
        return []
    both = f"SELECT * FROM ({new} UNION ALL {old}) WHERE ({key}) IN (SELECT ({key}) FROM several) AND {not_yet}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE alike AS {both}")
    connection.execute(
        f"INSERT INTO repeats SELECT x_DeliveryId, x_RowId, _older, _counted FROM alike QUALIFY row_number() "
        f"OVER (PARTITION BY {key} ORDER BY _size DESC, {PLACE}, time, x_DeliveryId, x_RowId) > 1"
    )
    tellers = f"SELECT DISTINCT ({key}) AS _call, x_DeliveryId AS teller, _older FROM alike"
    return connection.execute(
        f"WITH tellers AS ({tellers}) SELECT DISTINCT a.teller, b.teller FROM tellers AS a JOIN tellers AS b "
        "ON a._call = b._call WHERE NOT a._older AND a.teller <> b.teller"
    ).fetchall()
