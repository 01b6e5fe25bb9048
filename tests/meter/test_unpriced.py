"""A call whose cost is not known: the reason, what is probably at stake, and never 0 in a sum."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.bills import workspace
from tests.calls import EACH, Row, ask, call, metered, write_calls
from typer.testing import Result

from outlay.ledger.query import Condition
from outlay.views.unpriced import told_unpriced
from outlay.workspace import Workspace

Run = Callable[..., Result]
# A model of one's own whose output has no price.
OWN = """
source: a contract
recorded: 2026-10-01
prices:
  - {provider: openai, model: embedder, from: 2026-10-01, prices: {input: 1}}
"""
REASONS: dict[str, tuple[Row, str]] = {
    "a model that nobody knows": (call(model="gpt-99"), "unknown model 'gpt-99'"),
    "a provider that nobody knows": (call(provider="acme-cloud"), "unknown provider 'acme-cloud'"),
    "no provider": (call(provider=""), "no provider"),
    "no model": (call(model=""), "no model"),
    "before the first price": (call(time="2024-01-01T00:00:00Z"), "no standard price of gpt-4o on that day"),
    "a tier without a price": (call(tier="platinum"), "no platinum price of gpt-4o on that day"),
    "no token counts": (call("", "", status="ok"), "no token counts"),
    "no output count": (call(100, "", status="ok"), "no token counts"),
    "failed without token counts": (call("", "", status="error"), "failed without token counts"),
    "a class without a price": (call(100, 7, model="embedder"), "no price of a token class"),
}


@pytest.mark.parametrize("case", REASONS)
def test_each_reason_is_told_and_its_cost_is_unknown(tmp_path: Path, case: str) -> None:
    row, reason = REASONS[case]
    opened = workspace(tmp_path / "work")
    (opened.folder / "prices").mkdir()
    (opened.folder / "prices" / "own.yaml").write_text(OWN)
    opened.load([write_calls(tmp_path / "calls.csv", [row, call()])])
    assert ask(opened, "SELECT unpriced, cost FROM {} WHERE unpriced IS NOT NULL") == [(reason, None)]
    assert ask(opened, "SELECT cost FROM {} WHERE unpriced IS NOT NULL", "rollup_tenant_day") == [(None,)]
    assert metered(opened) == (2, EACH)


def test_a_class_without_a_price_costs_nothing_where_there_is_none_of_it(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    (opened.folder / "prices").mkdir()
    (opened.folder / "prices" / "own.yaml").write_text(OWN)
    rows = [call(1_000_000, output, model="embedder") for output in ("", 0)]
    opened.load([write_calls(tmp_path / "calls.csv", rows)])
    assert metered(opened) == (2, Decimal(2))


def test_a_ledger_of_unpriced_calls_only_has_no_cost_at_all(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_calls(tmp_path / "calls.csv", [call(model="gpt-99")] * 3)])
    assert metered(opened) == (3, None)


CALLS = [
    *[call()] * 4,  # 44,000 tokens, 0.14
    call("", "", status="ok"),  # one request of gpt-4o: 0.035
    call(24_000, 0, model="gpt-99"),  # as dear as the mean token of input at OpenAI, 2.50 per million: 0.06
    call(100_000, 10_000, provider="vllm", model="llama"),  # as dear as the mean tokens of all calls: 0.25 and 0.10
]
GROUPS = [
    ("llama", 1, 110_000, "0.35", "all calls"),
    ("gpt-99", 1, 24_000, "0.06", "the same provider"),
    ("gpt-4o", 1, 0, "0.04", "the same model"),
]


def told(unpriced: Any) -> list[tuple[Any, ...]]:
    names = ("model", "requests", "tokens", "estimate", "basis")
    return [tuple(group[name] for name in names) for group in unpriced["groups"]]


def test_what_is_at_stake_comes_from_neighbours(outlay: Run, tmp_path: Path) -> None:
    work = workspace(tmp_path / "work").folder
    file = write_calls(tmp_path / "calls.csv", CALLS)
    ran = outlay("load", file, "--workspace", work, "--format", "json")
    assert ran.exit_code == 0
    loaded = json.loads(ran.stdout)["data"]["unpriced"]
    ran = outlay("costs", "--workspace", work, "--kind", "metered", "--range", "2026-10", "--format", "json")
    assert ran.exit_code == 0
    asked = json.loads(ran.stdout)["data"]
    assert told(loaded) == told(asked["unpriced"]) == GROUPS
    assert (loaded["requests"], loaded["tokens"], loaded["estimate"]) == (3, 134_000, "0.45")
    assert Decimal(asked["total"]) == 4 * EACH


def test_a_call_whose_price_was_learnt_is_unpriced_no_more(outlay: Run, tmp_path: Path) -> None:
    work = workspace(tmp_path / "work").folder
    outlay("load", write_calls(tmp_path / "calls.csv", CALLS), "--workspace", work)
    (work / "prices").mkdir()
    (work / "prices" / "own.yaml").write_text(OWN.replace("embedder", "gpt-99"))
    assert outlay("reprice", "--workspace", work).exit_code == 0
    ran = outlay("costs", "--workspace", work, "--kind", "metered", "--range", "2026-10", "--format", "json")
    assert "gpt-99" not in [group[0] for group in told(json.loads(ran.stdout)["data"]["unpriced"])]
    assert Decimal(json.loads(ran.stdout)["data"]["total"]) == 4 * EACH + Decimal("0.024")


def at_stake(opened: Workspace) -> dict[str | None, Decimal | None]:
    return {u.model: u.estimate for u in opened.unpriced(Condition())}


def test_a_request_without_a_count_of_its_input_costs_as_much_as_the_mean_request(tmp_path: Path) -> None:
    """Nine calls cost 0.26 each; of nine more nobody knows the input, which is nearly all of it."""
    opened = workspace(tmp_path / "work")
    rows = [*[call(100_000, 1_000)] * 9, *[call("", 1_000, status="ok")] * 9]
    opened.load([write_calls(tmp_path / "calls.csv", rows)])
    (told,) = opened.unpriced(Condition())
    assert (told.estimate, told.tokens, told.lacks) == (Decimal("2.34"), 9_000, "input")
    assert told_unpriced([told])[1] == "  OpenAI gpt-4o: no token counts of input (9 requests)"


def test_counts_that_different_calls_lack_are_not_mixed(tmp_path: Path) -> None:
    """In the sum of the day both classes have a count."""
    opened = workspace(tmp_path / "work")
    rows = [call(), call("", 1_000, status="ok"), call(10_000, "", status="ok")]
    opened.load([write_calls(tmp_path / "calls.csv", rows)])
    assert at_stake(opened) == {"gpt-4o": 2 * EACH}


def test_input_and_output_are_as_dear_as_those_of_neighbours(tmp_path: Path) -> None:
    """A million of input is 2.50 and one of output 10, whatever the share of either among the neighbours."""
    opened = workspace(tmp_path / "work")
    rows = [call(100_000, 1_000), call(100_000_000, 1_000_000, model="gpt-99"), call(0, 1_000_000, model="gpt-98")]
    opened.load([write_calls(tmp_path / "calls.csv", rows)])
    assert at_stake(opened) == {"gpt-99": Decimal(260), "gpt-98": Decimal(10)}


def test_groups_that_are_not_shown_are_counted(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    rows = [call(model=f"gpt-9{n}") for n in range(8)] + [call(provider=""), call(provider="")]
    opened.load([write_calls(tmp_path / "calls.csv", rows)])
    lines = told_unpriced(opened.unpriced(Condition()))
    assert lines[0] == "unpriced: 10 requests, 110,000 tokens, unknown at stake; not in the sums"
    assert lines[1] == "  gpt-4o: no provider (2 requests)"
    assert lines[2] == "  OpenAI gpt-90: unknown model 'gpt-90' (1 request)"
    assert lines[6] == "  and 4 more (4 requests)"
