import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest
from syrupy.assertion import SnapshotAssertion
from typer.main import get_command
from typer.testing import Result

from outlay.cli import app

Run = Callable[..., Result]
COMMANDS = get_command(app).commands  # type: ignore[attr-defined]
GROUPS = {name: vars(command)["commands"] for name, command in COMMANDS.items() if "commands" in vars(command)}
WITHOUT_LEDGER = ("init", "demo", "classify")
NAMES = sorted([*COMMANDS.keys() - GROUPS.keys(), *(f"{group} {n}" for group, inner in GROUPS.items() for n in inner)])


def test_the_commands_are_listed(outlay: Run, snapshot: SnapshotAssertion) -> None:
    assert outlay("--help").stdout == snapshot


def test_no_words_show_the_help(outlay: Run) -> None:
    ran = outlay()
    assert "Usage: outlay" in ran.output
    assert ran.exit_code in (0, 2)


@pytest.mark.parametrize("name", NAMES)
def test_help_of_a_command(outlay: Run, snapshot: SnapshotAssertion, name: str) -> None:
    ran = outlay(*name.split(), "--help")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout == snapshot


@pytest.mark.parametrize("name", NAMES)
def test_help_begins_with_a_sentence_and_has_two_examples(outlay: Run, name: str) -> None:
    text = outlay(*name.split(), "--help").stdout
    sentence = text.split("\n\n")[1]
    assert re.fullmatch(r"\s*[A-Z].*[.]\s*", sentence, re.DOTALL), sentence
    examples = re.findall(rf"^\s+outlay {name}\b", text.split("Examples:")[1], re.MULTILINE)
    assert len(examples) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_every_command_takes_a_format(outlay: Run, name: str) -> None:
    text = outlay(*name.split(), "--help").stdout
    assert "--format <table|json|csv|markdown>" in text or "--format [table|json|csv|markdown]" in text


@pytest.mark.parametrize("name", [n for n in NAMES if n.split()[0] not in WITHOUT_LEDGER])
def test_every_command_on_a_ledger_takes_a_workspace(outlay: Run, name: str) -> None:
    text = outlay(*name.split(), "--help").stdout
    assert "--workspace" in text
    assert "OUTLAY_WORKSPACE" in text


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands(shell: str) -> None:
    asked = {"_OUTLAY_COMPLETE": f"complete_{shell}", "COMP_WORDS": "outlay co", "COMP_CWORD": "1"}
    asked |= {"_TYPER_COMPLETE_ARGS": "outlay co", "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    code = "import sys; sys.argv = ['outlay']; from outlay.cli import main; main()"
    env = {**os.environ, **asked}
    ran = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert "costs" in ran.stdout
    assert "sources" not in ran.stdout
    assert "Traceback" not in ran.stderr
