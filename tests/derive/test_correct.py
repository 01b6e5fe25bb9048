"""Corrections: what the user knows of a charge wins over rules and file, and moves no money."""

from pathlib import Path

import pytest
from tests.bills import charge, total, workspace, write_bill

from outlay.model.problem import InputError
from outlay.settings import read_settings
from outlay.workspace import Workspace

YAML = """
classify:
  - name: index builder
    when: {service: "Compute*", ChargeDescription: "index*"}
    set: {layer: retrieval}
  - name: failed night
    when: {service: compute}
    from: 2026-10-02
    until: 2026-10-02
    set: {layer: training-compute, ai-kind: training, waste: failed}
attribution:
  - {name: trainers, when: {layer: training-compute}, set: {team: research}}
"""
BILL = [
    charge(ServiceName="Compute", ChargeDescription="Index of the wiki", day="2026-10-01"),
    charge(ServiceName="Compute", ChargeDescription="index of the shop", day="2026-10-02"),
    charge(ServiceName="Compute", ChargeDescription="nodes", day="2026-10-02"),
    charge(ServiceName="Compute", ChargeDescription="nodes", day="2026-10-03"),
]


def seen(opened: Workspace) -> list[tuple[str | None, ...]]:
    """Layer, kind, waste, rule and team of each cost, in the order of the bill."""
    columns = "x_Layer, x_AiKind, x_Waste, x_ClassifyRule, x_Team"
    return opened.connection.execute(f"SELECT {columns} FROM {opened.relation('costs')} ORDER BY x_RowId").fetchall()


def test_the_first_matching_rule_wins_and_later_stages_see_it(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work", YAML)
    opened.load([write_bill(tmp_path / "bill.csv", BILL)])
    assert [r[:3] + r[4:] for r in seen(opened)] == [
        ("retrieval", "none", "none", None),
        ("retrieval", "none", "none", None),
        ("training-compute", "training", "failed", "research"),
        (None, "none", "none", None),
    ]
    assert [r[3] for r in seen(opened)][:3] == [
        "outlay.yaml: index builder",
        "outlay.yaml: index builder",
        "outlay.yaml: failed night",
    ]
    assert total(opened) == 4


def test_a_new_correction_derives_again_without_the_file(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    bill = write_bill(tmp_path / "bill.csv", BILL)
    opened.load([bill])
    bill.unlink()
    again = workspace(tmp_path / "work", YAML)
    assert again.refresh() == 1
    assert [r[0] for r in seen(again)] == ["retrieval", "retrieval", "training-compute", None]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{name: a, when: {service: x}, set: {team: b}}", "cannot set team"),
        ("{name: a, when: {service: x}, set: {layer: gpu}}", "'gpu' is no layer"),
        ("{name: a, when: {servise: x}, set: {layer: people}}", "unknown dimension"),
        ("{name: a, when: {}, set: {layer: people}}", "at least 1"),
    ],
)
def test_a_rule_that_means_nothing_is_refused_with_its_place(tmp_path: Path, rule: str, told: str) -> None:
    (tmp_path / "outlay.yaml").write_text(f"classify:\n  - {rule}\n", encoding="utf-8")
    with pytest.raises(InputError, match=told) as raised:
        read_settings(tmp_path)
    assert raised.value.place.startswith(str(tmp_path / "outlay.yaml") + ":2")
