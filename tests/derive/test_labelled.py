"""The classifier on rows labelled without sight of its rules."""

import pytest
from tests.derive.evaluation import evaluate, labelled


@pytest.mark.parametrize("name", ["labelled.csv", "labelled_2.csv"])
def test_ai_rows_are_found_and_named(name: str) -> None:
    found = evaluate(labelled(name))
    assert found.rows >= 500
    assert 0.78 <= found.not_ai / found.rows <= 0.82
    assert found.precision >= 0.93, found.errors
    assert found.recall >= 0.93, found.errors
    assert found.kind_accuracy >= 0.93, found.errors
    assert found.layer_accuracy >= 0.88
