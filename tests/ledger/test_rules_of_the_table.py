"""The rules of the table: for each the failure that it prevents, and the proof that outlay keeps it."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from tests.bills import by, charge, days, rows, summed, total, workspace, write_bill, write_parquet
from tests.sql_subset import faults, filled, statements

import outlay
from outlay.derive.pipeline import Context
from outlay.derive.pipeline import check as check_sums
from outlay.ledger.engine import connect, parquet
from outlay.ledger.query import in_period
from outlay.ledger.scopes import SCOPE_SQL
from outlay.ledger.store import list_files
from outlay.ledger.tables import TABLES
from outlay.model.charge import literal
from outlay.model.period import parse_period
from outlay.model.problem import LedgerError

PACKAGE = Path(outlay.__file__).parent
MIDNIGHT = datetime(2026, 10, 1, tzinfo=UTC).timestamp()


def one(sql: str) -> object:
    """The single value that a query yields on a connection of ours."""
    with connect() as connection:
        return connection.execute(sql).fetchall()[0][0]


# Money is DECIMAL(38,12).


@pytest.mark.parametrize("operation", ["a / b", "a // b", "avg(a)", "stddev(a)"])
def test_division_and_mean_of_decimals_are_doubles(operation: str) -> None:
    found = one(
        f"SELECT typeof({operation}) FROM (SELECT 1.1::DECIMAL(38,12) AS a, 3::DECIMAL(38,12) AS b) GROUP BY a, b"
    )
    assert found == "DOUBLE"


def test_a_double_loses_what_a_decimal_keeps() -> None:
    costs = "SELECT sum(c) FROM (SELECT unnest([12345678901234567.89, 0.01, -12345678901234567.89]::{}[]) AS c)"
    assert one(costs.format("DECIMAL(38,12)")) == Decimal("0.01")
    assert one(costs.format("DOUBLE")) == 0


def test_every_amount_of_the_tables_is_a_decimal() -> None:
    amounts = [c for table in TABLES.values() for c in table if c.kind in ("money", "price", "quantity")]
    assert len(amounts) > 20
    assert {c.sql_type for c in amounts} == {"DECIMAL(38,12)"}
    assert {c.sql_type for table in TABLES.values() for c in table if c.kind == "count"} == {"BIGINT"}


def test_a_cast_rounds_ties_away_and_money_to_even() -> None:
    assert one("SELECT CAST('0.0000000000005' AS DECIMAL(38,12))") == Decimal("1e-12")
    assert one("SELECT money('0.0000000000005')") == 0
    assert one("SELECT money('0.0000000000015')") == Decimal("2e-12")
    assert one("SELECT money('-0.0000000000025')") == Decimal("-2e-12")


def test_large_costs_have_no_room_for_28_decimals_and_are_exact_all_the_same() -> None:
    assert one("SELECT TRY_CAST('12345678901.5' AS DECIMAL(38,28))") is None
    assert one("SELECT money('12345678901.1234567890125')") == Decimal("12345678901.123456789012")
    assert one("SELECT rounding('12345678901.1234567890125')") == Decimal("5e-13")
    assert one("SELECT money('9999999999.9999999999999')") == Decimal(10**10)


@pytest.mark.parametrize("text", ["", "x", "1.00000000000000x", "1,000.5", "nan", "inf", "1e400", "--1", "0x1p3"])
def test_what_is_no_number_is_unknown_and_not_zero(text: str) -> None:
    assert one(f"SELECT money({literal(text)})") is None


def test_a_double_cast_to_a_decimal_shows_its_binary_tail() -> None:
    assert one("SELECT CAST(CAST(0.1 AS DOUBLE) AS DECIMAL(38,28))") != Decimal("0.1")
    assert one("SELECT money(CAST(CAST(0.1 AS DOUBLE) AS VARCHAR))") == Decimal("0.1")
    assert one("SELECT money(CAST(CAST(1e-7 AS DOUBLE) AS VARCHAR))") == Decimal("1e-7")


def test_what_rounding_takes_from_each_row_is_kept(tmp_path: Path) -> None:
    """A thousand rows of a third of the 12th decimal: the table holds 0, the delivery tells the rest."""
    opened = workspace(tmp_path / "work")
    bill = [charge("0.0000000000003333")] * 1000
    opened.load([write_bill(tmp_path / "bill.csv", bill)])
    (entry,) = opened.journal.live()
    assert total(opened) == 0
    assert Decimal(entry.rounding[0]["BilledCost"]) == summed(bill) == Decimal("3.333e-10")


# Splits are exact in integers.


def test_rounding_each_part_alone_loses_the_sum_and_the_split_does_not(tmp_path: Path) -> None:
    cost = Decimal("1.000000000001")
    alone = one(f"SELECT sum(CAST({cost} * w AS DECIMAL(38,12))) FROM (SELECT unnest([1/3, 1/3, 1/3]) AS w)")
    assert alone != cost
    yaml = """
attribution: [{name: t, set: team, tag: team}]
split: [{name: p, when: {team: p}, to: team, method: fixed, shares: {a: 1, b: 1, c: 1}}]
"""
    opened = workspace(tmp_path / "work", yaml)
    opened.load([write_bill(tmp_path / "bill.csv", [charge(cost, team="p"), charge(-cost, team="p")])])
    parts = opened.connection.execute(f"SELECT BilledCost FROM {opened.relation('costs')} WHERE BilledCost > 0")
    assert sum(p[0] for p in parts.fetchall()) == cost
    assert total(opened) == 0
    assert set(by(opened, "x_Team")) == {"a", "b", "c"}


def test_a_product_of_units_and_weights_can_overflow() -> None:
    """Why the split multiplies remainders only; test_load splits such a quantity."""
    with pytest.raises(duckdb.Error, match=r"(?i)overflow|out of range"):
        one("SELECT CAST(123456789012 * 1000000000000::HUGEINT AS HUGEINT) * 1000000000000000::HUGEINT * 1000")


# Every stage keeps its sum.


def test_aliases_equal_but_for_case_multiply_rows_in_a_join() -> None:
    """The failure: a join by lower() to both spellings doubles the bill. The check below catches such a stage."""
    bill = "SELECT 'Search' AS team, 1.0 AS cost"
    aliases = "SELECT unnest(['search', 'SEARCH']) AS alias"
    assert one(f"SELECT sum(cost) FROM ({bill}) JOIN ({aliases}) ON lower(alias) = lower(team)") == 2


@pytest.mark.parametrize(
    "wrong",
    [
        "(SELECT * FROM {0} UNION ALL SELECT * FROM {0})",
        "(SELECT * FROM {0} LIMIT 2)",
        "(SELECT * REPLACE (CAST(ListCost + 0.000000000001 AS DECIMAL(38,12)) AS ListCost) FROM {0})",
        "(SELECT * REPLACE ('EUR' AS BillingCurrency) FROM {0})",
    ],
)
def test_a_changed_sum_is_caught(tmp_path: Path, wrong: str) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "bill.csv", days(1, 3))])
    charges = opened.relation("charges")
    check_sums(opened.connection, charges, opened.relation("costs"), Context())
    with pytest.raises(LedgerError) as raised:
        check_sums(opened.connection, charges, wrong.format(charges), Context())
    assert raised.value.code == "E-DERIVE-001"


# Time.


def test_a_session_elsewhere_moves_days_and_ours_does_not() -> None:
    day = "SELECT CAST(date_trunc('day', TIMESTAMPTZ '2026-10-01 01:00:00+00') AT TIME ZONE 'UTC' AS VARCHAR)"
    with duckdb.connect() as elsewhere:
        elsewhere.execute("SET TimeZone='America/New_York'")
        assert elsewhere.execute(day).fetchall() == [("2026-09-30 04:00:00",)]
    assert one("SELECT current_setting('TimeZone')") == "UTC"
    assert one(day) == "2026-10-01 00:00:00"


def test_a_naive_timestamp_is_another_moment_elsewhere() -> None:
    sql = "SELECT epoch(CAST(TIMESTAMP '2026-10-01 00:00:00' AS TIMESTAMPTZ))"
    with duckdb.connect() as elsewhere:
        elsewhere.execute("SET TimeZone='Asia/Tokyo'")
        assert elsewhere.execute(sql).fetchall() != [(one(sql),)]
    times = {c.sql_type for table in TABLES.values() for c in table if c.kind == "time"}
    assert times == {"TIMESTAMPTZ"}


def test_times_of_text_are_utc_whatever_their_offset(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    texts = ["2026-10-01 00:00:00", "2026-10-01T00:00:00Z", "2026-10-01T02:00:00+02:00", "2026-09-30T20:00:00-04:00"]
    opened.load([write_bill(tmp_path / "bill.csv", [charge(1, ChargePeriodStart=text) for text in texts])])
    sql = f"SELECT DISTINCT epoch(ChargePeriodStart) FROM {opened.relation('costs')}"
    assert opened.connection.execute(sql).fetchall() == [(MIDNIGHT,)]


@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMPTZ", "DATE"])
def test_times_of_parquet_are_utc_whatever_their_type(tmp_path: Path, kind: str) -> None:
    said = dict(charge(1))
    start = said.pop("ChargePeriodStart")
    texts = ", ".join(f"{literal(v)} AS {k}" for k, v in said.items())
    query = f"SELECT {texts}, CAST({literal(start)} AS {kind}) AS ChargePeriodStart"
    opened = workspace(tmp_path / "work")
    opened.load([write_parquet(tmp_path / "bill.parquet", query)])
    sql = f"SELECT epoch(ChargePeriodStart) FROM {opened.relation('costs')}"
    assert opened.connection.execute(sql).fetchall() == [(MIDNIGHT,)]


@pytest.mark.parametrize(("period", "cost"), [("2026-10-01", 1), ("2026-10-02", 2), ("2026-10-01..2026-10-02", 3)])
def test_a_charge_at_midnight_is_of_the_day_that_begins(tmp_path: Path, period: str, cost: int) -> None:
    opened = workspace(tmp_path / "work")
    starts = {1: "2026-10-01T23:59:59.999999Z", 2: "2026-10-02T00:00:00Z"}
    opened.load([write_bill(tmp_path / "bill.csv", [charge(c, ChargePeriodStart=at) for c, at in starts.items()])])
    opened.filtered("costs", in_period(parse_period(period, datetime(2026, 11, 1, tzinfo=UTC).date())))
    assert opened.connection.execute("SELECT sum(BilledCost) FROM kept").fetchall() == [(cost,)]


# One function writes, one reads.


def test_hive_paths_would_invent_columns_and_retype_them(tmp_path: Path) -> None:
    folder = tmp_path / "BillingAccountId=42"
    folder.mkdir()
    file = write_parquet(folder / "part.parquet", "SELECT 'x' AS a")
    retyped = f"SELECT BillingAccountId FROM read_parquet({literal(str(file))}, hive_partitioning=true)"
    assert one(retyped) == 42
    with connect() as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM {parquet([file])}").fetchall()
    assert [row[0] for row in described] == ["a"]


def test_numbers_and_days_in_text_columns_stay_text(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    odd = charge(1, BillingAccountId="0042", ResourceId="1e5", SkuId="2026-10-01", RegionId="true")
    opened.load([write_bill(tmp_path / "a=0.csv", [odd])])
    sql = f"SELECT BillingAccountId, ResourceId, SkuId, RegionId FROM {opened.relation('costs')}"
    assert opened.connection.execute(sql).fetchall() == [("0042", "1e5", "2026-10-01", "true")]


def test_an_enum_has_an_order_of_its_own_and_is_read_as_text(tmp_path: Path) -> None:
    assert one("SELECT min(c) FROM (SELECT unnest(['a', 'b']::ENUM('b', 'a')[]) AS c)") == "b"
    texts = ", ".join(f"{literal(v)} AS {k}" for k, v in charge(1).items() if k != "ChargeCategory")
    query = f"SELECT {texts}, CAST('Usage' AS ENUM('Usage', 'Credit')) AS ChargeCategory"
    opened = workspace(tmp_path / "work")
    opened.load([write_parquet(tmp_path / "bill.parquet", query)])
    sql = f"SELECT typeof(ChargeCategory), ChargeCategory FROM {opened.relation('costs')}"
    assert opened.connection.execute(sql).fetchall() == [("VARCHAR", "Usage")]


def test_files_of_the_ledger_are_zstd_with_the_types_of_the_tables(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([write_bill(tmp_path / "bill.csv", days(1, 3))])
    for name in ("charges", "costs", "journal"):
        (path,) = list_files(opened.ledger, name)
        packed = f"SELECT DISTINCT compression FROM parquet_metadata({literal(str(path))})"
        assert opened.connection.execute(packed).fetchall() == [("ZSTD",)]
        described = opened.connection.execute(f"DESCRIBE SELECT * FROM {parquet([path])}").fetchall()
        assert [row[0] for row in described] == [c.name for c in TABLES[name]]


def test_a_scope_has_a_short_name_of_its_own() -> None:
    accounts = ["'a'", "NULL", "'A'", literal("a" * 5000)]
    values = ", ".join([*(f"('focus', {a})" for a in accounts), "('focusa', '')"])
    sql = (
        f"SELECT count(DISTINCT {SCOPE_SQL}), max(length({SCOPE_SQL})) FROM (VALUES {values}) "
        "AS t(x_SourceSystem, BillingAccountId), (SELECT TIMESTAMPTZ '2026-10-01 00:00:00+00' AS BillingPeriodStart)"
    )
    with connect() as connection:
        assert connection.execute(sql).fetchall() == [(5, 16)]


# Kinds of records are never mixed.


def test_a_plain_sum_over_live_rows_is_the_bill(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    kinds = [
        charge(5),
        {**charge(0), "x_RecordKind": "metered", "x_MeteredCost": "4"},
        {**charge(0), "x_RecordKind": "planned", "x_PlannedCost": "6"},
    ]
    opened.load([write_bill(tmp_path / "bill.csv", kinds)])
    assert [total(opened, c) for c in ("BilledCost", "EffectiveCost", "x_MeteredCost", "x_PlannedCost")] == [5, 5, 4, 6]
    assert rows(opened) == 3


# The files of SQL keep to a small subset.


@pytest.mark.parametrize("path", statements(PACKAGE), ids=lambda path: path.stem)
def test_a_statement_keeps_to_the_subset(path: Path) -> None:
    assert faults(filled(path.read_text(encoding="utf-8"))) == []


def test_there_are_statements_to_check() -> None:
    assert "costs.sql" in {path.name for path in statements(PACKAGE)}


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("SELECT BilledCost / 2 FROM costs", "division of money"),
        ("SELECT sum(EffectiveCost) / count(*) FROM costs", "division of money"),
        ("SELECT c / 2 FROM (SELECT sum(BilledCost) AS c FROM costs) AS t", "division of money"),
        ("WITH t AS (SELECT ListCost AS a FROM costs), u AS (SELECT a AS b FROM t) SELECT 1 / b FROM u", "division"),
        ("SELECT 1 // listcost FROM costs", "division of money"),
        ("SELECT avg(x_MeteredCost) FROM costs", "avg of money"),
        ("SELECT median(ListUnitPrice) FROM costs", "median of money"),
        ("SELECT x_Team, sum(BilledCost) FROM costs GROUP BY ALL", "GROUP BY ALL"),
        ("SELECT list_transform([1], x -> x + 1)", "lambda"),
        ("SELECT list_filter([1], lambda x: x > 1)", "lambda"),
        ("SELECT json_extract_string(Tags, '$.team') FROM costs", "JSON function"),
        ("SELECT Tags ->> 'team' FROM costs", "JSON function"),
        ("SELECT to_json(Tags) FROM costs", "JSON function"),
        ("SELECT x_Team, X_TEAM FROM costs", "differ only in case"),
        ("SELECT sum(BilledCost) AS billedcost FROM costs", "differ only in case"),
        ("DELETE FROM costs", "not one SELECT"),
        ("SELECT 1; SELECT 2", "not one SELECT"),
        ("SELECT sum( FROM costs", "not parsed"),
    ],
)
def test_a_planted_fault_is_refused(sql: str, fault: str) -> None:
    assert any(fault in found for found in faults(sql)), faults(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT x_Team, sum(BilledCost) AS cost, count(*) FROM costs GROUP BY 1 ORDER BY 2 DESC NULLS LAST",
        "SELECT ConsumedQuantity / 2, count(*) / 7 FROM costs",
        "SELECT n / 2 FROM (SELECT count(*) FILTER (WHERE BilledCost IS NULL) AS n FROM costs) AS t",
        "SELECT CASE WHEN x_Team IS NULL THEN 0 ELSE BilledCost END * 2 FROM costs",
        "WITH t AS (SELECT sum(BilledCost) AS c FROM costs) SELECT c, row_number() OVER (ORDER BY c NULLS LAST) FROM t",
        "SELECT CAST(date_trunc('month', ChargePeriodStart) AS DATE) FROM costs JOIN rates ON day <= ChargePeriodStart",
    ],
)
def test_what_the_subset_allows_passes(sql: str) -> None:
    assert faults(sql) == []
