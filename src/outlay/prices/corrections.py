"""What we know better than the generated table: launches, earlier tiers, histories, and names that changed meaning."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from outlay.model.document import read_document, validate
from outlay.prices.price import LIST, STANDARD, Price
from outlay.prices.registry import TOKENS, Amount, Clock, Region, Tier, Unit, Weekdays


class Said(BaseModel):
    """Who said something, and the day on which it was read there; None if nobody has read it again."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    source: str
    seen: date | None = None


class Launch(Said):
    """The first day on which models could be called: before it they had no price."""

    provider: str
    models: dict[str, date]


class Earlier(Said):
    """A class of service that a provider sold since a day, with the discount that was recorded later."""

    provider: str
    tier: Tier
    first: date = Field(alias="from")
    models: list[str] = Field(default_factory=list)


class Regional(Said):
    """Regions where every token of some models costs so many times what it costs elsewhere."""

    provider: str
    regions: list[Region]
    factor: Decimal = Field(gt=0)
    models: list[str]


class History(Said):
    """The prices of a model between two days; they take the place of what the table says for those days."""

    provider: str
    model: str
    tier: Tier = STANDARD
    region: Region = ""
    above: int = 0
    first: date = Field(alias="from")
    until: date | None = None
    daily_from: Clock = ""
    daily_until: Clock = ""
    weekdays: Weekdays = ""
    per: int = 1_000_000
    kind: str = LIST
    prices: dict[Unit, Amount]


class Name(Said):
    """What a name meant between two days."""

    provider: str
    name: str
    model: str
    first: date | None = Field(default=None, alias="from")
    until: date | None = None


# Whose price it is, of what, in which tier, where.
Key = tuple[str, str, str, str]


class Corrections(BaseModel):
    """A file of corrections."""

    model_config = ConfigDict(extra="forbid")
    recorded: date
    launches: list[Launch] = Field(default_factory=list)
    earlier: list[Earlier] = Field(default_factory=list)
    histories: list[History] = Field(default_factory=list)
    regional: list[Regional] = Field(default_factory=list)
    names: list[Name] = Field(default_factory=list)


def read_corrections(path: Path) -> Corrections:
    """The corrections in a YAML file. Raises `InputError` with the place of what is wrong."""
    return validate(read_document(path), Corrections, "E-PRICE-001")


def corrected(prices: Iterable[Price], said: Corrections) -> list[Price]:
    """The prices with the corrections in their place: histories, then the tiers and regions that follow from them."""
    listed: dict[Key, list[Price]] = {}
    for price in prices:
        launched = _launched(price, said.launches)
        listed.setdefault((price.provider, price.model, price.tier, price.region), []).append(launched)
    for told in _groups(said.histories):
        one = told[0]
        same = listed.get((one.provider, one.model, one.tier, one.region), [])
        group = _until_newer(told, same, said.recorded)
        made = [*_outside(same, group), *(p for h in group for p in prices_of(h, said.recorded))]
        listed[one.provider, one.model, one.tier, one.region] = made
    found = [price for same in listed.values() for price in same]
    for earlier in said.earlier:
        found += _extended(found, earlier, said.recorded)
    for regional in said.regional:
        found += _elsewhere(found, regional, said.recorded)
    return found


def _launched(price: Price, launches: Sequence[Launch]) -> Price:
    days = [x.models[price.model] for x in launches if x.provider == price.provider and price.model in x.models]
    return replace(price, first=max(price.first, days[0].isoformat())) if days else price


def _groups(histories: Sequence[History]) -> list[list[History]]:
    """The histories of one model, tier and interval together: they replace once what stood there."""
    found: dict[tuple[object, ...], list[History]] = {}
    for h in histories:
        found.setdefault((h.provider, h.model, h.tier, h.region, h.first, h.until), []).append(h)
    return list(found.values())


def _until_newer(group: Sequence[History], same: Iterable[Price], recorded: date) -> Sequence[History]:
    """Histories without an end, ended where a price of the same begins that was recorded after them."""
    one, told = group[0], recorded.isoformat()
    newer = [p.first for p in same if p.recorded_at > told and p.first > one.first.isoformat()]
    if one.until or not newer:
        return group
    return [history.model_copy(update={"until": date.fromisoformat(min(newer))}) for history in group]


def _outside(same: Iterable[Price], group: Sequence[History]) -> Iterator[Price]:
    """The prices of the same without the days that the histories tell, whatever the unit."""
    one = group[0]
    for price in same:
        before = price.within("", one.first.isoformat())
        after = price.within(one.until.isoformat(), "") if one.until else None
        yield from (part for part in (before, after) if part)


def prices_of(said: History, recorded: date) -> Iterator[Price]:
    """The price of each unit that a history tells."""
    until = said.until.isoformat() if said.until else ""
    for unit, price in said.prices.items():
        yield Price(
            provider=said.provider, model=said.model, unit=unit, per=said.per, tier=said.tier, above=said.above,
            first=said.first.isoformat(), daily_from=said.daily_from, daily_until=said.daily_until, until=until,
            price=price, recorded_at=recorded.isoformat(), source=said.source, kind=said.kind, weekdays=said.weekdays,
            region=said.region,
        )  # fmt: skip


def _extended(prices: Sequence[Price], said: Earlier, recorded: date) -> Iterator[Price]:
    """The prices of a tier before its first recorded day: the same ratio to the standard price of each day."""
    of = [p for p in prices if p.provider == said.provider and (not said.models or p.model in said.models)]
    tiers = {_what(p): p for p in sorted(of, key=lambda p: p.first, reverse=True) if p.tier == said.tier}
    standard = [p for p in of if p.tier == STANDARD and _what(p) in tiers]
    beside = {_what(p): p for p in standard if p.within(first := tiers[_what(p)].first, "") and p.first <= first}
    for price in standard:
        tier, basis = tiers[_what(price)], beside.get(_what(price))
        # A tier without a first day was always there.
        earlier = price.within(said.first.isoformat(), tier.first) if tier.first else None
        if earlier is not None and basis is not None and basis.price:
            exact = Fraction(price.price) * Fraction(tier.price) / Fraction(basis.price)
            then = Decimal(exact.numerator) / Decimal(exact.denominator)
            yield replace(earlier, tier=said.tier, price=then, source=said.source, recorded_at=recorded.isoformat())


def _what(price: Price) -> tuple[str, str, int, str]:
    """What a price is for, whatever the tier and the days."""
    return price.model, price.unit, price.above, price.region


def _elsewhere(prices: Sequence[Price], said: Regional, recorded: date) -> Iterator[Price]:
    """The token prices of regions, from those that hold everywhere."""
    for price in prices:
        of_them = price.provider == said.provider and price.model in said.models
        if of_them and not price.region and price.unit in TOKENS:
            dearer = replace(
                price, price=price.price * said.factor, source=said.source, recorded_at=recorded.isoformat()
            )
            yield from (replace(dearer, region=region) for region in said.regions)
