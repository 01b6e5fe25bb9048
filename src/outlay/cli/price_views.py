"""How prices and quotes are shown: as words for people and as keys for programs."""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from outlay.cli.options import read_moment
from outlay.cli.output import Table, exact
from outlay.model.plural import plural
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from outlay.prices.book import Book
    from outlay.prices.listing import Summary
    from outlay.prices.price import Price
    from outlay.prices.quote import Line, Quote
    from outlay.prices.resources import Resources
    from outlay.prices.second_opinion import Opinion


WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def price_table(prices: "Sequence[Price]") -> Table:
    """Every price in a row of its own."""
    when = ["from", "until", "weekdays", "hours"]
    columns = ["unit", "tier", "region", "above", *when, "price", "per", "kind", "recorded", "source"]
    rows = [
        [
            *(p.unit, p.tier, p.region, str(p.above or ""), p.first, p.until, _weekdays(p), _hours(p)),
            *(plain(p.price), f"{p.per:,}", p.kind, p.recorded_at, p.source),
        ]
        for p in prices
    ]
    return Table(columns, rows, frozenset({"above", "price", "per"}))


def line_table(found: "Quote") -> Table:
    """The token classes of a call, each with its price."""
    columns = ["unit", "quantity", "price", "per", "cost", "kind", "since", "source"]
    rows = [
        [
            *(n.unit, f"{n.quantity:,}", plain(n.price.price), f"{n.price.per:,}", plain(n.cost)),
            *(n.price.kind, n.price.told_since or "always", n.price.source),
        ]
        for n in found.lines
    ]
    return Table(columns, rows, frozenset({"quantity", "price", "per", "cost"}))


def quote_head(found: "Quote") -> str:
    """A line that says what was asked and what it costs."""
    name = f"{found.model or found.call.model} of {found.provider or found.call.provider}"
    where = f", {found.call.region}" if found.call.region else ""
    return f"{name}, {found.call.tier}{where}, {found.call.at:%Y-%m-%d %H:%M} UTC: {plain(found.cost) or 'unknown'} USD"


def quote_foot(found: "Quote", book: "Book") -> list[str]:
    """Why a cost is not known, what was taken for granted, and the age of the book."""
    lines = []
    if found.cost is None:
        lines.append(f"not known: {found.reason}")
    elif not found.lines:
        lines.append("no tokens were asked for: say --input and --output")
    if found.suggestions:
        lines.append(f"did you mean {', '.join(found.suggestions)}?")
    if found.call.input_excludes_cached:
        lines.append("the input is smaller than what was read and written: it was taken to leave them out")
    return [*lines, told_age(book)]


def quote_data(found: "Quote", book: "Book") -> dict[str, Any]:
    """A quote for programs."""
    call = found.call
    return {
        "provider": found.provider,
        "model": found.model,
        "at": call.at.isoformat(),
        "tier": call.tier,
        "region": call.region or None,
        "context": call.whole_input if call.context is None else call.context,
        "input_excludes_cached": call.input_excludes_cached,
        "cost": exact(found.cost),
        "currency": "USD",
        "lines": [_line(line) for line in found.lines],
        "reason": found.reason or None,
        "suggestions": list(found.suggestions),
        "book": age(book),
    }


def _line(line: "Line") -> dict[str, Any]:
    return {"unit": line.unit, "quantity": line.quantity, "cost": exact(line.cost), "price": price_data(line.price)}


def price_data(price: "Price") -> dict[str, Any]:
    """A price for programs."""
    return {
        "id": price.id, "provider": price.provider, "model": price.model, "unit": price.unit,
        "price": exact(price.price), "per": price.per, "currency": price.currency, "tier": price.tier,
        "region": price.region or None, "above": price.above, "from": price.first or None,
        "until": price.until or None, "hours": _hours(price) or None, "weekdays": price.weekdays or None,
        "kind": price.kind, "recorded_at": price.recorded_at, "source": price.source,
    }  # fmt: skip


def summary_data(summary: "Summary") -> dict[str, Any]:
    """The token prices of a model for programs."""
    prices = {unit: exact(price) for unit, price in summary.prices.items()}
    return {"model": summary.model, **prices, "from": summary.first or None, "recorded_at": summary.recorded_at}


def opinion_words(opinion: "Opinion") -> str:
    """What the catalogue says of a price, in the unit of ours."""
    return f"LiteLLM says {plain(opinion.in_our_unit)} for {opinion.name}"


def opinion_data(opinion: "Opinion") -> dict[str, Any]:
    """A difference of opinion for programs."""
    return {
        "litellm_price": exact(opinion.in_our_unit), "litellm_name": opinion.name, **price_data(opinion.price)
    }  # fmt: skip


def told_opinion(second: dict[str, Any] | None) -> str:
    """What came of the second opinion, in words."""
    if second is None:
        return "LiteLLM is not installed here: no second opinion"
    return f"LiteLLM {second['version']}: {second['different']:,} of {second['compared']:,} prices differ"


def _hours(price: "Price") -> str:
    window = price.window
    return f"{window.start}-{window.end}" if price.daily_from or price.daily_until else ""


def _weekdays(price: "Price") -> str:
    return " ".join(WEEKDAYS[int(day) - 1] for day in price.weekdays)


def plain(value: Decimal | None) -> str:
    """A price without the zeros that say nothing."""
    return "" if value is None else f"{value.normalize():f}"


def moment(text: str) -> datetime:
    """A time in UTC; a day means its noon, nothing means now."""
    return read_moment(text, time(12), "E-PRICE-002") if text else datetime.now(UTC)


def legal(check: "Callable[[str], str]", said: str) -> str:
    """The same word if the price book knows it. Raises `InputError` with the legal ones."""
    try:
        return check(said)
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        raise InputError("E-PRICE-007", message, hint) from error


def reference_age(book: "Resources") -> dict[str, Any]:
    """How old the prices of resources are and how many there are."""
    days = book.age(datetime.now(UTC).date())
    return {"recorded_at": book.recorded_at or None, "age_days": days, "prices": len(book.prices)}


def told_reference_age(book: "Resources") -> str:
    """The age of the prices of resources in words."""
    days = reference_age(book)["age_days"]
    return f"prices of resources are of {book.recorded_at} ({plural(days, 'day')} old)"


def age(book: "Book") -> dict[str, Any]:
    """How old the book is and how much it holds."""
    days = book.age(datetime.now(UTC).date())
    return {"recorded_at": book.recorded_at or None, "age_days": days, "prices": len(book.prices)}


def told_age(book: "Book") -> str:
    """The age of the book in words."""
    days = age(book)["age_days"]
    return f"the price book is of {book.recorded_at} ({plural(days, 'day')} old)"
