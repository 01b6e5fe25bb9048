"""Laws of metering: the join of calls and rates says what the quote of each call says, to the last digit."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.laws.calls import CACHES, book, calls

from outlay.ledger.engine import connect
from outlay.meter.price import priced
from outlay.prices.quote import Call, Quote, quote

COLUMNS = ("provider", "model", "tier", "time", "input", *CACHES, "output", "context")
law = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
Paid = tuple[Decimal | None, str | None]


def joined(told: Sequence[Call]) -> tuple[list[Paid], str, int]:
    """Cost and reason of every call by the join, the type in which it multiplied, and the decimals of its prices."""
    with connect() as connection:
        connection.execute(
            "CREATE TEMP TABLE events (n INT, provider VARCHAR, model VARCHAR, tier VARCHAR, time TIMESTAMPTZ, "
            "input BIGINT, cache_read BIGINT, cache_write_5m BIGINT, cache_write_1h BIGINT, output BIGINT, "
            "context BIGINT, requests BIGINT)"
        )
        rows = [
            [n, c.provider, c.model, c.tier, c.at, c.input, *(getattr(c, x) for x in CACHES), c.output, c.context]
            for n, c in enumerate(told)
        ]
        connection.executemany(f"INSERT INTO events VALUES ({'?, ' * 11} NULL)", rows)
        found = priced(connection, "events", book(), ("n", *COLUMNS))
        costs = connection.execute(f"SELECT cost, unpriced FROM {found.relation} ORDER BY n").fetchall()
        integer = "HUGEINT" if "AS HUGEINT" in found.relation else "BIGINT"
        return costs, integer, 15 if "0.000000000000001" in found.relation else 12


def known(said: Quote) -> Decimal | None:
    """The exact cost of a quote as money: with 12 decimals."""
    if said.cost is None:
        return None
    exact = sum((line.quantity * Fraction(line.price.price) / line.price.per for line in said.lines), Fraction(0))
    with localcontext(prec=60):
        whole = Decimal(exact.numerator) / Decimal(exact.denominator)
        return whole.quantize(Decimal("1e-12"), ROUND_HALF_UP)


@law
@given(st.lists(calls(), min_size=1, max_size=20))
def test_each_call_costs_what_its_quote_says(told: list[Call]) -> None:
    costs, _, _ = joined(told)
    assert [cost for cost, _ in costs] == [known(quote(book(), call)) for call in told]
    assert all((cost is None) == (reason is not None) for cost, reason in costs)
