"""The named causes of a difference between billed and metered. They sum to it.

For each class of tokens c with billed tokens Qb and money B, metered tokens Qm and the list price p:

    B - Qm*p = (B - Qb*p)  discount          + (Qb - Qm)*p  tokens that are not metered, or not billed

The second part is named further: tokens of calls that nobody could price, of calls that failed and were billed, of
another cache class than metered, and the rest, usage never seen.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from outlay.model.token_classes import CLASSES
from outlay.views.sides import ZERO, Side

PICO = Decimal("1E-12")
INPUT_CLASSES = tuple(c for c in CLASSES if c != "output")
FEES, UNBILLED, UNTOLD = "credits, taxes and fees", "metered, not billed", "no tokens on the bill"
CAUSES = {
    "discount": "the bill asks another price than the list",
    "unpriced model": "calls whose model has no price in the book",
    "failed but billed": "calls that failed, with tokens on the bill",
    "cache class": "tokens billed in another cache class than metered",
    "usage never seen": "tokens on the bill that no metering saw",
    UNBILLED: "what was metered and is not on the bill",
    UNTOLD: "a bill without tokens: price and usage cannot be told apart",
    FEES: "lines of the bill that no call caused",
    "rounding": "what rounding of prices and lines left",
}


def causes_of(billed: Side, metered: Side | None) -> dict[str, Decimal]:
    """What makes up the difference, by name, without those that are 0."""
    seen = metered or Side()
    found = dict.fromkeys(CAUSES, ZERO)
    found[FEES] = billed.fees
    gaps: dict[str, tuple[Decimal, Decimal]] = {}
    for kind in CLASSES if billed.tokens else ():
        tokens, money = billed.tokens.get(kind, ZERO), billed.money.get(kind, ZERO)
        counted = seen.tokens.get(kind, ZERO)
        price = _price(seen.money.get(kind, ZERO), counted) or _price(money, tokens)
        if price is not None:
            found["discount"] += money - tokens * price
            gaps[kind] = (tokens - counted, price)
    _name_gaps(found, gaps, seen)
    _name_others(found, billed, seen)
    found = {name: value.quantize(PICO) for name, value in found.items()}
    found["rounding"] = (billed.cost or ZERO) - (seen.cost or ZERO) - sum(found.values(), ZERO)
    return {name: value for name, value in found.items() if value}


def _name_others(found: dict[str, Decimal], billed: Side, seen: Side) -> None:
    """Name the money that no token class has: of searches and requests, or all of a bill that tells no tokens."""
    if billed.tokens:
        found[UNTOLD if billed.other else UNBILLED] += billed.other - seen.other
    elif billed.other:
        found[UNTOLD if seen.cost is not None else "usage never seen"] += billed.other - (seen.cost or ZERO)


def _price(money: Decimal, tokens: Decimal) -> Decimal | None:
    return money / tokens if tokens else None


def _name_gaps(found: dict[str, Decimal], gaps: Mapping[str, tuple[Decimal, Decimal]], seen: Side) -> None:
    """Give the tokens that one side has more than the other their names, each at its price."""
    left = {kind: gap for kind, (gap, _) in gaps.items()}
    prices = {kind: price for kind, (_, price) in gaps.items()}
    _take(found, "unpriced model", left, prices, seen.unpriced)
    _take(found, "failed but billed", left, prices, _of_failed(seen))
    found["cache class"] += _shifted(left, prices)
    for kind, gap in left.items():
        found["usage never seen" if gap > 0 else UNBILLED] += gap * prices[kind]


def _of_failed(seen: Side) -> dict[str, Decimal]:
    """The tokens that failed calls probably had: those of the mean call that did not fail."""
    if not seen.requests or not seen.failed:
        return {}
    return {kind: tokens * seen.failed / seen.requests for kind, tokens in seen.tokens.items()}


def _take(
    found: dict[str, Decimal],
    name: str,
    left: dict[str, Decimal],
    prices: Mapping[str, Decimal],
    most: Mapping[str, Decimal],
) -> None:
    """Explain up to so many of the tokens that are left by one cause."""
    for kind, limit in most.items():
        taken = max(min(left.get(kind, ZERO), limit), ZERO)
        if taken:
            found[name] += taken * prices[kind]
            left[kind] -= taken


def _shifted(left: dict[str, Decimal], prices: Mapping[str, Decimal]) -> Decimal:
    """Input tokens that the bill has in one cache class and metering in another, at the difference of their prices."""
    kinds = [k for k in INPUT_CLASSES if k in left]
    more, less = [k for k in kinds if left[k] > 0], [k for k in kinds if left[k] < 0]
    moved = min(sum((left[k] for k in more), ZERO), -sum((left[k] for k in less), ZERO))
    return _settle(left, prices, more, moved) + _settle(left, prices, less, -moved) if moved else ZERO


def _settle(left: dict[str, Decimal], prices: Mapping[str, Decimal], kinds: Sequence[str], tokens: Decimal) -> Decimal:
    """Take tokens out of some classes, in proportion to what they have; returns their money."""
    whole = sum((left[k] for k in kinds), ZERO)
    money = ZERO
    for kind in kinds:
        share = left[kind] * tokens / whole
        money += share * prices[kind]
        left[kind] -= share
    return money
