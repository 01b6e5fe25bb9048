"""The 18 span cases and 3 roll-up cases whose cost is known to the last digit, in both encodings and two dialects."""

from decimal import Decimal
from pathlib import Path

import pytest
from tests.spans import CASES, Case, openinference, trace_id, write_cases

from outlay.workspace import Workspace


def costs_of(folder: Path, name: str, cases: tuple[Case, ...]) -> dict[str, list[Decimal | None]]:
    """The cost of every call that counts, by the name of its case."""
    (folder / "work").mkdir()
    opened = Workspace(folder / "work")
    opened.load([write_cases(folder / name, cases)])
    events = opened.relation("events")
    rows = opened.connection.execute(f"SELECT trace_id, cost FROM {events} WHERE counted ORDER BY time").fetchall()
    named = {trace_id(number).hex(): case.name for number, case in enumerate(CASES)}
    found: dict[str, list[Decimal | None]] = {}
    for trace, cost in rows:
        found.setdefault(named[trace], []).append(cost)
    return found


@pytest.mark.parametrize("dialect", ["otel", "openinference"])
@pytest.mark.parametrize("name", ["spans.json", "spans.pb"])
def test_every_case_costs_what_is_known(tmp_path: Path, name: str, dialect: str) -> None:
    cases = CASES if dialect == "otel" else tuple(openinference(case) for case in CASES)
    found = costs_of(tmp_path, name, cases)
    wrong = {}
    for case in CASES:
        costs = found.get(case.name, [])
        total = None if None in costs else sum((c for c in costs if c is not None), Decimal(0))
        if not costs or total != case.cost:
            wrong[case.name] = (case.cost, costs)
    assert not wrong
