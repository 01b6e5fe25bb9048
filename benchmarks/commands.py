"""The command line: CPU of `--help`, and what an install weighs."""

import os
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

HELP = "import sys; sys.argv = ['outlay', '--help']; from outlay.cli import main; main()"
ROOT = Path(__file__).parent.parent


def help_and_install() -> list[str]:
    """The CPU time of `outlay --help`, and the size of a fresh core install."""
    cpu = min(_cpu() for _ in range(5))
    return [f"outlay --help: {cpu:.3f} s of CPU (goal 0.25)", _install()]


def _cpu() -> float:
    before = os.times()
    subprocess.run([sys.executable, "-c", HELP], stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def _install() -> str:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [f"{folder}/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        try:
            subprocess.run([*pip, str(ROOT)], check=True, capture_output=True)
        except subprocess.CalledProcessError as error:
            return f"core install: not measured ({error.stderr.decode().strip().splitlines()[-1]})"
        site = Path(sysconfig.get_path("purelib", vars={"base": folder}))
        return f"core install: {sum(f.stat().st_size for f in site.rglob('*') if f.is_file()) / 1e6:.0f} MB (goal 420)"
