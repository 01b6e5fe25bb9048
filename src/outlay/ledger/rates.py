"""Currencies: money is converted only by a dated rate, and never added without one."""

from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.engine import file_name
from outlay.ledger.query import Condition
from outlay.model.charge import COSTS, literal, quoted
from outlay.model.problem import InputError

if TYPE_CHECKING:
    import duckdb

DELIMITERS = (",", ";", "\t")
COLUMNS = ("date", "from", "to", "rate")
CONVERTED = (*COSTS, "x_MeteredCost", "x_PlannedCost")


def read_rates(connection: "duckdb.DuckDBPyConnection", path: Path) -> None:
    """Read a CSV of dated rates (date, from, to, rate: one `from` is worth `rate` of `to`) as the table `rates`.

    The delimiter is a comma, a semicolon or a tab. Raises `InputError` naming the first line that is no rate, or that
    stands twice.
    """
    import duckdb

    if not path.is_file():
        raise InputError("E-RATE-001", "no such file of rates", "see `rates:` in outlay.yaml", str(path))
    read = f"read_csv({file_name(path)}, header=true, all_varchar=true, delim={literal(_delimiter(path))}, quote='\"')"
    try:
        names = {row[0].lower() for row in connection.execute(f"DESCRIBE SELECT * FROM {read}").fetchall()}
    except duckdb.Error as error:
        raise InputError("E-RATE-002", "not a table of rates", f"columns: {', '.join(COLUMNS)}", str(path)) from error
    if missing := [c for c in COLUMNS if c not in names]:
        raise InputError("E-RATE-002", f"columns are missing: {missing}", f"columns: {', '.join(COLUMNS)}", str(path))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE rates AS SELECT row_number() OVER () + 1 AS line, "
        'TRY_CAST("date" AS DATE) AS day, '
        'upper(trim("from")) AS source, upper(trim("to")) AS target, TRY_CAST(rate AS DECIMAL(18,12)) AS rate '
        f"FROM {read}"
    )
    _refuse_bad(connection, path)


def _delimiter(path: Path) -> str:
    """The delimiter that stands most often in the header."""
    with path.open(encoding="utf-8", errors="replace") as stream:
        return max(DELIMITERS, key=stream.readline().count)


def _refuse_bad(connection: "duckdb.DuckDBPyConnection", path: Path) -> None:
    bad = connection.execute(
        "SELECT line, day IS NULL OR rate IS NULL OR rate <= 0 FROM rates "
        "QUALIFY day IS NULL OR rate IS NULL OR rate <= 0 OR count(*) OVER (PARTITION BY day, source, target) > 1 "
        "ORDER BY line LIMIT 1"
    ).fetchone()
    if bad is not None:
        what = "not a dated rate" if bad[1] else "the same day and pair stand twice"
        hint = "write 2026-10-01,EUR,USD,1.0842, with a point, and one line per day and pair"
        raise InputError("E-RATE-003", what, hint, f"{path}:{bad[0]}")


def convert(connection: "duckdb.DuckDBPyConnection", costs: str, target: str, kept: Condition) -> str:
    """The relation `costs` with all money in `target`, at the latest rate on or before the day of each charge.

    Needs the table `rates`. Raises `InputError` naming a day that has no rate, if charges of it are `kept`; money of
    other days without one is NULL.
    """
    day = "CAST(ChargePeriodStart AT TIME ZONE 'UTC' AS DATE)"
    own = f"BillingCurrency = {literal(target)}"
    missing = connection.execute(
        f"SELECT BillingCurrency, min(day) FROM (SELECT DISTINCT BillingCurrency, {day} AS day FROM {costs} "
        f"WHERE NOT ({own}) AND ({kept.sql})) AS c WHERE NOT EXISTS "
        f"(SELECT 1 FROM rates WHERE source = c.BillingCurrency "
        f"AND target = {literal(target)} AND rates.day <= c.day) GROUP BY 1 ORDER BY 1",
        list(kept.values),
    ).fetchone()
    if missing is not None:
        hint = "add a line for that day or an earlier one to the rates of outlay.yaml; a rate is not turned round"
        raise InputError("E-RATE-004", f"no rate from {missing[0]} to {target} on {missing[1]}", hint)
    money = ", ".join(
        f"CASE WHEN {own} THEN {quoted(c)} ELSE CAST({quoted(c)} * _rate AS DECIMAL(38,12)) END AS {quoted(c)}"
        for c in CONVERTED
    )
    latest = f"(SELECT source, day AS _day, rate AS _rate FROM rates WHERE target = {literal(target)})"
    return (
        f"(SELECT * EXCLUDE (source, _day, _rate) REPLACE ({money}, {literal(target)} AS BillingCurrency) "
        f"FROM {costs} ASOF LEFT JOIN {latest} AS r ON BillingCurrency = r.source AND {day} >= r._day)"
    )
