"""The pages keep up with the program: every command and code is documented, every shown command runs."""

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import Result

from outlay.cli import app

Run = Callable[..., Result]
ROOT = Path(__file__).parents[1]
CODE = re.compile(r"\b[EWD]-[A-Z]+-\d{3}\b")
SHOWN = re.compile(r"^(`{3,})(?:console|\w+ title=\"([^\"]+)\")\n(.*?)^\1", re.DOTALL | re.MULTILINE)


def pages() -> dict[str, str]:
    """Every page of the documentation, and the README."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in found}


def codes() -> set[str]:
    """Every code of an error, warning or check that the package can tell."""
    found = [p for p in (ROOT / "src").rglob("*") if p.suffix in (".py", ".sql", ".csv", ".yaml")]
    return {code for p in found for code in CODE.findall(p.read_text(encoding="utf-8"))}


def blocks(text: str) -> list[tuple[str, str]]:
    """Console blocks, and blocks with a title, which name a file to write."""
    return [(block[2] or "", block[3]) for block in SHOWN.finditer(text)]


def commands(block: str) -> list[str]:
    """The lines after `$ ` of a console block; a line that ends in a backslash goes on."""
    lines = block.replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ").strip() for line in lines if line.startswith(("$ outlay ", "$ cd "))]


def test_every_command_is_documented() -> None:
    text = "\n".join(text for name, text in pages().items() if name.startswith("docs"))
    missing = [name for name in sorted(get_command(app).commands) if f"outlay {name}" not in text]  # type: ignore[attr-defined]
    assert not missing, f"not in docs/: {missing}"


def test_every_code_is_documented() -> None:
    text = "\n".join(text for name, text in pages().items() if name.startswith("docs"))
    missing = sorted(codes() - set(CODE.findall(text)))
    assert not missing, f"not in docs/: {missing}"


def test_the_reference_of_errors_names_no_code_that_is_gone() -> None:
    text = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    gone = sorted(set(CODE.findall(text)) - codes())
    assert not gone, f"in no file of src/: {gone}"


@pytest.mark.parametrize("page", [name for name, text in pages().items() if blocks(text)])
def test_the_commands_that_a_page_shows_run(
    outlay: Run, demo: tuple[Path, Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """One after the other, beginning in a workspace that holds the demo."""
    monkeypatch.chdir(shutil.copytree(demo[0], tmp_path / "outlay-demo"))
    ran, failed = 0, []
    for title, block in blocks(pages()[page]):
        if title:
            Path(title).parent.mkdir(exist_ok=True)
            Path(title).write_text(block, encoding="utf-8")
            continue
        for line in commands(block):
            ran += 1
            failed += _failure(outlay, monkeypatch, line)
    assert ran, f"{page} shows no command"
    assert failed == []


def _failure(outlay: Run, monkeypatch: pytest.MonkeyPatch, line: str) -> list[str]:
    """What a command says when it fails."""
    words = shlex.split(line.split(" > ")[0], comments=True)
    if words[0] == "cd":
        monkeypatch.chdir(words[1])
        return []
    ran = outlay(*words[1:])
    return [] if ran.exit_code == 0 else [f"{line}: exit {ran.exit_code}: {ran.stderr}"]
