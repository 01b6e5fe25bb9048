from pathlib import Path

import pytest
from tests.plan.plans import line, stack_of

from outlay.plan.stack import Stack


def stack(folder: Path, entry: str, months: int = 12) -> Stack:
    return stack_of(folder, f"layers: {{retrieval: [{{{entry}}}]}}\n", months, draws=2)


STORE = "name: v, vectors: 10M, dimensions: 1536, memory_price: $10 / GB-month"


def test_memory_is_vectors_by_dimensions_by_bytes_and_half_again(tmp_path: Path) -> None:
    """methods A5: 10 million x 1,536 in fp32, two replicas: 172 GiB; in int8 43 GiB."""
    gib = 2**30 / 1e9
    assert float(stack(tmp_path, STORE + ", replicas: 2", 1).total.expected) == pytest.approx(172 * gib * 10, rel=0.01)
    small = stack(tmp_path, STORE + ", replicas: 2, number: int8", 1)
    assert float(small.total.expected) == pytest.approx(43 * gib * 10, rel=0.01)


def test_queries_at_the_peak_may_need_more_replicas(tmp_path: Path) -> None:
    """1,500 a second on nodes of 800 at 60%: 4 replicas."""
    found = stack(tmp_path, STORE + ", peak_queries: 1500", 1)
    assert float(found.total.expected) == pytest.approx(4 * line(found, "memory"))


def test_the_corpus_is_embedded_once_then_what_changes_then_all_of_it_for_a_new_model(tmp_path: Path) -> None:
    """10^9 tokens, 5% a month, 12 months, one new model a year, at $0.02 a million: 20 + 12 + 20."""
    entry = "name: e, corpus: 1B tokens, churn: 5% / month, model_changes: 1 / year, price: $0.02 / M tokens"
    found = stack(tmp_path, entry)
    parts = [line(found, name) for name in ("first embedding", "refresh", "new models")]
    assert parts == pytest.approx([20, 12, 20])
    assert [float(g.initial) for g in found.gaps] == pytest.approx([20])


def test_embedding_models_have_prices_in_the_book(tmp_path: Path) -> None:
    """text-embedding-3-small asks 0.02 USD per M tokens."""
    entry = "name: e, provider: openai, model: text-embedding-3-small, corpus: 1B tokens, queries: 1M, query_tokens: 50"
    found = stack(tmp_path, entry, 1)
    assert line(found, "first embedding") == pytest.approx(20)
    assert line(found, "questions") == pytest.approx(1)


def test_an_index_is_built_and_built_again(tmp_path: Path) -> None:
    found = stack(tmp_path, STORE + ", build: $120, rebuilds: 6 / year")
    assert line(found, "first build") == pytest.approx(120)
    assert line(found, "rebuilds") == pytest.approx(11 * 60)


def test_reranking_has_a_price_for_each_request(tmp_path: Path) -> None:
    found = stack(tmp_path, "kind: rerank, name: r, requests: 1M, share: 50%, price: $2 / 1k requests", 1)
    assert float(found.total.expected) == pytest.approx(1000)
