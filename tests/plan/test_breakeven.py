from pathlib import Path

import numpy as np
import pytest
from tests.plan.plans import DAY, list_prices_of, written

from outlay.model.problem import InputError
from outlay.plan.breakeven import Breakeven, break_even
from outlay.plan.stack import compute

SERVING = """
layers:
  inference-compute:
    - {name: llama, model: llama-3.1-70b, gpu: h100, gpus: 2, requests: 300k, input: 750, output: 250,
       price: $3.99 / GPU/h, overhead: 10%, throughput: 1}
"""
GPT_4 = "{name: GPT-4 of 2023, prices: {input: $30 / M tokens, output: $60 / M tokens}}"
GPT_4O = "{name: GPT-4o, prices: {input: $2.50 / M tokens, output: $10 / M tokens}}"
SAME = "{name: same, prices: {input: $0.23 / M tokens, output: $0.40 / M tokens}, same_model: true}"


def found(folder: Path, against: str, beside: str = "", **asked: bool) -> Breakeven:
    plan = written(folder, SERVING + f"breakeven: {{against: [{against}]{beside}}}\n")
    return break_even(plan, list_prices_of(DAY), draws=64, **asked)


@pytest.mark.parametrize(
    ("against", "labour", "pin"),
    [(GPT_4, "", 369e6), (GPT_4O, "", 3.16e9), (GPT_4O, ", labour: $125k / year", 6.8e9)],
)
def test_pins_of_a_70b_model_on_two_gpus(tmp_path: Path, against: str, labour: str, pin: float) -> None:
    """methods A4, with N+1: against GPT-4 of 2023 at 369 M tokens a month, GPT-4o at 3.16 B, with 0.5 FTE at 6.8 B."""
    crossings = found(tmp_path, f"{against}, {SAME}", labour).crossings
    name = against.split("name: ")[1].split(",")[0]
    last = [c for c in crossings if c.against == name][-1]
    assert last.tokens_per_month == pytest.approx(pin, rel=0.10)
    assert last.cheaper_above


def test_the_same_model_hosted_cheaply_is_never_beaten(tmp_path: Path) -> None:
    (crossing,) = found(tmp_path, SAME).crossings
    assert crossing.tokens_per_month is None
    assert crossing.probability == 0
    assert crossing.month is None


def test_every_crossing_is_told(tmp_path: Path) -> None:
    """Half an engineer lifts the line so that a step of a replica carries it over the price of GPT-4o again."""
    told = found(tmp_path, f"{GPT_4O}, {SAME}", ", labour: $125k / year")
    crossings = [c for c in told.crossings if c.against == "GPT-4o"]
    volumes = [c.tokens_per_month for c in crossings]
    assert len(crossings) == 3
    assert volumes == sorted(v for v in volumes if v)
    assert [c.cheaper_above for c in crossings] == [True, False, True]


def test_labour_and_spares_can_be_left_out(tmp_path: Path) -> None:
    with_all = found(tmp_path, f"{GPT_4O}, {SAME}", ", labour: $125k / year")
    without = found(tmp_path, f"{GPT_4O}, {SAME}", ", labour: $125k / year", labour=False, spares=False)
    first, last = (b.crossings[0].tokens_per_month for b in (without, with_all))
    assert first is not None
    assert last is not None
    assert first < last
    assert without.curves[0].cost[0] == pytest.approx(2 * 3.99 * 1.1 * 730)


def test_the_curve_of_self_hosting_rises_in_steps_and_that_of_calls_evenly(tmp_path: Path) -> None:
    ours, theirs = found(tmp_path, SAME).curves
    assert np.all(np.diff(ours.cost) >= -1e-6)
    assert ours.cost[0] == pytest.approx(2 * 2 * 3.99 * 1.1 * 730)
    assert theirs.cost / theirs.tokens == pytest.approx((750 * 0.23 + 250 * 0.40) / 1000 / 1e6)
    assert theirs.tokens[0] == pytest.approx(10e6)
    assert theirs.tokens[-1] == pytest.approx(100e9)


def test_the_same_open_model_is_compared_without_being_asked_for(tmp_path: Path) -> None:
    names = {c.against for c in found(tmp_path, GPT_4O).crossings}
    assert "GPT-4o" in names
    assert any("llama-3.1-70b" in name and name.endswith("the same model") for name in names)


def test_a_plan_that_serves_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        break_even(written(tmp_path, "layers: {people: [{name: a, amount: 1}]}"), list_prices_of(DAY))
    assert raised.value.code == "E-PLAN-080"


WEIGHED = """
demand: {questions: 300k requests / month}
layers:
  model-api: [{name: answers, provider: openai, model: gpt-4o, requests: questions, input: 750, output: 250}]
breakeven:
  serve: {name: llama, model: llama-3.1-70b, gpu: h100, gpus: 2, requests: questions, input: 750, output: 250,
    price: $3.99 / GPU/h, overhead: 10%, throughput: 1}
"""


def test_a_plan_that_serves_nothing_weighs_what_it_would_serve(tmp_path: Path) -> None:
    """The calls of the plan are the other side, and what is only weighed costs nothing in the plan."""
    plan = written(tmp_path, WEIGHED)
    last = [c for c in break_even(plan, list_prices_of(DAY), draws=64).crossings if "gpt-4o" in c.against][-1]
    assert last.tokens_per_month == pytest.approx(3.16e9, rel=0.10)
    assert {line.layer for line in compute(plan, list_prices_of(DAY), 2).lines} == {"model-api"}


def test_the_calls_of_a_plan_are_compared_with_their_cache(tmp_path: Path) -> None:
    """Cached at 80% the input of GPT-4o costs 750 x (0.2 x 2.50 + 0.8 x 1.25), its output 250 x 10."""
    plan = written(tmp_path, WEIGHED.replace("input: 750, output: 250}]", "input: 750, output: 250, cached: 80%}]"))
    calls = next(c for c in break_even(plan, list_prices_of(DAY), draws=64).curves if "gpt-4o" in c.name)
    assert calls.cost / calls.tokens == pytest.approx((750 * (0.2 * 2.50 + 0.8 * 1.25) + 250 * 10) / 1000 / 1e6)


def test_uncertain_prices_spread_the_crossing(tmp_path: Path) -> None:
    plan = written(
        tmp_path,
        SERVING.replace("$3.99 / GPU/h", "$2..$3.99..$8 / GPU/h") + f"breakeven: {{against: [{GPT_4O}, {SAME}]}}\n",
    )
    crossing = break_even(plan, list_prices_of(DAY), draws=256).crossings[0]
    assert crossing.low is not None
    assert crossing.high is not None
    assert crossing.tokens_per_month is not None
    assert crossing.low < crossing.tokens_per_month < crossing.high
    assert 0.3 < crossing.probability < 0.8


def test_factors_on_a_layer_count_on_their_side(tmp_path: Path) -> None:
    plain = found(tmp_path, f"{GPT_4O}, {SAME}")
    text = SERVING + "multipliers: [{name: EU residency, factor: 1.1, layers: [inference-compute]}]\n"
    plan = written(tmp_path, text + f"breakeven: {{against: [{GPT_4O}, {SAME}]}}\n")
    dearer = break_even(plan, list_prices_of(DAY), draws=64)
    assert dearer.curves[0].cost == pytest.approx(plain.curves[0].cost * 1.1)
    assert dearer.curves[1].cost == pytest.approx(plain.curves[1].cost)
