"""Which records of the ledger count in an answer, and which of their columns holds the money."""

from collections.abc import Sequence
from typing import Literal

from outlay.ledger.journal import Entry
from outlay.ledger.query import Condition
from outlay.model.charge import literal

CostName = Literal["billed", "effective", "list", "contracted"]
KindName = Literal["billed", "metered", "planned", "best"]

# A purchase that covers other charges: of a commitment, or one whose effective cost those charges carry.
COVERS = (
    "ChargeCategory = 'Purchase' "
    "AND (coalesce(CommitmentDiscountId, '') <> '' OR coalesce(EffectiveCost = 0 AND BilledCost <> 0, false))"
)
# A list or contracted price stands on such a purchase and again on the usage that it covers: count the usage.
ONCE = f"CASE WHEN ({COVERS}) OR coalesce(CommitmentDiscountStatus = 'Unused', false) THEN 0 ELSE {{}} END"
COST_SQL: dict[str, str] = {
    "billed": "BilledCost",
    "effective": "EffectiveCost",
    "list": ONCE.format("ListCost"),
    "contracted": ONCE.format("ContractedCost"),
}


def money_of(cost: CostName, kind: KindName) -> str:
    """The column that holds the money of each kind of record. Metering and plans have one cost each."""
    billed = COST_SQL[cost]
    by_kind = f"CASE x_RecordKind WHEN 'metered' THEN x_MeteredCost WHEN 'planned' THEN x_PlannedCost ELSE {billed} END"
    return {"billed": billed, "metered": "x_MeteredCost", "planned": "x_PlannedCost"}.get(kind, by_kind)


def counted(kind: KindName, live: Sequence[Entry]) -> Condition:
    """Which records count. `best`: a bill where there is one, else metering, else the plan."""
    if kind != "best":
        return Condition(f"x_RecordKind = {literal(kind)}")
    billed = _covered(live, ("billed",))
    # A plan seldom knows who will pay.
    metered = _covered(live, ("billed", "metered"), any_payer=True)
    return Condition(
        "x_RecordKind = 'billed' "
        f"OR (x_RecordKind = 'metered' AND NOT {billed}) OR (x_RecordKind = 'planned' AND NOT {metered})"
    )


def _covered(live: Sequence[Entry], kinds: tuple[str, ...], *, any_payer: bool = False) -> str:
    """Whether the provider, account and day of a charge lie in a delivery of one of these kinds."""
    tests = [
        f"(coalesce(ServiceProviderName, '') = {literal(said['provider'])} "
        f"AND {'true' if any_payer else _of_payer(entry.account)} "
        f"AND ChargePeriodStart >= TIMESTAMPTZ {literal(said['first_day'] + ' 00:00:00+00')} "
        f"AND ChargePeriodStart < TIMESTAMPTZ {literal(said['last_day'] + ' 00:00:00+00')} + INTERVAL 1 DAY)"
        for entry in live
        for said in entry.coverage
        if said["kind"] in kinds
    ]
    return f"({' OR '.join(tests) or 'false'})"


def _of_payer(account: str) -> str:
    """Whether a charge is of the account that pays a bill, as far as both say one: metering often does not."""
    return f"coalesce(BillingAccountId, '') IN ('', {literal(account)})" if account else "true"
