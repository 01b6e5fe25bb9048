"""Laws of the split invoice: no row loses or gains a digit, whatever is billed and whatever is metered."""

from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from tests.bills import COSTS

from outlay.derive.parts import PARTS
from outlay.derive.reconcile import split_by_metering
from outlay.ledger.engine import connect
from outlay.ledger.store import empty_relation
from outlay.ledger.tables import TABLES
from outlay.model.charge import literal, quoted
from outlay.model.period import ALL
from outlay.views.reconcile import added, reconcile

if TYPE_CHECKING:
    import duckdb

law = settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
# From a millionth of a millionth to what no invoice has.
MONEY = st.one_of(
    st.just(Decimal(0)),
    st.decimals(-100, 100, places=12),
    st.decimals(-(10**17), 10**17, places=12),
    st.sampled_from([Decimal("1e-12"), Decimal("-1e-12"), Decimal("0.01"), Decimal(10) ** 14]),
)
QUANTITIES = st.one_of(st.none(), MONEY, st.integers(0, 10**7).map(Decimal))
Billed = list[dict[str, Any]]
Metered = list[dict[str, Any]]
MODELS = (None, "gpt-4o", "o3")
PROJECTS = (None, "proj-1", "proj-2")


@st.composite
def billed(draw: st.DrawFn) -> dict[str, Any]:
    """A billed row of a model API: of an hour, a day or a month, with or without tokens, model and project."""
    month = draw(st.booleans())
    day = "2026-10-01" if month else draw(st.sampled_from(["2026-10-05", "2026-10-06"]))
    end = "2026-11-01" if month else f"2026-10-0{int(day[-1]) + 1}"
    hours = ("00", "00") if month else draw(st.sampled_from([("00", "00"), ("07", "07"), ("23", "00"), ("00", "01")]))
    end = day if hours == ("00", "01") else end
    return {
        **{c: draw(MONEY) for c in COSTS},
        "ConsumedQuantity": draw(QUANTITIES),
        "PricingQuantity": draw(QUANTITIES),
        "ConsumedUnit": draw(st.sampled_from(["Tokens", "1K tokens", "1M tokens", "Requests", None])),
        "x_ModelId": draw(st.sampled_from(MODELS)),
        "SubAccountId": draw(st.sampled_from(PROJECTS)),
        "x_TokenDirection": draw(st.sampled_from([None, "Input", "Output"])),
        "x_TokenCacheAction": draw(st.sampled_from([None, "Uncached", "Read", "Write"])),
        "x_Team": draw(st.sampled_from([None, "search"])),
        "ChargeCategory": draw(st.sampled_from(["Usage"] * 4 + ["Tax", "Credit"])),
        "ChargePeriodStart": f"{day} {hours[0]}:00:00+00",
        "ChargePeriodEnd": f"{end} {hours[1]}:00:00+00",
    }


@st.composite
def days(draw: st.DrawFn) -> dict[str, Any]:
    """A row of the rollup of days."""
    tokens = st.one_of(st.none(), st.integers(0, 10**7), st.integers(0, 10**18))
    cost = st.one_of(st.none(), st.decimals(0, 10**4, places=12), st.decimals(0, 10**15, places=12))
    return {
        "day": draw(st.sampled_from(["2026-10-05", "2026-10-06", "2026-10-31"])) + " 00:00:00+00",
        "provider": "openai",
        "model": draw(st.sampled_from(MODELS[1:])),
        "project": draw(st.sampled_from(PROJECTS)),
        "team": draw(st.sampled_from([None, "search", "support"])),
        "tenant": draw(st.sampled_from([None, "acme", "globex", "initech"])),
        **{c: draw(tokens) for c in ("input", "cache_read", "cache_write_5m", "output")},
        "cost": draw(cost),
        "rate_id": draw(st.sampled_from([None, "r"])),
        "currency": "USD",
        "unpriced": draw(st.sampled_from([None, None, "unknown model"])),
    }


def relation(table: str, rows: Iterable[dict[str, Any]], usual: dict[str, Any]) -> str:
    """Rows as a relation with the columns of a table."""
    columns = {c.name: c.sql_type for c in TABLES[table]} | {"n": "INT"}
    selects = [
        "SELECT "
        + ", ".join(
            f"CAST({'NULL' if v is None else literal(str(v))} AS {columns[k]}) AS {quoted(k)}"
            for k, v in {**usual, **row, "n": n}.items()
        )
        for n, row in enumerate(rows)
    ]
    empty = f"SELECT *, CAST(NULL AS INT) AS n FROM {empty_relation(TABLES[table])}"
    return f"({' UNION ALL BY NAME '.join([empty, *selects])})"


OF_OPENAI = {"ServiceProviderName": "OpenAI", "BillingCurrency": "USD", "x_RecordKind": "billed", "x_AiKind": "llm-api"}
OF_OPENAI |= {"x_Layer": "model-api", "ServiceName": "OpenAI API"}


PRICES = [
    {"rate_id": "r", "unit": unit, "price": price, "per": 1_000_000} for unit, price in (("input", 3), ("output", 9))
]
DAY = {"ChargePeriodStart": "2026-10-05 00:00:00+00", "ChargePeriodEnd": "2026-10-06 00:00:00+00"}
LARGE = {**dict.fromkeys(COSTS, Decimal(10) ** 17), "ChargeCategory": "Usage", **DAY}
MANY = {**LARGE, "ConsumedQuantity": Decimal(10) ** 20, "ConsumedUnit": "Tokens", "x_TokenDirection": "Output"}
SEEN = {"day": "2026-10-05 00:00:00+00", "provider": "openai", "model": "o3", "output": 10**18}
SEEN |= {"cost": Decimal(10) ** 14, "tenant": "acme"}


@law
@example([LARGE, MANY], [SEEN, {**SEEN, "tenant": "globex"}])
@example([LARGE] * 3, [{**SEEN, "cost": Decimal("1e-12")}])
@given(st.lists(billed(), min_size=3, max_size=6), st.lists(days(), min_size=4, max_size=12))
def test_the_parts_of_each_row_sum_to_it_in_every_column(
    bill: list[dict[str, Any]], seen: list[dict[str, Any]]
) -> None:
    with connect() as connection:
        split = loaded(connection, bill, seen)
        sums = ", ".join(f"sum({quoted(c)})" for c in PARTS)
        parts = connection.execute(f"SELECT n, {sums} FROM {split} GROUP BY n ORDER BY n").fetchall()
        assert parts == connection.execute(f"SELECT n, {sums} FROM charges GROUP BY n ORDER BY n").fetchall()


@settings(law, max_examples=15)
@example(
    [{**dict.fromkeys(COSTS, cost), "ChargeCategory": kind, **DAY} for kind, cost in (("Usage", 8), ("Credit", -5))],
    [{**SEEN, "cost": 20, "output": 100, "currency": "USD"}, {**SEEN, "day": "2026-10-09 00:00:00+00"}],
)
@given(st.lists(billed(), min_size=3, max_size=6), st.lists(days(), min_size=4, max_size=12))
def test_the_causes_sum_to_the_difference_and_coverage_is_a_part(bill: Billed, seen: Metered) -> None:
    with connect() as connection:
        split = loaded(connection, bill, seen)
        found = reconcile(connection, split, "days", relation("prices", PRICES, {}), ALL)
    # Python's own 28 digits would round the largest sums.
    with localcontext(prec=60):
        whole = added(found)
        assert whole is not None
        near = Decimal("1e-15") * max([abs(c) for r in (*found, whole) for c in r.causes.values()], default=Decimal(1))
        for row in (*found, whole):
            assert abs((row.difference or Decimal(0)) - sum(row.causes.values(), Decimal(0))) <= near
            assert row.coverage is None or 0 <= row.coverage <= 1
        costs = [cost for row in bill if (cost := row["EffectiveCost"]) is not None]
        assert sum((r.billed or 0 for r in found), Decimal(0)) == sum(costs, Decimal(0))


def loaded(connection: "duckdb.DuckDBPyConnection", bill: Billed, seen: Metered) -> str:
    """The bill and the days as tables, and the bill split by the days."""
    for name, found in (
        ("charges", relation("costs", bill, OF_OPENAI)),
        ("days", relation("rollup_tenant_day", seen, {"requests": 1, "events": 1, "failed": False})),
    ):
        connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM {found}")
    return split_by_metering(connection, "charges", "days")
