"""Is the book plausible: unit slips, impossible cache prices, intervals that overlap or leave a gap."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import attrgetter

from outlay.prices.book import Book
from outlay.prices.price import LIST, Price

# Prices of one thing change by less from one interval to the next; a slip from thousands to millions is 1000.
SLIP = 100
SELF_HOSTED = "self-hosted"
# After the day of any price.
END = "9999-99"
CACHE_READS = {"cache_read": "input", "audio_cache_read": "audio_input", "image_cache_read": "image_input"}


@dataclass(frozen=True, slots=True)
class Finding:
    """A price that cannot be right, or that nobody should use before looking."""

    code: str
    price: Price
    message: str


def findings(book: Book, beside: Book | None = None) -> list[Finding]:
    """Everything in the book that looks wrong, in the order of provider, model and unit.

    `beside` is the book of list prices, which those of a workspace are compared with.
    """
    own = [price for price in book.prices if price.kind != LIST]
    found = [d for prices in _series(book.prices, _thing) for d in _beside(prices)]
    found += [d for prices in _series(book.prices, _hours) for d in _slips(prices)]
    # A contract fills the days of the list price that it replaces, but not the days between two contracts.
    found += {d for part in (book.prices, own) for prices in _series(part, attrgetter("what")) for d in _gaps(prices)}
    found += [d for price in book.prices if beside and price.kind != LIST for d in _off_list(price, beside)]
    found += _of_nobody(own, beside) if beside else []
    found += [d for price in book.prices if price.unit in CACHE_READS for d in _of_cache(book, price)]
    return sorted(found, key=lambda d: (d.price.provider, d.price.model, d.price.unit, d.price.first, d.code))


def _thing(price: Price) -> tuple[object, ...]:
    return *price.what, price.kind


def _hours(price: Price) -> tuple[object, ...]:
    return *_thing(price), price.weekdays, price.daily_from, price.daily_until


def _series(prices: Iterable[Price], key: Callable[[Price], tuple[object, ...]]) -> Iterable[list[Price]]:
    """The prices of one thing, from the first day on."""
    found: dict[tuple[object, ...], list[Price]] = {}
    for price in sorted(prices, key=lambda p: (p.first, p.until)):
        found.setdefault(key(price), []).append(price)
    return found.values()


def _beside(prices: Sequence[Price]) -> Iterator[Finding]:
    """Two prices of one moment, however far apart they begin."""
    for i, price in enumerate(prices):
        other = next((p for p in prices[:i] if p.window.meets(price.window)), None)
        if other:
            said = f"holds beside {other.price} {other.currency} from {other.first or 'the beginning'}"
            yield Finding("W-PRICE-011", price, said)


def _end(price: Price) -> str:
    """The day on which a price ends, after all others where none is told."""
    return price.until or END


def _slips(prices: Sequence[Price]) -> Iterator[Finding]:
    """A price in the wrong unit."""
    for earlier, later in pairwise(prices):
        if times := _times(earlier, later):
            yield Finding("W-PRICE-013", later, f"{times} times its neighbour: thousands taken for millions?")


def _times(one: Price, other: Price) -> str:
    """How many times the lower price the higher one is; empty where that is plausible."""
    low, high = sorted((one.each, other.each))
    return f"{high / low:.0f}" if low and high / low >= SLIP else ""


def _off_list(price: Price, listed: Book) -> Iterator[Finding]:
    """A price of a workspace in another unit than the list price of the same."""
    known = listed.names.model(price.provider, price.model, price.first)
    for other in listed.of(*known) if known else ():
        times = _times(other, price) if other.what[2:] == price.what[2:] and other.window.meets(price.window) else ""
        if times:
            yield Finding("W-PRICE-013", price, f"off its list price by {times} times: thousands taken for millions?")
            return


def _of_nobody(own: Iterable[Price], listed: Book) -> Iterator[Finding]:
    """Prices of a workspace for models that their provider does not list, though it lists some of nearly that name."""
    names = listed.names
    for (provider, model), price in {(p.provider, p.model): p for p in own if p.kind != SELF_HOSTED}.items():
        is_listed = any(names.model(provider, model, day) for day in (price.first, END))
        if provider in names.known and not is_listed and (near := names.near(provider, model)):
            yield Finding("W-PRICE-016", price, f"{provider} lists no {model}; did you mean {', '.join(near)}?")


def _gaps(prices: Sequence[Price]) -> Iterator[Finding]:
    """Days between two prices on which none holds."""
    last = prices[0]
    for price in prices[1:]:
        if last.until and price.first > last.until:
            yield Finding("W-PRICE-012", price, f"no {price.kind} price holds from {last.until} to {price.first}")
        last = max(last, price, key=_end)


def _of_cache(book: Book, price: Price) -> Iterator[Finding]:
    """A cached token that costs more than one that is not cached."""
    for other in book.of(price.provider, price.model):
        beside = other.unit == CACHE_READS[price.unit] and other.what[3:] == price.what[3:]
        if beside and other.window.meets(price.window) and price.each > other.each:
            yield Finding("W-PRICE-014", price, f"a cached token costs more than one that is not: {other.price}")
