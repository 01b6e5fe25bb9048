"""Prices of a workspace: they hold for their days, and for models that nobody else knows."""

import json
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from outlay.model.problem import InputError
from outlay.prices.book import list_prices
from outlay.prices.check import findings
from outlay.prices.own import with_own
from outlay.prices.quote import Call, Quote, quote

CONTRACT = """
source: contract 4711
recorded: 2026-08-20
prices:
  - provider: openai
    model: gpt-4o-2024-11-20
    from: 2026-09-01
    until: 2026-11-30
    prices: {input: 2, output: 8}
  - provider: vllm
    model: acme/llama-ft-7
    kind: self-hosted
    from: 2026-01-01
    prices: {input: "0.07", output: "0.07"}
"""


def ask(folder: Path, provider: str, model: str, day: str) -> Quote:
    return at(folder, provider, model, datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC))


def at(folder: Path, provider: str, model: str, moment: datetime, tokens: int = 10**6) -> Quote:
    return quote(with_own(list_prices(), folder), Call(provider, model, moment, input=tokens))


def one(recorded: str = "2026-08-20", **said: Any) -> str:
    """A file with one price: that of a million input tokens of gpt-4o at 2 USD, unless told otherwise."""
    price = {"provider": "openai", "model": "gpt-4o", "from": "2026-09-01", "prices": {"input": "2"}, **said}
    return json.dumps({"source": "contract", "recorded": recorded, "prices": [price]})


def write(folder: Path, **files: str) -> Path:
    """A workspace with these files of prices and no other."""
    shutil.rmtree(folder / "prices", ignore_errors=True)
    (folder / "prices").mkdir()
    for name, text in files.items():
        (folder / "prices" / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return folder


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
    assert ask(folder, "openai", "gpt-4o", "2026-11-30").cost == 2
    assert ask(folder, "openai", "gpt-4o", "2026-12-01").cost == Decimal("2.5")


def test_a_model_of_ones_own_has_a_price(folder: Path) -> None:
    assert ask(folder, "vllm", "acme/llama-ft-7", "2026-02-01").cost == Decimal("0.07")
    assert ask(folder, "vllm", "acme/llama-ft-8", "2026-02-01").cost is None


def test_a_class_that_the_contract_leaves_out_keeps_its_list_price(folder: Path) -> None:
    day = datetime(2026, 10, 1, tzinfo=UTC)
    found = quote(with_own(list_prices(), folder), Call("openai", "gpt-4o", day, input=10, cache_read=10))
    assert [(line.price.kind, line.price.price) for line in found.lines] == [("list", Decimal("1.25"))]


def test_without_own_prices_the_book_is_the_list(tmp_path: Path) -> None:
    assert with_own(list_prices(), tmp_path) is list_prices()


def test_a_wrong_file_is_told_with_its_place(folder: Path) -> None:
    path = folder / "prices" / "openai.yaml"
    path.write_text(CONTRACT.replace("until:", "untill:"), encoding="utf-8")
    with pytest.raises(InputError, match="unknown key 'untill'") as raised:
        with_own(list_prices(), folder)
    assert (raised.value.code, raised.value.place) == ("E-PRICE-005", f"{path}:8:5")


def test_a_contract_with_a_host_is_no_price_of_the_maker(tmp_path: Path) -> None:
    write(tmp_path, azure_yaml=one(provider="azure"))
    assert ask(tmp_path, "openai", "gpt-4o", "2026-10-01").cost == Decimal("2.5")
    hosted = ask(tmp_path, "azure.ai.openai", "gpt-4o-2024-11-20", "2026-10-01")
    assert (hosted.provider, hosted.cost) == ("azure", Decimal(2))
    assert ask(tmp_path, "azure", "gpt-4o", "2026-08-31").cost == Decimal("2.5")
    day = datetime(2026, 10, 1, tzinfo=UTC)
    cached = quote(with_own(list_prices(), tmp_path), Call("azure", "gpt-4o", day, input=10, cache_read=10))
    assert [(line.price.kind, line.price.price) for line in cached.lines] == [("list", Decimal("1.25"))]


def test_a_base_price_leaves_the_context_steps(tmp_path: Path) -> None:
    write(tmp_path, google_yaml=one(provider="google", model="gemini-2.5-pro", prices={"input": 1}))
    day = datetime(2026, 10, 1, tzinfo=UTC)
    assert at(tmp_path, "google", "gemini-2.5-pro", day, 100_000).cost == Decimal("0.1")
    assert at(tmp_path, "google", "gemini-2.5-pro", day, 300_000).cost == Decimal("0.75")


def test_of_two_contracts_that_overlap_the_later_one_holds(tmp_path: Path) -> None:
    october: dict[str, Any] = {"from": "2026-10-01", "until": "2026-10-31", "prices": {"input": "1.5"}}
    write(tmp_path, a_yaml=one("2026-10-02", **october), b_yml=one())
    costs = [ask(tmp_path, "openai", "gpt-4o", f"2026-{day}").cost for day in ("09-30", "10-01", "10-31", "11-01")]
    assert costs == [2, Decimal("1.5"), Decimal("1.5"), 2]
    assert [d for d in findings(with_own(list_prices(), tmp_path)) if d.code == "W-PRICE-011"] == []


def test_two_contracts_of_one_day_that_overlap_are_refused(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=one(), b_yml=one(prices={"input": "1.5"}))
    with pytest.raises(InputError, match="two prices of gpt-4o") as raised:
        with_own(list_prices(), tmp_path)
    assert raised.value.code == "E-PRICE-006"
    assert "a.yaml" in raised.value.message
    assert "b.yml" in raised.value.place


def test_weekends_may_have_a_price_of_their_own(tmp_path: Path) -> None:
    night: dict[str, Any] = {"weekdays": "76", "daily_from": "22:00", "daily_until": "24:00", "prices": {"input": "1"}}
    write(tmp_path, a_yaml=one(), b_yaml=one("2026-08-21", **night))
    saturday, monday = datetime(2026, 10, 3, 23, tzinfo=UTC), datetime(2026, 10, 5, 23, tzinfo=UTC)
    costs = [at(tmp_path, "openai", "gpt-4o", moment).cost for moment in (saturday, saturday.replace(hour=21), monday)]
    assert costs == [1, 2, 2]
    assert [d for d in findings(with_own(list_prices(), tmp_path)) if d.code == "W-PRICE-011"] == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"prices": {"inptu": 2}}, "unknown unit 'inptu'"),
        ({"tier": "batsh"}, "unknown tier 'batsh'"),
        ({"prices": {"input": -2}}, "greater than or equal to 0"),
        ({"until": "2026-08-31"}, "until 2026-08-31 is before from 2026-09-01"),
        ({"weekdays": "89"}, "'89' are no days of the week"),
        ({"daily_from": "22:00", "daily_until": "06:00"}, "daily_until is not after daily_from"),
    ],
)
def test_what_no_price_can_be_is_refused(tmp_path: Path, said: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told) as raised:
        with_own(list_prices(), write(tmp_path, a_yaml=one(**said)))
    assert raised.value.code == "E-PRICE-005"


def test_gaps_and_slips_of_own_prices_are_told(tmp_path: Path) -> None:
    november: dict[str, Any] = {"from": "2026-11-01", "prices": {"input": "2"}}
    write(tmp_path, a_yaml=one(until="2026-09-30", prices={"input": "2000"}), b_yaml=one(**november))
    found = {(d.code, d.price.kind) for d in findings(with_own(list_prices(), tmp_path), list_prices())}
    own = {told for told in found if told[0] != "W-PRICE-014"}
    assert own == {("W-PRICE-012", "negotiated"), ("W-PRICE-013", "negotiated"), ("W-PRICE-013", "negotiated")}


def test_a_contract_leaves_no_gap_in_the_list_price(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=one(until="2026-09-30"))
    found = {d.code for d in findings(with_own(list_prices(), tmp_path), list_prices())}
    assert found <= {"W-PRICE-014"}


def test_a_contract_says_nothing_of_the_age_of_the_book(tmp_path: Path) -> None:
    write(tmp_path, a_yaml=one("2027-01-01"))
    assert with_own(list_prices(), tmp_path).recorded_at == list_prices().recorded_at


@pytest.mark.parametrize(
    ("said", "near"),
    [
        ({"model": "gpt-5.2-typo"}, "did you mean gpt-5.2"),
        ({"model": "gpt-5.2-typo", "kind": "self-hosted"}, ""),
        ({"model": "gpt-5.2-typo", "provider": "acme"}, ""),
        ({"model": "a-name-like-no-other"}, ""),
        ({"model": "gpt-4o", "provider": "azure"}, ""),
        ({"model": "gpt-4o-2024-11-20"}, ""),
    ],
)
def test_a_price_for_a_model_that_its_provider_does_not_list_is_told(
    tmp_path: Path, said: dict[str, Any], near: str
) -> None:
    write(tmp_path, a_yaml=one(**{"prices": {"input": "2", "output": "8"}, **said}))
    found = [d for d in findings(with_own(list_prices(), tmp_path), list_prices()) if d.code == "W-PRICE-016"]
    assert len(found) == bool(near)
    assert all(near in d.message for d in found)
