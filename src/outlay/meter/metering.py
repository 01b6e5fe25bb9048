"""Metering: a batch of calls becomes priced events, without those that repeat others, and their rollups."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from outlay.ledger.tables import EVENTS
from outlay.meter.price import Priced, priced
from outlay.meter.rates import Rate
from outlay.meter.repeats import Repeats, find_repeats
from outlay.meter.rollup import GRAIN, rollup
from outlay.model.charge import literal
from outlay.model.event import BEFORE, PRICED
from outlay.prices.book import Book

if TYPE_CHECKING:
    import duckdb

STATED = {"stated_cost", "stated_by"}
# An event that had no price before it was priced again.
WAS_RATE = "coalesce(_was_rate_id, 'none')"
EVIDENCE = ("x_DeliveryId", "x_RowId")


@dataclass(frozen=True)
class Metering:
    """The price book of a workspace at work. `rules_hash` names what pricing depends on beside the calls."""

    connection: "duckdb.DuckDBPyConnection"
    book: Book
    rules_hash: str

    def repeats(self, events: str, columns: Collection[str], live: str) -> Repeats:
        """Which of the calls repeat others, among themselves or in `live`."""
        return find_repeats(self.connection, events, columns, live, self.book.names.provider)

    def price(
        self, events: str, columns: Collection[str], repeats: Repeats, held: Collection[str] = frozenset()
    ) -> Priced:
        """The events with their costs; those that repeat others are marked.

        Those of the deliveries `held`, which are in the ledger, keep what they cost.
        """
        there = dict.fromkeys((*sorted(columns), "input", *EVIDENCE))
        ids = ", ".join(map(literal, sorted(held)))
        fresh = f"(SELECT * FROM {events} WHERE x_DeliveryId NOT IN ({ids}))" if held else events
        found = priced(self.connection, fresh, self.book, there)
        relation = found.relation
        if held:
            kept = ", ".join((*there, *(c.name for c in (*PRICED, *BEFORE) if c.name != "counted")))
            old = f"SELECT {kept} FROM {events} WHERE x_DeliveryId IN ({ids})"
            relation = f"(SELECT * FROM {relation} UNION ALL BY NAME {old})"
        if not repeats.name:
            return replace(found, relation=f"(SELECT *, true AS counted FROM {relation})")
        mine = f"(SELECT DISTINCT x_DeliveryId, x_RowId, true AS _again FROM {repeats.name} WHERE NOT x_Older)"
        marked = (
            f"(SELECT * EXCLUDE (_again), _again IS NULL AS counted "
            f"FROM {relation} LEFT JOIN {mine} USING (x_DeliveryId, x_RowId))"
        )
        return replace(found, relation=marked)

    def reprice(self, events: str, columns: Collection[str], since: str, moment: str) -> Priced:
        """The events of the ledger with the costs of the present book from a day on, and what they cost until `moment`.

        Those before that day keep what they have, and those whose rate stays what they cost before.
        """
        were = {c.name: f"_was_{c.name}" for c in PRICED if c.name != "counted"}
        renamed = ", ".join(f"{name} AS {was}" for name, was in were.items())
        held = f"(SELECT * EXCLUDE ({', '.join(were)}), {renamed} FROM {events})"
        there = dict.fromkeys(
            (*sorted(columns), "input", *EVIDENCE, "counted", *were.values(), *(c.name for c in BEFORE))
        )
        found = priced(self.connection, held, self.book, there)
        past = f"time < TIMESTAMPTZ '{since} 00:00:00+00'" if since else "false"
        chosen = ", ".join(f"CASE WHEN {past} THEN {was} ELSE {name} END AS {name}" for name, was in were.items())
        before = {"was_cost": "_was_cost", "was_rate_id": WAS_RATE, "was_until": f"TIMESTAMPTZ '{moment}'"}
        kept = ", ".join(
            f"CASE WHEN rate_id IS DISTINCT FROM _was_rate_id THEN {was} ELSE {name} END AS {name}"
            for name, was in before.items()
        )
        relation = (
            f"(SELECT * EXCLUDE ({', '.join(were.values())}) REPLACE ({kept}) "
            f"FROM (SELECT * REPLACE ({chosen}) FROM {found.relation}))"
        )
        return replace(found, relation=relation)

    def suggest(self, provider: str, model: str) -> list[str]:
        """Names that look like a provider or model that nobody knows; none for a model without a price of that day."""
        known = self.book.names.provider(provider)
        if known is None:
            return self.book.names.near_providers(provider)
        named = self.book.names.model(known, model, "9999-12-31")
        return [] if named else self.book.names.near(known, model)

    def written(self, columns: Collection[str]) -> frozenset[str]:
        """The columns of an event that are worth writing: those that the calls have, and what pricing adds."""
        added = {c.name for c in PRICED} - (set() if {*columns} >= STATED else {"list_cost"})
        return frozenset({c.name for c in EVENTS} & {*columns, "input", *EVIDENCE, *added})

    def rollups(self, events: str) -> Mapping[str, str]:
        """The queries of the rollups over written events."""
        return {name: rollup(name, events) for name in GRAIN}

    def prices(self, rates: Iterable[Rate]) -> Iterator[tuple[object, ...]]:
        """The rows that tell what the rates of a batch are made of, by the columns of the table of prices."""
        told = {rate.id: rate for rate in rates if rate.id}
        for rate_id, rate in sorted(told.items()):
            for unit, p in sorted(rate.prices.items()):
                yield (
                    *(rate_id, unit, p.id, p.provider, p.model, p.tier, p.region, p.currency, p.kind, p.above),
                    *(p.first or None, p.until or None, p.price, p.per, p.source, p.recorded_at),
                )
