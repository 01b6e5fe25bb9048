"""What if: the plan computed again with other inputs, the lines that change, and the first limit that is reached.

Three questions are usual: ten times the traffic, the loss of the GPUs that one counts on, one tenant more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from outlay.model.problem import InputError
from outlay.plan.capacity import gpu
from outlay.plan.differences import Changed, changes, line_costs, middles
from outlay.plan.evaluate import world_of
from outlay.plan.file.formulas import check_formulas
from outlay.plan.file.names import variables
from outlay.plan.file.read import Placed, PlanFile
from outlay.plan.file.volumes import volumes
from outlay.plan.layers.fleet import Fleet
from outlay.plan.layers.gpu_price import ONE as ALL
from outlay.plan.layers.gpu_price import GpuEntry
from outlay.plan.layers.inference_compute import Serving
from outlay.plan.limits import Reached, reached
from outlay.plan.quantities.field import In
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.tariff import dearest_gpu_hour
from outlay.plan.world import Prices

MOST_FACTOR = 1e6
GPU_HOUR = In("$/GPU/h", also=("$/h",))


@dataclass(frozen=True, slots=True)
class Answer:
    """The lines that change, the largest change first, and the totals; `limit` is the first that is reached."""

    asked: str
    words: str
    lines: tuple[Changed, ...]
    before: float
    after: float
    limits: tuple[Reached, ...]
    notes: tuple[str, ...] = ()

    @property
    def difference(self) -> float:
        """What the plan costs more."""
        return self.after - self.before


def ask(plan: PlanFile, prices: Prices, asked: str, tenants: float | None = None) -> Answer:
    """Answer a question: `10x`, `gpu-loss` or `+1-tenant`. Raises `InputError` for another one."""
    check_formulas(plan)
    if asked == "gpu-loss":
        return _gpu_loss(plan, prices)
    if asked.startswith("+") and asked.endswith(("-tenant", "-tenants")):
        return _more_tenants(plan, prices, asked, tenants)
    factor = _factor(asked)
    scaled = {id(q): factor for q in _traffic(plan).values()}
    words = f"{factor:g} times the traffic: {', '.join(volumes(plan))}"
    return _answer(plan, prices, plan, scaled, asked, words, factor)


def _factor(asked: str) -> float:
    try:
        factor = float(asked.removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not (asked.endswith("x") and 0 < factor <= MOST_FACTOR):
        raise InputError("E-PLAN-082", f"no question: {asked!r}", "ask 10x, 2x, gpu-loss or +1-tenant")
    return factor


def _traffic(plan: PlanFile) -> dict[str, Quantity]:
    found = volumes(plan)
    if not found:
        place = plan.document.place(("demand",))
        raise InputError("E-PLAN-083", "nothing in the plan is traffic", "state it under demand", place)
    return found


def _more_tenants(plan: PlanFile, prices: Prices, asked: str, tenants: float | None) -> Answer:
    """So many tenants more: what counts tenants grows by them, else all traffic by their share."""
    try:
        more = float(asked[1:].split("-")[0])
    except ValueError as error:
        raise InputError("E-PLAN-082", f"no question: {asked!r}", "ask +1-tenant") from error
    counted = {name: q for name, q in _counting(plan).items() if tenants is None}
    middle = {name: _middle(q) for name, q in counted.items()}
    if not counted and tenants is None:
        hint = "count them under demand (tenants: 20 tenants), or say --tenants 20"
        raise InputError("E-PLAN-084", "how many tenants there are is not told", hint, str(plan.document.path))
    grown = counted or _traffic(plan)
    count = tenants if tenants is not None else next(iter(middle.values()))
    scaled = {id(q): (count + more) / count for q in grown.values()}
    words = f"{more:g} more than {count:g} tenants: {', '.join(grown)}"
    found = _answer(plan, prices, plan, scaled, asked, words, (count + more) / count)
    each = f"a tenant costs {found.before / count:,.0f} on average; the next one adds {found.difference / more:,.0f}"
    return replace(found, notes=(each,))


def _counting(plan: PlanFile) -> dict[str, Quantity]:
    """The assumptions that count tenants."""
    tenants = (("tenants", 1),)
    return {
        n: a.value for n, a in plan.assumptions.items() if a.value.unit.dimension == tenants and not a.value.formula
    }


def _middle(quantity: Quantity) -> float:
    return float(quantity.range.ends[1] if quantity.range else quantity.number or 0.0) * quantity.scale


def _gpu_loss(plan: PlanFile, prices: Prices) -> Answer:
    """Every GPU hour is bought at its substitute, or at the dearest offer of the book; and one replica fails."""
    rented = [p for p in plan.entries if isinstance(p.entry, GpuEntry)]
    if not rented:
        hint = "ask it of a plan with serving or training entries"
        raise InputError("E-PLAN-085", "the plan pays for no GPU hours", hint, str(plan.document.path))
    notes, entries = [], list(plan.entries)
    for placed in rented:
        entry, note = _substituted(cast("GpuEntry", placed.entry), prices)
        entries[entries.index(placed)] = replace(placed, entry=entry)
        notes.append(note)
    other = replace(plan, entries=tuple(entries))
    words = "the GPUs that are counted on are not to be had"
    found = _answer(plan, prices, other, {}, "gpu-loss", words, 1.0)
    return replace(found, notes=(*notes, *_with_one_less(plan, prices, rented)))


def _substituted(entry: GpuEntry, prices: Prices) -> tuple[GpuEntry, str]:
    if entry.substitute is not None:
        told = f"{entry.name}: {entry.substitute} as the plan states"
        return entry.model_copy(update={"price": entry.substitute, "owned": None, "availability": ALL}), told
    dearest = dearest_gpu_hour(prices, gpu(entry.gpu).name)
    if dearest is None:
        hint = "state substitute: the price of a GPU hour elsewhere"
        raise InputError("E-PLAN-086", f"{entry.name}: nobody else's price of {entry.gpu} is known", hint)
    hour = GPU_HOUR.read(str(dearest.price))
    told = f"{entry.name}: {dearest.price} of {dearest.provider} ({dearest.offer or dearest.term}), the dearest known"
    return entry.model_copy(update={"price": hour, "owned": None, "availability": ALL}), told


def _with_one_less(plan: PlanFile, prices: Prices, rented: list[Placed]) -> tuple[str, ...]:
    """Whether the others carry the peak when a replica fails."""
    ranges = variables(plan)
    world = world_of(plan, prices, middles(ranges), ranges)
    told = []
    for placed in rented:
        entry = placed.entry
        if isinstance(entry, Serving):
            fleet = Fleet(entry, world)
            needed = float(fleet.needed().grid(plan.plan.months).max()) / entry.regions
            held = entry.spares >= 1
            word = "the spare one takes over" if held else "the rest is too few for the peak: requests wait"
            told.append(f"{entry.name}: one replica of {needed + entry.spares:g} in a region fails: {word}")
    return tuple(told)


def _answer(
    plan: PlanFile, prices: Prices, other: PlanFile, scaled: Mapping[int, float], asked: str, words: str, factor: float
) -> Answer:
    """The lines of two versions of a plan side by side."""
    before, after = line_costs(plan, prices), line_costs(other, prices, scaled)
    limits = reached(other, prices, lambda times: dict.fromkeys(scaled, times), factor)
    return Answer(asked, words, changes(before, after), sum(before.values()), sum(after.values()), limits)
