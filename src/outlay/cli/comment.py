"""`outlay comment`: what a plan costs, told in the pull request that changes it."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, reported
from outlay.cli.output import Table, emit, exact
from outlay.cli.plan.options import DRAWS, SEED, DrawsOption, FileArgument, SeedOption, computed
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.plan.comment.comparison import Comparison

HELP = "The comment in a pull request: what a plan costs, and what the change does to it."
GITHUB_HELP = """Write what a plan costs into a pull request on GitHub: one comment, changed in place.

In a job of GitHub Actions it finds repository and pull request by itself; GITHUB_TOKEN has to be set. With --base it
tells what changes. Below the threshold it writes nothing; a comment that stands there is shortened.

Examples:

  outlay comment github plans/assistant.yaml --dry-run

  outlay comment github plans/assistant.yaml --base before/assistant.yaml --threshold 5%
"""
GITLAB_HELP = """Write what a plan costs into a merge request on GitLab: one comment, changed in place.

In a pipeline of a merge request it finds project and number by itself; GITLAB_TOKEN has to be set. With --base it
tells what changes. Below the threshold it writes nothing; a comment that stands there is shortened.

Examples:

  outlay comment gitlab plans/assistant.yaml --dry-run

  outlay comment gitlab plans/assistant.yaml --base before/assistant.yaml --threshold 2000
"""
BaseOption = Annotated[Path | None, typer.Option("--base", help="The plan as it was before: compare with it.")]
ThresholdOption = Annotated[
    str, typer.Option("--threshold", help="Say nothing below this change: 5%, or money such as 2000. Needs --base.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Print the comment, write nothing.")]
RepositoryOption = Annotated[str, typer.Option("--repository", help="owner/name; default: that of the job.")]
NumberOption = Annotated[int, typer.Option("--number", help="The request's number; default: the job's.", min=0)]
ApiOption = Annotated[str, typer.Option("--api", help="The address of the API; default: that of the job.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)
    group.command("github", help=GITHUB_HELP)(github)
    group.command("gitlab", help=GITLAB_HELP)(gitlab)
    app.add_typer(group, name="comment")


@reported
def github(
    file: FileArgument,
    base: BaseOption = None,
    threshold: ThresholdOption = "",
    dry_run: DryRunOption = False,
    repository: RepositoryOption = "",
    number: NumberOption = 0,
    api: ApiOption = "",
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Comment on a pull request."""
    stacks = _compared(file, base, workspace, draws, seed)
    _comment("github", stacks, threshold, dry_run, (repository, number, api), format)


@reported
def gitlab(
    file: FileArgument,
    base: BaseOption = None,
    threshold: ThresholdOption = "",
    dry_run: DryRunOption = False,
    repository: RepositoryOption = "",
    number: NumberOption = 0,
    api: ApiOption = "",
    draws: DrawsOption = DRAWS,
    seed: SeedOption = SEED,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Comment on a merge request."""
    stacks = _compared(file, base, workspace, draws, seed)
    _comment("gitlab", stacks, threshold, dry_run, (repository, number, api), format)


def _compared(file: Path, base: Path | None, workspace: Path | None, draws: int, seed: int) -> "Comparison":
    """The plan beside its earlier version, draw by draw."""
    from outlay.plan.comment.comparison import Comparison

    after = computed(file, workspace, draws, seed)
    return Comparison(after, computed(base, workspace, draws, seed) if base else None)


def _comment(
    forge: str, told: "Comparison", threshold: str, dry_run: bool, where: tuple[str, int, str], format: Any
) -> None:
    """Write or print the comment."""
    from outlay.plan.comment.comparison import parse_threshold
    from outlay.plan.comment.forges import THREADS
    from outlay.plan.comment.publish import Published, publish
    from outlay.plan.comment.text import comment, marker

    if threshold and told.before is None:
        raise InputError("E-COMM-008", "a threshold needs two versions of a plan", "say --base OLD.yaml")
    below = parse_threshold(threshold) if threshold else None
    speaks, body = told.speaks(below), comment(told, below)
    if dry_run:
        done = Published("silent") if not speaks else None
    else:
        done = publish(THREADS[forge](os.environ, *where), marker(told.after.plan.name), body, speaks=speaks)
    action, url = (done.action, done.url) if done else ("dry-run", "")
    data = {"action": action, "url": url, **_data(told), "speaks": speaks, "body": body}
    if dry_run and speaks and format in ("table", "markdown"):
        typer.echo(body, nl=False)
    else:
        emit(format, Table(["plan", "action", "url"], [[told.after.plan.name, action, url]]), data)


def _data(told: "Comparison") -> dict[str, Any]:
    """The comparison for programs."""
    versions = {"before": told.before, "after": told.after}
    return {
        "plan": told.after.plan.name,
        "currency": told.after.plan.plan.currency,
        **{
            key: {when: exact(getattr(s.total, key)) if s else None for when, s in versions.items()}
            for key in ("expected", "p80")
        },
        "layers": [{"layer": c.layer, "before": exact(c.before), "after": exact(c.after)} for c in told.layers()],
        "missing_layers": list(told.after.plan.missing),
    }
