"""`outlay plan new`: a plan to start from."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, checked_folder, reported
from outlay.cli.output import Table, emit
from outlay.model.problem import InputError

HELP = """Write a plan to start from: complete, commented, every assumption with its source. Without words, list them.

The plan is named after its file and begins with the next month. A file that is there is never overwritten. With a
workspace that is named, paths begin there.

Examples:

  outlay plan new

  outlay plan new --like rag-assistant plans/assistant.yaml
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("new", help=HELP)(new)


@reported
def new(
    file: Annotated[Path | None, typer.Argument(help="The file to write.", show_default=False)] = None,
    like: Annotated[str, typer.Option(help="Which plan to start from.")] = "",
    start: Annotated[str, typer.Option(help="Its first month, such as 2027-01; default: the next one.")] = "",
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Write a plan to start from."""
    from outlay.plan.presets import presets

    if file is None and not like:
        rows = [[name, words] for name, words in presets().items()]
        told = {"presets": [{"name": name, "words": words} for name, words in presets().items()]}
        emit(format, Table(["like", "what it plans"], rows), told, foot=["next: outlay plan new --like NAME FILE"])
        return
    if file is None or not like:
        missing = "a file" if file is None else "a plan to start from"
        hint = f"outlay plan new --like NAME FILE; names: {', '.join(presets())}"
        raise InputError("E-PLAN-044", f"name {missing}", hint)
    written = _write(_within(file, workspace), like, start or next_month(datetime.now(UTC).date()))
    data = {"file": str(written), "like": like}
    emit(format, Table(["file"], [[str(written)]]), data, foot=[f"next: outlay plan show {written}"])


def _within(file: Path, workspace: Path | None) -> Path:
    """The file, in the workspace if one is named."""
    folder = checked_folder(workspace) if workspace else None
    return folder / file if folder else file


def _write(file: Path, like: str, start: str) -> Path:
    from outlay.plan.presets import preset

    name = re.sub(r"[^a-z0-9]+", "-", file.stem.lower()).strip("-") or like
    text = preset(like, name, start)
    if file.exists():
        raise InputError("E-PLAN-045", f"{file} is there already", "nothing is overwritten: name another file")
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("x", encoding="utf-8") as stream:
        stream.write(text)
    return file


def next_month(today: date) -> str:
    """The month after the one of a day: `2027-01`."""
    from outlay.plan.world import month_label

    return month_label(today, 1)
