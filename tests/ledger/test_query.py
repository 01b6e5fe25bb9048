from collections.abc import Iterator
from datetime import date

import duckdb
import pytest

from outlay.ledger.query import in_period, parse_dimensions, parse_filter
from outlay.model.period import Period
from outlay.model.problem import InputError

TEAMS = ["search", "Research", "platform team", "50%", None, "a_b", "o'neil", "[x]"]


@pytest.fixture(scope="module")
def costs() -> Iterator[duckdb.DuckDBPyConnection]:
    """One row per team; the model is gpt-5 for the first two, else claude-4."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        connection.execute("CREATE TABLE costs (x_Team VARCHAR, x_ModelId VARCHAR, x_Environment VARCHAR)")
        rows = [[team, "gpt-5" if i < 2 else "claude-4", "dev" if i == 0 else None] for i, team in enumerate(TEAMS)]
        connection.executemany("INSERT INTO costs VALUES (?, ?, ?)", rows)
        yield connection


def kept(costs: duckdb.DuckDBPyConnection, text: str) -> list[str | None]:
    condition = parse_filter(text)
    sql = f"SELECT x_Team FROM costs WHERE {condition.sql} ORDER BY rowid"
    return [row[0] for row in costs.execute(sql, list(condition.values)).fetchall()]


@pytest.mark.parametrize(
    ("text", "teams"),
    [
        ("", TEAMS),
        ("team:search", ["search"]),
        ("team=search", ["search"]),
        ("team:SEARCH", ["search"]),
        ("team:research", ["Research"]),
        ("team:*search", ["search", "Research"]),
        ("team:search,research", ["search", "Research"]),
        ("team:s*,p*", ["search", "platform team"]),
        ('team:"platform team"', ["platform team"]),
        ("team:50%", ["50%"]),
        ("team:a_b", ["a_b"]),
        ("team:o'neil", ["o'neil"]),
        ("team:[[]x]", ["[x]"]),
        ("team:", [None]),
        ("team:,search", ["search", None]),
        ("team!=", [t for t in TEAMS if t is not None]),
        ("team!=search", [t for t in TEAMS if t != "search"]),
        ("team!=*search,a_b", [t for t in TEAMS if t not in ("search", "Research", "a_b")]),
        ("model:gpt-* team!=search", ["Research"]),
        ("model:gpt-*   env:dev", ["search"]),
        ("env!=dev model:gpt-*", ["Research"]),
        ("team:nobody", []),
        ("team:x' OR '1'='1", None),
        ("team:'';DROP", []),
    ],
)
def test_a_filter_keeps_rows(costs: duckdb.DuckDBPyConnection, text: str, teams: list[str | None] | None) -> None:
    if teams is None:
        with pytest.raises(InputError):
            parse_filter(text)
    else:
        assert kept(costs, text) == teams


@pytest.mark.parametrize("text", ["team:a OR team:b"[7:], "team", "=x", '"team:search"', "team:a !b", ":", "(team:a)"])
def test_what_is_no_filter_is_refused(text: str) -> None:
    with pytest.raises(InputError) as raised:
        parse_filter(text)
    assert raised.value.code == "E-FILTER-001"
    assert "team:search" in raised.value.hint


def test_an_unknown_dimension_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError) as raised:
        parse_filter("taem:search")
    assert (raised.value.code, raised.value.hint) == ("E-DIM-001", "did you mean team?")


def test_values_are_bound_and_never_part_of_the_sql() -> None:
    condition = parse_filter("team:x';-- model!=a,b")
    assert condition.values == ("x';--", "a", "b")
    assert "x'" not in condition.sql
    assert condition.sql.count("?") == 3


def test_a_quote_that_does_not_close_is_refused() -> None:
    with pytest.raises(InputError) as raised:
        parse_filter('team:"platform team')
    assert raised.value.code == "E-FILTER-001"


def test_a_period_is_half_open_in_utc(costs: duckdb.DuckDBPyConnection) -> None:
    days = "'2026-09-30 23:59:59Z', '2026-10-01 00:00:00Z', '2026-10-31 23:59:59Z', '2026-11-01 00:00:00Z'"
    condition = in_period(Period(date(2026, 10, 1), date(2026, 11, 1)))
    sql = f"SELECT count(*) FROM (SELECT unnest([{days}])::TIMESTAMPTZ AS ChargePeriodStart) WHERE {condition.sql}"
    assert costs.execute(sql, list(condition.values)).fetchall() == [(2,)]
    assert in_period(Period(None, None)).sql == "true"


def test_dimensions_are_read_once_each() -> None:
    assert [d.name for d in parse_dimensions("team, layer,team,")] == ["team", "layer"]
    assert parse_dimensions("") == ()
    with pytest.raises(InputError) as raised:
        parse_dimensions("team,layer,service,region,account")
    assert raised.value.code == "E-DIM-002"
