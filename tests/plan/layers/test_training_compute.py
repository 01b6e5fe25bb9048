from pathlib import Path

import pytest
from tests.plan.plans import line, stack_of

from outlay.model.problem import InputError

TUNE = "name: t, model: llama-3.1-70b, gpu: h100, mfu: 40%, price: $3 / GPU/h, every: quarterly"


def cost(folder: Path, entry: str, months: int = 12) -> float:
    return float(stack_of(folder, f"layers: {{training-compute: [{{{entry}}}]}}\n", months, draws=2).total.expected)


def test_an_epoch_over_ten_gigabytes_of_text_is_744_gpu_hours(tmp_path: Path) -> None:
    """methods A5: 70B on 10 GB (2.5e9 tokens) is 744 H100 hours in full, 496 by LoRA; at $3 an hour $2.2K."""
    assert cost(tmp_path, TUNE + ", data: 10 GB", months=1) == pytest.approx(744 * 3, rel=0.01)
    assert cost(tmp_path, TUNE + ", data: 10 GB, method: lora", months=1) == pytest.approx(496 * 3, rel=0.01)
    assert cost(tmp_path, TUNE + ", data: 50 GB", months=1) == pytest.approx(3718 * 3, rel=0.01)


def test_a_quarterly_cadence_is_four_runs_a_year(tmp_path: Path) -> None:
    one = cost(tmp_path, TUNE + ", data: 10 GB", months=1)
    assert cost(tmp_path, TUNE + ", data: 10 GB") == pytest.approx(4 * one)
    weekly = TUNE.replace("quarterly", "weekly")
    assert cost(tmp_path, weekly + ", data: 10 GB") == pytest.approx(52 * one)


def test_failed_runs_and_restarts_come_on_top(tmp_path: Path) -> None:
    """1,000 hours, 20% failed runs, 10% restarts: 1,000 + 200 + 120."""
    text = f"layers: {{training-compute: [{{{TUNE}, data: 10 GB, failed: 20%, restarts: 10%}}]}}\n"
    stack = stack_of(tmp_path, text, months=1, draws=2)
    runs = line(stack, "runs")
    assert line(stack, "failed runs") == pytest.approx(0.2 * runs)
    assert line(stack, "restarts") == pytest.approx(0.12 * runs)


def test_a_run_of_the_405b_model_takes_what_its_flop_say(tmp_path: Path) -> None:
    """methods A5: 15.6e12 tokens at an MFU of 0.40 are 26.6 million H100 hours (30.84 were reported)."""
    entry = "name: t, parameters: 405B, gpu: h100, mfu: 40%, price: $1 / GPU/h, every: yearly, tokens: 15.6T"
    assert cost(tmp_path, entry, months=1) == pytest.approx(26.6e6, rel=0.01)


def test_drift_and_thresholds_trigger_runs(tmp_path: Path) -> None:
    entry = TUNE.replace(", every: quarterly", "") + ", data: 10 GB"
    one = cost(tmp_path, TUNE + ", data: 10 GB", months=1)
    assert cost(tmp_path, entry + ", drift: 3 / year") == pytest.approx(3 * one)
    assert cost(tmp_path, entry + ", new: 5 GB, threshold: 20 GB") == pytest.approx(12 * 5 / 20 * one)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (TUNE, "E-PLAN-021"),
        (TUNE + ", data: 10 GB, tokens: 3B", "E-PLAN-021"),
        (TUNE.replace("model: llama-3.1-70b, ", "") + ", data: 10 GB", "E-PLAN-022"),
        (TUNE.replace(", every: quarterly", "") + ", data: 10 GB", "E-PLAN-050"),
    ],
)
def test_a_run_that_is_half_told_is_refused(tmp_path: Path, entry: str, code: str) -> None:
    with pytest.raises(InputError) as raised:
        cost(tmp_path, entry)
    assert raised.value.code == code
