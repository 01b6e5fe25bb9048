"""`outlay prices list|show|quote --family`: what resources other than models cost."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outlay.cli.options import Format, checked_folder
from outlay.cli.output import Table, emit, exact
from outlay.cli.price_views import legal, moment, plain, reference_age, told_reference_age
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.prices.resources import Part, ResourcePrice, ResourceQuote, Resources, Wanted


def list_family(wanted: "Wanted", at: str, format: Format, workspace: Path | None) -> None:
    """The prices of a family on a day, whatever the terms."""
    book, day = _book(workspace), moment(at).date()
    found = sorted(book.find(wanted, day), key=lambda p: p.key)
    data = {"family": wanted.family, "at": day.isoformat(), "prices": [resource_data(p) for p in found]}
    emit(format, _table(found), {**data, "book": reference_age(book)}, foot=[told_reference_age(book)])


def show_item(wanted: "Wanted", format: Format, workspace: Path | None) -> None:
    """Every price of an item: all providers, regions, terms and days."""
    book = _book(workspace)
    found = sorted(book.of(wanted), key=lambda p: (p.key, p.first, p.recorded_at))
    if not found:
        missing = book.quote(wanted, Decimal(1), datetime.now(UTC).date())
        near = ", ".join(missing.suggestions)
        hint = f"did you mean {near}?" if near else f"outlay prices list --family {wanted.family} shows the known ones"
        raise InputError("E-PRICE-008", missing.reason, hint)
    data = {"family": wanted.family, "item": wanted.item, "prices": [resource_data(p) for p in found]}
    emit(format, _table(found), {**data, "book": reference_age(book)}, head=f"{wanted.item} ({wanted.family})")


def quote_item(wanted: "Wanted", quantity: str, at: str, format: Format, workspace: Path | None) -> None:
    """What a quantity of an item costs on a day."""
    if not wanted.item:
        hint = f"outlay prices list --family {wanted.family} shows the items"
        raise InputError("E-PRICE-008", "no item is named; say --item", hint)
    book = _book(workspace)
    found = book.quote(wanted, _quantity(quantity), moment(at).date())
    emit(format, _lines(found), _data(found, book), head=_head(found), foot=_foot(found, book))


def wanted_of(family: str, item: str, provider: str, workspace: Path | None, **said: str) -> "Wanted":
    """What to look for, under the ids of the book. Raises `InputError` for an unknown family or unit."""
    from outlay.prices.book import list_prices
    from outlay.prices.resource_rows import known_family, known_resource_unit
    from outlay.prices.resources import Wanted

    checked_folder(workspace)
    if said.get("unit") and not said["unit"].startswith(("GB", "GiB")):
        legal(known_resource_unit, said["unit"])
    sold = list_prices().names.spelled(provider) if provider else ""
    return Wanted(legal(known_family, family), item.lower(), sold, **said)


def _book(workspace: Path | None) -> "Resources":
    from outlay.prices.own import resources_of

    return resources_of(checked_folder(workspace))


def _quantity(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found < 0:
        raise InputError("E-PRICE-009", f"no quantity: {text!r}", "write a number such as 20000 or 0.5")
    return found


def _table(prices: "list[ResourcePrice]") -> Table:
    columns = [
        "provider",
        "item",
        "region",
        "term",
        "offer",
        "unit",
        "price",
        "above",
        "from",
        "as of",
        "kind",
        "source",
    ]
    rows = []
    for p in prices:
        told = [(plain(s.price), plain(s.above) if s.above else "") for s in p.steps]
        for price, above in told or [(f"{p.low} to {p.high}", "")]:
            where = [p.provider, p.item, p.region, p.term, p.offer, p.unit]
            rows.append([*where, price, above, p.first, p.as_of, p.kind, p.source])
    return Table(columns, rows, frozenset({"price", "above"}))


def _lines(found: "ResourceQuote") -> Table:
    unit = found.price.unit if found.price else ""
    rows = [
        [unit, plain(p.step.above), plain(p.quantity), plain(p.step.price), plain(p.cost), _source(found)]
        for p in found.parts
    ]
    columns = ["unit", "above", "quantity", "price", "cost", "source"]
    return Table(columns, rows, frozenset({"above", "quantity", "price", "cost"}))


def _source(found: "ResourceQuote") -> str:
    return found.price.source if found.price else ""


def _head(found: "ResourceQuote") -> str:
    wanted, price = found.wanted, found.price
    provider = price.provider if price else wanted.provider
    whose = f" of {provider}" if provider else ""
    unit = f" {price.unit}" if price else ""
    cost = f"{plain(found.cost)} {price.currency}" if price and found.cost is not None else "unknown"
    return f"{plain(found.quantity)}{unit} of {wanted.item} ({wanted.family}){whose}, {found.day}: {cost}"


def _foot(found: "ResourceQuote", book: "Resources") -> list[str]:
    lines = [f"not known: {found.reason}"] if found.cost is None else []
    # The reason names the range of one unit.
    if found.low_cost is not None and found.cost is None and found.quantity != 1:
        lines.append(f"between {plain(found.low_cost)} and {plain(found.high_cost)} in all")
    if found.suggestions:
        lines.append(f"did you mean {', '.join(found.suggestions)}?")
    if found.flat_cost is not None and found.flat_cost != found.cost:
        lines.append(f"all of it at the first step would cost {plain(found.flat_cost)}")
    if found.price and found.price.note:
        lines.append(found.price.note)
    return [*lines, told_reference_age(book)]


def _data(found: "ResourceQuote", book: "Resources") -> dict[str, Any]:
    wanted, price = found.wanted, found.price
    return {
        "family": wanted.family, "item": wanted.item, "at": found.day.isoformat(), "quantity": exact(found.quantity),
        "provider": price.provider if price else wanted.provider or None,
        "unit": price.unit if price else wanted.unit or None,
        "cost": _money(found.cost), "currency": price.currency if price else "USD",
        "flat_cost": _money(found.flat_cost), "low_cost": _money(found.low_cost), "high_cost": _money(found.high_cost),
        "lines": [_line(part, price) for part in found.parts if price],
        "price": resource_data(price) if price else None,
        "reason": found.reason or None, "suggestions": list(found.suggestions), "book": reference_age(book),
    }  # fmt: skip


def _money(value: Decimal | None) -> str | None:
    """An exact cost without the zeros that steps leave behind."""
    return plain(value) or None


def _line(part: "Part", price: "ResourcePrice") -> dict[str, Any]:
    """One step of a quote, in the shape of a token class of a call."""
    step = {
        "price": exact(part.step.price), "per": 1, "above": exact(part.step.above), "currency": price.currency,
        "kind": price.kind, "from": price.first or None, "as_of": price.as_of, "recorded_at": price.recorded_at,
        "source": price.source,
    }  # fmt: skip
    return {"unit": price.unit, "quantity": exact(part.quantity), "cost": _money(part.cost), "price": step}


def resource_data(price: "ResourcePrice") -> dict[str, Any]:
    """A price of a resource for programs."""
    return {
        "provider": price.provider, "family": price.family, "item": price.item, "unit": price.unit,
        "price": exact(price.price),
        "steps": [{"above": exact(s.above), "price": exact(s.price)} for s in price.steps],
        "low": exact(price.low), "high": exact(price.high), "currency": price.currency,
        "region": price.region or None, "term": price.term, "offer": price.offer or None,
        "from": price.first or None, "until": price.until or None, "as_of": price.as_of, "seen": price.seen or None,
        "kind": price.kind, "recorded_at": price.recorded_at, "source": price.source, "note": price.note or None,
    }  # fmt: skip
