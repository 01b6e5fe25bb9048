"""Prices of a workspace: they hold for their days, and for models that nobody else knows."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from outlay.model.problem import InputError
from outlay.prices.book import list_prices
from outlay.prices.own import with_own
from outlay.prices.quote import Call, Quote, quote

CONTRACT = """
source: contract 4711
recorded: 2026-08-20
prices:
  - provider: openai
    model: gpt-4o-2024-11-20
    from: 2026-09-01
    until: 2026-12-01
    prices: {input: 2, output: 8}
  - provider: vllm
    model: acme/llama-ft-7
    kind: self-hosted
    from: 2026-01-01
    prices: {input: "0.07", output: "0.07"}
"""


def ask(folder: Path, provider: str, model: str, day: str) -> Quote:
    at = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
    return quote(with_own(list_prices(), folder), Call(provider, model, at, input=10**6))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices" / "openai.yaml").write_text(CONTRACT, encoding="utf-8")
    return tmp_path


def test_a_negotiated_price_holds_for_its_days(folder: Path) -> None:
    assert ask(folder, "openai", "gpt-4o", "2026-08-31").cost == Decimal("2.5")
    negotiated = ask(folder, "openai", "gpt-4o", "2026-09-01")
    assert negotiated.cost == 2
    price = negotiated.lines[0].price
    assert (price.kind, price.source, price.recorded_at) == ("negotiated", "contract 4711", "2026-08-20")
    assert ask(folder, "openai", "gpt-4o", "2026-12-01").cost == Decimal("2.5")


def test_a_model_of_ones_own_has_a_price(folder: Path) -> None:
    assert ask(folder, "vllm", "acme/llama-ft-7", "2026-02-01").cost == Decimal("0.07")
    assert ask(folder, "vllm", "acme/llama-ft-8", "2026-02-01").cost is None


def test_a_class_that_the_contract_leaves_out_keeps_its_list_price(folder: Path) -> None:
    at = datetime(2026, 10, 1, tzinfo=UTC)
    found = quote(with_own(list_prices(), folder), Call("openai", "gpt-4o", at, input=10, cache_read=10))
    assert [(line.price.kind, line.price.price) for line in found.lines] == [("list", Decimal("1.25"))]


def test_without_own_prices_the_book_is_the_list(tmp_path: Path) -> None:
    assert with_own(list_prices(), tmp_path) is list_prices()


def test_a_wrong_file_is_told_with_its_place(folder: Path) -> None:
    path = folder / "prices" / "openai.yaml"
    path.write_text(CONTRACT.replace("until:", "untill:"), encoding="utf-8")
    with pytest.raises(InputError, match="unknown key 'untill'") as raised:
        with_own(list_prices(), folder)
    assert (raised.value.code, raised.value.place) == ("E-PRICE-005", f"{path}:8:5")
