from pathlib import Path

import pytest
from tests.plan.plans import line, stack_of

CALLS = "name: a, provider: openai, model: gpt-5-mini, requests: 1M, input: 1k, output: 100"


def cost(folder: Path, entry: str) -> float:
    return float(stack_of(folder, f"layers: {{model-api: [{{{entry}}}]}}\n", months=1, draws=2).total.expected)


def test_tokens_are_priced_by_class_at_the_prices_of_the_day(tmp_path: Path) -> None:
    """gpt-5-mini on 2026-11-21: input 0.25, cached 0.025, output 2 USD per M tokens."""
    assert cost(tmp_path, CALLS) == pytest.approx(1000 * 0.25 + 100 * 2)
    assert cost(tmp_path, CALLS + ", cached: 40%") == pytest.approx(600 * 0.25 + 400 * 0.025 + 200)


def test_batch_is_half_the_price_of_its_share(tmp_path: Path) -> None:
    assert cost(tmp_path, CALLS + ", batch: 50%") == pytest.approx(450 * 0.75)


def test_a_retry_pays_the_whole_call_again(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, f"layers: {{model-api: [{{{CALLS}, retries: 10%}}]}}\n", months=1, draws=2)
    assert float(stack.total.expected) == pytest.approx(495)
    assert line(stack, "retries") == pytest.approx(45)
    assert [float(g.initial) for g in stack.gaps] == pytest.approx([450])


def test_an_escalation_pays_both_calls(tmp_path: Path) -> None:
    """gpt-5: 1.25 and 10 USD per M tokens, so a whole call is 1250 + 1000 = 2250 for a million."""
    found = cost(tmp_path, CALLS + ", cascade: {provider: openai, model: gpt-5, share: 20%}")
    assert found == pytest.approx(450 + 0.2 * 2250)


def test_a_fallback_pays_the_other_model_only(tmp_path: Path) -> None:
    found = cost(tmp_path, CALLS + ", fallback: {provider: openai, model: gpt-5, share: 20%}")
    assert found == pytest.approx(0.8 * 450 + 0.2 * 2250)


def test_routes_share_the_requests(tmp_path: Path) -> None:
    routes = "[{provider: openai, model: gpt-5-mini, share: 60%}, {provider: openai, model: gpt-5, share: 40%}]"
    found = cost(tmp_path, f"name: a, requests: 1M, input: 1k, output: 100, routes: {routes}")
    assert found == pytest.approx(0.6 * 450 + 0.4 * 2250)


def test_a_cache_is_read_where_the_prefix_is_still_there(tmp_path: Path) -> None:
    """One version of a prefix used 730 x 12 times a month, every 5 minutes: 1 - exp(-1) = 63.2% are read."""
    calls = "name: a, provider: anthropic, model: claude-sonnet-4-5, requests: 8760, input: 1M, output: 0"
    found = cost(
        tmp_path,
        calls + ", cache: {prefix: 100%, ttl: 5m}, prices: {input: $3/M tokens, output: $15/M tokens,"
        " cache_read: $0.30/M tokens, cache_write: $3.75/M tokens}",
    )
    there = 1 - 2.718281828459045**-1
    assert found == pytest.approx(8760 * (there * 0.30 + (1 - there) * 3.75), rel=1e-6)


def test_stated_prices_stand_for_those_of_the_book(tmp_path: Path) -> None:
    entry = "name: a, provider: nobody, model: secret, requests: 1M, input: 1k, output: 100"
    found = cost(tmp_path, entry + ", prices: {input: $1 / M tokens, output: $5 / M tokens}")
    assert found == pytest.approx(1500)


def test_longer_contexts_have_their_own_price(tmp_path: Path) -> None:
    """gemini-2.5-pro asks 1.25 up to 200k tokens and 2.50 above."""
    calls = "name: a, provider: google, model: gemini-2.5-pro, requests: 1k, output: 0"
    assert cost(tmp_path, calls + ", input: 200k") == pytest.approx(250)
    assert cost(tmp_path, calls + ", input: 300k") == pytest.approx(750)
