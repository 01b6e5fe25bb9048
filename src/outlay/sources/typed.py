"""From delivered values to typed charges or events: one SELECT per file, written once to a Parquet file in order.

Values that cannot be read leave a bit in `_bad`; the details (line, value) are looked up only if there are any.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.tables import CHARGE, Shape
from outlay.model.charge import COSTS, Column, literal, quoted
from outlay.sources.source import Reading
from outlay.sources.texts import is_object

if TYPE_CHECKING:
    import duckdb

DECIMALS = ("money", "price", "quantity")
COLUMN = re.compile(r'"([^"]|"")*"')
OFFSET = r"(Z|[+-]\d\d(:?\d\d)?)$"


@dataclass(frozen=True, slots=True)
class Checked:
    """A column of a charge: what was delivered, how that is typed, and its bit in `_bad` if it can be unreadable.

    `raw` is SQL over the rows of the file, `cast` and `rounding` over `value`. Each is computed once and has a name,
    because an expression that is written twice is computed twice. `misshapen` is true of a time that is readable but
    not written as the format demands.
    """

    column: Column
    raw: str
    cast: str
    bit: int = -1
    rounding: str = ""
    misshapen: str = ""

    @property
    def name(self) -> str:
        """The quoted name of the column."""
        return quoted(self.column.name)

    @property
    def delivered(self) -> bool:
        """Whether the file has anything for this column."""
        return self.raw != "NULL"

    @property
    def computed(self) -> bool:
        """Whether the delivered value is more than a column of the file."""
        return self.delivered and not COLUMN.fullmatch(self.raw)

    @property
    def value(self) -> str:
        """The delivered value, by name."""
        return quoted(f"_v_{self.column.name}") if self.computed else self.raw

    @property
    def typed(self) -> str:
        """The typed value, by name."""
        return quoted(f"_t_{self.column.name}")

    @property
    def unreadable(self) -> str:
        """True of a row whose value is there and cannot be typed."""
        return f"{self.typed} IS NULL AND {self.value} IS NOT NULL"


def check_columns(
    connection: "duckdb.DuckDBPyConnection", reading: Reading, relation: str, shape: Shape = CHARGE
) -> tuple[Checked, ...]:
    """How every column of a shape is typed, in ledger order."""
    types = _delivered_types(connection, reading, relation)
    checked, bit = [], 0
    for column in shape.columns:
        raw = reading.columns.get(column.name, "NULL")
        found = _check(Checked(column, raw, ""), types.get(column.name, ""), reading)
        if found.bit >= 0:
            found = replace(found, bit=bit)
            bit += 1
        checked.append(found)
    return tuple(checked)


def _delivered_types(connection: "duckdb.DuckDBPyConnection", reading: Reading, relation: str) -> Mapping[str, str]:
    pairs = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in reading.columns.items())
    rows = connection.execute(f"DESCRIBE SELECT {pairs} FROM {relation}").fetchall()
    return {row[0]: row[1] for row in rows}


def _check(found: Checked, delivered: str, reading: Reading) -> Checked:
    """A column with its cast; the bit of one that can be unreadable is 0 until it is counted."""
    column, value = found.column, found.value
    if not found.delivered:
        return replace(found, cast=f"CAST(NULL AS {column.sql_type})")
    if column.kind in DECIMALS:
        return _decimal(found, delivered)
    if column.kind == "time":
        return _time(found, delivered, reading)
    text = value if delivered == "VARCHAR" else f"CAST({value} AS VARCHAR)"
    if column.kind == "text" or column.name in reading.made:
        return replace(found, cast=text)
    if column.kind == "json":
        listed = column.name in ("ContractApplied", "CommitmentProgramEligibilityDetails")
        valid = f"json_valid({text})" if listed else is_object(text)
        return replace(found, cast=f"CASE WHEN {valid} THEN {text} END", bit=0)
    return replace(found, cast=f"TRY_CAST({value} AS {column.sql_type})", bit=0)


def _decimal(found: Checked, delivered: str) -> Checked:
    column, value = found.column, found.value
    if delivered.endswith(("INT", "INTEGER")) or (delivered.startswith("DECIMAL") and _scale(delivered) <= 12):
        return replace(found, cast=f"CAST({value} AS {column.sql_type})")
    # A DOUBLE is read as its shortest decimal, the one a person would have written.
    text = value if delivered == "VARCHAR" else f"CAST({value} AS VARCHAR)"
    if column.kind != "money":
        return replace(found, cast=f"number({text})", bit=0)
    return replace(found, cast=f"money({text})", rounding=f"rounding({text})" if column.name in COSTS else "", bit=0)


def _time(found: Checked, delivered: str, reading: Reading) -> Checked:
    value = found.value
    if delivered == "TIMESTAMP WITH TIME ZONE":
        return replace(found, cast=value)
    cast = f"TRY_CAST({value} AS TIMESTAMPTZ)"
    if delivered != "VARCHAR" or reading.zone != "UTC":
        has_offset = f"regexp_matches({value}, {literal(OFFSET)})" if delivered == "VARCHAR" else "false"
        local = f"timezone({literal(reading.zone)}, TRY_CAST({value} AS TIMESTAMP))"
        cast = f"CASE WHEN {has_offset} THEN {cast} ELSE {local} END"
    found = replace(found, cast=cast, bit=0)
    if delivered != "VARCHAR" or not reading.time_form:
        return found
    return replace(found, misshapen=f"{value} NOT LIKE {literal(reading.time_form)} AND {found.typed} IS NOT NULL")


def flags(conditions: Iterable[str]) -> str:
    """One integer with a bit for each condition that holds."""
    bits = [f"CASE WHEN {sql} THEN {1 << position} ELSE 0 END" for position, sql in enumerate(conditions)]
    return f"CAST({' + '.join(bits) or '0'} AS BIGINT)"


def _scale(sql_type: str) -> int:
    return int(sql_type.rsplit(",", 1)[1].rstrip(")"))


def select(checked: tuple[Checked, ...], reading: Reading, relation: str, *, numbers: bool = False) -> str:
    """The query that types what a file has: its columns, their rounding, `_bad` and `_form` bits, a row per kept row.

    With `numbers` it passes on the row numbers of the Parquet file that it reads.
    """
    there = [c for c in checked if c.delivered]
    parts = [f"{_possible(c, reading)} AS {c.name}" for c in there]
    parts += [f"{c.rounding} AS {quoted('_r_' + c.column.name)}" for c in there if c.rounding]
    # The bits of `_bad`: one per typed column, then one per check of the format.
    bad = [*(c.unreadable for c in there if c.bit >= 0), *(c.when for c in reading.checks)]
    parts.append(f"{flags(bad)} AS _bad")
    parts.append(f"{flags(c.misshapen for c in there if c.misshapen)} AS _form")
    if numbers:
        parts.append("file_row_number")
    where = f" WHERE {reading.where}" if reading.where else ""
    return f"SELECT {', '.join(parts)} FROM {_typed_rows(there, relation)}{where}"


def proved(
    connection: "duckdb.DuckDBPyConnection", checked: tuple[Checked, ...], reading: Reading, relation: str
) -> Reading:
    """The reading without what the least and largest values rule out: Parquet tells them without its rows."""
    there = {c.column.name: c for c in checked if c.delivered}
    bounded = [(there[c.column].typed, c.bounds, c) for c in reading.checks if c.bounds and c.column in there]
    if not bounded:
        return reading
    tests = [
        f"coalesce(min({value}) >= {least} AND max({value}) <= {most}, true)" for value, (least, most), _ in bounded
    ]
    rows = f"SELECT {', '.join(tests)} FROM {_typed_rows(there.values(), relation)}"
    sure = [c for (_, _, c), holds in zip(bounded, connection.execute(rows).fetchall()[0], strict=True) if holds]
    known = [(c.column, c.bounds) for c in sure]
    within = {name: limits for name, limits in reading.within.items() if (name, limits) not in known}
    return replace(reading, checks=tuple(c for c in reading.checks if c not in sure), within=within)


def _possible(checked: Checked, reading: Reading) -> str:
    """The typed value, unknown where it is beyond what the reading says that its column can have."""
    limits = reading.within.get(checked.column.name)
    return (
        f"CASE WHEN {checked.typed} BETWEEN {' AND '.join(limits)} THEN {checked.typed} END"
        if limits
        else checked.typed
    )


def _typed_rows(there: Iterable[Checked], relation: str) -> str:
    """The rows of a file with every computed value and every typed value beside them, each computed once."""
    # Ours come first: of columns with the same name the first one has it.
    casts = "".join(f"{c.cast} AS {c.typed}, " for c in there)
    if values := "".join(f"{c.raw} AS {c.value}, " for c in there if c.computed):
        relation = f"(SELECT {values}* FROM {relation})"
    return f"(SELECT {casts}* FROM {relation})"


def whole(checked: tuple[Checked, ...], reading: Reading, rows: str, source: str, shape: Shape = CHARGE) -> str:
    """Typed rows with every column of their shape, as a relation: what the file has not is NULL or evidence.

    Such columns are not written with the others: the more columns, the fewer threads DuckDB finds memory for.
    """
    evidence = {"x_SourceSystem": literal(source), "x_SourceVersion": literal(reading.version)}
    if shape is CHARGE:
        evidence |= _of_charge(checked)
    parts = [f"{evidence.get(c.column.name) or _known(checked, c.column.name)} AS {c.name}" for c in checked]
    none = "CAST(0 AS DECIMAL(38,28))"
    for c in checked:
        if c.column.name in COSTS:
            rounding = quoted("_r_" + c.column.name)
            parts.append(rounding if c.rounding else f"{none} AS {rounding}")
    return f"(SELECT {', '.join(parts)}, _bad, _form, file_row_number FROM {rows})"


def _of_charge(checked: tuple[Checked, ...]) -> dict[str, str]:
    """What a charge has where its file does not say."""
    return {
        "x_RecordKind": f"coalesce({_known(checked, 'x_RecordKind')}, 'billed')",
        "BillingPeriodStart": _billing_start(checked),
        "BillingPeriodEnd": _billing_end(checked),
    }


def _known(checked: tuple[Checked, ...], name: str) -> str:
    """A column of typed rows, NULL if the file has none."""
    found = next(c for c in checked if c.column.name == name)
    return found.name if found.delivered else found.cast


def _billing_start(checked: tuple[Checked, ...]) -> str:
    """The delivered start of the billing period, else the month of the charge."""
    month = f"date_trunc('month', {_known(checked, 'ChargePeriodStart')})"
    return f"coalesce({_known(checked, 'BillingPeriodStart')}, {month})"


def _billing_end(checked: tuple[Checked, ...]) -> str:
    return f"coalesce({_known(checked, 'BillingPeriodEnd')}, {_billing_start(checked)} + INTERVAL 1 MONTH)"


def write(connection: "duckdb.DuckDBPyConnection", query: str, target: Path) -> None:
    """Write a query's rows, in order, as one Parquet file that only this load reads."""
    connection.execute(f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION snappy)")
