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
    call(22_000, 0, model="gpt-99"),  # as dear as the mean token of OpenAI, of which 44,000 cost 0.14: 0.07
    call(110_000, 0, provider="vllm", model="llama"),  # as dear as the mean token of all calls: 0.35
]
GROUPS = [
    ("llama", 1, 110_000, "0.35", "all calls"),
    ("gpt-99", 1, 22_000, "0.07", "the same provider"),
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
    assert (loaded["requests"], loaded["tokens"], loaded["estimate"]) == (3, 132_000, "0.46")
    assert Decimal(asked["total"]) == 4 * EACH


def test_a_call_whose_price_was_learnt_is_unpriced_no_more(outlay: Run, tmp_path: Path) -> None:
    work = workspace(tmp_path / "work").folder
    outlay("load", write_calls(tmp_path / "calls.csv", CALLS), "--workspace", work)
    (work / "prices").mkdir()
    (work / "prices" / "own.yaml").write_text(OWN.replace("embedder", "gpt-99"))
    assert outlay("reprice", "--workspace", work).exit_code == 0
    ran = outlay("costs", "--workspace", work, "--kind", "metered", "--range", "2026-10", "--format", "json")
    assert "gpt-99" not in [group[0] for group in told(json.loads(ran.stdout)["data"]["unpriced"])]
    assert Decimal(json.loads(ran.stdout)["data"]["total"]) == 4 * EACH + Decimal("0.022")
