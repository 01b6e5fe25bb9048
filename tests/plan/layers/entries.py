"""Entries of a layer for tests, written as in a plan: what they cost, part by part, and why they are refused."""

from pathlib import Path

import pytest
from tests.plan.plans import stack_of

from outlay.model.problem import InputError
from outlay.plan.stack import Stack


def computed(folder: Path, layer: str, entry: str, months: int = 1) -> Stack:
    """A plan of one entry."""
    return stack_of(folder, f"layers: {{{layer}: [{{name: a, {entry}}}]}}\n", months, draws=2)


def cost(folder: Path, layer: str, entry: str, months: int = 1) -> float:
    """What an entry is expected to cost in all months together."""
    return float(computed(folder, layer, entry, months).total.expected)


def monthly(folder: Path, layer: str, entry: str, months: int) -> list[float]:
    """What it is expected to cost in each month."""
    return [float(spread.expected) for spread in computed(folder, layer, entry, months).months.values()]


def parts(folder: Path, layer: str, entry: str, months: int = 1) -> dict[str, float]:
    """The expected cost of each line by its name."""
    return {line.part: float(line.costs[1]) for line in computed(folder, layer, entry, months).lines}


def stages(folder: Path, layer: str, entry: str) -> dict[str, tuple[str, bool]]:
    """Whether each line belongs to a first estimate, and whether it is fixed."""
    return {line.part: (line.stage, line.fixed) for line in computed(folder, layer, entry).lines}


def refused(folder: Path, layer: str, entry: str, months: int = 1) -> tuple[str, str]:
    """The code of what is wrong with an entry, and the text that stands at its place."""
    with pytest.raises(InputError) as caught:
        computed(folder, layer, entry, months)
    _, row, column = str(caught.value.place).rsplit(":", 2)
    line = (folder / "plan.yaml").read_text(encoding="utf-8").splitlines()[int(row) - 1]
    return caught.value.code, line[int(column) - 1 :]
