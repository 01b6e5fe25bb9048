"""Which workspace a command works on."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from outlay.cli import app

Run = Callable[..., Result]


def test_a_workspace_is_found_upward(outlay: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = workspace / "plans" / "2026"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert "OpenAI API" in outlay("costs", "--by", "service").stdout


def test_the_variable_names_a_workspace(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = CliRunner().invoke(app, ["costs", "--by", "service"], env={"OUTLAY_WORKSPACE": "ai-costs"})
    assert "OpenAI API" in ran.stdout


def test_the_option_wins_over_the_variable(workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["costs", "--by", "service", "--workspace", str(workspace)]
    ran = CliRunner().invoke(app, words, env={"OUTLAY_WORKSPACE": "nowhere"})
    assert "OpenAI API" in ran.stdout


def test_the_option_stands_on_every_command(outlay: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(os.sep)
    for words in (["sources"], ["problems"], ["tidy", "--dry-run"], ["query", "SELECT count(*) FROM costs"]):
        assert outlay(*words, "-w", workspace).exit_code == 0


def test_a_folder_means_its_bills_but_not_those_of_a_ledger(ask: Callable[..., Any], workspace: Path) -> None:
    before = ask("costs", "--by", "source")["total"]
    ask("export", "export/costs.parquet")
    assert [d["file"] for d in ask("load", ".", "--as", "focus")["deliveries"]] == ["costs.parquet"] * 2
    assert ask("costs", "--by", "source")["total"] == before
