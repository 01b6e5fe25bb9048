from pathlib import Path

import pytest
from tests.plan.layers.entries import cost, parts, refused, stages


def test_a_gateway_is_paid_by_the_request_and_by_the_hour(tmp_path: Path) -> None:
    """50 M at 1 per million + 2 x 730 x 0.10 = 50 + 146."""
    entry = "requests: 50M, price: $1 / M requests, instances: 2, instance_price: $0.10 / h"
    assert parts(tmp_path, "orchestration", entry) == pytest.approx({"requests": 50, "instances": 146})
    assert stages(tmp_path, "orchestration", entry) == {
        "requests": ("initial", False),
        "instances": ("initial", True),
    }


def test_a_workflow_is_paid_by_the_run_and_by_the_step(tmp_path: Path) -> None:
    """100,000 x 0.002 + 1.2 M steps at 25 per million = 200 + 30."""
    entry = "kind: workflow, runs: 100k, price: $0.002, steps: 12, step_price: 0.000025"
    assert parts(tmp_path, "orchestration", entry) == pytest.approx({"runs": 200, "steps": 30})


def test_a_message_takes_three_operations(tmp_path: Path) -> None:
    """20 M x 3 at 0.40 per million = 24."""
    entry = "kind: queue, messages: 20M messages/month, price: $0.40 / M requests"
    assert cost(tmp_path, "orchestration", entry) == pytest.approx(24)
    assert cost(tmp_path, "orchestration", f"{entry}, operations: 1") == pytest.approx(8)


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        ("note: x", "E-PLAN-021", "{name: a"),
        ("requests: 1M", "E-PLAN-021", "{name: a"),
        ("instances: 1", "E-PLAN-021", "{name: a"),
        ("kind: workflow, runs: 1", "E-PLAN-053", "{name: a"),
        ("kind: queue, messages: 1M", "E-PLAN-015", "{name: a"),
        ("kind: queue, messages: 1M, price: $1 / GB", "E-PLAN-011", "price: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, "orchestration", entry)
    assert (found, text[: len(place)]) == (code, place)
