"""`outlay load`: bill files into the ledger."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, end_talk, find_workspace, parse_moment, reported, talk
from outlay.cli.output import Table, emit, money
from outlay.model.plural import plural
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.ledger.staged import Delivery
    from outlay.views.unpriced import Unpriced
    from outlay.workspace import LoadResult, Workspace

HELP = """Load bills, calls of models and facts: files, folders or globs; the format is recognised by what a file holds.

A load replaces what the ledger held for the same source, billing account and billing period. Loading the same
files again changes nothing. Calls add to those that are there; a call that two files tell counts once.

Examples:

  outlay load bills/

  outlay load 'exports/2026-10/*.csv.gz' labour.csv

  outlay load october-corrected.csv --replace

  outlay load calls.parquet --map input=prompt_tokens,output=answer_tokens --set provider=openai
"""
SHOWN_PROBLEMS = 20
ENDINGS = (".csv", ".parquet", ".tsv", ".txt", ".jsonl", ".ndjson", ".pb", ".binpb", ".prom")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("load", help=HELP)(load)


@reported
def load(
    files: Annotated[list[str], typer.Argument(help="Files, folders or globs.")],
    as_format: Annotated[
        str, typer.Option("--as", help="Read as this format only; see outlay sources --formats.")
    ] = "",
    map: Annotated[str, typer.Option("--map", help="Columns of a table of calls: input=context_tokens,...")] = "",
    set: Annotated[str, typer.Option("--set", help="What a table of calls does not say: provider=openai,...")] = "",
    origin: Annotated[str, typer.Option(help="When the clock of a table of calls began.")] = "",
    replace: Annotated[bool, typer.Option("--replace", help="A correction: it may cover fewer days.")] = False,
    append_part: Annotated[bool, typer.Option("--append-part", help="Another part of the same period.")] = False,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Load bills."""
    from outlay.sources.source import Given
    from outlay.views.unpriced import told_unpriced, unpriced_data
    from outlay.workspace_files import NothingLoadedError

    if replace and append_part:
        hint = "--replace is a correction of the whole period, --append-part stands beside what is there: say one"
        raise InputError("E-LOAD-004", "--replace and --append-part exclude each other", hint)
    given = Given(pairs(map, "--map"), pairs(set, "--set"), parse_moment(origin) if origin else None)
    opened = find_workspace(workspace)
    paths = expand(files)
    try:
        result = opened.load(paths, only=as_format, given=given, replace_scope=replace, part=append_part, tell=talk)
    except NothingLoadedError as error:
        tell_problems(error.problems[1:], recorded=False)
        raise
    finally:
        end_talk()
    unpriced = _unpriced(opened, result)
    data = {**_data(result), "unpriced": unpriced_data(unpriced)}
    emit(format, _table(result), data, foot=_foot(result, told_unpriced(unpriced)))
    if format != "json":
        tell_problems(result.problems, recorded=bool(_loaded(result)))


def pairs(text: str, option: str) -> dict[str, str]:
    """`a=b,c=d` as a mapping. Raises `InputError` for a part that is no pair."""
    found = {}
    for part in (p.strip() for p in text.split(",") if p.strip()):
        name, sign, value = part.partition("=")
        if not (name and sign and value):
            hint = f"write {option} name=value,name=value"
            raise InputError("E-LOAD-007", f"{option} {part!r} is no pair", hint)
        found[name.strip()] = value.strip()
    return found


def expand(names: Iterable[str]) -> list[Path]:
    """The files that the names mean: a folder means its bills, a glob what it matches."""
    import glob

    found: list[Path] = []
    for name in names:
        path = Path(name).expanduser()
        if path.is_dir():
            found += sorted(p for p in path.rglob("*") if _may_be_bill(p, path))
        elif not path.exists() and any(c in name for c in "*?["):
            found += sorted(Path(p) for p in glob.glob(str(path), recursive=True) if Path(p).is_file())  # noqa: PTH207
        else:
            found.append(path)
    return list(dict.fromkeys(found))


def _may_be_bill(path: Path, root: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
    # A part of a Delta table, such as those of a ledger, is no delivery.
    if hidden or (path.parent / "_delta_log").is_dir():
        return False
    name = path.name.lower().removesuffix(".gz")
    if path.is_file() and name.endswith(".json"):
        from outlay.sources.formats import may_be_known
        from outlay.sources.sampling import head_of

        # Folders of exports hold manifests in JSON too.
        head = head_of(path)
        return head is None or may_be_known(head)
    return path.is_file() and name.endswith(ENDINGS)


def _table(result: "LoadResult") -> Table:
    metered = any(d.entry.shape == "event" for d in result.deliveries)
    plans, others = _plans(result.deliveries)
    columns = ["file", "source", "account", "period", "rows", "billed", "effective", "currency", "status"]
    columns[7:7] = ["metered"] if metered else []
    rows = [
        [_files(d), f"{d.entry.source} {d.entry.source_version}".strip(), d.entry.account, d.entry.period_start,
         f"{d.entry.rows:,}", *_sums(d, metered), d.status]
        for d in others
    ]  # fmt: skip
    rows += [[*row, *[""] * (len(columns) - 6), status] for *row, status in plans]
    return Table(columns, rows, frozenset({"rows", "billed", "effective", "metered"}))


def _plans(deliveries: "Sequence[Delivery]") -> "tuple[list[list[str]], list[Delivery]]":
    """A row for all months of each plan, and the deliveries that are of none."""
    from outlay.views.deliveries import kind_of

    found: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        if kind_of(delivery.entry) == "planned":
            found.setdefault(delivery.entry.account, []).append(delivery)
    rows = []
    for account, months in found.items():
        entries = [d.entry for d in months]
        period = f"{min(e.period_start for e in entries)[:7]}..{max(e.period_start for e in entries)[:7]}"
        status = "loaded" if any(d.status == "loaded" for d in months) else "unchanged"
        rows.append([_files(months[0]), "plan", account, period, f"{sum(e.rows for e in entries):,}", status])
    return rows, [d for d in deliveries if d.entry.account not in found]


def _files(delivery: "Delivery") -> str:
    first, *more = delivery.files
    return first + (f" and {len(more)} more" if more else "")


def _sums(delivery: "Delivery", metered: bool) -> list[str]:
    from outlay.views.deliveries import totals_by_currency

    totals = totals_by_currency(delivery.entry)
    if not totals:
        return [""] * (4 if metered else 3)
    if len(totals) != 1:
        return [*["several"] * (3 if metered else 2), ", ".join(sorted(totals))]
    ((currency, costs),) = totals.items()
    billed = ["", ""] if delivery.entry.shape == "event" else [money(costs[c]) for c in ("BilledCost", "EffectiveCost")]
    beside = [money(costs["x_MeteredCost"]) if delivery.entry.shape == "event" else ""] if metered else []
    return [*billed, *beside, currency]


def _loaded(result: "LoadResult") -> list["Delivery"]:
    """What came in; what was wrong is recorded only with it."""
    return [d for d in result.deliveries if d.status == "loaded"]


def _unpriced(opened: "Workspace", result: "LoadResult") -> "tuple[Unpriced, ...]":
    """The calls of this load that have no cost."""
    from outlay.ledger.query import Condition

    calls = {d.entry.delivery_id for d in result.deliveries if d.entry.shape == "event"}
    return opened.unpriced(Condition(), calls) if calls else ()


def _foot(result: "LoadResult", unpriced: list[str]) -> list[str]:
    loaded = _loaded(result)
    rows = sum(d.entry.rows for d in loaded)
    errors = sum(p.count for p in result.problems if p.code.startswith("E-"))
    warnings = sum(p.count for p in result.problems if p.code.startswith("W-"))
    said = [f"{plural(rows, 'row')} loaded", f"{result.left_out:,} left out", f"{errors:,} in problems"]
    lines = [", ".join([*said, *([plural(warnings, "warning")] if warnings else [])])]
    lines += [f"note: {note}" for note in dict.fromkeys(n for d in result.deliveries for n in d.notes)]
    lines += [f"note: {note}" for note in result.notes]
    lines += unpriced
    again = plural(result.rederived, "delivery", "deliveries")
    lines += [f"{again} derived again"] if result.rederived else []
    return [*lines, "next: outlay costs" + ("; outlay problems" if loaded and errors + warnings else "")]


def tell_problems(problems: Iterable[Any], recorded: bool) -> None:
    """Say on stderr what was wrong, the first ones in full; `outlay problems` has those that are `recorded`."""
    listed = list(problems)
    for problem in listed[:SHOWN_PROBLEMS]:
        # A row can be wrong and the rest of its file loaded; a file is refused as a whole.
        refused = problem.code.startswith(("E-FILE-", "E-LOAD-"))
        typer.echo(f"error: {problem}" if refused else str(problem), err=True)
    if len(listed) > SHOWN_PROBLEMS:
        where = "outlay problems" if recorded else "--format json"
        typer.echo(f"... and {len(listed) - SHOWN_PROBLEMS:,} more; {where} lists them", err=True)


def _data(result: "LoadResult") -> dict[str, Any]:
    from outlay.views.deliveries import delivery_data

    return {
        "load_id": result.load_id,
        "deliveries": [
            {**delivery_data(d.entry), "file": ", ".join(d.files), "status": d.status, "notes": list(d.notes)}
            for d in result.deliveries
        ],
        "problems": [problem_data(p) for p in result.problems],
        "left_out": result.left_out,
        "rederived": result.rederived,
    }


def problem_data(problem: Any) -> dict[str, Any]:
    """A problem as JSON."""
    names = ("code", "message", "hint", "file", "line", "row", "column", "value", "count")
    return {name: getattr(problem, name) for name in names}
