"""Decisions about plans: dated records with what would re-open them.

A record is a YAML file in `decisions/`, written once and kept.
"""

import hashlib
import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict

from outlay.model.document import read_document, validate
from outlay.model.problem import InputError
from outlay.plan.stack import Stack

FOLDER = "decisions"


class Record(BaseModel):
    """What a file in `decisions/` holds."""

    model_config = ConfigDict(extra="forbid")
    decision: str
    decided: date
    plan: str
    plan_sha256: str
    approved: bool
    because: str
    by: str = ""
    options: list[str] = []
    currency: str
    prices: date
    months: int
    expected: float
    p50: float
    p80: float
    reopen: list[str] = []


@dataclass(frozen=True, slots=True)
class Decision:
    """A record and where it stands."""

    path: Path
    record: Record

    @property
    def decided(self) -> date:
        """The day of the decision."""
        return self.record.decided

    @property
    def expected(self) -> float:
        """The expected cost that was decided upon."""
        return self.record.expected


def read_decisions(folder: Path, plan: str = "") -> tuple[Decision, ...]:
    """The decisions in `folder`/decisions, those about one plan if it is named, in the order of their days."""
    found = []
    for path in sorted((folder / FOLDER).glob("*.yaml")):
        record = validate(read_document(path), Record, "E-PLAN-087")
        if plan in ("", record.plan):
            found.append(Decision(path, record))
    return tuple(sorted(found, key=lambda d: (d.decided, d.path.name)))


def last_approved(folder: Path, plan: str) -> Decision | None:
    """The newest decision that approved a plan."""
    return next((d for d in reversed(read_decisions(folder, plan)) if d.record.approved), None)


def record_of(stack: Stack, said: dict[str, Any], now: datetime) -> Record:
    """The record of a decision about a plan as it is now."""
    plan, total = stack.plan, stack.total
    return Record(
        decided=now.date(),
        plan=plan.name,
        plan_sha256=hashlib.sha256(plan.document.path.read_bytes()).hexdigest(),
        currency=plan.plan.currency,
        prices=stack.day,
        months=plan.plan.months,
        expected=round(float(total.expected), 2),
        p50=round(float(total.p50), 2),
        p80=round(float(total.p80), 2),
        **said,
    )


def write_decision(folder: Path, record: Record) -> Path:
    """Write a record as `decisions/2027-01-31-plan.yaml`; a second one of the day has a number, and both are kept."""
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(record.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100)
    for number in range(1, 1000):
        path = target / f"{record.decided}-{record.plan}{f'-{number}' if number > 1 else ''}.yaml"
        try:
            with path.open("x", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
        except FileExistsError:
            continue
        return path
    raise InputError("E-PLAN-087", "a thousand decisions in a day", "look at decisions/", str(target))
