"""The machines of the company, taken apart into what is billed for each, with the hours that they ran."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from outlay.demo.charges import Place
from outlay.demo.facts import Sku, skus, table
from outlay.demo.schedules import Flags, running
from outlay.demo.timeline import HOURS


@dataclass(frozen=True, slots=True)
class Part:
    """One SKU of one machine: how many units an hour takes, and in which hours a commitment pays."""

    sku: Sku
    units: int
    place: Place
    market: str
    grain: int
    pods: tuple[str, ...]
    on: Flags
    covered: Flags


def parts(seed: int) -> list[Part]:
    """Every machine of the table `fleet`, taken apart into SKUs; nothing covered yet."""
    return [part for row in table("fleet") for part in _parts_of(seed, row)]


def _parts_of(seed: int, row: dict[str, str]) -> Iterator[Part]:
    place = Place(
        row["account"],
        row["layer"],
        row["region"],
        row["zone"],
        row["resource"],
        row["name"],
        row["type"],
        row["tags"],
    )
    flags = running(seed, row["name"], row["schedule"], row["from"])
    for piece in row["parts"].split(" "):
        name, count = piece.split(":")
        nothing = np.zeros(HOURS, dtype=np.bool_)
        pods = tuple(row["pods"].split())
        yield Part(skus()[name], int(count), place, row["market"], int(row["grain"]), pods, flags, nothing)
