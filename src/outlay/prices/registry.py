"""The legal units and classes of service of model prices: one list for files, commands and the generated table."""

import re
from collections.abc import Iterable
from decimal import Decimal
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, Field

from outlay.prices.price import STANDARD
from outlay.prices.windows import ALL_DAYS

TIERS = (STANDARD, "batch", "flex", "priority", "fast")
# Tokens are told per million, whatever number a price is for.
TOKENS = (
    *("input", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning", "output_citation"),
    *("audio_input", "audio_cache_read", "audio_output", "image_input", "image_cache_read", "image_output"),
    *("video_input", "video_output"),
)
OTHERS = (
    *("audio_hours", "audio_input_hours", "input_chars", "input_text_messages", "input_document_pages"),
    *("input_annotated_document_pages", "web_search", "file_search", "request"),
)
UNITS = (*TOKENS, *OTHERS)


def known(said: str, legal: Iterable[str], what: str) -> str:
    """The same text if it is legal. Raises `ValueError` with the legal ones and the nearest."""
    names = list(legal)
    if said in names:
        return said
    near = get_close_matches(said, names, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise ValueError(f"unknown {what} {said!r}; known: {', '.join(names)}{meant}")


def known_unit(said: str) -> str:
    """The same unit if prices of models know it."""
    return known(said, UNITS, "unit")


def known_tier(said: str) -> str:
    """The same class of service if the book knows it."""
    return known(said, TIERS, "tier")


def known_weekdays(said: str) -> str:
    """Days of the week in order, each once; all of them are none."""
    if not re.fullmatch("[1-7]*", said):
        raise ValueError(f'{said!r} are no days of the week; write digits from 1 for Monday, such as "12345"')
    days = "".join(sorted(set(said)))
    return "" if days == ALL_DAYS else days


Region = Annotated[str, AfterValidator(str.lower)]
Unit = Annotated[str, AfterValidator(known_unit)]
Tier = Annotated[str, AfterValidator(known_tier)]
Weekdays = Annotated[str, AfterValidator(known_weekdays)]
# A time of day; an empty one is open.
Clock = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)?$")]
Amount = Annotated[Decimal, Field(ge=0)]
