"""`outlay init` and `outlay demo`: the first five minutes."""

import shlex
import shutil
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from outlay.cli.options import FormatOption, end_talk, reported, talk
from outlay.cli.output import Table, bar, emit, exact, money, percent
from outlay.model.period import Period
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.views.costs import Answer
    from outlay.views.variance import Variance
    from outlay.workspace import Workspace

INIT_HELP = """Make a workspace: outlay.yaml, a CSV for what no cloud bills, a short plan, and room for the ledger.

Examples:

  outlay init ai-costs

  outlay init .
"""
DEMO_HELP = """Make six months of an invented company, load them, and show its cost stack.

Examples:

  outlay demo

  outlay demo /tmp/northwind --format json
"""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("init", help=INIT_HELP)(init)
    app.command("demo", help=DEMO_HELP)(demo)


@reported
def init(
    folder: Annotated[Path, typer.Argument(help="The folder; other files that it holds stay as they are.")],
    format: FormatOption = "table",
) -> None:
    """Make a workspace."""
    _refuse_workspace(folder)
    ignored = (folder / ".gitignore").exists()
    kept = [name for name in KEPT if (folder / name).exists() or (folder / name).parent.is_file()]
    folder.mkdir(parents=True, exist_ok=True)
    written = [_write(folder / name, source) for name, source in OURS.items() if name not in kept]
    table = Table(["file"], [[str(p)] for p in written])
    there = "" if folder.resolve() == Path.cwd() else f"cd {shlex.quote(str(folder))}; "
    foot = [
        f"next: {there}outlay load BILLS; outlay costs",
        f"or plan: outlay plan show {PLAN}",
        "outlay demo shows a whole company first",
    ]
    if ignored:
        foot.insert(0, "note: .gitignore was there and stays as it is; the line ledger/ belongs into it")
    emit(format, table, {"folder": str(folder), "files": [str(p) for p in written]}, foot=foot)


PLAN, STARTER = "plans/starter.yaml", "data/starter.yaml"
# What may be there already and then stays as it is.
KEPT = (".gitignore", PLAN)
# A file of a workspace, and what it is made from. The rows of the CSV are examples, so its name is none that
# `outlay load .` takes for a bill.
OURS = {
    "outlay.yaml": ("outlay.cli", "data/outlay.yaml"),
    ".gitignore": ("outlay.cli", "data/gitignore"),
    "manual.csv.example": ("outlay.sources", "data/manual_template.csv"),
    PLAN: ("outlay.cli", STARTER),
}


def _refuse_workspace(folder: Path) -> None:
    """Nothing of a workspace is overwritten; whatever else is in the folder does not matter."""
    if folder.exists() and not folder.is_dir():
        raise InputError("E-INIT-001", f"{folder} is not a folder", "name a folder")
    present = {p.name for p in folder.iterdir()} if folder.exists() else set()
    if taken := [name for name in (*OURS, "ledger") if name in present and name not in KEPT]:
        hint = "nothing is overwritten: name another folder, or go on with the workspace that is there"
        raise InputError("E-INIT-001", f"{folder} has {', '.join(taken)} already", hint)


def _write(path: Path, source: tuple[str, str]) -> Path:
    package, name = source
    text = files(package).joinpath(name).read_text("utf-8")
    path.parent.mkdir(exist_ok=True)
    with path.open("x", encoding="utf-8") as stream:
        stream.write(_beginning_soon(text) if name == STARTER else text)
    return path


def _beginning_soon(text: str) -> str:
    """A plan that begins with the next month."""
    from outlay.plan.presets import renamed
    from outlay.plan.world import month_label

    return renamed(text, start=month_label(datetime.now(UTC).date(), 1))


@reported
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to make it; an older demo there is made anew.")] = Path(
        "outlay-demo"
    ),
    seed: Annotated[int, typer.Option(help="Another company of the same kind.")] = 7,
    format: FormatOption = "table",
) -> None:
    """Show a company's cost stack."""
    from outlay.cli.reconcile import reconciled_data, told
    from outlay.demo import delivered, generate
    from outlay.model.dimensions import BY_NAME
    from outlay.views.costs import Question, ask_costs
    from outlay.views.deliveries import kind_of
    from outlay.views.reconcile import added
    from outlay.workspace import Workspace

    _clear(folder)
    talk("making six months of bills and calls")
    generate(folder, seed)
    (folder / MARK).touch()
    workspace = Workspace(folder)
    result = workspace.load(delivered(folder), tell=talk)
    end_talk()
    question = Question(period=SIX_MONTHS)
    answer = ask_costs(workspace.connection, workspace.costs_in(), question, workspace.journal.live())
    features = Question(by=(BY_NAME["feature"],), period=SIX_MONTHS, kind="metered")
    metered = ask_costs(workspace.connection, workspace.metered(), features, ())
    compared = added(workspace.reconcile(SIX_MONTHS))
    delivered_ones = [d.entry for d in result.deliveries if kind_of(d.entry) != "planned"]
    rows = sum(entry.rows for entry in delivered_ones if entry.shape == "charge")
    planned = {name: _first_month(workspace, name) for name in ("kestrel-ai", "gpu-budget")}
    head = (
        f"{workspace.settings.company}: {rows:,} charges of {len(delivered_ones)} deliveries, "
        f"{SIX_MONTHS}, {answer.currency}"
    )
    data = {
        **_data(answer, rows, len(delivered_ones)),
        "metered": [{**r.keys, "cost": exact(r.cost)} for r in metered.rows],
        "reconciled": reconciled_data(compared) if compared else None,
        "plans": [_plan_data(name, found) for name, found in planned.items()],
    }
    foot = [*_foot(answer), "", *_metered(metered), *([f"reconciled: {told(compared)}"] if compared else [])]
    foot += [_plan_told(name, found) for name, found in planned.items()]
    foot.append("")
    emit(format, _stack(answer), data, head=head, foot=[*foot, *_next(folder)])


MARK = ".outlay-demo"
FIRST_MONTH = Period(date(2026, 5, 1), date(2026, 6, 1))
SIX_MONTHS = Period(date(2026, 5, 1), date(2026, 11, 1))


def _clear(folder: Path) -> None:
    """Remove an older demo; anything else in the folder is refused."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / MARK).exists():
        raise InputError("E-DEMO-001", f"{folder} holds something that is no demo", "name a new or an empty folder")
    shutil.rmtree(folder)


def _stack(answer: "Answer") -> Table:
    """The AI layers from the largest down, then what is not AI, and the total."""
    known = [(r.keys["layer"], r.cost) for r in answer.rows if r.keys["layer"] is not None and r.cost is not None]
    largest = max(cost for _, cost in known)
    total = sum((cost for _, cost in known), Decimal(0))
    rows = [[str(layer), money(cost), percent(cost / total), bar(cost, largest)] for layer, cost in known]
    rows.append(["AI in all", money(total), "100.0%", ""])
    return Table(["layer", "effective cost", "share", ""], rows, frozenset({"effective cost", "share"}))


def _metered(answer: "Answer") -> list[str]:
    """What the calls of models cost by the list, for each feature, the dearest first."""
    costs = [f"{row.keys['feature'] or '(unknown)'} {money(row.cost)}" for row in answer.rows]
    return [
        f"metered calls of models, at list prices: {money(answer.total)} {answer.currency}",
        f"  {', '.join(costs)}",
    ]


def _first_month(workspace: "Workspace", name: str) -> "Variance":
    """A plan against the first month that was billed."""
    from outlay.ledger.query import Condition
    from outlay.model.dimensions import BY_NAME
    from outlay.views.variance import ask_variance

    costs, layer = workspace.costs_in("", FIRST_MONTH), BY_NAME["layer"]
    return ask_variance(workspace.connection, costs, f"plan:{name}", FIRST_MONTH, layer, Condition())


def _plan_told(name: str, found: "Variance") -> str:
    """How many times the plan the first month was, and which layers the plan forgot."""
    forgot = f"; it forgot {', '.join(found.forgotten)}" if found.forgotten else ""
    return f"plan {name}: its first month came to {found.total.actual / found.total.planned:.2f} times the plan{forgot}"


def _plan_data(name: str, found: "Variance") -> dict[str, object]:
    first = {"planned": exact(found.total.planned), "actual": exact(found.total.actual)}
    return {"plan": name, "first_month": first, "forgotten": list(found.forgotten)}


def _next(folder: Path) -> list[str]:
    return [
        f"next: outlay costs --workspace {folder} --by team,layer --step month --range {SIX_MONTHS}",
        f"      outlay reconcile --workspace {folder}",
        f"      outlay variance --plan gpu-budget --range 2026-05 --workspace {folder}",
    ]


def _foot(answer: "Answer") -> list[str]:
    share = percent(answer.compute / answer.ai) if answer.compute and answer.ai else "-"
    lines = [
        f"GPU compute alone would have shown {share} of it.",
        f"no owner: {money(answer.unattributed)} ({percent(answer.share(answer.unattributed))} of the whole bill)",
        f"not AI, in the same bills: {money(answer.unclassified)}",
    ]
    if answer.uncovered_layers:
        lines.append(f"not covered by any source: {', '.join(answer.uncovered_layers)}")
    return lines


def _data(answer: "Answer", rows: int, deliveries: int) -> dict[str, object]:
    return {
        "rows": [{**r.keys, "cost": exact(r.cost), "charges": r.charges} for r in answer.rows],
        "total": exact(answer.total),
        "currency": answer.currency,
        "compute": exact(answer.compute),
        "unattributed": exact(answer.unattributed),
        "unclassified": exact(answer.unclassified),
        "uncovered_layers": list(answer.uncovered_layers),
        "charges": rows,
        "deliveries": deliveries,
    }
