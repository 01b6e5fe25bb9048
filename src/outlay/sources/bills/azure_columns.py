"""The columns of an Azure export under one name each, however the agreement, the year or the language spells them."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from outlay.model.charge import quoted
from outlay.sources.source import Sample

# A localised header carries its English name at the end: `Kosten (CostInBillingCurrency)`.
ENGLISH = re.compile(r"\(([A-Za-z ]+)\)\s*$")


def facts(name: str) -> list[dict[str, str]]:
    """The rows of a data file about Azure."""
    text = files("outlay.sources").joinpath(f"data/{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


@cache
def spellings() -> Mapping[str, tuple[str, ...]]:
    """The headers of every column, the preferred first, in small letters."""
    found: dict[str, tuple[str, ...]] = {}
    for row in facts("azure_headers"):
        found[row["column"]] = (*found.get(row["column"], ()), row["header"].lower())
    return found


@dataclass(frozen=True, slots=True)
class Header:
    """The columns that a file has: our name to the delivered one."""

    delivered: Mapping[str, str]
    typed: bool = False

    def has(self, *names: str) -> bool:
        """Whether the file has every one of these columns."""
        return all(name in self.delivered for name in names)

    def sql(self, name: str, default: str = "NULL") -> str:
        """An SQL expression for the text of a column, `default` when the file lacks it."""
        found = self.delivered.get(name)
        if found is None:
            return default
        return f"CAST({quoted(found)} AS VARCHAR)" if self.typed else quoted(found)

    def first(self, *names: str) -> str:
        """An SQL expression for the first of these columns that holds a value."""
        present = [self.sql(name) for name in names if self.has(name)]
        return f"coalesce({', '.join(present)}, NULL)" if present else "NULL"


def header(sample: Sample) -> Header:
    """The columns of a file, found by their spellings."""
    names: dict[str, str] = {}
    for delivered in reversed(sample.columns):
        for name in _names(delivered):
            names[name] = delivered
    chosen = {column: next((names[s] for s in known if s in names), None) for column, known in spellings().items()}
    return Header({c: d for c, d in chosen.items() if d is not None}, sample.format == "parquet")


def _names(delivered: str) -> list[str]:
    """What a delivered header may be called: itself, and the English name that it carries."""
    english = ENGLISH.search(delivered)
    texts = [delivered, english.group(1)] if english else [delivered]
    return [re.sub(r"[\s_]", "", text).lower() for text in texts]
