"""What a command says when no charge matches: what the ledger holds, and what may have been meant."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from outlay.views.no_match import Missing
    from outlay.workspace import Workspace

EMPTY = "No charges here. outlay load FILE... reads bills; outlay demo shows a company's."


def why_nothing(opened: "Workspace", where: str) -> list[str]:
    """Lines that say why a filter or a period found no charge."""
    from outlay.ledger.query import parse_terms
    from outlay.views.no_match import held_days, missing_values

    costs = opened.relation("costs")
    held = held_days(opened.connection, costs)
    if not held:
        return [EMPTY]
    days = ", ".join(f"{kind} charges of {period}" for kind, period in held.items())
    missing = missing_values(opened.connection, costs, parse_terms(where))
    return [f"No charge matches. The ledger holds {days}.", *map(_words, missing)]


def _words(missing: "Missing") -> str:
    name = missing.dimension.name
    near = ", ".join(f'"{value}"' if " " in value else value for value in missing.near)
    hint = f"did you mean {near}?" if near else f"outlay costs --by {name} lists them"
    return f"no {name} {missing.value!r}; {hint}"
