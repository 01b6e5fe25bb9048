"""The pictures of every plan, with their titles and their words."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from outlay.plan.charts import fan, stack, tornado
from outlay.plan.charts.look import LOOKS
from outlay.plan.charts.render import Draw, png, svg
from outlay.plan.stack import Stack

MODULES = {"stack": stack, "fan": fan, "tornado": tornado}


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: `told` says it to those who do not see it."""

    name: str
    title: str
    told: str
    draw: Draw


def pictures(stack: Stack) -> tuple[Picture, ...]:
    """The pictures of a plan."""
    return tuple(
        Picture(name, module.TITLE, module.told(stack), partial(module.draw, stack)) for name, module in MODULES.items()
    )


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
