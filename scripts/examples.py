#!/usr/bin/env python3
"""Fill the console examples of README.md and docs/ with what the commands print in the demo's workspace.

An example is a block ```console with lines `$ outlay ...`. Output that ends in a line `...` stays as long as it is.
A block with a title, such as ```yaml title="prices/openai.yaml", is written to that file before what follows it.
Pages can be named: scripts/examples.py docs/tutorial/first-ledger.md
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```(?:console|\w+ title=\"([^\"]+)\")\n(.*?)^```$", re.DOTALL | re.MULTILINE)
OUTLAY = (sys.executable, "-c", "from outlay.cli import main; main()")
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "120"}


def run(line: str, folder: Path) -> str:
    """What `outlay ...` prints on stdout in `folder`; a command that fails ends this script."""
    words = shlex.split(line)[1:]
    done = subprocess.run([*OUTLAY, *words], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{line}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def fill(found: re.Match[str], folder: Path) -> str:
    """The block with the output of each of its commands; a block with a title is written to its file."""
    title, block = found.groups()
    if title:
        (folder / title).parent.mkdir(exist_ok=True)
        (folder / title).write_text(block, encoding="utf-8")
        return found[0]
    return f"```console\n{_filled(block, folder)}```"


def _filled(block: str, folder: Path) -> str:
    parts = re.split(r"^(\$ .*\n)", block, flags=re.MULTILINE)[1:]
    return "".join(
        prompt + _cut(run(prompt[2:].strip(), folder), old) for prompt, old in zip(parts[::2], parts[1::2], strict=True)
    )


def _cut(output: str, old: str) -> str:
    lines = [line.rstrip() for line in output.splitlines()]
    kept = old.splitlines()
    if kept and kept[-1] == "...":
        lines = [*lines[: len(kept) - 1], "..."]
    return "".join(line + "\n" for line in lines)


def main() -> None:
    """Run every example, page by page."""
    with tempfile.TemporaryDirectory() as folder:
        demo = Path(folder) / "demo"
        run(f"outlay demo {demo}", Path(folder))
        pages = [Path(name) for name in sys.argv[1:]]
        for page in pages or (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
            text = page.read_text(encoding="utf-8")
            if "```console" in text:
                own = Path(shutil.copytree(demo, Path(folder) / page.stem))
                page.write_text(BLOCK.sub(partial(fill, folder=own), text), encoding="utf-8")


if __name__ == "__main__":
    main()
