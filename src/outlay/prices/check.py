"""Is the book plausible: unit slips, impossible cache prices, intervals that overlap or leave a gap."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from outlay.prices.book import Book
from outlay.prices.price import Price

# Prices of one thing change by less from one interval to the next; a slip from thousands to millions is 1000.
SLIP = 100
CACHE_READS = {"cache_read": "input", "audio_cache_read": "audio_input", "image_cache_read": "image_input"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A price that cannot be right, or that nobody should use before looking."""

    code: str
    price: Price
    message: str


def findings(book: Book) -> list[Finding]:
    """Everything in the book that looks wrong, in the order of provider, model and unit."""
    found = [d for prices in _series(book.prices, hours=True) for d in (*_beside(prices), *_slips(prices))]
    found += [d for prices in _series(book.prices, hours=False) for d in _gaps(prices)]
    found += [d for price in book.prices if price.unit in CACHE_READS for d in _of_cache(book, price)]
    return sorted(found, key=lambda d: (d.price.provider, d.price.model, d.price.unit, d.price.first, d.code))


def _series(prices: Iterable[Price], *, hours: bool) -> Iterable[list[Price]]:
    """The prices of one thing, from the first day on: with `hours`, those of the same hours of the day."""
    found: dict[tuple[object, ...], list[Price]] = {}
    for p in sorted(prices, key=lambda p: (p.first, p.until)):
        window = (p.daily_from, p.daily_until) if hours else ()
        found.setdefault((p.provider, p.model, p.unit, p.tier, p.above, p.kind, window), []).append(p)
    return found.values()


def _beside(prices: Sequence[Price]) -> Iterator[Finding]:
    """Two prices of one moment."""
    for earlier, later in pairwise(prices):
        if not earlier.until or later.first < earlier.until:
            said = f"holds beside {earlier.price} {earlier.currency} from {earlier.first or 'the beginning'}"
            yield Finding("W-PRICE-011", later, said)


def _slips(prices: Sequence[Price]) -> Iterator[Finding]:
    """A price in the wrong unit."""
    for earlier, later in pairwise(prices):
        low, high = sorted((earlier.each, later.each))
        if low and high / low >= SLIP:
            yield Finding("W-PRICE-013", later, f"{high / low:.0f} times its neighbour: thousands taken for millions?")


def _gaps(prices: Sequence[Price]) -> Iterator[Finding]:
    """Days between two prices on which none holds."""
    told = prices[0].until
    for price in prices:
        if told and price.first > told:
            yield Finding("W-PRICE-012", price, f"nothing holds from {told} to {price.first}")
        told = max(told, price.until) if told and price.until else ""


def _of_cache(book: Book, price: Price) -> Iterator[Finding]:
    """A cached token that costs more than one that is not cached."""
    for other in book.of(price.provider, price.model):
        beside = other.unit == CACHE_READS[price.unit] and (other.tier, other.above) == (price.tier, price.above)
        hours = (other.daily_from, other.daily_until) == (price.daily_from, price.daily_until)
        if beside and hours and other.within(price.first, price.until) and price.each > other.each:
            yield Finding("W-PRICE-014", price, f"a cached token costs more than one that is not: {other.price}")
