"""`outlay prices`: what people and programs see."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from typer.testing import Result

from outlay.prices import update

Run = Callable[..., Result]
O3 = ("prices", "quote", "--provider", "openai", "--model", "o3", "--input", "10000", "--output", "1000")


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_a_quote_in_every_format(
    outlay: Run, scrub: Callable[[str], str], snapshot: SnapshotAssertion, form: str
) -> None:
    ran = outlay(*O3, "--at", "2025-05-01", "--format", form)
    assert ran.exit_code == 0
    assert scrub(ran.stdout) == snapshot


def test_what_is_not_known_is_null_and_no_failure(outlay: Run) -> None:
    ran = outlay("prices", "quote", "-p", "anthropic", "-m", "claude-sonnet-45", "--input", "5", "-f", "json")
    data = json.loads(ran.stdout)["data"]
    assert (ran.exit_code, data["cost"], data["lines"]) == (0, None, [])
    assert (data["reason"], data["suggestions"][0]) == (
        "unknown model 'claude-sonnet-45' of anthropic",
        "claude-sonnet-4-5",
    )


def test_a_time_of_day_counts(outlay: Run) -> None:
    night = ("prices", "quote", "-p", "deepseek", "-m", "deepseek-chat", "--input", "1000000", "-f", "json", "--at")
    costs = [json.loads(outlay(*night, at).stdout)["data"]["cost"] for at in ("2025-05-01", "2025-05-01T18:00:00Z")]
    assert costs == ["0.27", "0.135"]


def test_the_providers_and_the_models_of_one(outlay: Run) -> None:
    listed = json.loads(outlay("prices", "list", "-f", "json").stdout)["data"]
    assert {"openai", "anthropic", "google", "aws"} <= {p["provider"] for p in listed["providers"]}
    assert listed["book"]["age_days"] >= 0
    models = json.loads(outlay("prices", "list", "-p", "openai", "--at", "2025-05-01", "-f", "json").stdout)
    (o3,) = [m for m in models["data"]["models"] if m["model"] == "o3"]
    assert (o3["input"], o3["output"], o3["from"]) == ("10", "40", "2025-04-16")


def test_every_price_of_a_model_opens_to_its_source(outlay: Run) -> None:
    prices = json.loads(outlay("prices", "show", "o3", "-p", "openai", "-f", "json").stdout)["data"]["prices"]
    assert all(p["source"] and p["recorded_at"] and p["id"] for p in prices)
    assert {p["tier"] for p in prices} >= {"standard", "batch", "flex", "priority"}


def test_the_book_is_looked_over(outlay: Run) -> None:
    ran = outlay("prices", "check", "--format", "json")
    data = json.loads(ran.stdout)["data"]
    assert {d["code"] for d in data["findings"]} <= {"W-PRICE-014"}
    assert data["overlaps"] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("quote", "-p", "openai", "-m", "o3", "--at", "someday"), "E-PRICE-002"),
        (("list", "-p", "acme"), "E-PRICE-003"),
        (("list", "--tier", "batsh"), "E-PRICE-007"),
        (("quote", "-p", "openai", "-m", "o3", "--tier", "batsh"), "E-PRICE-007"),
        (("quote", "-p", "openai", "-m", "o3", "-w", "missing"), "E-WORK-001"),
        (("quote", "--family", "egres", "--item", "internet"), "E-PRICE-007"),
        (("quote", "--family", "egress"), "E-PRICE-008"),
        (("show", "h100", "--family", "gpu"), "E-PRICE-008"),
        (("quote", "--family", "egress", "--item", "internet", "--quantity", "much"), "E-PRICE-009"),
        (("quote", "--model", "o3"), "E-PRICE-010"),
        (("show", "o3"), "E-PRICE-010"),
        (("show", "o33", "-p", "openai"), "E-PRICE-004"),
    ],
)
def test_wrong_words_are_told(outlay: Run, words: tuple[str, ...], code: str) -> None:
    ran = outlay("prices", *words)
    assert (ran.exit_code, code in ran.stderr) == (2, True)


def test_any_form_of_a_day_means_its_noon(outlay: Run) -> None:
    said = [json.loads(outlay(*O3, "-f", "json", "--at", at).stdout)["data"]["at"] for at in ("20250610", "2025-06-10")]
    assert said == ["2025-06-10T12:00:00+00:00"] * 2


def test_the_day_of_a_call_is_that_of_utc(outlay: Run) -> None:
    """Half past one in Berlin on 10 June is 9 June in UTC, before the price fell."""
    data = json.loads(outlay(*O3, "-f", "json", "--at", "2025-06-10T01:30:00+02:00").stdout)["data"]
    assert (data["at"], data["cost"]) == ("2025-06-09T23:30:00+00:00", "0.14")


def test_the_list_says_what_its_numbers_are(outlay: Run) -> None:
    data = json.loads(outlay("prices", "list", "-p", "deepseek", "-f", "json").stdout)["data"]
    assert (data["unit"], data["currency"], data["per"]) == ("token", "USD", 1_000_000)
    assert all(m["from"] is None or len(m["from"]) == 10 for m in data["models"])
    assert all(m["recorded_at"] for m in data["models"])
    listed = json.loads(outlay("prices", "list", "-f", "json").stdout)["data"]["providers"]
    assert all(p["recorded_at"] for p in listed)


EGRESS = ("prices", "quote", "--family", "egress", "-p", "aws", "--item", "internet", "--quantity", "20000")


@pytest.mark.parametrize("form", ["table", "json"])
def test_a_quote_of_a_resource(
    outlay: Run, scrub: Callable[[str], str], snapshot: SnapshotAssertion, form: str
) -> None:
    ran = outlay(*EGRESS, "--at", "2026-11-21", "--format", form)
    assert ran.exit_code == 0
    assert scrub(ran.stdout) == snapshot


def test_a_range_of_a_resource_is_no_failure(outlay: Run) -> None:
    ran = outlay("prices", "quote", "--family", "labour", "--item", "data-scientist", "-f", "json")
    data = json.loads(ran.stdout)["data"]
    assert (ran.exit_code, data["cost"], data["lines"], bool(data["reason"])) == (0, None, [], True)


def test_the_resources_of_a_family(outlay: Run) -> None:
    listed = json.loads(outlay("prices", "list", "--family", "storage", "-p", "amazon", "-f", "json").stdout)["data"]
    assert {"s3-standard", "s3-glacier-instant"} <= {p["item"] for p in listed["prices"]}
    shown = json.loads(outlay("prices", "show", "h100-80gb", "--family", "gpu", "-f", "json").stdout)["data"]["prices"]
    assert {p["term"] for p in shown} >= {"on-demand", "spot", "3-year"}
    assert all(p["source"] and p["as_of"] for p in shown)


def test_an_update_appends_what_is_newer(outlay: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = ("openai", "gpt-9", "input", "1000000", "standard", "0", "2026-12-01", "", "", "", "7")

    def find(folder: Path) -> update.Update:
        return update.compare(folder, "0.9.0", [row], [("openai", "gpt-9", "gpt-9")])

    monkeypatch.setattr(update, "find_update", find)
    said = ("prices", "update", "-w", str(tmp_path), "-f", "json")
    tried, done, again = (json.loads(outlay(*said, *more).stdout)["data"] for more in (("--dry-run",), (), ()))
    assert (tried["new"], tried["names"], tried["dry_run"], tried["prices"][0]["price"]) == (1, 1, True, "7")
    assert (done["new"], again["new"], again["names"]) == (1, 0, 0)
    day = ("--at", "2026-12-02")
    shown = outlay("prices", "quote", "-w", str(tmp_path), "-p", "openai", "-m", "gpt-9", "--input", "1000000", *day)
    assert "7 USD" in shown.stdout


def test_an_update_without_its_package_says_what_to_install(
    outlay: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    monkeypatch.delitem(sys.modules, "outlay.prices.snapshot", raising=False)
    ran = outlay("prices", "update", "--workspace", str(tmp_path))
    assert (ran.exit_code, "pip install genai-prices" in ran.stderr) == (2, True)
