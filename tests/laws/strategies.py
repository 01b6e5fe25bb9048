"""Random small bills: a few charges of two months and some teams, of any sign and with up to 28 decimals."""

from datetime import date
from decimal import Context, Decimal

from hypothesis import strategies as st
from tests.bills import Charge, charge

WIDE = Context(prec=60)
# What the ledger keeps as it is, ties at the 13th decimal, and Azure's 28 decimals.
KEPT = st.one_of(st.decimals(-(10**5), 10**5, places=12), st.decimals(-(10**5), 10**5, places=2))
TIES = st.integers(-(10**20), 10**20).map(lambda n: WIDE.scaleb(Decimal(10 * n + 5), -13))
LONG = st.integers(-(10**40), 10**40).map(lambda n: WIDE.scaleb(Decimal(n), -28))
TEAMS = st.sampled_from(["", "platform", "search", "support", "Search", "éclair"])
SERVICES = st.sampled_from(["Machines", "Amazon SageMaker", "Azure OpenAI", 'Bucket, "quoted"', "two\nlines; 1"])
DAYS = st.dates(date(2026, 9, 1), date(2026, 10, 31)).map(date.isoformat)


@st.composite
def charges(draw: st.DrawFn, costs: st.SearchStrategy[Decimal] = KEPT) -> Charge:
    """One charge with four costs of their own."""
    names = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")
    return charge(
        day=draw(DAYS),
        team=draw(TEAMS),
        ServiceName=draw(SERVICES),
        ChargeCategory=draw(st.sampled_from(["Usage", "Purchase", "Tax", "Credit"])),
        CommitmentDiscountId=draw(st.sampled_from(["", "plan-1"])),
        RegionId=draw(st.sampled_from(["", "eu-1", "us-1"])),
        ConsumedQuantity=draw(st.sampled_from(["", "1.5", "1234567890123.25"])),
        ConsumedUnit="Hours",
        **{name: f"{draw(costs):f}" for name in names},
    )


def bills(costs: st.SearchStrategy[Decimal] = KEPT, largest: int = 12) -> st.SearchStrategy[list[Charge]]:
    """A bill of at least one charge."""
    return st.lists(charges(costs), min_size=1, max_size=largest)
