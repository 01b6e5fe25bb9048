"""When machines run: one flag per hour of the six months, from the words of the table `fleet`."""

import numpy as np
from numpy.typing import NDArray

from outlay.demo.facts import dice, shape, table
from outlay.demo.timeline import DAYS, HOURS, growth, hour_index, weekdays

Flags = NDArray[np.bool_]
TRAFFIC_GROWTH = 0.07


def running(seed: int, name: str, schedule: str, start: str) -> Flags:
    """The hours in which the machine `name` runs."""
    kind, _, detail = schedule.partition(":")
    if kind == "train":
        flags = _training(seed, name, float(detail))
    elif kind == "traffic":
        flags = traffic() >= float(detail)
    elif kind == "bursts":
        flags = _bursts(detail)
    else:
        flags = {"always": _always, "office": _office, "nightly": _nightly}[kind]()
    flags[: hour_index(start)] = False
    return flags


def traffic() -> NDArray[np.float64]:
    """The level of user traffic per hour, about 1 at the start."""
    week = np.array(shape("traffic_weekday"))[weekdays()] * growth(TRAFFIC_GROWTH)
    return np.outer(week, np.array(shape("traffic_by_hour"))).ravel()


def _always() -> Flags:
    return np.ones(HOURS, dtype=np.bool_)


def _office() -> Flags:
    hour = np.arange(HOURS) % 24
    return np.asarray(np.repeat(weekdays() < 5, 24) & (hour >= 8) & (hour < 20))


def _nightly() -> Flags:
    return np.asarray(np.arange(HOURS) % 24 < 4)


def _bursts(group: str) -> Flags:
    """The windows of the table `bursts` for this group."""
    flags = np.zeros(HOURS, dtype=np.bool_)
    for row in table("bursts"):
        if row["group"] == group:
            flags[hour_index(row["start"]) : hour_index(row["end"])] = True
    return flags


def _training(seed: int, name: str, level: float) -> Flags:
    """Whole days from 08:00 to 08:00, more of them on weekdays; `level` is the chance on the best day."""
    sunday_first = np.array(shape("training_weekday"))
    chance = level * (sunday_first / sunday_first.max())[(weekdays() + 1) % 7]
    days = dice(seed, name).random(DAYS) < chance
    return np.roll(np.repeat(days, 24), 8)
