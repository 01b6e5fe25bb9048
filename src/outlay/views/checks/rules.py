"""The rules that checks look after: the code of each, how grave a breach is, and what to say."""

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `message` and `hint` hold the names of what a breach fills in."""

    code: str
    check: str
    severity: Severity
    message: str
    hint: str


@cache
def rules() -> dict[str, Rule]:
    """Every rule by its code."""
    text = files("outlay.views.checks").joinpath("rules.csv").read_text(encoding="utf-8")
    return {r["code"]: Rule(**r) for r in csv.DictReader(text.splitlines())}  # type: ignore[arg-type]
