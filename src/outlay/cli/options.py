"""Options that many commands share, and what every command does when it cannot go on."""

import functools
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, ParamSpec, TypeVar

import typer

from outlay.model.plural import plural
from outlay.model.problem import InputError, OutlayError

if TYPE_CHECKING:
    from outlay.prices.book import Book
    from outlay.workspace import Workspace

P = ParamSpec("P")
R = TypeVar("R")

Format = Literal["table", "json", "csv", "markdown"]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How to print the result.")]
WorkspaceOption = Annotated[
    Path | None,
    typer.Option(
        "--workspace", "-w", envvar="OUTLAY_WORKSPACE", help="The workspace folder; default: this one, or above."
    ),
]
AsOfOption = Annotated[
    str, typer.Option("--as-of", help="The ledger as it was then: 2026-10-13 or 2026-10-13T12:00:00Z.")
]
RangeOption = Annotated[str, typer.Option("--range", "-r", help="all, 2026-07, 2026-Q2, last-30d, A..B ...")]
WhereOption = Annotated[
    str, typer.Option("--where", help="Filter: team:search model:gpt-* env!=dev; layer:* keeps only AI")
]


def reported(command: Callable[P, R]) -> Callable[P, R]:
    """Turn an `OutlayError` into words (or JSON) and its exit code, and a reader that went away into silence."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except OutlayError as error:
            tell_error(error, kwargs.get("format") == "json")
            raise typer.Exit(error.exit_code) from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from None

    return run


def tell_error(error: OutlayError, as_json: bool) -> None:
    """Say what went wrong, where, and what to do."""
    if as_json:
        told = {**_told(error), **({"others": [_told(other) for other in error.others]} if error.others else {})}
        typer.echo(json.dumps({"ok": False, "error": told}, indent=2))
    else:
        typer.echo(f"error: {error}", err=True)
        for other in error.others:
            typer.echo(f"also: {other}", err=True)


def _told(error: OutlayError) -> dict[str, str]:
    return {"code": error.code, "message": error.message, "hint": error.hint, "place": error.place}


def talk(message: str) -> None:
    """Progress, for people at a terminal only."""
    if sys.stderr.isatty():
        typer.echo(f"\r\x1b[K{message} ...", err=True, nl=False)


def end_talk() -> None:
    """Clear the progress line."""
    if sys.stderr.isatty():
        typer.echo("\r\x1b[K", err=True, nl=False)


def find_workspace(folder: Path | None, as_of: str = "") -> "Workspace":
    """The workspace that was named, or the nearest one at or above the current folder."""
    from outlay.settings import FILE
    from outlay.workspace import Workspace

    if folder is None:
        folder = nearest_workspace()
        if folder is None:
            hint = "outlay init DIR makes one; then run there, or say --workspace DIR"
            raise InputError("E-WORK-002", f"no {FILE} here or above", hint)
    return Workspace(folder, as_of=parse_moment(as_of) if as_of else None)


def find_book(workspace: Path | None) -> "Book":
    """The list prices, and those of the workspace that was named or that is here or above."""
    from outlay.prices.own import book_of

    return book_of(checked_folder(workspace))


def checked_folder(workspace: Path | None) -> Path | None:
    """The folder that was named, or the nearest workspace, or none. Raises `InputError` for a missing folder."""
    if workspace is not None and not workspace.is_dir():
        raise InputError("E-WORK-001", f"no such folder: {workspace}", "outlay init DIR makes a workspace")
    return workspace or nearest_workspace()


def nearest_workspace() -> Path | None:
    """The folder of the workspace at or above the current one; None if there is none."""
    from outlay.settings import FILE

    here = Path.cwd()
    return next((p for p in (here, *here.parents) if (p / FILE).exists()), None)


def parse_moment(text: str) -> datetime:
    """A time in UTC; a day alone means its end. Raises `InputError`."""
    return read_moment(text, time.max, "E-ASOF-002")


def read_moment(text: str, of_day: time, code: str) -> datetime:
    """A time in UTC; a day alone, in any form of ISO 8601, means `of_day` of it. Raises `InputError` with the code."""
    try:
        return datetime.combine(date.fromisoformat(text), of_day, UTC)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(code, f"not a time: {text!r}", "write 2026-10-13 or 2026-10-13T12:00:00Z") from error


def prepare(folder: Path | None, as_of: str = "") -> "Workspace":
    """A workspace ready to be asked: its costs derived by the present rules."""
    workspace = find_workspace(folder, as_of)
    if not as_of and (count := workspace.refresh()):
        again = plural(count, "delivery", "deliveries")
        typer.echo(f"rules or inputs changed: derived {again} again", err=True)
    return workspace


def envelope(data: Any, meta: Any = None) -> str:
    """The JSON that every command prints."""
    return json.dumps({"ok": True, "data": data, "meta": meta or {}}, indent=2, default=str, ensure_ascii=False)
