"""Calls that were told more than once: the same span exported twice, or two spans of one answer.

A call is charged once for each span, and once for each answer of a provider (its response id). A retry has an id of its
own and is another call. Of several tellings the one with the most tokens counts, then the one that came first.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from outlay.model.charge import literal

if TYPE_CHECKING:
    import duckdb

# What makes two events the same call. A span begins once; an identifier of an answer is unique to its provider.
SAME = {"span_id": "span_id, time", "id": "_provider, id"}
SIZE = "coalesce(input, 0) + coalesce(output, 0)"


@dataclass(frozen=True, slots=True)
class Repeats:
    """The events of a batch that repeat others, as the table `name` (x_DeliveryId, x_RowId); '' if there are none.

    `older` are the deliveries of the ledger that tell some of the same calls, `beaten` those of them where an event
    that counted does not count any more.
    """

    name: str
    older: frozenset[str]
    beaten: frozenset[str]
    count: int = 0


NONE = Repeats("", frozenset(), frozenset())


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
        return NONE
    known = ", ".join(f"({literal(a)}, {literal(b)})" for a, b in spelled) or "(NULL, NULL)"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE spelled AS SELECT * FROM (VALUES {known}) AS t(said, known)")
    for name, relation in (("told", events), ("told_before", live)):
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {TOLD.format(relation=relation, size=SIZE)}")
    connection.execute("CREATE OR REPLACE TEMP TABLE repeats (x_DeliveryId VARCHAR, x_RowId BIGINT, x_Older BOOLEAN)")
    older: set[str] = set()
    for name in by:
        older |= _of_one_kind(connection, name)
    beaten = connection.execute("SELECT DISTINCT x_DeliveryId FROM repeats WHERE x_Older").fetchall()
    count = connection.execute("SELECT count(*) FROM repeats WHERE NOT x_Older").fetchall()[0][0]
    return Repeats("repeats" if count else "", frozenset(older), frozenset(row[0] for row in beaten), count)


TOLD = """SELECT x_DeliveryId, x_RowId, span_id, time, id, coalesce(known, lower(provider)) AS _provider,
  {size} AS _size FROM {relation} AS e LEFT JOIN spelled ON said = provider"""


def _of_one_kind(connection: "duckdb.DuckDBPyConnection", name: str) -> set[str]:
    """Note the repeats by one kind of identifier; returns the older deliveries that share some."""
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
        return set()
    both = f"SELECT * FROM ({new} UNION ALL {old}) WHERE ({key}) IN (SELECT ({key}) FROM several) AND {not_yet}"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE alike AS {both}")
    connection.execute(
        f"INSERT INTO repeats SELECT x_DeliveryId, x_RowId, _older FROM alike QUALIFY row_number() "
        f"OVER (PARTITION BY {key} ORDER BY _size DESC, _older DESC, time, x_DeliveryId, x_RowId) > 1"
    )
    rows = connection.execute("SELECT DISTINCT x_DeliveryId FROM alike WHERE _older").fetchall()
    return {row[0] for row in rows}
