"""Which model a billed row is about: its model, the direction and the cache class of its tokens, and its tier.

Bills say it in many places: columns of FOCUS 1.5, details of the SKU, or words such as `gpt-4o-2024-08-06, input`.
Every distinct text is looked at once, with the names of the price book.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from outlay.model.charge import quoted
from outlay.model.layers import ABOUT_MODELS as ABOUT
from outlay.model.providers import provider_of
from outlay.prices.names import Names

if TYPE_CHECKING:
    import duckdb

TEXTS = ("ChargeDescription", "SkuMeter", "SkuId", "ServiceName")
EVIDENCE = ("ServiceProviderName", "InvoiceIssuerName", *TEXTS, "SkuPriceDetails", "x_ModelId")
WORDS = re.compile(r"[\w.:@/-]+")
# Interfaces are named after what they make ("Chat Completions input"): such words count where nothing else is said.
OUTPUT, INPUT, MADE = (
    re.compile(words, re.IGNORECASE) for words in ("output", "input|prompt|embedding", "completion|generat|response")
)
WRITE = re.compile(r"cache[ _-]*(d )?(write|creation|storage)|write.*cache|cachewrite", re.IGNORECASE)
READ = re.compile(r"cache[ _-]*(d[ _-]*input|read|hit)|cached|read.*cache|cacheread", re.IGNORECASE)
TIERS = ("batch", "flex", "priority", "provisioned")


@dataclass(frozen=True, slots=True)
class About:
    """What a billed row is about, as far as it says."""

    model: str | None = None
    direction: str | None = None
    action: str | None = None
    tier: str | None = None


def name_models(connection: "duckdb.DuckDBPyConnection", charges: str, names: Names) -> str:
    """The relation `charges` with what each row of a model API is about."""
    said = ", ".join(f"coalesce({quoted(c)}, '')" for c in EVIDENCE)
    key = f"CASE WHEN {ABOUT} THEN concat_ws(chr(31), {said}) END"
    texts = ", ".join(f"any_value({quoted(c)})" for c in EVIDENCE)
    rows = connection.execute(
        f"SELECT {key}, strftime(min(ChargePeriodStart) AT TIME ZONE 'UTC', '%Y-%m-%d'), {texts} "
        f"FROM {charges} WHERE {ABOUT} GROUP BY 1"
    ).fetchall()
    found = [(row[0], about(names, dict(zip(EVIDENCE, row[2:], strict=True)), row[1])) for row in rows]
    _write(connection, found)
    return (
        "(SELECT c.* EXCLUDE (_about) REPLACE (coalesce(m.model, c.x_ModelId) AS x_ModelId), "
        "m.direction AS x_TokenDirection, m.action AS x_TokenCacheAction, m.tier AS x_ProcessingTier "
        f"FROM (SELECT *, {key} AS _about FROM {charges}) AS c LEFT JOIN models_of_bills AS m ON c._about = m.about)"
    )


def _write(connection: "duckdb.DuckDBPyConnection", found: list[tuple[str, About]]) -> None:
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE models_of_bills "
        "(about VARCHAR, model VARCHAR, direction VARCHAR, action VARCHAR, tier VARCHAR)"
    )
    rows = [[key, a.model, a.direction, a.action, a.tier] for key, a in found]
    if rows:
        connection.executemany("INSERT INTO models_of_bills VALUES (?, ?, ?, ?, ?)", rows)


def about(names: Names, row: dict[str, Any], day: str) -> About:
    """What the texts of a billed row say."""
    details = _details(row["SkuPriceDetails"])
    words = " ".join(str(row[c]) for c in TEXTS[:3] if row[c])
    model = row["x_ModelId"] or details.get("ModelId")
    direction = details.get("TokenDirection") or _direction(words)
    action = details.get("TokenCacheAction") or (_action(words) if direction == "Input" else None)
    tier = next((t for t in TIERS if t in words.lower()), None)
    return About(_model(names, row, model, day), direction, action, tier)


def _details(text: str | None) -> dict[str, str]:
    """The details of a SKU by their names in FOCUS 1.5, with or without `x_`."""
    try:
        said = json.loads(text) if text else {}
    except ValueError:
        return {}
    return {str(k).removeprefix("x_"): str(v) for k, v in said.items()} if isinstance(said, dict) else {}


def _direction(words: str) -> str | None:
    if OUTPUT.search(words):
        return "Output"
    if any(said.search(words) for said in (INPUT, READ, WRITE)):
        return "Input"
    return "Output" if MADE.search(words) else None


def _action(words: str) -> str:
    return "Write" if WRITE.search(words) else "Read" if READ.search(words) else "Uncached"


def _model(names: Names, row: dict[str, Any], said: str | None, day: str) -> str | None:
    """The id of the model in the price book; what the bill says itself where the book does not know it."""
    seller = names.provider(provider_of(row["ServiceProviderName"] or row["InvoiceIssuerName"] or ""))
    if seller is None:
        return said
    for text in _candidates(said, row):
        if found := names.model(seller, text, day):
            return found[1]
    return said


def _candidates(said: str | None, row: dict[str, Any]) -> Iterator[str]:
    """Texts that may name a model, the likeliest first."""
    if said:
        yield said
        return
    for column in TEXTS:
        text = str(row[column] or "")
        yield from (part.strip() for part in text.split(",") if part.strip())
        yield from WORDS.findall(text)
