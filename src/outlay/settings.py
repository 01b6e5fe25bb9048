"""outlay.yaml: the settings of a workspace, checked when they are read."""

import hashlib
import re
from decimal import Decimal
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from outlay.derive.attribute import AttributionRule
from outlay.derive.correct import Correction
from outlay.derive.split import SplitRule
from outlay.model.document import read_document, validate

FILE = "outlay.yaml"


class Retention(BaseModel):
    """How long what was replaced is kept."""

    model_config = ConfigDict(extra="forbid")
    days: int = Field(default=400, ge=1)


class Settings(BaseModel):
    """Everything that outlay.yaml can say."""

    model_config = ConfigDict(extra="forbid")
    company: str = ""
    currency: str = "USD"
    rates: Path | None = None
    classify: list[Correction] = Field(default_factory=list)
    attribution: list[AttributionRule] = Field(default_factory=list)
    split: list[SplitRule] = Field(default_factory=list)
    invoices: dict[str, Decimal] = Field(default_factory=dict)
    retention: Retention = Field(default_factory=Retention)

    @field_validator("currency")
    @classmethod
    def _is_code(cls, given: str) -> str:
        if not re.fullmatch("[A-Z]{3}", given):
            raise ValueError(f"{given!r} is no currency; write three capital letters, such as USD")
        return given


def read_settings(folder: Path) -> Settings:
    """The settings of the workspace `folder`; the defaults when it has no outlay.yaml. Raises `InputError`."""
    path = folder / FILE
    if not path.exists():
        return Settings()
    return validate(read_document(path), Settings, "E-CONF-001")


def rules_hash(settings: Settings, version: str) -> str:
    """A name for everything that deriving depends on: the rules of the workspace and those of this release."""
    rules = settings.model_dump_json(include={"classify", "attribution", "split"})
    return hashlib.sha256(f"{version}|{rules}".encode()).hexdigest()[:16]
