from pathlib import Path

import pytest
from tests.plan.plans import DAY, list_prices_of, written

from outlay.model.problem import InputError
from outlay.plan.ask import Answer, ask
from outlay.plan.file.volumes import volumes

PLAN = """
demand:
  tenants: 20..30..50 tenants
  users: tenants * '40 users / tenant'
  requests: {value: users * 100, unit: requests/month}
layers:
  model-api:
    - {name: answers, provider: openai, model: gpt-5-mini, requests: requests, input: 4k, output: 400,
       rate_limit: 20k tokens/min}
  storage:
    - {name: files, kind: cost, driver: tenants, unit_cost: $2 / tenant}
  people:
    - {name: team, kind: cost, amount: $10k}
"""
SERVED = """
layers:
  inference-compute:
    - {name: llama, model: llama-3.1-70b, gpu: h100, gpus: 2, requests: 1M, input: 750, output: 250,
       price: $3.99 / GPU/h, substitute: $9 / GPU/h, spares: 1, most_gpus: 8}
"""


def answered(folder: Path, question: str, text: str = PLAN, tenants: float | None = None) -> Answer:
    return ask(written(folder, text), list_prices_of(DAY), question, tenants)


def test_ten_times_the_traffic_is_ten_times_what_follows_it(tmp_path: Path) -> None:
    found = answered(tmp_path, "10x")
    assert {(c.layer, round(c.after / c.before, 9)) for c in found.lines} == {("model-api", 10), ("storage", 10)}
    assert found.difference == pytest.approx(sum(c.difference for c in found.lines))
    assert found.after - found.before == pytest.approx(found.difference)


def test_the_first_limit_that_is_reached_is_told_with_its_traffic(tmp_path: Path) -> None:
    """120,000 requests of 4,400 tokens a month at three times the average are 36,164 tokens a minute at once."""
    (limit,) = answered(tmp_path, "10x").limits
    assert limit.used.name == "answers: tokens a minute"
    assert limit.factor == 1.0
    text = PLAN.replace("20k tokens/min", "100k tokens/min")
    (later,) = answered(tmp_path, "10x", text).limits
    now = 30 * 40 * 100 * 4400 * 3 / 43_800
    assert later.factor == pytest.approx(100_000 / now, rel=0.01)
    assert answered(tmp_path, "2x", text).limits == ()


def test_a_limit_of_the_gate_is_one_too(tmp_path: Path) -> None:
    found = answered(tmp_path, "100x", PLAN.replace("20k", "20B") + "limits: {p80_total: $200k}\n")
    (limit,) = found.limits
    assert limit.used.name == "p80_total"
    assert 1 < limit.factor < 100


def test_one_tenant_more_costs_what_it_adds(tmp_path: Path) -> None:
    found = answered(tmp_path, "+1-tenant")
    api = 30 * 40 * 100 * (4000 * 0.25 + 400 * 2) / 1e6
    assert found.difference == pytest.approx(12 * (api / 30 + 2))
    assert "average" in found.notes[0]


def test_tenants_that_nobody_counts_are_asked_for(tmp_path: Path) -> None:
    text = (
        PLAN.replace("20..30..50 tenants", "30").replace("$2 / tenant", "$2").replace("40 users / tenant", "40 users")
    )
    with pytest.raises(InputError) as raised:
        answered(tmp_path, "+1-tenant", text)
    assert raised.value.code == "E-PLAN-084"
    assert answered(tmp_path, "+1-tenant", text, tenants=30).difference > 0


def test_the_loss_of_gpus_is_paid_at_the_substitute(tmp_path: Path) -> None:
    found = answered(tmp_path, "gpu-loss", SERVED)
    assert found.after / found.before == pytest.approx(9 / 3.99)
    assert any("spare" in note for note in found.notes)
    text = SERVED.replace("substitute: $9 / GPU/h, ", "")
    dearest = answered(tmp_path, "gpu-loss", text)
    assert dearest.after / dearest.before == pytest.approx(12.29 / 3.99)


def test_gpus_that_are_to_be_had_are_a_limit(tmp_path: Path) -> None:
    found = answered(tmp_path, "1000x", SERVED)
    assert found.limits[0].used.name == "llama: GPUs"
    assert found.limits[0].used.used > 8


@pytest.mark.parametrize(
    ("question", "text", "code"),
    [
        ("ten times", PLAN, "E-PLAN-082"),
        ("0x", PLAN, "E-PLAN-082"),
        ("10x", "layers: {people: [{name: a, kind: cost, amount: 1}]}", "E-PLAN-083"),
        ("gpu-loss", PLAN, "E-PLAN-085"),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, question: str, text: str, code: str) -> None:
    with pytest.raises(InputError) as raised:
        answered(tmp_path, question, text)
    assert raised.value.code == code


def test_the_first_name_of_demand_carries_the_volume(tmp_path: Path) -> None:
    text = """
    demand:
      users: 500
      visits: {value: 20, volume: false}
      requests: users * visits
      images: 300
    layers:
      orchestration:
        - {name: a, kind: cost, driver: requests, unit_cost: $1}
        - {name: b, kind: cost, driver: images, unit_cost: $1}
        - {name: c, kind: cost, driver: 7, unit_cost: $1}
    """
    assert set(volumes(written(tmp_path, text))) == {"users", "images", "orchestration/c.driver"}
