"""`outlay plan`: what AI will cost, from one file."""

from importlib import import_module

import typer

HELP = "The plan: a full cost stack from one file, with ranges, before money is spent."
COMMANDS = (
    "new",
    "show",
    "check",
    "simulate",
    "breakeven",
    "ask",
    "compare",
    "rebaseline",
    "calibrate",
    "export",
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)
    for name in COMMANDS:
        import_module(f"outlay.cli.plan.{name}").register(group)
    app.add_typer(group, name="plan")
