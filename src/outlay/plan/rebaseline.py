"""A plan at the prices of another day: which prices changed since, and what the plan costs more or less for it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from outlay.plan.differences import Changed, changes, line_costs
from outlay.plan.file.formulas import check_formulas
from outlay.plan.file.read import PlanFile
from outlay.plan.layers.model_api import ModelApi
from outlay.plan.world import Prices

STALE_DAYS = 92


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A price of a model that the plan calls, per million tokens, on both days; None where it had none."""

    provider: str
    model: str
    unit: str
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class Rebaselined:
    """A plan on two days."""

    first: date
    second: date
    lines: tuple[Changed, ...]
    prices: tuple[PriceChange, ...]
    before: float
    after: float


def rebaseline(plan: PlanFile, then: Prices, now: Prices) -> Rebaselined:
    """What a plan costs at the prices of its day and at those of another one."""
    check_formulas(plan)
    before, after = line_costs(plan, then), line_costs(plan, now)
    prices = tuple(_price_changes(plan, then, now))
    return Rebaselined(then.day, now.day, changes(before, after), prices, sum(before.values()), sum(after.values()))


def _price_changes(plan: PlanFile, then: Prices, now: Prices) -> list[PriceChange]:
    """The prices of tokens that differ, of every model that the plan calls."""
    found = []
    for provider, model, tier in dict.fromkeys(_called(plan)):
        before, after = _asked(then, provider, model, tier), _asked(now, provider, model, tier)
        units = [unit for unit in dict.fromkeys((*before, *after)) if before.get(unit) != after.get(unit)]
        found += [PriceChange(provider, model, unit, before.get(unit), after.get(unit)) for unit in units]
    return found


def _called(plan: PlanFile) -> list[tuple[str, str, str]]:
    entries = [p.entry for p in plan.entries if isinstance(p.entry, ModelApi)]
    alone = [(e.provider, e.model, e.tier) for e in entries if e.model]
    routed = [(r.provider or e.provider, r.model, r.tier) for e in entries for r in e.routes]
    beside = [(r.provider, r.model, r.tier) for e in entries for r in (e.fallback, e.cascade) if r is not None]
    return [*alone, *routed, *beside]


def _asked(prices: Prices, provider: str, model: str, tier: str) -> dict[str, float]:
    """The prices of a model on a day, per million."""
    book, at = prices.book, datetime.combine(prices.day, time(12), UTC)
    known = book.names.provider(provider)
    found = known and book.names.model(known, model, at.date().isoformat())
    if not found:
        return {}
    return {unit: float(p.per_million) for unit, p in book.at(*found, at, tier, 1).items()}
