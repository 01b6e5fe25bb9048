"""Who sells calls of models: the names under which bills know them, by the id of the price book."""

import csv
from functools import cache
from importlib.resources import files

from outlay.model.charge import literal


@cache
def _table() -> dict[str, tuple[str, str]]:
    text = files("outlay.model").joinpath("data/providers.csv").read_text(encoding="utf-8")
    return {row["id"]: (row["title"], row["service"]) for row in csv.DictReader(text.splitlines())}


def title(provider: str) -> str:
    """The name of a provider on a bill; one that is not known keeps its own."""
    return _table().get(provider, (provider, ""))[0]


def provider_of(said: str) -> str:
    """The id of the provider that a bill names; what it says where nobody knows it."""
    return {name.lower(): known for known, (name, _) in _table().items()}.get(said.lower(), said)


def title_sql(column: str) -> str:
    """SQL for the name on a bill of the id in a column."""
    return _case(column, 0, column)


def service_sql(column: str) -> str:
    """SQL for the service of the provider whose id is in a column."""
    return _case(column, 1, column)


def _case(column: str, part: int, otherwise: str) -> str:
    whens = " ".join(f"WHEN {literal(known)} THEN {literal(names[part])}" for known, names in _table().items())
    return f"CASE {column} {whens} ELSE {otherwise} END"
