"""Random calls of models: every kind of price there is, any moment of three years, any classes of tokens."""

import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from outlay.prices.book import Book, list_prices
from outlay.prices.own import with_own
from outlay.prices.quote import Call

# Names as callers say them: histories, tiers, context steps, hours of the day, hosts, and names that nobody knows.
CALLED = (
    *(("openai", m) for m in ("gpt-4o", "o3", "gpt-4o-2024-05-13", "gpt-5", "gpt-4.1-mini", "gpt-99")),
    *(("anthropic", m) for m in ("claude-sonnet-4-5", "claude-opus-4-1-20250805", "claude-3-5-haiku-latest")),
    *(("gcp.gemini", m) for m in ("gemini-2.5-pro", "gemini-2.5-flash", "gemini-1.5-pro")),
    *(("deepseek", m) for m in ("deepseek-chat", "deepseek-reasoner")),
    *(("aws.bedrock", m) for m in ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "amazon.nova-pro-v1:0")),
    *(("x-ai", "grok-4"), ("mistral", "mistral-large-latest"), ("azure", "gpt-4o"), ("vllm", "acme/llama-ft-7")),
    # Those of the own prices below.
    *(("acme", "weekly"), ("acme", "hourly"), ("acme", "steps"), ("acme", "fine"), ("acme", "input-only")),
    *(("anthropic", "claude-opus-4-6"), ("acme", "here")),
)
CACHES = ("cache_read", "cache_write_5m", "cache_write_1h")
TIERS = ("standard", "batch", "flex", "priority")
REGIONS = ("", "us", "eu", "EU", "us-east-1")
OWN = """
source: a contract
recorded: 2024-01-01
prices:
  - {provider: openai, model: gpt-4o, from: 2025-03-03, until: 2025-09-30, prices: {input: 2.2, output: 8.75}}
  - {provider: openai, model: gpt-4o, tier: batch, from: 2025-06-15, weekdays: "67", prices: {input: 1.01, output: 4}}
  - {provider: azure, model: gpt-4o, from: 2026-02-28, prices: {input: 2.4, cache_read: 1.19, output: 9.6}}
  - {provider: acme, model: weekly, from: 2024-03-01, weekdays: "12345", prices: {input: 3, output: 7}}
  - {provider: acme, model: weekly, from: 2024-03-01, weekdays: "67", prices: {input: 0.3, output: 0.7}}
  - {provider: acme, model: hourly, from: 2024-01-01, prices: {input: 1, output: 2}, daily_until: "08:30"}
  - {provider: acme, model: hourly, from: 2024-01-01, prices: {input: 5, output: 9},
     daily_from: "08:30", daily_until: "24:00", weekdays: "135"}
  - {provider: acme, model: steps, from: 2024-01-01, prices: {input: 1, cache_read: 0.1, output: 2}}
  - {provider: acme, model: steps, from: 2024-01-01, above: 1000, prices: {input: 2, output: 4}}
  - {provider: acme, model: steps, from: 2025-01-01, above: 64000, prices: {input: 8, output: 16}}
  - {provider: acme, model: fine, from: 2024-01-01, prices: {input: 0.000000123, cache_write_1h: 1, output: 7e-9}}
  - {provider: acme, model: input-only, from: 2024-01-01, until: 2026-06-30, prices: {input: 0.13}}
  - {provider: acme, model: thinker, from: 2024-01-01, prices: {input: 2, output: 8, reasoning: 3}}
  - {provider: acme, model: here, from: 2024-01-01, prices: {input: 1, output: 2}}
  - {provider: acme, model: here, region: EU, from: 2025-01-01, prices: {input: 1.5, output: 3}}
  - {provider: acme, model: here, above: 64000, from: 2024-01-01, prices: {input: 4}}
"""
TOKENS = st.one_of(
    st.just(0), st.integers(0, 400_000), st.sampled_from([1, 1000, 1001, 64_000, 64_001, 128_001, 200_000, 200_001])
)
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
SECONDS = 3 * 365 * 86_400
# Any second, and the midnights between which prices change.
MOMENTS = st.one_of(
    st.integers(0, SECONDS).map(lambda s: FIRST + timedelta(seconds=s)),
    st.integers(0, 3 * 365).map(lambda d: FIRST + timedelta(days=d)),
    st.integers(1, 3 * 365).map(lambda d: FIRST + timedelta(days=d, microseconds=-1)),
)


@cache
def book() -> Book:
    """The list prices with those of OWN in their place."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "prices").mkdir()
        (Path(folder) / "prices" / "own.yaml").write_text(OWN)
        return with_own(list_prices(), Path(folder))


@st.composite
def calls(draw: st.DrawFn) -> Call:
    """A call as the quote takes it."""
    provider, model = draw(st.sampled_from(CALLED))
    classes: dict[str, Any] = {c: draw(TOKENS) for c in draw(st.sets(st.sampled_from(["input", *CACHES, "output"])))}
    context = draw(st.one_of(st.none(), TOKENS))
    tier = draw(st.one_of(st.just("standard"), st.sampled_from(TIERS)))
    region = draw(st.sampled_from(REGIONS))
    return Call(provider, model, draw(MOMENTS), **classes, tier=tier, context=context, region=region)
