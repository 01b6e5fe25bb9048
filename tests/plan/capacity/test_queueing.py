"""Erlang's formulas against known values and the recursion, and the slots that follow from them."""

import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outlay.model.problem import InputError
from outlay.plan.capacity import Lengths, OperatingPoint, Replica, gpu, model, operating_point, point_at, replicas
from outlay.plan.capacity.constants import normal_multiplier
from outlay.plan.capacity.provisioning import offered_load, usd_per_mtok, utilisation, utilisation_limit
from outlay.plan.capacity.queueing import erlang_b, erlang_c, groups_needed, load_limits, p95_wait, square_root_slots
from outlay.plan.capacity.scaling import average_replicas, cold_start_seconds, may_scale_to_zero


def recursion(slots: int, load: float) -> float:
    """Erlang B: B(0) = 1, B(c) = a B(c - 1) / (c + a B(c - 1))."""
    blocked = 1.0
    for c in range(1, slots + 1):
        blocked = load * blocked / (c + load * blocked)
    return blocked


def point(concurrency: int = 64, derate: float = 1.0) -> OperatingPoint:
    """Llama 70B in fp8 on 2 H100, 1,000 + 500 tokens: a slot takes 15.2 s at 64."""
    whole = Replica(model("llama-3.1-70b"), gpu("h100-80gb"), 2, "fp8")
    return point_at(whole, Lengths(1000, 500), concurrency, derate)


def test_known_values() -> None:
    assert erlang_c(10, 8) == pytest.approx(0.409180, abs=5e-7)
    assert erlang_b(10, 8) == pytest.approx(0.121661, abs=5e-7)
    assert erlang_c([5, 8], [8, 8]).tolist() == [1, 1]
    assert p95_wait(8, 8) == math.inf
    assert load_limits(10, float(p95_wait(10, 8))) == pytest.approx(8)
    assert square_root_slots(2500) == 2582.25


@given(st.integers(1, 3000), st.floats(0.001, 2))
def test_erlang_is_the_recursion(slots: int, share: float) -> None:
    load = slots * share
    exact = recursion(slots, load)
    assert erlang_b(slots, load) == pytest.approx(exact, rel=1e-9, abs=1e-290)
    if load < slots:
        assert erlang_c(slots, load) == pytest.approx(
            slots * exact / (slots - load * (1 - exact)), rel=1e-9, abs=1e-290
        )


def test_replicas_for_three_loads_that_were_simulated() -> None:
    """A simulation of single requests needs 3, 5 and 10; the naive count of 2, 5 and 10 fails its wait at the first."""
    load = np.array([8, 20, 40])
    assert replicas(load, point(), spares=0).tolist() == [3, 6, 10]
    assert replicas(load, point()).tolist() == [4, 7, 11]
    busy = offered_load(load, point())
    assert np.ceil(square_root_slots(busy) / 64).tolist() == [3, 6, 11]
    assert np.ceil(busy / 64).tolist() == [2, 5, 10]


@given(st.floats(0.01, 2000), st.floats(1e-4, 2), st.integers(1, 200), st.floats(0, 3))
def test_the_count_is_the_least_that_keeps_the_wait(load: float, target: float, size: int, variation: float) -> None:
    found = int(groups_needed(load, target, size, variation))
    assert p95_wait(found * size, load, variation) <= target * (1 + 1e-9)
    assert found == 1 or p95_wait((found - 1) * size, load, variation) >= target * (1 - 1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32 - 1), st.integers(1, 300))
def test_targets_of_their_own_give_the_same_counts_as_one_at_a_time(seed: int, size: int) -> None:
    random = np.random.default_rng(seed)
    load, target = random.lognormal(4, 2, 40), random.lognormal(-3, 1, 40)
    together = groups_needed(load, target, size)
    alone = [int(groups_needed(a, t, size)) for a, t in zip(load, target, strict=True)]
    assert together.tolist() == alone


@given(st.lists(st.floats(0, 500), min_size=2, max_size=50), st.integers(1, 200))
def test_more_load_never_needs_fewer_replicas(loads: list[float], concurrency: int) -> None:
    found = replicas(np.sort(loads), point(concurrency))
    assert np.all(np.diff(found) >= 0)
    assert found.min() >= 2


def test_the_square_root_rule_takes_over_without_a_step_back() -> None:
    load = np.linspace(1950, 2050, 500)
    for target in (0.0, 0.1, 10.0):
        assert np.all(np.diff(groups_needed(load, target, 1)) >= 0)


def test_service_times_that_spread_need_more() -> None:
    steady, wild = (int(replicas(40, point(), variation=cv, wait_seconds=0.5)) for cv in (0.0, 3.0))
    assert steady < wild


def test_a_negative_load_is_refused() -> None:
    for load in (-1.0, math.nan, math.inf):
        with pytest.raises(InputError, match="negative or no number"):
            replicas([1.0, load], point())


@given(st.floats(0.1, 500), st.floats(1, 12), st.integers(0, 3))
def test_a_fixed_fleet_cannot_be_busier_than_its_peak_allows(average: float, peak: float, spares: int) -> None:
    serving = point(64, 0.8)
    count = replicas(average * peak, serving, spares=spares)
    assert utilisation(average, count, serving) <= utilisation_limit(peak, count, spares) * (1 + 1e-9)


@given(st.floats(0.01, 1), st.floats(0.01, 1))
def test_a_token_costs_less_the_more_is_used(first: float, second: float) -> None:
    serving, (low, high) = point(), sorted((first, second))
    assert usd_per_mtok(3.99, serving, high) <= usd_per_mtok(3.99, serving, low)
    busy = serving.output_tokens_per_second * 3600 * low / 1e6
    assert usd_per_mtok(3.99, serving, low) * busy == pytest.approx(2 * 3.99)


def test_two_replicas_of_which_one_is_spare() -> None:
    assert utilisation_limit(3.0, 2, 1) == pytest.approx(0.17, abs=0.004)


def test_the_operating_point_keeps_the_time_between_tokens() -> None:
    whole = Replica(model("llama-3.1-70b"), gpu("h100-80gb"), 2, "fp8")
    found = operating_point(whole, Lengths(1000, 500), 0.050)
    assert found.concurrency == 162
    assert found.prediction.seconds_per_output_token <= 0.050
    assert point_at(whole, Lengths(1000, 500), 163).prediction.seconds_per_output_token > 0.050
    assert operating_point(whole, Lengths(1000, 500), 0.050, concurrency_limit=64).concurrency == 64
    assert found.slot_seconds == pytest.approx(float(found.prediction.cycle_seconds) / 0.8)
    with pytest.raises(InputError) as caught:
        operating_point(whole, Lengths(1000, 500), 0.001)
    assert caught.value.code == "E-CAP-005"


def test_a_fleet_that_follows_its_load() -> None:
    """12 hours at 2 replicas and 12 at 6: 4 on average, and four warm-ups of 600 s a day."""
    day = [1.0] * 12 + [40 / 2.2] * 12
    low, high = replicas(np.array([1.0, 40 / 2.2]), point(), spares=0)
    expected = (low + high) / 2 + (high - low) * 600 / 3600 / 24
    assert average_replicas(day, point(), 600, spares=0) == pytest.approx(expected)
    assert average_replicas([1.0] * 24, point()) == 2


def test_nights_without_load_can_have_no_replica() -> None:
    day = [0.0] * 18 + [1.0] * 6
    assert average_replicas(day, point(), 360, spares=0, least=0) == pytest.approx(0.25 + 0.1 / 24)
    assert average_replicas(day, point(), 360, spares=0) == 1
    assert may_scale_to_zero(3600, 600, 900)
    assert not may_scale_to_zero(3600, 600, 30)
    assert not may_scale_to_zero(300, 600, 900)
    assert (cold_start_seconds(16e9), cold_start_seconds(141e9)) == (180, 600)


def test_hundreds_of_thousands_of_loads_take_well_under_a_tenth_of_a_second() -> None:
    load = np.random.default_rng(7).lognormal(3, 1, 300_000)
    replicas(load, point())
    started = time.process_time()
    found = replicas(load, point())
    assert time.process_time() - started < 0.1
    assert found.shape == load.shape


def test_draws_of_the_error_change_the_count_one_by_one() -> None:
    random = np.random.default_rng(11)
    serving, load = point(), random.lognormal(3, 1, 2000)
    draws = normal_multiplier(serving.prediction.band, random.standard_normal(2000))
    together = replicas(load, serving, throughput=draws)
    some = range(0, 2000, 97)
    assert [int(replicas(load[i], serving, throughput=draws[i])) for i in some] == together[list(some)].tolist()
