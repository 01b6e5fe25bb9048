"""`outlay sources`, `problems`, `doctor` and `tidy`: what is in the ledger, and whether it is sound."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from outlay.cli.options import AsOfOption, FormatOption, WorkspaceOption, find_workspace, prepare, reported
from outlay.cli.output import Table, emit, money
from outlay.model.plural import plural

SOURCES_HELP = """List what was delivered, and the formats that can be loaded.

Examples:

  outlay sources

  outlay sources --formats
"""
PROBLEMS_HELP = """List what was wrong with the loaded files: place, value, code and what to do.

Examples:

  outlay problems

  outlay problems --format csv > problems.csv
"""
DOCTOR_HELP = """Check the ledger against the rules that bills must keep, and say where one is broken.

Examples:

  outlay doctor

  outlay doctor --format json
"""
TIDY_HELP = """Sweep what killed loads left and what was superseded long ago, and join small files.

Examples:

  outlay tidy --dry-run

  outlay tidy
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("sources", help=SOURCES_HELP)(sources)
    app.command("problems", help=PROBLEMS_HELP)(problems)
    app.command("doctor", help=DOCTOR_HELP)(doctor)
    app.command("tidy", help=TIDY_HELP)(tidy)


@reported
def sources(
    formats: Annotated[bool, typer.Option("--formats", help="The formats that can be loaded.")] = False,
    remove: Annotated[str, typer.Option("--remove", help="Take out the scope of this delivery, by its id.")] = "",
    as_of: AsOfOption = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """List deliveries or formats."""
    from outlay.sources.formats import sources as all_sources

    if formats:
        known = [[s.name, s.title] for s in all_sources()]
        data = [{"name": name, "title": title} for name, title in known]
        emit(format, Table(["format", "reads"], known), {"formats": data})
        return
    opened = find_workspace(workspace, as_of)
    if remove:
        gone = opened.remove(remove)
        rows = plural(sum(e.rows for e in gone), "row")
        typer.echo(f"removed {rows} of {plural(len(gone), 'delivery', 'deliveries')}", err=True)
    _list_deliveries(opened.journal.live(), format)


def _list_deliveries(live: Any, format: Any) -> None:
    from outlay.views.deliveries import delivery_data

    columns = ["id", "source", "kind", "account", "period", "days", "rows", "cost", "currency", "problems", "recorded"]
    data = [{**delivery_data(e), "files": [f["name"] for f in e.files]} for e in live]
    rows = [
        [
            d["delivery_id"],
            f"{d['source']} {d['source_version']}".strip(),
            d["kind"],
            d["scope"]["account"],
            d["scope"]["period_start"],
            _days(d["coverage"]),
            f"{d['rows']:,}",
            *_cost(d),
            f"{d['problems']:,}",
            str(d["recorded_at"])[:19],
        ]
        for d in data
    ]
    foot = [] if rows else ["Nothing was loaded. outlay load FILE... reads bills; outlay sources --formats lists them."]
    emit(format, Table(columns, rows, frozenset({"rows", "cost", "problems"})), {"deliveries": data}, foot=foot)


def _cost(delivery: dict[str, Any]) -> tuple[str, str]:
    """Cost and currency of a delivery; empty for what has none."""
    from decimal import Decimal

    if delivery["kind"] in ("outcomes", "scores", "planned"):
        return "", delivery["currency"] or ""
    units = [said["currency"] for said in delivery["totals"] if said["currency"]]
    if len(units) > 1:
        return "several", ", ".join(units)
    cost = delivery["cost"]
    return money(None if cost is None else Decimal(cost)), "".join(units)


def _days(coverage: list[dict[str, Any]]) -> str:
    if not coverage:
        return ""
    first, last = min(c["first_day"] for c in coverage), max(c["last_day"] for c in coverage)
    return first if first == last else f"{first}..{last}"


@reported
def problems(format: FormatOption = "table", workspace: WorkspaceOption = None) -> None:
    """List what was wrong with the loaded files."""
    opened = find_workspace(workspace)
    found = opened.problems()
    names = ["code", "file", "line", "row", "column", "value", "message", "hint", "count"]
    shown = ["place", "code", "value", "message", "hint"]
    rows = [[_one_line(t) for t in (p.place, p.code, p.value[:40], p.message, p.hint)] for p in found]
    data = {"problems": [{n: getattr(p, n) for n in names} for p in found]}
    foot = [] if rows else ["Nothing was wrong with the files that are in the ledger."]
    emit(format, Table(shown, rows), data, foot=foot)


def _one_line(text: str) -> str:
    """A text that keeps to its line of a table: breaks and tabs are shown as they are escaped."""
    return text.replace("\r", "\\r").replace("\n", "\\n").replace("\t", "\\t")


@reported
def doctor(format: FormatOption = "table", workspace: WorkspaceOption = None) -> None:
    """Check the ledger."""
    from outlay.cli.output import exact

    opened = prepare(workspace)
    found = opened.examine()
    names = ["code", "severity", "place", "rows", "money", "message", "hint"]
    rows = [
        [f.code, f.severity, f.place, f"{f.count:,}", "" if f.money is None else f"{money(f.money)} {f.currency or ''}",
         f.message, f.hint]
        for f in found
    ]  # fmt: skip
    data = {"findings": [{**asdict(f), "money": exact(f.money), "examples": list(f.examples)} for f in found]}
    errors = sum(f.severity == "error" for f in found)
    count = f"{plural(errors, 'error')}, {plural(len(found) - errors, 'warning')}"
    held = plural(len(opened.journal.live()), "delivery", "deliveries")
    foot = [f"{count} in {held}" if found else "Nothing is wrong."]
    emit(format, Table(names, rows, frozenset({"rows", "money"})), data, foot=foot)


@reported
def tidy(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Sweep and join files."""
    from outlay.ledger.tidy import tidy as sweep

    opened = prepare(workspace)
    done = sweep(opened.connection, opened.ledger, opened.settings.retention.days, dry_run=dry_run)
    counts = {
        "orphan_files": done.orphan_files,
        "superseded_batches": done.superseded_batches,
        "joined_files": done.joined_files,
        "bytes_freed": done.bytes_freed,
    }
    rows = [[name.replace("_", " "), f"{count:,}"] for name, count in counts.items()]
    data = {**counts, "dry_run": dry_run}
    emit(format, Table(["what", "count"], rows, frozenset({"count"})), data, foot=["nothing was changed"] * dry_run)
