"""What the lines and the layers of a plan cost month by month, in the three scenarios."""

from collections.abc import Iterator, Mapping

import numpy as np

from outlay.model.layers import LAYER_NAMES
from outlay.plan.evaluate import Planned
from outlay.plan.quantities.path import Array
from outlay.plan.scenarios import EXPECTED, SCENARIOS
from outlay.plan.stack import Stack, StackLine


def line_costs(planned: Planned, months: int) -> Array:
    """The costs of a line, shape (months, 3): 0 before its first month and after its last."""
    line = planned.line
    found = np.zeros((months, len(SCENARIOS)))
    window = slice(line.first, line.until)
    found[window] = np.broadcast_to(line.cost.grid(months), found.shape)[window]
    return found


def lines_by_month(stack: Stack) -> Iterator[tuple[StackLine, Array]]:
    """Every line of a plan with its costs, shape (months, 3)."""
    for line, planned in zip(stack.lines, stack.scenarios.lines, strict=True):
        yield line, line_costs(planned, len(stack.months))


def layers_by_month(stack: Stack) -> Mapping[str, Array]:
    """The expected cost of each month of every layer that costs anything, in the order of the layers."""
    sums = {layer: np.zeros(len(stack.months)) for layer in LAYER_NAMES}
    for line, costs in lines_by_month(stack):
        sums[line.layer] += costs[:, EXPECTED]
    return {layer: costs for layer, costs in sums.items() if costs.any()}
