"""How far predictions are from published measurements: `OUTLAY_SAMPLE_DATA` names the folder that holds them."""

import numpy as np
import pytest
from tests.plan.capacity.evaluation import (
    FOLDER,
    MAXIMA,
    SWEEPS,
    Evaluation,
    calibrated,
    evaluate,
    maxima,
    read,
    relative,
    sweeps,
    table,
)

from outlay.plan.capacity import efficiency, gpu, model, training

pytestmark = pytest.mark.skipif(
    not ((FOLDER / SWEEPS).exists() and (FOLDER / MAXIMA).exists()),
    reason="OUTLAY_SAMPLE_DATA names no folder with capacity measurements",
)


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return evaluate(sweeps())


def test_sweeps_are_met(found: Evaluation) -> None:
    far = relative(found.log_errors)
    assert found.coverage >= 0.98
    assert np.median(far) <= 0.13
    assert np.quantile(far, 0.9) <= 0.44
    assert len(found.points) + len(found.refused) == efficiency().fitted.points


def test_a_row_without_an_answer_could_not_have_run(found: Evaluation) -> None:
    """235 GB of weights on one GPU of 141 GB."""
    assert found.refused
    assert all("qwen3-235b in fp8 does not fit" in reason for reason in found.refused)


def test_bands_hold_what_they_promise(found: Evaluation) -> None:
    """80% of measurements lie between the 10th and the 90th percentile, within a few points."""
    assert found.inside(lambda p: not p.outside) == pytest.approx(0.80, abs=0.05)
    assert found.inside(lambda p: bool(p.outside)) >= 0.70


def test_predictions_are_right_on_average(found: Evaluation) -> None:
    assert abs(np.median(found.log_errors)) < 0.03


def test_measured_points_calibrate(found: Evaluation) -> None:
    plain, one, three = found.log_errors, calibrated(found, 1), calibrated(found, 3)
    medians = [float(np.median(relative(errors))) for errors in (plain, one, three)]
    assert medians == sorted(medians, reverse=True)
    band = efficiency().calibrated_log_error
    assert np.mean((one >= band.p10) & (one <= band.p90)) == pytest.approx(0.80, abs=0.03)


def test_greatest_throughput() -> None:
    """Rows of unknown concurrency: TensorRT-LLM's own tables, and MLPerf Offline with the best layout of the GPUs."""
    tables, mlperf = (evaluate(rows) for rows in maxima().values())
    assert (tables.coverage, mlperf.coverage) == (1.0, 1.0)
    assert np.median(relative(tables.log_errors)) <= 0.17
    assert np.median(relative(mlperf.log_errors)) <= 0.12
    assert np.quantile(relative(mlperf.log_errors), 0.9) <= 0.25


def test_the_table_has_a_row_for_each_model_and_gpu(found: Evaluation) -> None:
    lines = table(found)
    assert len(lines) == 2 + len({(p.replica.model.name, p.replica.gpu.name) for p in found.points}) + 1
    assert lines[-1].startswith("| all | all | 1,414 | 12% | 41% |")


def test_training_hours_of_the_benchmark() -> None:
    """LoRA of Llama 2 70B and training of Llama 3.1 on one to four machines, at the MFU of benchmarks."""
    shapes = {"llama2_70b_lora": "llama-2-70b", "llama31_8b": "llama-3.1-8b", "llama31_405b": "llama-3.1-405b"}
    far = []
    for row in read("training_mlperf51.csv", FOLDER):
        if row["benchmark"] not in shapes or int(row["gpus"]) > 32:
            continue
        shape, chip = model(shapes[row["benchmark"]]), gpu(row["gpu"])
        method: training.Method = "lora" if row["benchmark"].endswith("lora") else "full"
        flop = training.model_flop_per_token(shape, method, 8192) * float(row["tokens"])
        share = training.mfu("benchmark", chip.vendor, int(row["gpus"]))
        far.append(abs(training.gpu_hours(flop, chip, share) / float(row["gpu_hours"]) - 1))
    assert len(far) > 20
    assert np.median(far) <= 0.15


def test_training_hours_of_a_large_run() -> None:
    """26.6e6 hours at an MFU of 0.40 against 30.84 million reported: 14% less. At the default of 0.35: 1% less."""
    rows = {row["model"]: row for row in read("training_large_runs.csv", FOLDER)}
    row = rows["Llama-3.1-405B"]
    flop = training.flop_per_token(float(row["params_active_b"]) * 1e9) * float(row["tokens"])
    reported = float(row["gpu_hours"])
    tuned, plain = (training.gpu_hours(flop, gpu("H100 SXM"), share) / reported for share in (0.40, training.mfu()))
    assert tuned == pytest.approx(0.86, abs=0.01)
    assert plain == pytest.approx(0.99, abs=0.01)
