"""What an installed outlay is: a version, and a command line that starts at once."""

import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

import outlay as package

Run = Callable[..., Result]
HEAVY = ("duckdb", "deltalake", "numpy", "pydantic", "rich", "scipy", "fastapi", "yaml")


def test_the_command_line_imports_nothing_heavy() -> None:
    code = "import sys, outlay.cli; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "outlay" in ran.stdout.split()
    assert not set(HEAVY) & set(ran.stdout.split())


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom outlay.cli import app\nfor words in (['--help'], ['load', '--help'], ['--version']):\n"
        "    try: app(words)\n    except SystemExit: pass\n"
        "print('MODULES', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # Typer itself reads options with pydantic where that is installed.
    assert not (set(HEAVY) - {"pydantic"}) & set(ran.stdout.split("MODULES")[1].split())


def test_the_version_is_that_of_the_project(outlay: Run) -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert package.__version__ == project["project"]["version"]
    assert outlay("--version").stdout == f"outlay {package.__version__}\n"
