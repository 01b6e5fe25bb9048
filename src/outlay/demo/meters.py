"""Everything metered by the day beside the machines: storage, transfer, search, queues, logs, software."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from outlay.demo.amounts import metered
from outlay.demo.charges import Place, Row, period, priced, template
from outlay.demo.facts import bills, dice, shape, skus, table
from outlay.demo.timeline import DAYS, day_index, growth, month_of, weekdays


def meter_rows(seed: int) -> Iterator[Row]:
    """One row per meter and day."""
    for number, row in enumerate(table("meters")):
        yield from _rows_of(seed, number, row)


def _rows_of(seed: int, number: int, row: dict[str, str]) -> Iterator[Row]:
    place = Place(
        row["account"],
        row["layer"],
        row["region"],
        "",
        row["resource"],
        row["name"],
        row["type"],
        row["tags"],
    )
    sku, bill = skus()[row["sku"]], bills()[row["bill"]]
    fixed = template(sku, place)
    levels = daily(seed, f"meter {number} {row['name']}", row)
    for day in range(day_index(row["from"]), DAYS):
        yield fixed | period(bill, day * 24, 24) | priced(sku, metered(levels[day]))


def daily(seed: int, name: str, row: dict[str, str]) -> list[float]:
    """The quantity of every day: `base` times growth, in the shape that the table names."""
    level = float(row["base"]) * growth(float(row["growth"]))
    kinds = {"store": _per_month, "hours": _whole_hours, "week": _weekly}
    quantity = kinds[row["shape"]](level)
    noise = float(row["noise"])
    if noise:
        quantity = quantity * (1 + noise * dice(seed, name).uniform(-1, 1, DAYS))
    return [float(x) for x in quantity]


def _per_month(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """A level held for a day, in unit-months."""
    return np.asarray(level / np.array([month_of(day).days for day in range(DAYS)]))


def _whole_hours(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whole units that run all day."""
    return np.asarray(np.floor(level + 0.5) * 24)


def _weekly(level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Less on weekends."""
    return np.asarray(level * np.array(shape("traffic_weekday"))[weekdays()])
