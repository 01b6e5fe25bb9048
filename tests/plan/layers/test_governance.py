from pathlib import Path

import pytest
from tests.plan.layers.entries import monthly, parts, refused, stages

NOTHING = "{hours: 0}"
OTHERS = f"model_cards: {NOTHING}, audit_trail: {NOTHING}, bias_tests: {NOTHING}, regulation: {NOTHING}"
WHOLE = (
    "models: 8, rate: $120 / h, classification: {hours: 2}, model_cards: {hours: 3 h, every: quarterly},"
    " audit_trail: {hours: 0, tools: $400}, bias_tests: {hours: 5, every: monthly, models: 2, rate: $150 / h},"
    " regulation: {hours: 10, every: 2 / year, tools: $1k}"
)


def test_each_of_the_five_duties_is_a_line(tmp_path: Path) -> None:
    """8 x 2 x 120; 8 x 3 x 120; 400; 2 x 5 x 150; 8 x 10 x 120 + 1,000 in the first month: 17,300."""
    found = parts(tmp_path, "governance", WHOLE)
    assert found == pytest.approx(
        {"classification": 1_920, "model-cards": 2_880, "audit-trail": 400, "bias-tests": 1_500, "regulation": 10_600}
    )
    told = stages(tmp_path, "governance", WHOLE)
    assert [part for part, (stage, _) in told.items() if stage == "initial"] == ["classification", "model-cards"]


def test_duties_come_at_their_cadence(tmp_path: Path) -> None:
    """Quarterly 8 x 6 x 120 = 5,760 in the first and the fourth month."""
    entry = f"models: 8, rate: $120 / h, classification: {{hours: 6, every: quarterly}}, {OTHERS}"
    assert monthly(tmp_path, "governance", entry, 4) == pytest.approx([5_760, 0, 0, 5_760])


@pytest.mark.parametrize(
    ("entry", "code", "place"),
    [
        (f"models: 8, rate: 1, {OTHERS}", "E-PLAN-057", "{name: a"),
        ("models: 8, rate: 1", "E-PLAN-057", "{name: a"),
        (f"models: 8, rate: 1, classification: {{every: monthly}}, {OTHERS}", "E-PLAN-015", "classification: "),
        (f"models: 8, rate: 1, classification: {{hours: 1, every: mothly}}, {OTHERS}", "E-PLAN-051", "every: "),
        (f"models: 8, rate: $90k / year, classification: {NOTHING}, {OTHERS}", "E-PLAN-011", "rate: "),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, entry: str, code: str, place: str) -> None:
    found, text = refused(tmp_path, "governance", entry)
    assert (found, text[: len(place)]) == (code, place)
