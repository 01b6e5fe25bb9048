"""Laws of predictions, bands, limiters, calibration and layouts."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outlay.model.problem import InputError
from outlay.plan.capacity import (
    Calibration,
    Lengths,
    Prediction,
    Replica,
    best_layout,
    calibrate,
    efficiency,
    fitting_gpus,
    gpu,
    known_models,
    max_concurrency,
    model,
    normal_multiplier,
    predict,
)
from outlay.plan.capacity.hardware import PRECISIONS, Precision

GENERATIVE = sorted(name for name, found in known_models().items() if not found.embedding)
EVEN = 1 + 1e-9
replicas = st.builds(
    lambda name, chip, count, precision: Replica(model(name), gpu(chip), count, precision),
    st.sampled_from(GENERATIVE),
    st.sampled_from(["h100-80gb", "h200-141gb", "b200", "b300", "mi300x", "l40s"]),
    st.sampled_from([1, 2, 4, 8]),
    st.sampled_from(PRECISIONS),
)
lengths = st.builds(Lengths, st.floats(100, 20_000), st.floats(50, 8000))


def fits(whole: Replica, tokens: Lengths) -> bool:
    return bool(max_concurrency(whole, tokens) >= 1)


def rate(found: Prediction) -> float:
    return float(found.tokens_per_second)


@given(replicas, lengths)
def test_more_in_flight_gives_no_less_and_takes_no_less_per_token(whole: Replica, tokens: Lengths) -> None:
    if not fits(whole, tokens):
        return
    found = predict(whole, tokens, np.arange(1.0, 400.0))
    assert np.all(np.diff(found.tokens_per_second) >= -1e-9 * np.asarray(found.tokens_per_second)[1:])
    pace = np.asarray(found.seconds_per_output_token)
    assert np.all(np.diff(pace) >= -1e-9 * pace[1:])


@given(replicas, lengths, st.floats(1, 20), st.floats(1, 64))
def test_longer_prompts_take_no_less_per_token(
    whole: Replica, tokens: Lengths, times: float, concurrency: float
) -> None:
    longer = replace(tokens, input_tokens=tokens.input_tokens * times)
    if not fits(whole, longer) or max_concurrency(whole, longer) < concurrency:
        return
    short, long = (predict(whole, one, concurrency).seconds_per_output_token for one in (tokens, longer))
    assert short <= long * EVEN


@given(
    st.sampled_from(GENERATIVE), st.sampled_from([1, 2, 4, 8]), st.sampled_from(PRECISIONS), lengths, st.floats(1, 300)
)
def test_newer_gpus_give_no_less(
    name: str, count: int, precision: Precision, tokens: Lengths, concurrency: float
) -> None:
    chips = [Replica(model(name), gpu(chip), count, precision) for chip in ("h100-80gb", "h200-141gb", "b200")]
    if all(fits(chip, tokens) for chip in chips):
        h100, h200, b200 = (rate(predict(chip, tokens, concurrency)) for chip in chips)
        assert h100 <= h200 * EVEN
        assert h200 <= b200 * EVEN


@given(replicas, lengths, st.floats(0, 1), st.floats(1, 64))
def test_a_prefix_cache_gives_no_less_and_frees_no_memory(
    whole: Replica, tokens: Lengths, share: float, concurrency: float
) -> None:
    cached = replace(tokens, prefix_hit_rate=share)
    assert max_concurrency(whole, cached) == max_concurrency(whole, tokens)
    if fits(whole, tokens):
        assert rate(predict(whole, cached, concurrency)) >= rate(predict(whole, tokens, concurrency)) / EVEN


@given(replicas, lengths, st.floats(1, 300))
def test_a_prediction_is_a_band_with_a_limiter(whole: Replica, tokens: Lengths, concurrency: float) -> None:
    if not fits(whole, tokens):
        with pytest.raises(InputError) as caught:
            predict(whole, tokens, concurrency)
        assert caught.value.code == "E-CAP-004"
        return
    found = predict(whole, tokens, concurrency)
    assert 0 < found.low_tokens_per_second < found.tokens_per_second < found.high_tokens_per_second
    assert found.limiter in ("KV memory", "bandwidth", "compute", "step overhead")
    assert (found.limiter == "KV memory") == (concurrency > found.max_concurrency)
    assert found.seconds_per_output_token > 0
    assert found.seconds_to_first_token > 0


@given(st.sampled_from(GENERATIVE), st.sampled_from(PRECISIONS), lengths)
def test_the_count_that_an_error_names_fits(name: str, precision: Precision, tokens: Lengths) -> None:
    one = Replica(model(name), gpu("h100-80gb"), 1, precision)
    count = fitting_gpus(one, tokens)
    assert fits(replace(one, gpus=count), tokens)
    assert count == 1 or not fits(replace(one, gpus=count // 2), tokens)


def test_arrays_give_what_numbers_give() -> None:
    whole, asked = Replica(model("deepseek-r1"), gpu("b200"), 8, "fp8"), np.array([1.0, 17.0, 128.0, 9000.0])
    together = predict(whole, Lengths(np.array([1e3, 2e3, 4e3, 8e3]), 500.0), asked)
    alone = [predict(whole, Lengths(i, 500), c) for i, c in zip((1e3, 2e3, 4e3, 8e3), asked, strict=True)]
    assert np.asarray(together.tokens_per_second).tolist() == pytest.approx([rate(one) for one in alone])
    assert together.limiter.tolist() == [one.limiter for one in alone]
    assert alone[-1].limiter == "KV memory"


def test_limiters() -> None:
    small, large = (Replica(model(n), gpu("h200-141gb"), 1, "fp8") for n in ("llama-3.1-8b", "llama-3.1-70b"))
    assert predict(large, Lengths(1000, 1000), 16).limiter == "bandwidth"
    assert predict(large, Lengths(8000, 100), 32).limiter == "compute"
    assert predict(large, Lengths(1000, 1000), 400).limiter == "KV memory"
    assert predict(replace(small, gpus=8), Lengths(1000, 1000), 4).limiter == "step overhead"


def test_outside_the_fit_the_band_is_wider_and_says_why() -> None:
    whole, tokens = Replica(model("llama-3.1-70b"), gpu("h200-141gb"), 2, "fp8", "vllm"), Lengths(1000, 1000)
    inside, fitted = predict(whole, tokens, 64), efficiency().log_error
    assert (inside.outside, inside.band) == ((), fitted)
    assert (fitted.p10, fitted.p90) == (-0.29, 0.36)
    assert inside.low_tokens_per_second == pytest.approx(inside.tokens_per_second * np.exp(-0.29))
    crowded = predict(whole, tokens, 200)
    assert crowded.outside == ("concurrency 200 outside 1-128",)
    assert (crowded.band.p10, crowded.band.p50, crowded.band.p90) == pytest.approx((-0.435, 0, 0.54))
    far = predict(replace(whole, gpu=gpu("mi300x"), gpus=16, engine="lmdeploy"), Lengths(100, 50), 8)
    assert far.outside == (
        "input tokens 100 outside 900-15,000",
        "output tokens 50 outside 100-7,400",
        "GPUs 16 outside 1-8",
        "16 GPUs are more than one machine",
        "mi300x was not measured",
        "lmdeploy was not measured",
    )
    sparse = predict(Replica(model("glm-5"), gpu("b200"), 8, "fp4"), tokens, 8)
    assert sparse.outside == ("sparse attention is counted as full",)


def test_a_measured_point_scales_its_kind() -> None:
    whole, tokens = Replica(model("gpt-oss-120b"), gpu("b200"), 2, "fp4", "trtllm"), Lengths(1000, 1000)
    plain = predict(whole, tokens, 32)
    point = calibrate(whole, tokens, 32, 1.5 * rate(plain))
    assert replace(point, factor=1.5) == Calibration("gpt-oss-120b", "b200", "trtllm", 2, "fp4", 1.5)
    assert point.factor == pytest.approx(1.5)
    scaled = predict(whole, tokens, 32, [point])
    assert rate(scaled) == pytest.approx(1.5 * rate(plain))
    assert scaled.seconds_per_output_token == pytest.approx(plain.seconds_per_output_token / 1.5)
    assert scaled.band == efficiency().calibrated_log_error
    others = replace(whole, gpus=4)
    assert rate(predict(others, tokens, 32, [point])) == pytest.approx(1.5 * rate(predict(others, tokens, 32)))
    assert predict(others, tokens, 32, [point]).band == efficiency().log_error
    vllm = replace(whole, engine="vllm")
    assert rate(predict(vllm, tokens, 32, [point])) == rate(predict(vllm, tokens, 32))


def test_several_measured_points_count_by_their_median() -> None:
    whole, tokens = Replica(model("llama-3.1-8b"), gpu("h200-141gb"), 1, "fp8", "vllm"), Lengths(1000, 1000)
    points = [
        calibrate(whole, tokens, c, f * rate(predict(whole, tokens, c))) for c, f in ((8, 0.7), (16, 0.8), (32, 1.1))
    ]
    assert predict(whole, tokens, 64, points).factor == pytest.approx(0.8)


def test_a_measured_point_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="0 tokens a second measured"):
        calibrate(Replica(model("llama-3.1-8b"), gpu("h100"), 1, "fp8"), Lengths(1000, 1000), 8, 0)


@pytest.mark.parametrize(
    ("tokens", "concurrency", "told"),
    [
        (Lengths(0, 100), 8, "input tokens 0"),
        (Lengths(100, -1), 8, "output tokens -1"),
        (Lengths(100, 100), 0, "concurrency 0"),
        (Lengths(100, 100, 1.2), 8, "prefix hit rate 1.2"),
        (Lengths(np.array([100.0, np.nan]), 100), 8, "input tokens"),
    ],
)
def test_odd_numbers_are_refused(tokens: Lengths, concurrency: float, told: str) -> None:
    with pytest.raises(InputError) as caught:
        predict(Replica(model("llama-3.1-8b"), gpu("h100"), 1, "fp8"), tokens, concurrency)
    assert caught.value.code == "E-CAP-006"
    assert caught.value.message.startswith(told)


def test_draws_of_the_error_have_the_quantiles_of_the_band() -> None:
    band = efficiency().log_error
    middle, low, high = normal_multiplier(band, np.array([0.0, -1.2815515655446004, 1.2815515655446004]))
    assert (middle, low, high) == (1.0, pytest.approx(band.low), pytest.approx(band.high))


def test_small_replicas_give_more_where_a_model_fits_one_gpu() -> None:
    """MLPerf 5.1 has 100,000 tokens a second for this one; one replica of all eight would give a third of it."""
    whole, tokens = Replica(model("llama-2-70b"), gpu("b200"), 8, "fp4"), Lengths(294, 274)
    best = best_layout(whole, tokens)
    assert best.replicas == 8
    assert best.tokens_per_second == pytest.approx(100_000, rel=0.2)
    assert best.tokens_per_second > 3 * rate(predict(whole, tokens, 1024))
    with pytest.raises(InputError, match="does not fit"):
        best_layout(Replica(model("llama-3.1-405b"), gpu("l4"), 8, "fp8"), tokens)


def test_a_thousand_predictions_take_under_50_milliseconds() -> None:
    whole = Replica(model("llama-3.1-70b"), gpu("h200-141gb"), 1, "fp8")
    best = min(_a_thousand(whole) for _ in range(5))
    assert best < 0.050


def _a_thousand(whole: Replica) -> float:
    started = time.process_time()
    for count in range(1000):
        predict(whole, Lengths(500.0 + count, 300.0), 1.0 + count % 128).tokens_per_second  # noqa: B018
    return time.process_time() - started
