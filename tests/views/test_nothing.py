"""What is said when nothing matches: the days that are held, and values written nearly as the one asked for."""

from pathlib import Path

import pytest
from tests.bills import charge, workspace, write_bill

from outlay.ledger.query import parse_terms
from outlay.views.no_match import held_days, missing_values
from outlay.workspace import Workspace

SERVICES = ("Amazon Bedrock", "Amazon Redshift", "Machines", "machine images")


@pytest.fixture
def opened(tmp_path: Path) -> Workspace:
    made = workspace(tmp_path / "work")
    dated = [charge(day=f"2026-10-{day:02}", ServiceName=name) for day, name in enumerate(SERVICES, 5)]
    made.load([write_bill(tmp_path / "bill.csv", dated)])
    return made


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("", []),
        ("service:machines", []),
        ('service:"amazon bedrok"', [("amazon bedrok", ("Amazon Bedrock", "Amazon Redshift"))]),
        ("service:machine", [("machine", ("Machines", "machine images"))]),
        ("service:machines,disks", [("disks", ())]),
        ("service:disk* service:d?sk service:[d]isk service:", []),
        ("service!=disks", []),
        ("team:search service:Machinez", [("search", ()), ("Machinez", ("Machines", "machine images"))]),
    ],
)
def test_values_that_no_charge_has(opened: Workspace, text: str, missing: list[tuple[str, tuple[str, ...]]]) -> None:
    found = missing_values(opened.connection, opened.relation("costs"), parse_terms(text))
    assert [(m.value, m.near) for m in found] == missing


def test_the_days_held_are_those_on_which_charges_begin(opened: Workspace, tmp_path: Path) -> None:
    held = held_days(opened.connection, opened.relation("costs"))
    assert {kind: str(period) for kind, period in held.items()} == {"billed": "2026-10-05..2026-10-08"}
    empty = workspace(tmp_path / "empty")
    assert held_days(empty.connection, empty.relation("costs")) == {}


def test_a_value_is_found_among_very_many(opened: Workspace) -> None:
    opened.connection.execute(
        "CREATE TEMP TABLE many AS SELECT 'i-' || i AS ResourceId FROM range(200000) AS t(i) "
        "UNION ALL SELECT 'Indexer-7'"
    )
    asked = parse_terms("resource:indexer-77,i-123456,i-x")
    found = list(missing_values(opened.connection, "many", asked))
    assert [m.value for m in found] == ["indexer-77", "i-x"]
    assert found[0].near[0] == "Indexer-7"
