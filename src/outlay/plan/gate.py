"""The gate: what a plan may be, and whether it is."""

from dataclasses import dataclass
from datetime import date

from outlay.plan.completeness import Completeness, Doubt, examine
from outlay.plan.decisions import Decision
from outlay.plan.file.read import PlanFile
from outlay.plan.stack import Stack
from outlay.plan.value import worth


@dataclass(frozen=True, slots=True)
class Verdict:
    """One limit: what it allows, what the plan has, and whether that is within it. None: it cannot be told."""

    limit: str
    allowed: str
    found: str
    passed: bool | None
    hint: str = ""


def judge(stack: Stack, approved: Decision | None, today: date) -> tuple[Verdict, ...]:
    """Every limit of a plan with its verdict."""
    plan = stack.plan
    whole = examine(plan, today)
    return tuple(
        v for v in (_complete(plan, whole), *_doubts(plan, whole), *_costs(stack), *_grown(stack, approved)) if v
    )


def open_doubts(plan: PlanFile, whole: Completeness) -> tuple[Doubt, ...]:
    """The doubts that the limits of a plan do not allow."""
    said = plan.plan.limits
    wanted = {kind for kind, asked in (("undocumented", said.documented), ("unsigned", said.signed)) if asked}
    return tuple(d for d in whole.doubts if d.kind in wanted)


def _complete(plan: PlanFile, whole: Completeness) -> Verdict | None:
    if not plan.plan.limits.complete:
        return None
    missing = [one.layer for one in whole.missing]
    found = f"{15 - len(missing)} of 15" + (f"; missing: {', '.join(missing)}" if missing else "")
    return Verdict("complete", "15 layers stated", found, not missing, "write their entries, or zero: with the reason")


def _doubts(plan: PlanFile, whole: Completeness) -> list[Verdict]:
    said, found = plan.plan.limits, []
    for kind, asked, allowed in (
        ("undocumented", said.documented, "source, date and owner of every assumption"),
        ("unsigned", said.signed, "every part signed"),
    ):
        if asked:
            doubts = [d.what for d in whole.doubts if d.kind == kind]
            told = "; ".join(doubts[:3]) + (f" and {len(doubts) - 3} more" if len(doubts) > 3 else "")
            found.append(Verdict(kind, allowed, told or "all of them", not doubts, "complete them in the plan"))
    return found


def _costs(stack: Stack) -> list[Verdict]:
    said, found = stack.plan.plan.limits, []
    currency = stack.plan.plan.currency
    if said.p80_month is not None:
        limit = (said.p80_month.number or 0.0) * said.p80_month.scale
        month, spread = max(stack.months.items(), key=lambda one: one[1].p80)
        told = f"{spread.p80:,.0f} in {month}"
        found.append(Verdict("p80_month", f"{limit:,.0f} {currency} a month", told, float(spread.p80) <= limit))
    if said.p80_total is not None:
        limit = (said.p80_total.number or 0.0) * said.p80_total.scale
        found.append(
            Verdict("p80_total", f"{limit:,.0f} {currency}", f"{stack.total.p80:,.0f}", float(stack.total.p80) <= limit)
        )
    if said.cost_per_success is not None:
        limit = (said.cost_per_success.number or 0.0) * said.cost_per_success.scale
        found.append(_per_success(stack, limit))
    return found


def _per_success(stack: Stack, limit: float) -> Verdict:
    allowed = f"{limit:g} {stack.plan.plan.currency} for each success"
    successes = sum(w.successes for w in worth(stack))
    if not successes:
        return Verdict(
            "cost_per_success", allowed, "unknown: the plan states no value", False, "write value: with its successes"
        )
    each = float(stack.total.expected) / successes
    return Verdict("cost_per_success", allowed, f"{each:.4g}", each <= limit)


def _grown(stack: Stack, approved: Decision | None) -> list[Verdict]:
    said = stack.plan.plan.limits.growth
    if said is None:
        return []
    limit = (said.number or 0.0) * said.scale
    allowed = f"{limit:.0%} over the plan that was approved"
    if approved is None:
        return [Verdict("growth", allowed, "no plan was approved yet", None, "outlay decide records one")]
    before, after = approved.expected, float(stack.total.expected)
    grown = after / before - 1 if before else float("inf")
    told = f"{grown:+.1%}: {after:,.0f} after {before:,.0f} of {approved.decided}"
    return [Verdict("growth", allowed, told, grown <= limit, "outlay decide records a new approval")]
