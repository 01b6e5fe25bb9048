"""The front door: a folder with outlay.yaml and a ledger. A load runs through it from the files to the costs."""

import hashlib
import shutil
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from outlay import __version__
from outlay.ledger import store
from outlay.ledger.derivations import rederive
from outlay.ledger.engine import connect, parquet
from outlay.ledger.facts import ABOUT, deliver_facts, live_facts
from outlay.ledger.journal import Entry, Journal, read_journal
from outlay.ledger.live import live_rows
from outlay.ledger.load import deliver, refuse_losses, remove
from outlay.ledger.problems import read_problems, write_problems
from outlay.ledger.query import Condition, in_period
from outlay.ledger.rates import convert, read_rates
from outlay.ledger.reprice import Repriced, reprice
from outlay.ledger.rollups import ROLLUPS, make_rollups
from outlay.ledger.staged import Delivery, Staged
from outlay.ledger.store import empty_relation, list_files
from outlay.ledger.tables import TABLES
from outlay.ledger.tidy import orphans
from outlay.ledger.traffic import deliver_traffic, repair
from outlay.meter.charges import metered_charges
from outlay.meter.metering import Metering
from outlay.model.period import ALL, Period
from outlay.model.problem import InputError, Problem
from outlay.prices.own import book_of
from outlay.settings import Settings, read_settings
from outlay.sources.source import Given
from outlay.views.doctor import Finding, examine
from outlay.views.reconcile import Reconciled, reconcile
from outlay.views.unpriced import COUNTED, Unpriced, unpriced
from outlay.workspace_files import Tell, is_plan, open_files, read_files
from outlay.workspace_rules import WorkspaceRules

if TYPE_CHECKING:
    import duckdb

    from outlay.workspace_plans import LaidOut


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did: its deliveries, everything that was wrong on the way, and how many rows were left out."""

    load_id: str
    deliveries: tuple[Delivery, ...]
    problems: tuple[Problem, ...]
    rederived: int = 0
    left_out: int = 0
    notes: tuple[str, ...] = ()


class Workspace:
    """An open workspace: its settings, its engine and its ledger."""

    def __init__(self, folder: Path | str, *, as_of: datetime | None = None) -> None:
        self.folder = store.ledger_folder(folder)
        if not self.folder.is_dir():
            raise InputError("E-WORK-001", f"no such folder: {folder}", "outlay init DIR makes a workspace")
        self.as_of = as_of

    @cached_property
    def settings(self) -> Settings:
        """What outlay.yaml says."""
        return read_settings(self.folder)

    @property
    def ledger(self) -> Path:
        """The folder of the ledger's tables."""
        return self.folder / "ledger"

    @cached_property
    def connection(self) -> "duckdb.DuckDBPyConnection":
        """The one engine of this process."""
        return connect(self.ledger / "staging" / "spill")

    @property
    def journal(self) -> Journal:
        """The journal, as of the moment that was asked for."""
        return read_journal(self.connection, self.ledger).as_of(self.as_of)

    def relation(self, name: str) -> str:
        """The live rows of a table as a table expression; charges and costs hold the metered ones too."""
        if name in ROLLUPS:
            self._roll_up()
        if name in ABOUT:
            return live_facts(self.ledger, name, self.journal)
        rows = live_rows(self.ledger, name, self.journal)
        metered = self.metered() if name in ("charges", "costs") else ""
        return f"(SELECT * FROM {rows} UNION ALL BY NAME SELECT * FROM {metered})" if metered else rows

    def metered(self, only: set[str] | None = None, beside: Sequence[str] = ()) -> str:
        """The metered charges, or those of some deliveries; '' where nothing is metered. `beside`: see there."""
        if not self.journal.holding("events"):
            return ""
        self._roll_up()
        days = live_rows(self.ledger, "rollup_tenant_day", self.journal, only)
        charges = metered_charges(days, self.settings.currency, beside)
        return f"(SELECT * FROM {charges} UNION ALL BY NAME SELECT * FROM {empty_relation(TABLES['costs'])})"

    def unpriced(self, where: Condition, only: set[str] | None = None) -> tuple[Unpriced, ...]:
        """The calls that a condition keeps and that have no cost, all or those of some deliveries."""
        if not self.journal.holding("events"):
            return ()
        self._roll_up()
        days = live_rows(self.ledger, "rollup_tenant_day", self.journal, only)
        charges = metered_charges(days, self.settings.currency, COUNTED)
        return unpriced(self.connection, charges, self._prices(), where)

    def _prices(self) -> str:
        """The prices that calls were priced with."""
        files = list_files(self.ledger, "prices")
        return parquet(files) if files else empty_relation(TABLES["prices"])

    def _roll_up(self) -> None:
        """Make the rollups that are asked for and are not there."""
        make_rollups(self.connection, self.ledger, self.journal, self.metering)

    def filtered(self, name: str, kept: Condition) -> str:
        """The live rows of a table that a condition keeps, as a relation with its values bound."""
        view = f"SELECT * FROM {self.relation(name)} WHERE {kept.sql}"
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE kept AS {view}", list(kept.values))
        return "kept"

    def problems(self) -> list[Problem]:
        """What was wrong with the files of the live deliveries, in the order of loading."""
        return list(read_problems(self.connection, self.ledger, self.journal))

    def examine(self) -> tuple[Finding, ...]:
        """Every rule of bills that the ledger breaks, errors first."""
        charges, costs = self.relation("charges"), self.relation("costs")
        found = examine(self.connection, charges, costs, self.journal, self.problems(), self.settings.invoices)
        return (*found, *(_left_over(path) for path in orphans(self.ledger)))

    def costs_in(self, currency: str = "", period: Period = ALL) -> str:
        """The live costs, in one currency where that was asked for or the workspace has rates; `native` keeps each.

        Rates are needed for the days of the period only.
        """
        costs = self.relation("costs")
        target = currency.upper() or (self.settings.currency if self.settings.rates else "")
        if target in ("", "NATIVE"):
            return costs
        if self.settings.rates is None:
            raise InputError("E-RATE-005", f"no rates to convert to {target}", "name a CSV as `rates:` in outlay.yaml")
        read_rates(self.connection, self.folder / self.settings.rates)
        return convert(self.connection, costs, target, in_period(period))

    def load(
        self,
        paths: Sequence[Path],
        *,
        only: str = "",
        replace_scope: bool = False,
        part: bool = False,
        given: Given | None = None,
        tell: Tell = lambda _: None,
    ) -> LoadResult:
        """Load files as one load. What cannot be read is a problem; raises `InputError` if nothing can be.

        `given` is what a person says about tables of calls beside their paths.
        """
        load_id = uuid.uuid4().hex[:16]
        scratch = self.ledger / "staging" / load_id
        scratch.mkdir(parents=True)
        try:
            plans = self._plans(paths, scratch)
            files = [plans[path].path if path in plans else path for path in paths]
            opened = open_files(self.connection, files, only, given)
            staged, beside = read_files(self.connection, *opened, scratch, self.settings.currency, tell)
            # The same file named twice counts once, and so does what is wrong with it.
            read = list({s.sha256: s for s in staged}.values())
            tell("writing the ledger")
            deliveries, odd, rederived = self._deliver(read, beside, load_id, replace_scope, part)
            self._drop_months(plans.values())
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        problems = (*beside, *(p for s in read for p in s.problems), *odd)
        left_out = sum(s.left_out for s in read)
        notes = tuple(_incomplete(path, plan) for path, plan in plans.items() if plan.missing)
        return LoadResult(load_id, deliveries, problems, rederived + self.refresh(), left_out, notes)

    def _deliver(
        self, read: Sequence[Staged], beside: Sequence[Problem], load_id: str, replace_scope: bool, part: bool
    ) -> tuple[tuple[Delivery, ...], list[Problem], int]:
        """Commit facts, calls, then bills, which are split by those.

        `beside` are the problems of files that could not be read. Returns the deliveries, what was odd about them, and
        how many deliveries were derived again.
        """
        bills = [s for s in read if s.rows and s.shape == "charge"]
        calls = [s for s in read if s.rows and s.shape == "event"]
        facts = [s for s in read if s.rows and s.shape in ("outcome", "score")]
        if (calls or facts) and not (replace_scope or part):
            # A refused bill refuses the whole load.
            refuse_losses(self.connection, self.ledger, bills, self._rules)
        # They are told once a delivery of this load is live.
        if unread := [*beside, *(p for s in read if not s.rows for p in s.problems)]:
            write_problems(self.connection, self.ledger, load_id, unread)
        told, repeats = deliver_facts(self.connection, self.ledger, facts, load_id=load_id)
        metered, odd = deliver_traffic(self.connection, self.ledger, calls, self.metering, load_id=load_id)
        # What is split here weighs the costs of the rest of the ledger: those by the present rules.
        rederived = self.refresh()
        billed = deliver(
            self.connection,
            self.ledger,
            bills,
            self._rules,
            load_id=load_id,
            replace=replace_scope,
            part=part,
        )
        return (*billed, *told, *metered), [*repeats, *odd], rederived

    def _plans(self, paths: Sequence[Path], scratch: Path) -> "dict[Path, LaidOut]":
        """The plans among the files of a load, laid out as charges."""
        plans = [path for path in paths if is_plan(path)]
        if not plans:
            return {}
        # Arrays and distributions are heavy, and few commands need them.
        from outlay.workspace_plans import lay_out

        return lay_out(plans, self.folder, scratch, now().date())

    def _drop_months(self, plans: "Iterable[LaidOut]") -> None:
        """Take out what an older version of a plan had in months that it does not cover any more."""
        for plan in plans:
            for entry in self.journal.live():
                if entry.account == plan.account and entry.period_start not in plan.months:
                    remove(self.connection, self.ledger, entry.delivery_id)

    def remove(self, delivery_id: str) -> tuple[Entry, ...]:
        """Take the scope of a delivery out of the ledger; returns what it held. Raises `InputError`."""
        gone = remove(self.connection, self.ledger, delivery_id)
        self.refresh()
        return gone

    def reprice(self, since: str = "", *, dry_run: bool = False) -> tuple[Repriced, ...]:
        """Price calls from a day on by the present book; returns what changes for each team and model."""
        return reprice(self.connection, self.ledger, self.metering, since, dry_run=dry_run)

    def reconcile(self, period: Period) -> tuple[Reconciled, ...]:
        """Metered against billed, by provider, model and day."""
        self._roll_up()
        days = live_rows(self.ledger, "rollup_tenant_day", self.journal)
        costs = live_rows(self.ledger, "costs", self.journal)
        return reconcile(self.connection, costs, days, self._prices(), period, self.settings.currency)

    def refresh(self) -> int:
        """Derive again what a changed rule or a changed part of the ledger made stale. Returns how many deliveries."""
        repaired = repair(self.connection, self.ledger, self.metering) if self.journal.holding("events") else 0
        return repaired + rederive(self.connection, self.ledger, self._rules)

    @cached_property
    def metering(self) -> Metering:
        """The price book of this workspace at work."""
        return Metering(self.connection, book_of(self.folder), prices_hash(self.folder))

    @cached_property
    def _rules(self) -> WorkspaceRules:
        return WorkspaceRules(self.settings, self.connection, self.ledger, self.metering)


def _incomplete(path: Path, plan: "LaidOut") -> str:
    """What to say of a plan that does not state every layer: what comes there will count as a miss."""
    return f"{path.name} is incomplete, it does not state {', '.join(plan.missing)}: outlay plan check {path}"


def _left_over(path: Path) -> Finding:
    """What a load that was killed left on disk: no journal entry names it, so its rows do not exist."""
    message = f"{path.name} belongs to no committed load"
    return Finding("D-ORPHAN", "orphans", "warning", message, "outlay tidy sweeps it", file=path.name)


def prices_hash(folder: Path) -> str:
    """A name for every price that a workspace goes by: those of this release and its own."""
    own = sorted((folder / "prices").glob("*")) if (folder / "prices").is_dir() else []
    said = b"\0".join([__version__.encode(), *(p.read_bytes() for p in own if p.is_file())])
    return hashlib.sha256(said).hexdigest()[:16]


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
