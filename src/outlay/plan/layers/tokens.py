"""What tokens cost in a plan: stated prices or those of the book, for every layer that calls models."""

from typing import Annotated

from outlay.plan.layers.entry import Strict
from outlay.plan.quantities.field import PRICE, USAGE, In, share
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.tariff import Seller, tariff
from outlay.plan.world import PlanError, World

Requests = Annotated[Quantity, In("requests/month", knob="traffic", group=USAGE)]
Tokens = Annotated[Quantity, In("tokens/request", knob="context", group=USAGE, also=("tokens",))]
TokenPrice = Annotated[Quantity, In("$/token", group=PRICE)]
Share = Annotated[Quantity, share()]
NONE = parse_quantity(0)


class TokenPrices(Strict):
    """Prices that stand for those of the book, such as a contract's."""

    input: TokenPrice | None = None
    """A token of the input."""
    output: TokenPrice | None = None
    """A token of the output."""
    cache_read: TokenPrice | None = None
    """A token that is read from a cache; as input if only input and output are stated."""
    cache_write: TokenPrice | None = None
    """A token that is written to a cache; as input if only input and output are stated."""
    reasoning: TokenPrice | None = None
    """A token of reasoning; as output if only input and output are stated."""
    request: Annotated[Quantity, In("$/request", group=PRICE)] | None = None
    """Each request, beside its tokens."""

    @property
    def complete(self) -> bool:
        """Whether no price of the book is needed."""
        return self.input is not None and self.output is not None

    def of(self, name: str) -> Quantity | None:
        """The stated price of a class; where all is stated, a class without a price of its own has that of its side."""
        side = self.output if name in ("output", "reasoning") else self.input
        own: Quantity | None = self.cache_write if name.startswith("cache_write") else getattr(self, name)
        return own or (side if self.complete else None)


class Asked:
    """What is asked for the tokens of calls of one model: what the plan states, else the book."""

    def __init__(
        self,
        world: World,
        seller: Seller,
        stated: TokenPrices | None = None,
        context: Path | None = None,
        decline: Quantity | None = None,
        where: tuple[str | int, ...] = ("model",),
    ) -> None:
        self.world, self.seller, self.decline, self.where = world, seller, decline, where
        self.stated, self.context = stated or TokenPrices(), context or Path.of(0.0)
        self.tariff = None if self.stated.complete else tariff(world, seller, where)

    def price(self, name: str) -> tuple[Path, str]:
        """The price of a token of a class, and who says so."""
        if (stated := self.stated.of(name)) is not None:
            return self.world.falling(self.world(stated), self.decline), f"{stated} as the plan states"
        assert self.tariff is not None
        found = self.tariff.price(name, self.context)
        if found is None:
            message = f"no price of {name} of {self.seller} is known"
            raise PlanError("E-PLAN-032", message, "state it in prices", self.where)
        told = f"{found.level.flat[0] * 1e6:.6g} per M tokens of {self.tariff.name} on {self.world.prices.day}"
        return self.world.falling(found, self.decline), told

    def fee(self) -> Path | None:
        """What each request costs beside its tokens."""
        if self.stated.request is not None:
            return self.world(self.stated.request)
        return self.tariff.price("request", self.context) if self.tariff else None

    def cost(self, requests: Path, tokens: dict[str, Path]) -> Path:
        """What requests cost whose calls hold so many tokens of each class."""
        parts = [requests * amount * self.price(name)[0] for name, amount in tokens.items()]
        if (fee := self.fee()) is not None:
            parts.append(requests * fee)
        return sum(parts[1:], parts[0])
