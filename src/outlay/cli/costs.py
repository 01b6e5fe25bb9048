"""`outlay costs`: what it cost, by any dimensions."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from outlay.cli.no_match import why_nothing
from outlay.cli.options import (
    AsOfOption,
    FormatOption,
    RangeOption,
    WhereOption,
    WorkspaceOption,
    prepare,
    reported,
)
from outlay.cli.output import Table, bar, emit, exact, money, percent
from outlay.model.plural import plural

if TYPE_CHECKING:
    from outlay.views.costs import Answer, Question, Row
    from outlay.workspace import Workspace

HELP = """Show what AI cost, by any dimensions, with what nobody owns and what no source covers.

Examples:

  outlay costs --by layer --range 2026-10

  outlay costs --by team,layer --step month --cost billed --where "env:production" --format csv
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("costs", help=HELP)(costs)


@reported
def costs(
    by: Annotated[str, typer.Option(help="Up to four dimensions, such as layer,team.")] = "layer",
    range: RangeOption = "all",
    step: Annotated[Literal["none", "day", "week", "month"], typer.Option(help="Split by time.")] = "none",
    where: WhereOption = "",
    cost: Annotated[
        Literal["billed", "effective", "list", "contracted"], typer.Option(help="Cash is billed, accrual effective.")
    ] = "effective",
    kind: Annotated[
        Literal["billed", "metered", "planned", "best"], typer.Option(help="Which records count.")
    ] = "billed",
    currency: Annotated[str, typer.Option(help="Convert to this currency by the dated rates of the workspace.")] = "",
    top: Annotated[int, typer.Option(help="Show the largest groups of the whole period, sum the others.", min=0)] = 0,
    as_of: AsOfOption = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Show what it cost."""
    from outlay.ledger.query import in_period, parse_dimensions, parse_filter
    from outlay.model.period import parse_period
    from outlay.views.costs import Question, ask_costs
    from outlay.views.unpriced import SHOWN, told_unpriced, unpriced_data

    opened = prepare(workspace, as_of)
    today = datetime.now(UTC).date()
    question = Question(
        by=parse_dimensions(by),
        period=parse_period(range, today),
        step="" if step == "none" else step,
        where=parse_filter(where),
        cost=cost,
        kind=kind,
        top=top,
    )
    live = opened.journal.live()
    missed = opened.unpriced(in_period(question.period) & question.where)
    answer = ask_costs(opened.connection, opened.costs_in(currency, question.period), question, live)
    emit(
        format,
        _table(question, answer),
        {**_data(question, answer), "unpriced": unpriced_data(missed), "book": _book(opened, kind)},
        head=_head(question, answer),
        foot=[*_foot(answer, kind), *_age(opened, kind), *told_unpriced(missed, 0 if kind == "billed" else SHOWN)]
        if answer.charges
        else why_nothing(opened, where),
        exactly=_exactly(question, answer),
    )


def _book(opened: "Workspace", kind: str) -> dict[str, Any] | None:
    """The age of the prices that calls were priced with, where they count."""
    from outlay.cli.price_views import age

    return age(opened.metering.book) if kind in ("metered", "best") and opened.metered() else None


def _age(opened: "Workspace", kind: str) -> list[str]:
    from outlay.cli.price_views import told_age

    return [told_age(opened.metering.book)] if _book(opened, kind) else []


def _head(question: "Question", answer: "Answer") -> str:
    by = ", ".join(d.name for d in question.by) or "everything"
    basis = f"{question.cost} cost" if question.kind in ("billed", "best") else f"{question.kind} cost"
    unit = answer.currency or ("several currencies" if answer.charges else "no charges")
    return f"{basis} by {by}, {question.period}, {unit}"


def _exactly(question: "Question", answer: "Answer") -> Table:
    """The rows for programs: whole decimals, no total."""
    names = _names(question)
    units = [] if "currency" in names else ["currency"]
    rows = [
        [*_labels(row, names, ""), *(row.currency for _ in units), exact(row.cost) or "", str(row.charges)]
        for row in _in_order(question, answer)
    ]
    return Table([*names, *units, "cost", "charges"], rows)


def _table(question: "Question", answer: "Answer") -> Table:
    names = _names(question)
    several = answer.total is None and "currency" not in names
    columns = [*names, *(["currency"] if several else []), "cost", "share", ""]
    largest = max((row.cost for row in answer.rows if row.cost is not None), default=Decimal(0))
    rows = [_cells(row, names, several, answer, largest) for row in _in_order(question, answer)]
    if answer.total is not None and names:
        rows.append(["total", *[""] * (len(names) - 1), money(answer.total), percent(answer.share(answer.total)), ""])
    return Table(columns, rows, frozenset({"cost", "share"}))


def _names(question: "Question") -> list[str]:
    return [*(d.key for d in question.by), *([question.step] if question.step else [])]


def _in_order(question: "Question", answer: "Answer") -> list["Row"]:
    """The rows; after those of each step, or of all, what `--top` left out."""
    rows, step = [*answer.rows, *answer.rest], question.step
    return sorted(rows, key=lambda row: (row.keys[step] is None, row.keys[step] or "")) if step else rows


def _labels(row: "Row", names: list[str], unknown: str) -> list[str]:
    """What a row stands for. A row of the rest has no dimension but the step."""
    labels = [value if (value := row.keys.get(n, "")) is not None else unknown for n in names]
    return ["(the rest)", *labels[1:]] if _is_rest(row, names) else labels


def _is_rest(row: "Row", names: list[str]) -> bool:
    return bool(names) and names[0] not in row.keys


def _cells(row: "Row", names: list[str], several: bool, answer: "Answer", largest: Decimal) -> list[str]:
    unit = [row.currency] if several else []
    length = "" if _is_rest(row, names) else bar(row.cost, largest)
    return [*_labels(row, names, "(unknown)"), *unit, money(row.cost), percent(answer.share(row.cost)), length]


def _foot(answer: "Answer", kind: str) -> list[str]:
    lines = []
    if answer.unattributed is not None:
        lines.append(f"unattributed: {money(answer.unattributed)} ({percent(answer.share(answer.unattributed))})")
    if answer.unclassified:
        lines.append(f"no layer known: {money(answer.unclassified)} ({percent(answer.share(answer.unclassified))})")
        lines.append(f"AI in all: {money(answer.ai)} ({percent(answer.share(answer.ai))})")
    if answer.unknown or answer.unknown_requests:
        counts = [(answer.unknown, "charge"), (answer.unknown_requests, "request")]
        said = " and ".join(plural(count, noun) for count, noun in counts if count)
        lines.append(f"cost unknown for {said}, not in the sums")
    if answer.total is None and answer.currency is None:
        lines.append("several currencies: no total; give dated `rates` in outlay.yaml and --currency to add them")
    # Calls are of a few layers; what is missing shows only where bills are asked for.
    if answer.uncovered_layers and kind in ("billed", "best"):
        lines.append(f"not covered by any source: {', '.join(answer.uncovered_layers)}")
    if answer.absent_layers:
        lines.append(f"no charge in this period: {', '.join(answer.absent_layers)}")
    return lines


def _data(question: "Question", answer: "Answer") -> dict[str, Any]:
    return {
        "rows": [_row(row, answer) for row in answer.rows],
        "rest": [_row(row, answer) for row in answer.rest],
        "total": exact(answer.total),
        "currency": answer.currency,
        "unattributed": _part(answer, answer.unattributed),
        "unclassified": _part(answer, answer.unclassified),
        "ai": _part(answer, answer.ai),
        "compute": _part(answer, answer.compute),
        "uncovered_layers": list(answer.uncovered_layers),
        "absent_layers": list(answer.absent_layers),
        "unknown": answer.unknown,
        "unknown_requests": answer.unknown_requests,
        "charges": answer.charges,
        "by": [d.key for d in question.by],
        "period": str(question.period),
        "cost": question.cost,
        "kind": question.kind,
    }


def _row(row: "Row", answer: "Answer") -> dict[str, Any]:
    unit = {} if answer.total is not None and "currency" in row.keys else {"currency": row.currency}
    return {**row.keys, **unit, "cost": exact(row.cost), "charges": row.charges}


def _part(answer: "Answer", part: Decimal | None) -> dict[str, Any]:
    share = answer.share(part)
    return {"cost": exact(part), "share": None if share is None else str(share)}
