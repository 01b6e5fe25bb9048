"""The command line in a test: run it, with a workspace that has one bill, or with the demo."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from outlay.cli import app

Run = Callable[..., Result]
OCTOBER = Path(__file__).parent / "data" / "cli" / "october.csv"


def _run(*words: str | Path) -> Result:
    env = {name: None for name in os.environ if name.startswith(("OUTLAY_", "_OUTLAY_"))}
    return CliRunner().invoke(
        app, [str(w) for w in words], prog_name="outlay", env=env | {"NO_COLOR": "1"}, catch_exceptions=False
    )


@pytest.fixture(scope="session")
def outlay() -> Run:
    """Run `outlay` with these words, in the current folder; an exception that it does not report fails the test."""
    return _run


@pytest.fixture(scope="session")
def ask() -> Callable[..., Any]:
    """The `data` of a command's JSON."""

    def data(*words: str | Path) -> Any:
        ran = _run(*words, "--format", "json")
        told = json.loads(ran.stdout)
        assert told["ok"], told
        return told["data"]

    return data


@pytest.fixture(scope="session")
def _loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loaded") / "ai-costs"
    assert _run("init", folder).exit_code == 0
    assert _run("load", OCTOBER, "--workspace", folder).exit_code == 0
    return folder


@pytest.fixture
def workspace(_loaded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace that holds the bill of October, as the current folder."""
    folder = tmp_path / "ai-costs"
    shutil.copytree(_loaded, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """The demo's workspace, made once, and what the command said."""
    folder = tmp_path_factory.mktemp("demo-command")
    before = Path.cwd()
    os.chdir(folder)
    try:
        ran = _run("demo", "northwind")
    finally:
        os.chdir(before)
    return folder / "northwind", ran
