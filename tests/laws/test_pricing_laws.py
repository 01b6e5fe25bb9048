"""Laws of metering: the join of calls and rates says what the quote of each call says, to the last digit."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.laws.calls import CACHES, book, calls

from outlay.ledger.engine import connect
from outlay.meter.price import priced
from outlay.prices.quote import Call, Quote, quote

COLUMNS = ("provider", "model", "tier", "region", "time", "input", *CACHES, "output", "context")
law = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
LATER = datetime(2026, 5, 5, 12, tzinfo=UTC)
# More tokens than a price in whole numbers of 64 bits can be multiplied by; a price with 13 decimals.
HUGE = Call("openai", "gpt-4o", LATER, input=5_000_000_000_000)
FINE = Call("acme", "fine", LATER, input=1)
Paid = tuple[Decimal | None, str | None]


def joined(told: Sequence[Call], requests: Sequence[int | None] = ()) -> tuple[list[Paid], str, int]:
    """Cost and reason of every call by the join, the type in which it multiplied, and the decimals of its prices."""
    with connect() as connection:
        connection.execute(
            "CREATE TEMP TABLE events (n INT, provider VARCHAR, model VARCHAR, tier VARCHAR, "
            "region VARCHAR, time TIMESTAMPTZ, "
            "input BIGINT, cache_read BIGINT, cache_write_5m BIGINT, cache_write_1h BIGINT, output BIGINT, "
            "context BIGINT, requests BIGINT)"
        )
        rows = [
            [
                n,
                c.provider,
                c.model,
                c.tier,
                c.region,
                c.at,
                c.input,
                *(getattr(c, x) for x in CACHES),
                c.output,
                c.context,
                r,
            ]
            for n, (c, r) in enumerate(zip(told, requests or [None] * len(told), strict=True))
        ]
        connection.executemany(f"INSERT INTO events VALUES ({', '.join('?' * 13)})", rows)
        found = priced(connection, "events", book(), ("n", *COLUMNS, "requests"))
        costs = connection.execute(f"SELECT cost, unpriced FROM {found.relation} ORDER BY n").fetchall()
        integer = "HUGEINT" if "AS HUGEINT" in found.relation else "BIGINT"
        return costs, integer, 15 if "0.000000000000001" in found.relation else 12


def known(said: Quote, calls: int = 1) -> Decimal | None:
    """The exact cost of so many calls of a quote as money: with 12 decimals."""
    if said.cost is None:
        return None
    exact = calls * sum(
        (line.quantity * Fraction(line.price.price) / line.price.per for line in said.lines), Fraction(0)
    )
    with localcontext(prec=60):
        whole = Decimal(exact.numerator) / Decimal(exact.denominator)
        return whole.quantize(Decimal("1e-12"), ROUND_HALF_UP)


@law
@given(st.lists(calls(), min_size=1, max_size=20))
def test_each_call_costs_what_its_quote_says(told: list[Call]) -> None:
    costs, _, _ = joined(told)
    assert [cost for cost, _ in costs] == [known(quote(book(), call)) for call in told]
    assert all((cost is None) == (reason is not None) for cost, reason in costs)


@settings(law, max_examples=12)
@given(st.lists(calls().filter(lambda c: c.model != "fine"), min_size=1, max_size=10))
def test_the_width_of_numbers_changes_no_cost(told: list[Call]) -> None:
    ways = [joined(calls_beside)[0][: len(told)] for calls_beside in beside(told)]
    assert len({tuple(costs) for costs in ways}) == 1


def beside(told: list[Call]) -> list[list[Call]]:
    """The same calls among others that need wider numbers."""
    return [[*told, *others] for others in ((), (HUGE,), (FINE,), (HUGE, FINE))]


def test_each_width_is_used() -> None:
    found = [joined(told)[1:] for told in beside([Call("openai", "gpt-4o", LATER, input=7)])]
    assert found == [("BIGINT", 12), ("HUGEINT", 12), ("BIGINT", 15), ("HUGEINT", 15)]


@settings(law, max_examples=15)
@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_no_number_of_tokens_stops_the_calls_beside_it(many: int, cached: int) -> None:
    absurd = Call("acme", "fine", LATER, input=many, cache_read=cached, cache_write_1h=cached, output=many)
    usual = Call("openai", "gpt-4o", LATER, input=10_000, output=1_000)
    costs, _, _ = joined([absurd, usual])
    assert costs[1] == (Decimal("0.035"), None)
    possible = max(many, cached) <= 10**15
    assert costs[0] == ((known(quote(book(), absurd)), None) if possible else (None, "no token counts"))


@settings(law, max_examples=15)
@given(st.lists(st.tuples(calls(), st.integers(1, 5_000)), min_size=1, max_size=10))
def test_a_window_of_alike_calls_costs_as_many_of_them(told: list[tuple[Call, int]]) -> None:
    """Its tokens are those of all its calls; what decides the price of a long prompt are those of one."""
    windows = [
        replace(call, **{name: getattr(call, name) * n for name in ("input", *CACHES, "output")}) for call, n in told
    ]
    costs, _, _ = joined(windows, [n for _, n in told])
    assert [cost for cost, _ in costs] == [known(quote(book(), call), n) for call, n in told]


PARTS = ("reasoning", "audio_input", "audio_output", "image_input", "image_output")


@law
@given(st.dictionaries(st.sampled_from(["input", "cache_read", "output", *PARTS]), st.integers(0, 1_000)))
def test_no_parts_of_the_tokens_make_a_cost_negative(tokens: dict[str, int]) -> None:
    """Reasoning that costs less than other output, and more of it than of output: the rest of the output is no less."""
    with connect() as connection:
        counts = {"input": 0, "output": 0, **tokens}
        said = ", ".join(f"CAST({n} AS BIGINT) AS {name}" for name, n in counts.items())
        row = "'acme' AS provider, 'thinker' AS model, 'standard' AS tier, TIMESTAMPTZ '2026-05-05' AS time"
        connection.execute(f"CREATE TEMP TABLE events AS SELECT {row}, {said}, CAST(NULL AS BIGINT) AS requests")
        found = priced(connection, "events", book(), ("provider", "model", "tier", "time", *counts))
        ((cost,),) = connection.execute(f"SELECT cost FROM {found.relation}").fetchall()
    said_of = {**dict.fromkeys(("cache_read", *PARTS), 0), **counts}
    inside = said_of["reasoning"] + said_of["audio_output"] + said_of["image_output"]
    outside = said_of["output"] - inside if said_of["output"] >= inside else said_of["output"]
    whole = said_of["input"] + said_of["cache_read"] if said_of["input"] < said_of["cache_read"] else said_of["input"]
    uncached = max(whole - said_of["cache_read"] - said_of["audio_input"] - said_of["image_input"], 0)
    of_input = uncached + said_of["cache_read"] + said_of["audio_input"] + said_of["image_input"]
    of_output = outside + said_of["audio_output"] + said_of["image_output"]
    assert cost == (of_input * 2 + of_output * 8 + said_of["reasoning"] * 3) / Decimal(1_000_000)
