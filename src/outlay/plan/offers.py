"""Who sells which model at what price for a mix of tokens: every offer of the book, and those of one open model."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time

from outlay.plan.world import Prices
from outlay.prices.price import STANDARD


@dataclass(frozen=True, slots=True)
class Offer:
    """A model of a provider: USD per million tokens of a mix of input and output."""

    provider: str
    model: str
    input_per_mtok: float
    output_per_mtok: float
    mix_per_mtok: float


def offers(prices: Prices, input_share: float) -> Iterator[Offer]:
    """Every model that has prices of input and output on the day."""
    at = datetime.combine(prices.day, time(12), UTC)
    for provider, model in prices.book.by_model:
        found = prices.book.at(provider, model, at, STANDARD, 1)
        if "input" in found and "output" in found:
            tokens = (float(found["input"].per_million), float(found["output"].per_million))
            mix = tokens[0] * input_share + tokens[1] * (1 - input_share)
            yield Offer(provider, model, *tokens, mix)


def same_model(prices: Prices, name: str, input_share: float) -> Offer | None:
    """The cheapest offer of an open model, by the words of its name: `llama-3.1-70b` is `meta-llama/Llama-3.1-70B`."""
    wanted = _words(name)
    found = [o for o in offers(prices, input_share) if wanted <= _words(o.model) and o.mix_per_mtok > 0]
    # Names that say more are others: distilled, vision, guard models.
    plain = [o for o in found if not _words(o.model) - wanted - ALLOWED]
    return min(plain, key=lambda o: (o.mix_per_mtok, o.provider), default=None)


ALLOWED = frozenset(
    ("meta", "llama", "instruct", "turbo", "openai", "qwen", "deepseek", "ai", "mistralai", "versatile", "hf")
)


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]+|\d+(?:\.\d+)?b?", name.lower().replace("_", "-")))
