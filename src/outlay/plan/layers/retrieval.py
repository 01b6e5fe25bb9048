"""Retrieval: memory for vectors, embedding of documents and of questions, queries, re-ranking.

vectors x dimensions x bytes x 1.5 x replicas are kept in memory; what changes is embedded again each month, and all of
it when the embedding model changes.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from outlay.plan.capacity import vector_store
from outlay.plan.layers.entry import Entry
from outlay.plan.layers.tokens import Asked, Requests, Share
from outlay.plan.line import Line
from outlay.plan.quantities.field import PRICE, USAGE, In
from outlay.plan.quantities.path import Path
from outlay.plan.quantities.quantity import Quantity, parse_quantity
from outlay.plan.tariff import Seller
from outlay.plan.world import PlanError, World

MONTHS_A_YEAR = 12


class VectorStore(Entry):
    """Vectors that are searched. Memory is paid by the GB a month in each replica, in nodes where `node` is stated.

    `peak_queries` a second over what one node answers may ask for more replicas than there are; `build` is the compute
    that an index takes, `rebuilds` how often a year it is made again.
    """

    kind: Literal["vector-store"] = "vector-store"
    vectors: Annotated[Quantity, In("vectors", group=USAGE, also=("items",))]
    """How many vectors there are."""
    dimensions: Annotated[int, Field(ge=1)] = 1536
    """Numbers in a vector."""
    number: Literal["fp32", "fp16", "int8", "binary"] = "fp32"
    """The format of a number."""
    overhead: Annotated[Quantity, In("", least=1)] = parse_quantity(1.5)
    """Memory over that of the vectors: their graph and their metadata. 1.5 is Qdrant's rule."""
    in_memory: Share = parse_quantity(1)
    """The share of the vectors that is kept in memory, where the rest lies on disk."""
    replicas: Annotated[int, Field(ge=1)] = 1
    """How many copies are kept in memory at least."""
    memory_price: Annotated[Quantity, In("$/GB/month", group=PRICE, also=("$/GB-month", "$/GB"))]
    """What a GB of memory costs a month."""
    peak_queries: Annotated[Quantity, In("", knob="traffic")] | None = None
    """Queries a second at the peak."""
    node_queries: Annotated[Quantity, In("")] = parse_quantity(800)
    """Queries a second that one replica answers: 8 vCPU at 100 each. Measure yours."""
    build: Annotated[Quantity, In("$", group=PRICE)] | None = None
    """What it costs to build the index once."""
    rebuilds: Annotated[Quantity, In("1/year", also=("runs/year",))] | None = None
    """How often a year it is built again."""

    def lines(self, world: World) -> Iterator[Line]:
        """Memory of the first copy, that of the replicas, and building the index."""
        per_vector = self.dimensions * vector_store.BYTES_PER_NUMBER[self.number] / 1e9
        stored = world(self.vectors) * world(self.overhead) * world(self.in_memory) * per_vector
        price = world(self.memory_price)
        why = f"{self.vectors} x {self.dimensions} x {self.number} x {self.overhead} at {self.memory_price}"
        yield Line("memory", stored * price, why, stored, "GB", fixed=True)
        more = self._replicas(world) - 1
        if more.grid().max() > 0:
            copies = stored * more
            yield Line("replicas", copies * price, f"{why}, in replicas", copies, "GB", "production", fixed=True)
        if self.build is not None:
            yield from self._built(world, self.build)

    def _replicas(self, world: World) -> Path:
        """As many as are stated, or as the peak of queries needs at 60% of what a node answers."""
        least = Path.of(float(self.replicas))
        if self.peak_queries is None:
            return least
        needed = world(self.peak_queries) / (world(self.node_queries) * vector_store.BUSY)
        return needed.each(lambda n: np.maximum(np.ceil(n - 1e-9), self.replicas))

    def _built(self, world: World, build: Quantity) -> Iterator[Line]:
        first = world.month_of(self.since) if self.since else 0
        # What began before the plan is paid already.
        yield Line("first build", world(build), f"{build} once", first=first, until=first + 1)
        if self.rebuilds is not None:
            again = world(build) * (world(self.rebuilds) / MONTHS_A_YEAR)
            yield Line("rebuilds", again, f"{build} x {self.rebuilds}", stage="production", first=first + 1)


class Embedding(Entry):
    """Texts that become vectors: the corpus once, what changes each month, all of it for each new model, questions."""

    kind: Literal["embedding"] = "embedding"
    corpus: Annotated[Quantity, In("tokens", group=USAGE)]
    """Tokens of all texts."""
    churn: Annotated[Quantity, In("1/month")] | None = None
    """The share of the corpus that is new or changed each month."""
    model_changes: Annotated[Quantity, In("1/year", also=("runs/year",))] | None = None
    """How often a year the embedding model changes, so that everything is embedded again."""
    queries: Requests | None = None
    """Questions a month that are embedded."""
    query_tokens: Annotated[Quantity, In("tokens/request", also=("tokens",))] = parse_quantity(30)
    """Tokens of a question."""
    model: str = ""
    """The embedding model; `provider` sells it."""
    price: Annotated[Quantity, In("$/token", group=PRICE)] | None = None
    """The price of a token; without it that of the provider's model."""

    def lines(self, world: World) -> Iterator[Line]:
        """The first embedding, refresh, new models, questions."""
        corpus, (price, why) = world(self.corpus), self._price(world)
        first = world.month_of(self.since) if self.since else 0
        yield Line("first embedding", corpus * price, why, corpus, "tokens", first=first, until=first + 1)
        if self.churn is not None:
            changed = corpus * world(self.churn)
            told = f"{self.churn} of {self.corpus}; {why}"
            yield Line("refresh", changed * price, told, changed, "tokens", "production")
        if self.model_changes is not None:
            again = corpus * (world(self.model_changes) / MONTHS_A_YEAR)
            told = f"{self.model_changes} x {self.corpus}; {why}"
            yield Line("new models", again * price, told, again, "tokens", "production")
        if self.queries is not None:
            asked = world(self.queries) * world(self.query_tokens)
            yield Line("questions", asked * price, f"{self.queries} x {self.query_tokens}; {why}", asked, "tokens")

    def _price(self, world: World) -> tuple[Path, str]:
        if self.price is None and not (self.provider and self.model):
            hint = "write provider and model of an embedding model, or price"
            raise PlanError("E-PLAN-022", f"{self.name} names no model", hint)
        if self.price is not None:
            return world(self.price), f"{self.price} as the plan states"
        return Asked(world, Seller(self.provider, self.model)).price("input")


class Rerank(Entry):
    """Requests whose passages are ranked again, at a price for each."""

    kind: Literal["rerank"] = "rerank"
    requests: Requests
    """Requests a month."""
    share: Share = parse_quantity(1)
    """Share of them that is ranked again."""
    price: Annotated[Quantity, In("$/request", group=PRICE)]
    """What ranking one costs."""

    def lines(self, world: World) -> Iterator[Line]:
        """The requests."""
        ranked = world(self.requests) * world(self.share)
        yield Line("re-ranking", ranked * world(self.price), f"{self.requests} at {self.price}", ranked, "requests")


ENTRIES = (VectorStore, Embedding, Rerank)
