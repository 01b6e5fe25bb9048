"""`outlay classify`: what the rules say of rows that are not loaded."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outlay.cli.options import FormatOption, reported
from outlay.cli.output import Table, emit
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.sources.rows import Row
    from outlay.sources.source import Sample

HELP = """Say for each row of a CSV or Parquet file what it paid for: AI kind, layer, rule, confidence.

Columns that are read, in any case: ServiceProviderName, ProviderName, ServiceCategory, ServiceName,
ChargeDescription, ResourceType, ResourceId, SkuId, SkuMeter, Meter, Tags. Any of them is enough;
ChargeCategory, ConsumedUnit and Unit are read beside them.

Examples:

  outlay classify rows.csv

  outlay classify rows.csv --format json
"""
NAMES = ("ai_kind", "layer", "rule", "confidence", "needs_review")
# What a row is known by, best first. Any of these columns is enough to classify by.
TELLING = (
    "ServiceName",
    "ChargeDescription",
    "SkuMeter",
    "Meter",
    "SkuId",
    "ResourceId",
    "ResourceType",
    "ServiceCategory",
    "ServiceProviderName",
    "ProviderName",
    "Tags",
)
BESIDE = ("ChargeCategory", "ConsumedUnit", "Unit")
WIDTH = 40


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("classify", help=HELP)(classify)


@reported
def classify(
    file: Annotated[Path, typer.Argument(help="A CSV, csv.gz or Parquet file with a header.")],
    format: FormatOption = "table",
) -> None:
    """Say what each row of a file paid for."""
    from outlay.derive.classify import classify_rows
    from outlay.ledger.engine import connect
    from outlay.sources.rows import read_rows

    sample, rows = read_rows(file, (*TELLING, *BESIDE), connect())
    read = _columns_read(sample)
    _refuse_nothing(sample, rows)
    found = classify_rows(rows)
    told = [{"row": number, **{n: getattr(c, n) for n in NAMES}} for number, c in enumerate(found, 1)]
    cells = [
        [str(t["row"]), _text(row), *("" if t[n] is None else str(t[n]) for n in NAMES)]
        for t, row in zip(told, rows, strict=True)
    ]
    ai, review = sum(c.ai_kind != "none" for c in found), sum(c.needs_review for c in found)
    foot = [f"{len(found):,} rows, {ai:,} of them AI, {review:,} need review", f"columns read: {', '.join(read)}"]
    table = Table(["row", "text", *NAMES], cells, frozenset({"row"}))
    emit(format, table, {"rows": told, "columns": read}, foot=foot)


def _columns_read(sample: "Sample") -> list[str]:
    return [column for name in (*TELLING, *BESIDE) if (column := sample.column(name))]


def _refuse_nothing(sample: "Sample", rows: "Sequence[Row]") -> None:
    """Nothing to classify by is no answer: it would look as if nothing was AI."""
    place = str(sample.path)
    if not any(sample.has(name) for name in TELLING):
        shown = ", ".join(sample.columns[:12]) + (", ..." if len(sample.columns) > 12 else "")
        hint = f"one of these is needed: {', '.join(TELLING)}"
        raise InputError("E-CLASSIFY-002", f"no column tells what was paid for; found: {shown}", hint, f"{place}:1")
    if not rows:
        raise InputError("E-CLASSIFY-001", "no rows", "the first line holds the column names", place)


def _text(row: "Mapping[str, str | None]") -> str:
    """A few words by which a person knows the row again."""
    text = " ".join(next((t for name in TELLING if (t := row.get(name))), "").split())
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
