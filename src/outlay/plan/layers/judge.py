"""Calls of a model that judges other answers: tokens of a judge are spend on models too."""

from typing import Annotated

from outlay.plan.layers.entry import Entry
from outlay.plan.layers.tokens import NONE, Asked, TokenPrices, Tokens
from outlay.plan.quantities.field import share
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity
from outlay.plan.tariff import Seller
from outlay.plan.world import World


class Judge(Entry):
    """A judge model, and the tokens of one judgement: the question, the answer and the rubric go in."""

    model: str = ""
    """The judge; `provider` sells it."""
    tier: str = "standard"
    """The class of service, such as batch."""
    input: Tokens
    """Tokens that one judgement reads."""
    output: Tokens
    """Tokens that one judgement writes."""
    cached: Annotated[Quantity, share(knob="cache")] = NONE
    """Share of the input that is read from a cache, such as the rubric."""
    prices: TokenPrices | None = None
    """Prices of tokens, in place of the book."""

    def judged(self, world: World, calls: Path) -> tuple[Path, str]:
        """What so many judgements a month cost, and why."""
        size, cached = world(self.input), world(self.cached)
        asked = Asked(world, Seller(self.provider, self.model, self.tier, self.region), self.prices, size)
        tokens = {"input": size * (1 - cached), "output": world(self.output)}
        if self.cached is not NONE:
            tokens["cache_read"] = size * cached
        told = "; ".join(f"{name} at {asked.price(name)[1]}" for name in tokens)
        return asked.cost(calls, tokens), f"{self.input} in and {self.output} out each; {told}"
