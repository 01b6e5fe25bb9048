"""How a workspace derives costs: its rules and those of this release, and which deliveries weigh in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from outlay import __version__
from outlay.derive.pipeline import Context, check, derive, unsplit
from outlay.derive.rulebook import rulebook_hash
from outlay.derive.split import needs_ledger
from outlay.ledger.journal import Entry, Journal, read_journal
from outlay.ledger.live import live_rows
from outlay.ledger.rollups import make_rollups
from outlay.meter.metering import Metering
from outlay.settings import Settings, rules_hash

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class WorkspaceRules:
    """The rules of a workspace, and of this release, for deriving costs."""

    settings: Settings
    connection: "duckdb.DuckDBPyConnection"
    ledger: Path
    metering: Metering

    @cached_property
    def rules_hash(self) -> str:
        """A name for everything that deriving depends on beside the charges: rules, and names of models."""
        return rules_hash(self.settings, f"{__version__}:{rulebook_hash()}:{self.metering.rules_hash}")

    def inputs(self, entry: Entry, live: Sequence[Entry]) -> tuple[str, ...]:
        """The other deliveries that weigh in: the calls of the same providers, and costs where shared cost is split."""
        months, others = _months(entry), [o for o in live if o.delivery_id != entry.delivery_id]
        sellers = {said["provider"] for said in entry.coverage}
        calls = [o for o in others if o.shape == "event" and sellers & {said["provider"] for said in o.coverage}]
        # Calls that were priced again weigh anew.
        found = [f"{o.delivery_id}:{o.derive_id}" for o in calls if _months(o) & months]
        if needs_ledger(self.settings.split):
            found += [o.delivery_id for o in others if o.shape == "charge" and _months(o) & months]
        return tuple(sorted(found))

    def derive(self, charges: str, batch: Sequence[Entry], live: Sequence[Entry]) -> str:
        """The costs of `charges`, split with the weights of the whole ledger."""
        return derive(self.connection, charges, self._context(batch, live))

    def check(self, charges: str, costs: str, batch: Sequence[Entry], live: Sequence[Entry]) -> None:
        """Raise `LedgerError` if the written `costs` do not sum to `charges`."""
        check(self.connection, charges, costs, self._context(batch, live))

    def _context(self, batch: Sequence[Entry], live: Sequence[Entry]) -> Context:
        said = self.settings
        others = self._others(batch, live)
        return Context(
            said.classify, said.attribution, said.split, others, self.metering.book.names, self._metered(live)
        )

    def _metered(self, live: Sequence[Entry]) -> str | None:
        """The rollup of days of what is live."""
        if not Journal(tuple(live)).holding("events"):
            return None
        make_rollups(self.connection, self.ledger, Journal(tuple(live)), self.metering)
        return self._rows("rollup_tenant_day", live)

    def _rows(self, name: str, live: Sequence[Entry], only: set[str] | None = None) -> str:
        """The rows of a table in what is live; files that hold other deliveries too are read by delivery."""
        known = Journal((*read_journal(self.connection, self.ledger).entries, *live))
        return live_rows(self.ledger, name, Journal(tuple(live)), only, known=known)

    def _others(self, batch: Sequence[Entry], live: Sequence[Entry]) -> str | None:
        """The deliveries outside `batch` that weigh in, as they are before shared cost is split.

        With a single rule their stored costs will do: what it took from them weighs nothing. With several, what one
        rule took may weigh for another.
        """
        if not needs_ledger(self.settings.split):
            return None
        held = {e.delivery_id for e in live if e.shape == "charge"}
        weighing = held & {i for e in batch for i in self.inputs(e, live)} - {e.delivery_id for e in batch}
        if not weighing:
            return None
        if len(self.settings.split) > 1:
            charges = self._rows("charges", live, weighing)
            said = Context(self.settings.classify, self.settings.attribution)
            names = self.metering.book.names
            return unsplit(self.connection, charges, replace(said, names=names, metered=self._metered(live)))
        costs = self._rows("costs", live, weighing)
        return f"(SELECT * FROM {costs} WHERE coalesce(AllocatedMethodId NOT LIKE 'outlay:%', true))"


def _months(entry: Entry) -> set[str]:
    """Every month in which a delivery has charges."""
    found = set()
    for said in entry.coverage:
        year, month = int(said["first_day"][:4]), int(said["first_day"][5:7])
        while (label := f"{year:04}-{month:02}") <= said["last_day"][:7]:
            found.add(label)
            year, month = year + month // 12, month % 12 + 1
    return found
