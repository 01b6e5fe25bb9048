"""Calls of hosted models: requests x tokens of each class x the price of the day.

A request that is retried pays again; one that falls back pays the other model; one that a cascade escalates pays both.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np

from outlay.plan.layers.entry import Decline, Entry, Strict
from outlay.plan.layers.tokens import NONE, Asked, Requests, Share, TokenPrices, Tokens
from outlay.plan.line import Line, Stage
from outlay.plan.quantities.field import In, share
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.tariff import Seller
from outlay.plan.world import PlanError, World

ALL = parse_quantity(1)
TTL_MONTHS = {"5m": 5 / (60 * 730), "1h": 1 / 730}
CLASSES = ("input", "cache_read", "cache_write", "output", "reasoning")


class Route(Strict):
    """A model, and the share of the requests that go to it."""

    provider: str
    """Who sells the model."""
    model: str
    """The model."""
    share: Share
    """Its share of the requests."""
    tier: str = "standard"
    """The class of service."""
    prices: TokenPrices | None = None
    """Prices of tokens, in place of the book."""


class Cache(Strict):
    """A prefix that providers cache: `prefix` of the input, in so many versions, kept for `ttl` after each use.

    Requests come at random, so the prefix is there with the probability 1 - exp(-rate x ttl), where the rate is that of
    one version; otherwise it is written again, at the price of writing.
    """

    prefix: Share
    """The share of the input that is such a prefix."""
    versions: Annotated[Quantity, In("", least=1)] = parse_quantity(1)
    """How many prefixes there are, such as one for each tenant."""
    ttl: Literal["5m", "1h"] = "5m"
    """How long a prefix is kept after each use."""


class ModelApi(Entry):
    """Requests to a hosted model. `input` and `output` are tokens of one request.

    `cached` and `cache_write` are shares of the input, or `cache` says what they follow from. `reasoning` is a share of
    the output that has a price of its own. `batch` is the share of requests that can wait for half the price. At the
    `peak`, so many times the average, the provider's `rate_limit` may be reached.
    """

    kind: Literal["model-api"] = "model-api"
    model: str = ""
    """The model; `provider` sells it."""
    routes: list[Route] = []
    """Several models that share the requests, in place of `model`."""
    requests: Requests
    """Requests a month."""
    input: Tokens
    """Tokens that one request sends."""
    output: Tokens
    """Tokens that one request gets."""
    reasoning: Share = NONE
    """Share of the output that is reasoning and has a price of its own."""
    cached: Annotated[Quantity, share(knob="cache")] = NONE
    """Share of the input that is read from a cache."""
    cache_write: Share = NONE
    """Share of the input that is written to a cache."""
    cache: Cache | None = None
    """The prefix from which hits and writes follow, in place of `cached` and `cache_write`."""
    tier: str = "standard"
    """The class of service."""
    batch: Share = NONE
    """Share of the requests that can wait for the batch tier."""
    retries: Share = NONE
    """Share of the requests that is sent again and paid again."""
    fallback: Route | None = None
    """The model that takes over a share of the requests, which is all that they pay."""
    cascade: Route | None = None
    """The model to which a share of the requests is escalated, which pay both."""
    prices: TokenPrices | None = None
    """Prices of tokens, in place of the book."""
    peak: Annotated[Quantity, In("", least=1)] = parse_quantity(3)
    """The peak of the load over its average."""
    rate_limit: Annotated[Quantity, In("tokens/min")] | None = None
    """Tokens a minute that the provider allows."""
    decline: Decline | None = None
    """By which share prices fall a year."""

    def lines(self, world: World) -> Iterator[Line]:
        """One line for each class of tokens of each route, then retries, fallback and cascade."""
        requests, retries = world(self.requests), world(self.retries)
        kept = 1 - world(self.fallback.share) if self.fallback else Path.of(1.0)
        for at, route, part in self._routes(world):
            yield from self._route(world, route, requests * kept * part, at, "initial", "")
        if self.retries is not NONE:
            for at, route, part in self._routes(world):
                yield from self._whole(world, route, requests * part * retries, at, "retries")
        if self.fallback:
            share = world(self.fallback.share)
            yield from self._whole(world, self.fallback, requests * share, ("fallback",), "fallback")
        if self.cascade:
            share = world(self.cascade.share)
            yield from self._whole(world, self.cascade, requests * share, ("cascade",), "escalated")

    def _routes(self, world: World) -> Iterator[tuple[tuple[str | int, ...], Route, Path]]:
        """Where each route stands in the plan, the route, and its share of the requests."""
        if bool(self.model) == bool(self.routes):
            raise PlanError("E-PLAN-022", f"{self.name} names no one model", "write provider and model, or routes")
        if not self.routes:
            alone = Route(provider=self.provider, model=self.model, share=ALL, tier=self.tier, prices=self.prices)
            yield (), alone, Path.of(1.0)
            return
        shares = [world(route.share) for route in self.routes]
        total = sum(float(np.median(share.level)) for share in shares)
        if abs(total - 1) > 0.005:
            message = f"the shares of the routes add up to {total:.1%}"
            raise PlanError("E-PLAN-023", message, "make them 100%", ("routes",))
        # Shares that are ranges add up to 1 in each draw.
        whole = sum(shares[1:], shares[0])
        for index, (route, part) in enumerate(zip(self.routes, shares, strict=True)):
            yield ("routes", index), route, part / whole

    def _whole(
        self, world: World, route: Route, requests: Path, at: tuple[str | int, ...], part: str
    ) -> Iterator[Line]:
        """All token classes of some requests as one line."""
        found = list(self._route(world, route, requests, at, "production", part))
        cost = sum((line.cost for line in found[1:]), found[0].cost)
        yield Line(part, cost, f"{part}: {route.model}", requests, "requests", "production", model=route.model)

    def _route(
        self, world: World, route: Route, requests: Path, at: tuple[str | int, ...], stage: Stage, part: str
    ) -> Iterator[Line]:
        """The token classes of the requests of one route, batch and waiting ones."""
        batch = world(self.batch) if self.batch is not NONE and not part else None
        if batch is None:
            yield from self._tier(world, route, route.tier, requests, at, stage)
            return
        yield from self._tier(world, route, route.tier, requests * (1 - batch), at, stage)
        yield from self._tier(world, route, "batch", requests * batch, at, stage)

    def _tier(
        self, world: World, route: Route, tier: str, requests: Path, at: tuple[str | int, ...], stage: Stage
    ) -> Iterator[Line]:
        seller = Seller(route.provider or self.provider, route.model, tier, self.region)
        asked = Asked(world, seller, route.prices, world(self.input), self.decline, (*at, "model"))
        beside = f" ({tier})" if tier != "standard" else ""
        for name, amount in self._tokens(world, requests).items():
            if amount.never:
                continue
            price, why = asked.price(_unit(name, self.cache))
            part, tokens = f"{_WORDS[name]} of {route.model}{beside}", requests * amount
            yield Line(part, tokens * price, why, tokens, "tokens", stage, model=route.model)
        if (fee := asked.fee()) is not None:
            yield Line(f"requests of {route.model}", requests * fee, "", requests, "requests", stage, model=route.model)

    def _tokens(self, world: World, requests: Path) -> dict[str, Path]:
        """Tokens of each class of one request; a class that nothing is in is left out."""
        size, answer = world(self.input), world(self.output)
        read, write = self._cached(world, requests)
        found = {"input": size * (1 - read - write), "output": answer}
        if self.cache or self.cached is not NONE:
            found["cache_read"] = size * read
        if self.cache or self.cache_write is not NONE:
            found["cache_write"] = size * write
        if self.reasoning is not NONE:
            thought = world(self.reasoning)
            found["output"], found["reasoning"] = answer * (1 - thought), answer * thought
        return {name: found[name] for name in CLASSES if name in found}

    def _cached(self, world: World, requests: Path) -> tuple[Path, Path]:
        """The shares of the input that are read from a cache and written to it."""
        if self.cache is None:
            read, write = world(self.cached), world(self.cache_write)
            if np.median(read.level) + np.median(write.level) > 1:
                message = "cached and cache_write are more than the input"
                raise PlanError("E-PLAN-023", message, "make them 100%", ("cached",))
            return read, write
        rate = requests / world(self.cache.versions) * TTL_MONTHS[self.cache.ttl]
        there = rate.each(lambda r: -np.expm1(-r))
        prefix = world(self.cache.prefix)
        return prefix * there, prefix * (1 - there)


_WORDS = {name: name for name in CLASSES} | {"cache_read": "cached input", "cache_write": "cache writes"}


def _unit(name: str, cache: Cache | None) -> str:
    """The unit that a class is priced as."""
    if name != "cache_write":
        return name
    return "cache_write_1h" if cache is not None and cache.ttl == "1h" else "cache_write_5m"


ENTRIES = (ModelApi,)
