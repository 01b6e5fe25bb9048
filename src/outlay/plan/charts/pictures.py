"""The pictures of every plan, with their titles and their words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from outlay.charts.look import LOOKS
from outlay.charts.render import Draw, png, svg
from outlay.model.problem import InputError
from outlay.plan.breakeven import Breakeven, break_even
from outlay.plan.charts import breakeven, fan, stack, tornado
from outlay.plan.stack import Stack

MODULES = {"stack": stack, "fan": fan, "tornado": tornado}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: `told` says it to those who do not see it."""

    name: str
    title: str
    told: str
    draw: Draw


# A plan that serves no model, or that names nothing to compare it with, has no break-even.
NONE = ("E-PLAN-080", "E-PLAN-081")


def pictures(stack: Stack) -> tuple[Picture, ...]:
    """The pictures of a plan; that of its break-even if it serves a model."""
    found = [
        Picture(name, module.TITLE, module.told(stack), partial(module.draw, stack)) for name, module in MODULES.items()
    ]
    if even := broken_even(stack):
        given = even.curves, even.crossings, stack.plan.plan.currency
        found.append(Picture("breakeven", breakeven.TITLE, breakeven.told(*given), partial(breakeven.draw, *given)))
    return tuple(found)


def broken_even(stack: Stack) -> Breakeven | None:
    """The break-even of a plan that serves a model."""
    try:
        return break_even(stack.plan, stack.prices, seed=stack.simulation.seed)
    except InputError as error:
        if error.code in NONE:
            return None
        raise


def drawn(stack: Stack, kind: str) -> Iterator[tuple[str, bytes]]:
    """The files of the pictures as `svg` or `png`, for light and dark pages: `stack.svg`, `stack-dark.svg`."""
    for picture in pictures(stack):
        for look in LOOKS.values():
            ending = "" if look.name == "light" else f"-{look.name}"
            made = (
                svg(picture.name, picture.draw, look).encode()
                if kind == "svg"
                else png(picture.name, picture.draw, look)
            )
            yield f"{picture.name}{ending}.{kind}", made
