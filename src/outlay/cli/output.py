"""Print a result as a table, JSON, CSV or Markdown."""

import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import typer

from outlay.cli.options import Format, envelope

BAR = 24


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as people read them: cells are text already; `numbers` names the columns that align right."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[str] = frozenset()


def emit(
    format: Format,
    table: Table,
    data: Any,
    *,
    head: str = "",
    foot: Sequence[str] = (),
    meta: Any = None,
    exactly: Table | None = None,
    beside: Sequence[tuple[str, Table]] = (),
) -> None:
    """Print the result in the format that was asked for; `head`, `foot` and the tables `beside` are for people.

    `exactly` is the table for programs (CSV), where that of people rounds or adds rows.
    """
    if format == "json":
        typer.echo(envelope(data, meta))
    elif format == "csv":
        typer.echo(_csv(exactly or table), nl=False)
    else:
        laid = _markdown if format == "markdown" else _text
        more = [text for title, other in beside if other.rows for text in ("", f"{title}:", "", laid(other))]
        body = [*([head, ""] if head else []), laid(table), *more, *(["", *foot] if foot else [])]
        typer.echo("\n".join(body))


def _csv(table: Table) -> str:
    """Numbers without separators, and no column without a name: bars are for people."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    kept = [i for i, name in enumerate(table.columns) if name]
    writer.writerow(table.columns[i] for i in kept)
    separated = [name in table.numbers for name in table.columns]
    for row in table.rows:
        writer.writerow(row[i].replace(",", "") if separated[i] else row[i] for i in kept)
    return out.getvalue()


def _markdown(table: Table) -> str:
    marks = ["---:" if c in table.numbers else "---" for c in table.columns]
    lines = [table.columns, marks, *table.rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def _text(table: Table) -> str:
    """Aligned columns; as wide as they need to be, so that nothing is cut when the output is piped."""
    widths = [max(len(str(line[i])) for line in (table.columns, *table.rows)) for i in range(len(table.columns))]
    right = [c in table.numbers for c in table.columns]

    def line(cells: Sequence[str]) -> str:
        parts = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right, strict=True)]
        return "  ".join(parts).rstrip()

    rule = "  ".join("-" * w for w in widths).rstrip()
    return "\n".join([_strong(line(table.columns)), rule, *(line(r) for r in table.rows)])


def _strong(text: str) -> str:
    """Bold at a terminal that shows colours."""
    import os

    return f"\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() and "NO_COLOR" not in os.environ else text


def money(value: Decimal | None, digits: int = 2) -> str:
    """Money for people: rounded half-even, with separators and no `-0.00`; `unknown` when it is not known."""
    return "unknown" if value is None else f"{value:z,.{digits}f}"


def exact(value: Decimal | None) -> str | None:
    """Money for programs: the whole decimal, never an exponent."""
    return None if value is None else f"{value:f}"


def percent(value: Decimal | None) -> str:
    """A share of 1 for people."""
    return "-" if value is None else f"{value * 100:z.1f}%"


def bar(part: Decimal | None, largest: Decimal) -> str:
    """A bar whose length is the share of the largest value."""
    if part is None or largest <= 0 or part <= 0:
        return ""
    return "█" * max(1, int(part * BAR / largest))
