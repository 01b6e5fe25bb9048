"""What the installed `genai-prices` knows, as rows of our tables.

The prices are facts that its project compiled (MIT licence, see NOTICE). This module is imported only where it is used.
"""

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from importlib.metadata import version
from typing import Any, NamedTuple

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelInfo, StartDateConstraint, TieredPrices, TimeOfDateConstraint

from outlay.prices.registry import UNITS
from outlay.prices.tables import PRICE_COLUMNS, Row

PACKAGE = "genai-prices"
UNIT = PRICE_COLUMNS.index("unit")
TIERS = {("processing", "batch"): "batch", ("service_tier", "flex"): "flex", ("service_tier", "priority"): "priority"}
TIERS |= {("service_tier", "fast"): "fast", ("speed", "fast"): "fast"}
DAY = 86_400
STAGES = "latest|preview|exp|experimental|beta|stable|thinking|online|default|global"
NAMES = {
    "cache_write": "cache_write_5m",
    "input_audio": "audio_input",
    "output_audio": "audio_output",
    "cache_audio_read": "audio_cache_read",
    "input_image": "image_input",
    "output_image": "image_output",
    "cache_image_read": "image_cache_read",
    "input_video": "video_input",
    "output_video": "video_output",
    "output_reasoning": "reasoning",
    "web_searches": "web_search",
    "storage_searches": "file_search",
    "requests": "request",
}
PER = {"mtok": 1_000_000, "kcount": 1000, "hours": 1, "kpages": 1000, "mchars": 1_000_000}
DATED = re.compile(r"(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)")


class Snapshot(NamedTuple):
    """Everything that the package knows: its version, prices and names of models, and units that we do not know."""

    version: str
    prices: list[Row]
    names: list[Row]
    unknown: tuple[str, ...] = ()


def read_snapshot() -> Snapshot:
    """The prices and names in the installed package; nothing is fetched."""
    providers = sorted(get_snapshot().providers, key=lambda p: str(p.id))
    book = [row for p in providers for m in p.models for row in prices(p.id, m)]
    names: list[Row] = [(p.id, text, m.id) for p in providers for m in p.models for text in patterns(m.match)]
    unknown = sorted({row[UNIT] for row in book} - set(UNITS))
    return Snapshot(version(PACKAGE), [row for row in book if row[UNIT] in UNITS], names, tuple(unknown))


def unit(key: str) -> tuple[str, int]:
    """Our name of a price key and how many units the price is for: `input_mtok` is `input` per million tokens."""
    name, _, scale = key.rpartition("_")
    short = NAMES.get(name, name)
    other = f"{short}_{scale.removeprefix('k').removeprefix('m')}"
    return (short if scale in ("mtok", "kcount") else other), PER.get(scale, 1)


def launched(model: ModelInfo) -> str:
    """The first day in the names of a model (`o3-2025-04-16`): it had no price before. Empty if no name has a day."""
    days = []
    for text in re.findall(r"'([^']*)'", f"'{model.id}' {model.match}"):
        if found := DATED.search(text):
            try:
                days.append(dt.date(*map(int, found.groups())).isoformat())
            except ValueError:
                continue
    return min(days, default="")


def prices(provider: str, model: ModelInfo) -> Iterator[Row]:
    """Every price of a model: per unit, tier, context step, days and hours."""
    conditions = [*(model.prices if isinstance(model.prices, list) else []), *(model.price_variants or ())]
    days, clocks = {dt.date(1970, 1, 1)}, {0}
    for condition in conditions:
        rule = condition.constraint
        if isinstance(rule, StartDateConstraint):
            days.add(rule.start_date)
        if isinstance(rule, TimeOfDateConstraint):
            clocks |= {t.hour * 3600 + t.minute * 60 for t in (rule.start_time, rule.end_time)}
    contexts: dict[str, dict[str, str]] = {"standard": {}}
    for variant in model.price_variants or ():
        for pair in variant.when.items():
            if tier := TIERS.get(pair):
                contexts[tier] = dict([pair])
    for tier, context in contexts.items():
        yield from merged(provider, model, tier, context, sorted(days), sorted(clocks))


def merged(
    provider: str, model: ModelInfo, tier: str, context: dict[str, str], days: list[dt.date], clocks: list[int]
) -> Iterator[Row]:
    """The prices of a tier, days and hours with equal prices as one."""
    bounds = [*days[1:], None]
    table = {(d, c): resolved(model, tier, context, d, c) for d in days for c in clocks}
    for c, upto in zip(clocks, [*clocks[1:], DAY], strict=True):
        same_all_day = len(clocks) == 1
        start: dt.date | None = None
        for d, end in zip(days, bounds, strict=True):
            start = start or d
            if end is not None and table[d, c] == table[end, c]:
                continue
            first = launched(model) if start == days[0] else start.isoformat()
            window = ("", "") if same_all_day else (clock(c), clock(upto))
            if first == "" or end is None or first < end.isoformat():
                for (name, per, above), price in table[d, c]:
                    until = "" if end is None else end.isoformat()
                    yield (provider, model.id, name, str(per), tier, str(above), first, *window, until, f"{price:f}")
            start = None


def resolved(
    model: ModelInfo, tier: str, context: dict[str, str], day: dt.date, clock_s: int
) -> tuple[tuple[tuple[str, int, int], Decimal], ...]:
    """Every unit price that holds at a moment; nothing for a tier that no price is known for then."""
    at = dt.datetime.combine(day, dt.time(), dt.UTC) + dt.timedelta(seconds=clock_s)
    found = model.get_prices(at, context or None)
    if tier != "standard" and found == model.get_prices(at, None):
        return ()
    rows = []
    for key, value in found.__dict__.items():
        if value is None or key.startswith("_"):
            continue
        name, per = unit(key)
        steps = [(0, value)]
        if isinstance(value, TieredPrices):
            steps = [(0, value.base), *((t.start, t.price) for t in value.tiers)]
        rows += [((name, per, above), Decimal(price).normalize()) for above, price in steps]
    return tuple(sorted(rows))


def clock(seconds: int) -> str:
    """A time of day as text; the end of the day is 24:00."""
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"


def patterns(clause: Any) -> Iterator[str]:
    """The names that a clause matches: text for equal names, a regular expression after `~` for others."""
    kind = type(clause).__name__
    if kind == "ClauseOr":
        for inner in clause.or_:
            yield from patterns(inner)
    elif kind == "ClauseEquals":
        yield clause.equals.lower()
    else:
        yield "~" + expression(clause)


def expression(clause: Any) -> str:
    """A clause as a regular expression for `re.search` on the name in small letters."""
    kind = type(clause).__name__
    if kind == "ClauseAnd":
        return "".join(
            f"(?=.*?(?:{expression(c)}))" if "^" not in expression(c) else f"(?={expression(c)})" for c in clause.and_
        )
    texts: dict[str, Any] = {
        "ClauseEquals": lambda: f"^{re.escape(clause.equals.lower())}$",
        "ClauseStartsWith": lambda: f"^{re.escape(clause.starts_with.lower())}{ending(clause.starts_with)}",
        "ClauseContains": lambda: re.escape(clause.contains.lower()),
        "ClauseEndsWith": lambda: f"{re.escape(clause.ends_with.lower())}$",
        "ClauseRegex": lambda: clause.regex,
        "ClauseOr": lambda: "|".join(expression(c) for c in clause.or_),
    }
    return str(texts[kind]())


def ending(prefix: str) -> str:
    """What may follow the beginning of a name: a date, a version or a stage, so that a typo is no other model."""
    more = f"(?:[-@:._](?:{STAGES}|v?[0-9][0-9.:-]*))*$"
    if re.search(r"20\d\d$", prefix):
        return "[0-9]*" + more
    return more if prefix[-1].isdigit() else more.replace("[-@:._]", "[-@:._]?", 1)
