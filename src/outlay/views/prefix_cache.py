"""What a cache of prompt prefixes would have served: a simulation over the blocks of past prompts.

A prompt is a list of blocks of equal size, each named by all that stands before it. A leading run of blocks that were
used before is served from the cache; with a time to live, if their last use is not longer ago. A use renews it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

BLOCK = 512


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt: when it was sent in seconds, its input tokens, and its blocks."""

    second: float
    input: int
    blocks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Served:
    """What the cache served of some prompts."""

    requests: int
    hits: int
    input: int
    cached: int

    @property
    def share_of_tokens(self) -> Decimal:
        """The part of the input tokens that came from the cache."""
        return Decimal(self.cached) / self.input if self.input else Decimal(0)

    @property
    def share_of_requests(self) -> Decimal:
        """The part of the requests of which anything came from the cache."""
        return Decimal(self.hits) / self.requests if self.requests else Decimal(0)

    def saving(self, input_price: Decimal, discount: Decimal) -> Decimal:
        """What is saved where a cached token costs `discount` less; writing to the cache costs nothing more."""
        return self.cached * input_price * discount


def serve(prompts: Iterable[Prompt], ttl: float | None = None, block: int = BLOCK) -> Served:
    """Send prompts through an empty cache, in their order; a block lives `ttl` seconds after its last use."""
    used: dict[int, float] = {}
    requests = hits = tokens = cached = 0
    for prompt in prompts:
        run = 0
        for name in prompt.blocks:
            last = used.get(name)
            if last is None or (ttl is not None and prompt.second - last > ttl):
                break
            run += 1
        used.update(dict.fromkeys(prompt.blocks, prompt.second))
        served = min(run * block, prompt.input)
        requests, hits, tokens, cached = requests + 1, hits + (served > 0), tokens + prompt.input, cached + served
    return Served(requests, hits, tokens, cached)


def prompts(connection: "duckdb.DuckDBPyConnection", events: str) -> list[Prompt]:
    """The prompts of the events that tell their blocks (`prefix`, a JSON list of numbers), in the order of delivery."""
    rows = connection.execute(
        "SELECT epoch_us(time) / 1000000.0, input, CAST(json(prefix) AS BIGINT[]) "
        f"FROM {events} WHERE prefix IS NOT NULL AND input IS NOT NULL ORDER BY x_DeliveryId, x_RowId"
    ).fetchall()
    return [Prompt(float(second), tokens, tuple(blocks)) for second, tokens, blocks in rows]
