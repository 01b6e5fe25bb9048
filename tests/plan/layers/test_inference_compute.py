from pathlib import Path

import pytest
from tests.plan.plans import line, stack_of

from outlay.model.problem import InputError

SERVING = "name: s, model: llama-3.1-70b, gpu: h100, gpus: 2, input: 1000, output: 500, price: $4 / GPU/h"
REPLICA = 2 * 730 * 4.0


def cost(folder: Path, entry: str, months: int = 1) -> float:
    return float(stack_of(folder, f"layers: {{inference-compute: [{{{entry}}}]}}\n", months, draws=2).total.expected)


def test_a_small_load_needs_one_replica_and_its_spare(tmp_path: Path) -> None:
    assert cost(tmp_path, SERVING + ", requests: 1000") == pytest.approx(2 * REPLICA)
    assert cost(tmp_path, SERVING + ", requests: 1000, spares: 0") == pytest.approx(REPLICA)


def test_busy_headroom_and_spares_are_the_replicas(tmp_path: Path) -> None:
    """8 requests a second on average, 24 at the peak: more than one replica, and most of them wait for the peak."""
    rate = 8 * 2_628_000
    text = f"layers: {{inference-compute: [{{{SERVING}, requests: {rate}}}]}}\n"
    stack = stack_of(tmp_path, text, months=1, draws=2)
    replicas = float(stack.total.expected) / REPLICA
    assert replicas == pytest.approx(round(replicas))
    assert replicas >= 3
    parts = [line(stack, name) for name in ("GPUs that serve", "headroom for peaks", "spare replicas")]
    assert sum(parts) == pytest.approx(float(stack.total.expected))
    assert parts[2] == pytest.approx(REPLICA)
    assert all(part > 0 for part in parts)


def test_every_region_has_its_own_replicas_and_spares(tmp_path: Path) -> None:
    assert cost(tmp_path, SERVING + ", requests: 1000, regions: 3") == pytest.approx(6 * REPLICA)


def test_replicas_do_not_fall_when_the_load_rises(tmp_path: Path) -> None:
    loads = ("1M", "10M", "30M", "100M")
    costs = [cost(tmp_path, SERVING + f", requests: {load}") for load in loads]
    assert costs == sorted(costs)
    assert costs[-1] > costs[0]


def test_replicas_that_follow_the_hours_cost_less_than_those_for_the_peak(tmp_path: Path) -> None:
    hours = [0.2] * 12 + [1.8] * 12
    entry = SERVING + f", requests: 30M, peak: 1.8, hours: {hours}"
    assert cost(tmp_path, entry + ", autoscale: true") < cost(tmp_path, entry)


def test_the_price_is_that_of_the_book_or_of_a_machine_of_ones_own(tmp_path: Path) -> None:
    entry = SERVING.replace(", price: $4 / GPU/h", "") + ", requests: 1000, spares: 0"
    rented = cost(tmp_path, entry + ", provider: lambda, offer: 8x")
    assert rented == pytest.approx(2 * 730 * 3.99)
    owned = cost(tmp_path, entry + ", owned: {machine: $320k}")
    # methods A3: 1.28 for capital, 0.32 for its place and 0.11 for power
    assert owned / (2 * 730) == pytest.approx(1.71, abs=0.01)


def test_hours_that_are_not_available_are_bought_at_the_substitute(tmp_path: Path) -> None:
    entry = SERVING + ", requests: 1000, spares: 0, availability: 75%, substitute: $8 / GPU/h"
    assert cost(tmp_path, entry) == pytest.approx(2 * 730 * (0.75 * 4 + 0.25 * 8))


def test_markup_overhead_and_interconnect_come_on_top(tmp_path: Path) -> None:
    entry = SERVING + ", requests: 1000, spares: 0, markup: 20%, overhead: 10%, interconnect: 1.05"
    assert cost(tmp_path, entry) == pytest.approx(REPLICA * 1.2 * 1.1 * 1.05)


def test_an_endpoint_with_six_hours_of_traffic_a_day_is_idle_for_three_quarters(tmp_path: Path) -> None:
    text = "layers: {inference-compute: [{kind: machines, name: e, price: $4 / h, used: 25%}]}\n"
    stack = stack_of(tmp_path, text, months=1, draws=2)
    assert line(stack, "idle hours") / float(stack.total.expected) == pytest.approx(0.75)
    assert float(stack.total.expected) == pytest.approx(4 * 730)


@pytest.mark.parametrize(
    ("entry", "code", "words"),
    [
        (SERVING.replace("h100", "h1000") + ", requests: 1", "E-CAP-001", "h100"),
        (SERVING.replace("llama-3.1-70b", "lama-3.1-70b") + ", requests: 1", "E-CAP-002", "llama-3.1-70b"),
        (SERVING.replace("gpus: 2", "gpus: 1, precision: bf16") + ", requests: 1", "E-CAP-004", "GB"),
        (SERVING.replace(", price: $4 / GPU/h", "") + ", requests: 1", "E-PLAN-021", "price"),
        (SERVING + ", requests: 1, availability: 50%", "E-PLAN-021", "substitute"),
        (SERVING + ", requests: 1, autoscale: true, hours: [1, 2]", "E-PLAN-023", "24"),
        (SERVING + ", requests: 1, tpot: 0.1 ms", "E-CAP-005", "ms"),
    ],
)
def test_what_cannot_be_served_is_told_with_its_place(tmp_path: Path, entry: str, code: str, words: str) -> None:
    with pytest.raises(InputError) as raised:
        cost(tmp_path, entry)
    assert raised.value.code == code
    assert "plan.yaml:5:" in raised.value.place
    assert words in str(raised.value)
