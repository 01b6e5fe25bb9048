"""From delivered values to typed charges: one SELECT per file, written once to a Parquet file in order.

Values that cannot be read leave a bit in `_bad`; the details (line, value) are looked up only if there are any.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.tables import CHARGES
from outlay.model.charge import COSTS, Column, literal, quoted
from outlay.sources.source import Reading

if TYPE_CHECKING:
    import duckdb

# Without these a row cannot be a charge: its money, its currency or its day would be a guess.
ESSENTIAL = ("BilledCost", "BillingCurrency", "ChargePeriodStart")
DECIMALS = ("money", "price", "quantity")
# An amount that needs more digits is no number: sums of such would not fit.
LARGEST = "DECIMAL(30,12)"
COLUMN = re.compile(r'"([^"]|"")*"')
OFFSET = r"(Z|[+-]\d\d(:?\d\d)?)$"


@dataclass(frozen=True, slots=True)
class Checked:
    """A column of a charge: how it is typed, how it is known to be unreadable, and its bit in `_bad`.

    `misshapen` is true of a time that is readable but not written as the format demands. `bound` names the value
    of `raw`, computed once, where that is more than a column: macros repeat their argument many times.
    """

    column: Column
    raw: str
    typed: str
    unreadable: str = ""
    bit: int = -1
    rounding: str = ""
    misshapen: str = ""
    bound: str = ""


def check_columns(connection: "duckdb.DuckDBPyConnection", reading: Reading, relation: str) -> tuple[Checked, ...]:
    """Type every column of a charge that the reading maps, in ledger order."""
    types = _delivered_types(connection, reading, relation)
    checked, bit = [], 0
    for column in CHARGES:
        raw = reading.columns.get(column.name)
        if raw is None:
            checked.append(Checked(column, "NULL", f"CAST(NULL AS {column.sql_type})"))
            continue
        found = _check(column, raw, types[column.name], reading.zone, bit)
        bit += found.bit >= 0
        checked.append(_shaped(found, types[column.name], reading.time_form))
    return tuple(checked)


def _delivered_types(connection: "duckdb.DuckDBPyConnection", reading: Reading, relation: str) -> Mapping[str, str]:
    pairs = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in reading.columns.items())
    rows = connection.execute(f"DESCRIBE SELECT {pairs} FROM {relation}").fetchall()
    return {row[0]: row[1] for row in rows}


def _check(column: Column, raw: str, delivered: str, zone: str, bit: int) -> Checked:
    if column.kind in DECIMALS:
        return _decimal(column, raw, delivered, bit)
    if column.kind == "time":
        return _time(column, raw, delivered, zone, bit)
    if column.name == "x_Extra" and "to_json(" in raw:
        return Checked(column, raw, raw)
    if column.kind == "json":
        text = f"CAST({raw} AS VARCHAR)"
        # A list or a scalar is no set of keys and values.
        valid = f"(json_valid({text}) AND trim({text})[1] = '{{')"
        if column.name in ("ContractApplied", "CommitmentProgramEligibilityDetails"):
            valid = f"json_valid({text})"
        return Checked(column, raw, f"CASE WHEN {valid} THEN {text} END", f"NOT {valid}", bit)
    if column.kind == "text":
        return Checked(column, raw, raw if delivered == "VARCHAR" else f"CAST({raw} AS VARCHAR)")
    typed = f"TRY_CAST({raw} AS {column.sql_type})"
    return Checked(column, raw, typed, f"{typed} IS NULL AND ({raw}) IS NOT NULL", bit)


def _decimal(column: Column, raw: str, delivered: str, bit: int) -> Checked:
    if delivered.endswith(("INT", "INTEGER")) or (delivered.startswith("DECIMAL") and _scale(delivered) <= 12):
        return Checked(column, raw, f"CAST({raw} AS {column.sql_type})")
    # A DOUBLE is read as its shortest decimal, the one a person would have written.
    text = raw if delivered == "VARCHAR" else f"CAST({raw} AS VARCHAR)"
    cast = f"TRY_CAST({text} AS {column.sql_type})"
    # What no cast reads, `money` does not read either; the cast alone is quicker to plan.
    unreadable = f"{cast} IS NULL AND ({raw}) IS NOT NULL"
    if column.kind != "money":
        return Checked(column, raw, cast, unreadable, bit)
    unreadable = unreadable.replace("DECIMAL(38,12)", LARGEST)
    bound = "" if COLUMN.fullmatch(raw) else quoted(f"_v_{column.name}")
    text = text.replace(raw, bound) if bound else text
    rounding = f"rounding({text})" if column.name in COSTS else ""
    return Checked(column, raw, f"money({text})", unreadable, bit, rounding, bound=bound)


def _time(column: Column, raw: str, delivered: str, zone: str, bit: int) -> Checked:
    if delivered == "TIMESTAMP WITH TIME ZONE":
        return Checked(column, raw, raw)
    local = f"timezone({literal(zone)}, TRY_CAST({raw} AS TIMESTAMP))"
    if delivered != "VARCHAR" or zone != "UTC":
        has_offset = f"regexp_matches(CAST({raw} AS VARCHAR), {literal(OFFSET)})" if delivered == "VARCHAR" else "false"
        typed = f"CASE WHEN {has_offset} THEN TRY_CAST({raw} AS TIMESTAMPTZ) ELSE {local} END"
    else:
        typed = f"TRY_CAST({raw} AS TIMESTAMPTZ)"
    return Checked(column, raw, typed, f"{typed} IS NULL AND ({raw}) IS NOT NULL", bit)


def _shaped(found: Checked, delivered: str, form: str) -> Checked:
    if found.column.kind != "time" or delivered != "VARCHAR" or not form:
        return found
    return replace(found, misshapen=f"({found.raw}) NOT LIKE {literal(form)} AND NOT ({found.unreadable})")


def flags(conditions: Iterable[str]) -> str:
    """One integer with a bit for each condition that holds."""
    bits = [f"CASE WHEN {sql} THEN {1 << position} ELSE 0 END" for position, sql in enumerate(conditions)]
    return f"CAST({' + '.join(bits) or '0'} AS BIGINT)"


def _scale(sql_type: str) -> int:
    return int(sql_type.rsplit(",", 1)[1].rstrip(")"))


def select(checked: tuple[Checked, ...], reading: Reading, relation: str, source: str, *, numbers: bool = False) -> str:
    """The query that yields typed charges, their rounding, `_bad` and `_form` bits, one row per kept raw row.

    With `numbers` it passes on the row numbers of the Parquet file that it reads.
    """
    evidence = {
        "x_SourceSystem": literal(source),
        "x_SourceVersion": literal(reading.version),
        "x_RecordKind": f"coalesce({_typed(checked, 'x_RecordKind')}, 'billed')",
        "BillingPeriodStart": _billing_start(checked),
        "BillingPeriodEnd": _billing_end(checked),
    }
    parts = [f"{evidence.get(c.column.name, c.typed)} AS {quoted(c.column.name)}" for c in checked]
    none = "CAST(0 AS DECIMAL(38,28))"
    parts += [f"{c.rounding or none} AS {quoted('_r_' + c.column.name)}" for c in checked if c.column.name in COSTS]
    # The bits of `_bad`: one per typed column, then one per check of the format.
    parts.append(
        f"{flags([*(c.unreadable for c in checked if c.bit >= 0), *(c.when for c in reading.checks)])} AS _bad"
    )
    parts.append(f"{flags(c.misshapen for c in checked if c.misshapen)} AS _form")
    if numbers:
        parts.append("file_row_number")
    where = f" WHERE {reading.where}" if reading.where else ""
    if bound := ", ".join(f"{c.raw} AS {c.bound}" for c in checked if c.bound):
        relation = f"(SELECT *, {bound} FROM {relation})"
    return f"SELECT {', '.join(parts)} FROM {relation}{where}"


def _typed(checked: tuple[Checked, ...], name: str) -> str:
    return next(c.typed for c in checked if c.column.name == name)


def _billing_start(checked: tuple[Checked, ...]) -> str:
    """The delivered start of the billing period, else the month of the charge."""
    month = f"date_trunc('month', {_typed(checked, 'ChargePeriodStart')})"
    return f"coalesce({_typed(checked, 'BillingPeriodStart')}, {month})"


def _billing_end(checked: tuple[Checked, ...]) -> str:
    return f"coalesce({_typed(checked, 'BillingPeriodEnd')}, {_billing_start(checked)} + INTERVAL 1 MONTH)"


def write(connection: "duckdb.DuckDBPyConnection", query: str, target: Path) -> None:
    """Write a query's rows, in order, as one Parquet file that only this load reads."""
    connection.execute(f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION snappy)")
