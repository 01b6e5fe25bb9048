"""What the company's own telemetry saw of its calls: windows of a day by tenant, and calls that failed.

Some calls of a stream are lost: the provider bills them, telemetry has no record, and their tokens are missing in
proportion. Example: 1,000 calls with 90,000 tokens, 20 of them lost, are seen as 980 calls with 88,200 tokens. Failed
calls come on top of both: telemetry counts them, but learns no tokens, although the provider bills some.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from outlay.demo.amounts import MICRO
from outlay.demo.charges import Row
from outlay.demo.timeline import Month, day_index, day_name
from outlay.demo.traffic import Grid, Stream

COUNTS = ("requests", "input", "cache_read", "cache_write_5m", "output")
SAYS = ("provider", "model", "project", "team", "feature", "tenant", "environment", "status", "counts")
# The columns of a file of windows with their types in Parquet.
TYPES = {"time": "TIMESTAMPTZ", **dict.fromkeys(SAYS, "VARCHAR"), **dict.fromkeys(COUNTS, "BIGINT")}
# Directions that an invoice bills on their own, and their columns; telemetry counts them in `input` too.
CACHED = {"cached_input": "cache_read", "cache_write": "cache_write_5m"}


@dataclass(frozen=True, slots=True)
class Metered:
    """What telemetry saw of a stream by day and tenant: answered calls, their tokens, and calls that failed."""

    stream: Stream
    requests: Grid
    failed: Grid
    tokens: dict[str, Grid]

    def lost_tokens(self, direction: str) -> Grid:
        """The tokens that nobody saw."""
        return self.stream.tokens[direction] - self.tokens[direction]


def meter(stream: Stream) -> Metered:
    """What telemetry saw of `stream`, in whole calls and whole tokens."""
    seen = stream.calls - stream.lost
    tokens = {d: grid * seen // np.maximum(stream.calls, 1) for d, grid in stream.tokens.items()}
    failed = (stream.calls * stream.failed_share + MICRO // 2) // MICRO
    return Metered(stream, seen, failed, tokens)


def window_rows(found: Sequence[Metered], month: Month) -> Iterator[Row]:
    """The windows of a month, day by day."""
    first = day_index(str(month.first))
    for day in range(first, first + month.days):
        for seen in found:
            yield from _windows(seen, day)


def _windows(seen: Metered, day: int) -> Iterator[Row]:
    """The answered and the failed calls of each tenant on a day."""
    said = _said(seen) | {"time": f"{day_name(day)}T00:00:00Z"}
    requests, failed = seen.requests[day].tolist(), seen.failed[day].tolist()
    counts = _counts(seen, day)
    for position, tenant in enumerate(seen.stream.tenants):
        if requests[position]:
            tokens = {name: str(numbers[position]) for name, numbers in counts.items()}
            yield said | {"tenant": tenant, "status": "ok", "requests": str(requests[position])} | tokens
        if failed[position]:
            yield said | {"tenant": tenant, "status": "error", "requests": str(failed[position])}


def _said(seen: Metered) -> Row:
    """The columns that do not change from day to day."""
    stream = seen.stream
    who = {name: stream.facts[name] for name in ("team", "feature", "environment")}
    called = {"provider": stream.provider, "model": stream.model, "project": stream.facts["account"]}
    return who | called | {"counts": "total"}


def _counts(seen: Metered, day: int) -> dict[str, list[int]]:
    """Tokens per tenant as OpenTelemetry counts them: `input` holds what was read from and written to a cache."""
    by_direction = {d: grid[day] for d, grid in seen.tokens.items()}
    whole = sum(numbers for d, numbers in by_direction.items() if d != "output")
    named = {CACHED.get(d, d): numbers for d, numbers in by_direction.items()}
    return {name: numbers.tolist() for name, numbers in (named | {"input": whole}).items()}
