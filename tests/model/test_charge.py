import pytest

from outlay.ledger.tables import CHARGES, COSTS, TABLES
from outlay.model.charge import columns_of, focus_columns, literal, quoted


@pytest.mark.parametrize(("version", "count"), [("1.0", 43), ("1.1", 50), ("1.2", 57), ("1.3", 65), ("1.4", 65)])
def test_a_version_of_focus_has_its_number_of_columns(version: str, count: int) -> None:
    assert len(columns_of(version)) == count


@pytest.mark.parametrize(("version", "count"), [("1.3", 23), ("1.4", 21)])
def test_a_version_of_focus_has_its_number_of_mandatory_columns(version: str, count: int) -> None:
    assert len([c for c in columns_of(version) if c.level == "mandatory"]) == count


def test_columns_come_and_go_with_the_versions() -> None:
    names = {v: {c.name for c in columns_of(v)} for v in ("1.0", "1.2", "1.3", "1.4")}
    assert names["1.3"] - names["1.4"] == {"ProviderName", "PublisherName"}
    assert names["1.4"] - names["1.3"] == {"CommitmentProgramEligibilityDetails", "InvoiceDetailId"}
    assert names["1.3"] - names["1.2"] >= {"ServiceProviderName", "HostProviderName", "AllocatedMethodId"}
    assert names["1.2"] >= {"InvoiceId", "PricingCurrency", "BillingAccountType", "SubAccountType"}
    assert names["1.0"] <= names["1.2"] <= names["1.3"]


def test_focus_columns_are_in_alphabetical_order() -> None:
    names = [c.name for c in focus_columns()]
    assert names == sorted(names)


def test_the_four_costs_are_mandatory_and_never_null() -> None:
    costs = {c.name: c for c in columns_of("1.4") if c.kind == "money" and not c.name.startswith("Pricing")}
    assert set(costs) == {"BilledCost", "EffectiveCost", "ListCost", "ContractedCost"}
    assert all(c.level == "mandatory" and not c.nullable for c in costs.values())
    assert all(c.sql_type == "DECIMAL(38,12)" for c in costs.values())


@pytest.mark.parametrize("table", TABLES)
def test_no_two_columns_differ_only_in_case(table: str) -> None:
    names = [c.name.lower() for c in TABLES[table]]
    assert len(set(names)) == len(names)


def test_columns_of_ours_follow_the_naming_of_focus() -> None:
    focus = {c.name for c in focus_columns()}
    ours = [c.name for c in COSTS if c.name not in focus]
    assert set(CHARGES) <= set(COSTS)
    assert all(name.startswith("x_") and name[2].isupper() and len(name) <= 50 for name in ours)


def test_names_and_values_are_quoted() -> None:
    assert quoted('a "b"') == '"a ""b"""'
    assert literal("it's") == "'it''s'"
    assert literal(None) == "NULL"
