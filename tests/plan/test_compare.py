from datetime import date
from pathlib import Path

import pytest
from tests.plan.plans import DAY, list_prices_of, stack_of, written

from outlay.model.problem import InputError
from outlay.plan.compare import Comparison, compare
from outlay.plan.rebaseline import rebaseline
from outlay.plan.token_rates import token_rates

HERE = """
layers:
  inference-compute:
    - {name: llama, model: llama-3.1-70b, gpu: h100, gpus: 2, requests: 1M, input: 750, output: 250, price: $4 / GPU/h}
  network: {zero: stays here}
"""
THERE = HERE.replace("$4", "$3").replace(
    "network: {zero: stays here}",
    "network: [{name: back, source: there, destination: here, route: internet, data: 2 TB, price: $0.09 / GB}]",
)


def both(folder: Path, one: str = HERE, other: str = THERE) -> Comparison:
    (folder / "a").mkdir()
    return compare(stack_of(folder / "a", one, draws=64), stack_of(folder, other, draws=64))


def test_what_a_plan_does_not_state_is_unknown_and_what_it_states_as_zero_is_zero(tmp_path: Path) -> None:
    found = both(tmp_path)
    assert found.first.rows["egress"] == 0
    assert found.first.rows["storage"] is None
    assert found.first.rows["reserved"] is None
    assert found.first.rows["rate"] == pytest.approx(4)
    rows = list(found.first.rows)
    assert rows[:7] == ["rate", "reserved", "storage", "egress", "integration", "tooling", "SLA gaps"]
    assert found.first.rows[rows[7]] == pytest.approx(found.first.total)


def test_the_volume_at_which_a_move_ceases_to_pay(tmp_path: Path) -> None:
    """Two replicas of two GPUs save 4 x 730 x $1 a month; at $0.09 a GB that is 32,444 GB."""
    found = both(tmp_path)
    assert found.stops_paying_gb == pytest.approx(4 * 730 / 0.09)
    assert found.cheaper_share == 1


def test_a_task_is_compared_not_an_hour(tmp_path: Path) -> None:
    found = both(tmp_path)
    assert found.first.tasks == pytest.approx(12e6)
    assert found.first.per_task == pytest.approx(4 * 730 * 4 / 1e6)


def test_dollars_per_million_tokens_at_the_mix_of_the_plan(tmp_path: Path) -> None:
    share, rates = token_rates(written(tmp_path, HERE), list_prices_of(DAY))
    assert share == pytest.approx(0.75)
    served = next(rate for rate in rates if rate.name == "llama-3.1-70b, served")
    assert served.usd_per_mtok[0] == pytest.approx(4 * 730 * 4 / 10)
    assert list(served.usd_per_mtok) == sorted(served.usd_per_mtok, reverse=True)
    assert any("llama-3.1-70b" in rate.name and "served" not in rate.name for rate in rates)


def test_a_plan_at_the_prices_of_another_day(tmp_path: Path) -> None:
    """o3 cost 10 and 40 USD per M tokens until 2025-06-10, then 2 and 8."""
    text = "layers: {model-api: [{name: a, provider: openai, model: o3, requests: 1M, input: 1k, output: 100}]}\n"
    then, now = list_prices_of(date(2025, 5, 1)), list_prices_of(date(2025, 7, 1))
    found = rebaseline(written(tmp_path, text, months=1), then, now)
    assert (found.before, found.after) == pytest.approx((14_000, 2_800))
    assert {(p.unit, p.before, p.after) for p in found.prices} >= {("input", 10.0, 2.0), ("output", 40.0, 8.0)}
    assert rebaseline(written(tmp_path, text), now, now).lines == ()


def test_two_currencies_are_not_compared(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        both(tmp_path, other=THERE + "currency: EUR\ndollar: 0.9\n")
    assert raised.value.code == "E-PLAN-090"


def test_the_mix_is_that_of_all_entries_whatever_their_numbers_are_called(tmp_path: Path) -> None:
    """1M calls of 8,000 + 500 tokens and 1M of 1,000 + 500: 9,000 of 10,000 are input."""
    text = """
    assumptions: {prompt: 8k, answer: 500}
    layers:
      model-api:
        - {name: a, provider: openai, model: gpt-5-mini, requests: 1M, input: prompt, output: answer}
        - {name: b, provider: openai, model: gpt-5, requests: 1M, input: 1k, output: answer}
    """
    share, rates = token_rates(written(tmp_path, text), list_prices_of(DAY))
    assert share == pytest.approx(0.9)
    assert {rate.name for rate in rates} == {"gpt-5-mini (openai)", "gpt-5 (openai)"}
