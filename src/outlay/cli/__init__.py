"""The command line: words in, the result on stdout, talk on stderr. No arithmetic here.

Nothing heavy is imported before a command runs, so that `--help` is instant.
"""

import gc
from importlib import import_module

import typer

from outlay import __version__

COMMANDS = (
    "start",
    "load",
    "costs",
    "inspect",
    "exchange",
    "classify",
    "prices",
    "reprice",
    "reconcile",
    "plan",
    "variance",
    "gate",
    "decide",
    "comment",
)

app = typer.Typer(
    name="outlay",
    help=(
        "The full cost of AI in one ledger: what was billed, and which calls and teams caused it.\n\n"
        "Try:  outlay demo     a company's AI cost in one command\n\n"
        "      outlay init my-costs && cd my-costs && outlay load ~/bills && outlay costs"
    ),
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"outlay {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Show the version."),
) -> None:
    """The full cost of AI in one ledger."""


for _name in COMMANDS:
    import_module(f"outlay.cli.{_name}").register(app)


def main() -> None:
    """Run the command line. A command keeps what it makes: to look for garbage less often saves a tenth."""
    gc.set_threshold(100_000, 20, 20)
    app()
