"""Bills whose rows are no days of UTC, no single tokens, no dollars: metering meets them, and nothing counts twice."""

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest
from tests.bills import Charge, charge, workspace, write_bill
from tests.calls import EACH, Row, ask, call, metered, write_calls

from outlay.model.period import ALL
from outlay.views.costs import Question, ask_costs
from outlay.workspace import Workspace

AWS = "Amazon Web Services"
SELLER = ("ServiceProviderName", "ProviderName", "PublisherName", "InvoiceIssuerName")
HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


def row(cost: str, tokens: int | None, meter: str = "Input Tokens", seller: str = "OpenAI", **columns: str) -> Charge:
    """A row about tokens of gpt-4o, or of what `columns` say."""
    said = {
        "ChargeDescription": f"gpt-4o {meter.lower()}",
        "SkuMeter": meter,
        "ConsumedQuantity": "" if tokens is None else str(tokens),
        "ConsumedUnit": "" if tokens is None else "Tokens",
        "ServiceName": "OpenAI API",
        "ServiceCategory": "AI and Machine Learning",
        "BillingAccountId": "payer",
        **dict.fromkeys(SELLER, seller),
    }
    return charge(cost, day="2026-10-05", **{**said, **columns})


def asked(at: str, tenant: str, tokens: int = 1_000_000, **columns: object) -> Row:
    return call(tokens, 0, time=at, tenant=tenant, **columns)


def loaded(folder: Path, bill: Iterable[Charge], calls: Iterable[Row]) -> Workspace:
    opened = workspace(folder / "work")
    opened.load([write_bill(folder / "bill.csv", bill), write_calls(folder / "calls.csv", calls)])
    opened.refresh()
    return opened


def tenants(opened: Workspace, column: str = "EffectiveCost") -> dict[str | None, Decimal]:
    sql = f"SELECT x_TenantId, sum({column}) FROM {{}} WHERE x_RecordKind = 'billed' GROUP BY 1"
    return dict(ask(opened, sql, "costs"))


def test_the_hours_of_a_day_are_split_alike(tmp_path: Path) -> None:
    hours = [
        row(
            "1", 400_000, ChargePeriodStart=f"2026-10-05T{h:02}:00:00Z", ChargePeriodEnd=f"2026-10-05T{h + 1:02}:00:00Z"
        )
        for h in (0, 5, 10, 11, 22)
    ]
    opened = loaded(tmp_path, hours, [asked("2026-10-05T05:10:00Z", "a", 500_000), asked("2026-10-05T10:10:00Z", "b")])
    assert tenants(opened) == {"a": Decimal("1.25"), "b": Decimal("2.5"), None: Decimal("1.25")}


def test_a_day_that_begins_elsewhere_is_split_by_the_day_in_which_it_begins(tmp_path: Path) -> None:
    pacific = row("2", 1_000_000, ChargePeriodStart="2026-10-05T07:00:00Z", ChargePeriodEnd="2026-10-06T07:00:00Z")
    opened = loaded(tmp_path, [pacific], [asked("2026-10-05T20:00:00Z", "a"), asked("2026-10-06T20:00:00Z", "b")])
    assert tenants(opened) == {"a": Decimal(2)}


def test_money_of_another_currency_tells_who_and_not_how_much(tmp_path: Path) -> None:
    yen = row("600", None, BillingCurrency="JPY")
    opened = loaded(
        tmp_path, [yen], [asked("2026-10-05T01:00:00Z", "a"), asked("2026-10-05T02:00:00Z", "b", 2_000_000)]
    )
    assert tenants(opened) == {"a": Decimal(200), "b": Decimal(400)}


def test_a_bill_without_place_and_version_meets_calls_that_name_both(tmp_path: Path) -> None:
    said = {
        "ServiceName": "Amazon Bedrock",
        "ChargeDescription": "Claude Haiku 4.5 input",
        "x_ModelId": "claude-haiku-4-5",
    }
    bill = [row("1.10", 1_000_000, seller=AWS, **said)]
    calls = [asked("2026-10-05T01:00:00Z", "a", provider="aws.bedrock", model=HAIKU)]
    opened = loaded(tmp_path, bill, calls)
    assert tenants(opened) == {"a": Decimal("1.10")}
    (found,) = opened.reconcile(ALL)
    assert (found.model, found.coverage, found.metered) == ("claude-haiku-4-5", Decimal(1), Decimal("1.1"))


@pytest.mark.parametrize("project", ["123456789012", "search-service"])
def test_projects_by_names_of_another_kind_do_not_part_calls_from_their_bill(tmp_path: Path, project: str) -> None:
    bill = [row("2.5", 1_000_000, SubAccountId="123456789012")]
    opened = loaded(tmp_path, bill, [asked("2026-10-05T01:00:00Z", "a", project=project)])
    assert tenants(opened) == {"a": Decimal("2.5")}


def test_a_bill_whose_payer_metering_cannot_know_is_counted_once(tmp_path: Path) -> None:
    opened = loaded(tmp_path, [row("2.5", 1_000_000)], [asked("2026-10-05T01:00:00Z", "a")])
    best, billed = (
        ask_costs(opened.connection, opened.relation("costs"), Question(kind=kind), opened.journal.live()).total
        for kind in ("best", "billed")
    )
    assert best == billed


LINES: dict[str, tuple[dict[str, int], list[tuple[str, int | None, str]]]] = {
    "an hour of cache": ({"cache_write_1h": 1_000_000}, [("6", 1_000_000, "Cache Write Tokens")]),
    "searches": ({"web_searches": 100}, [("1", None, "Web searches")]),
}


@pytest.mark.parametrize("case", LINES)
def test_what_bill_and_metering_agree_on_has_no_cause(tmp_path: Path, case: str) -> None:
    counts, lines = LINES[case]
    fresh, beside = 1_000_000, counts.get("cache_write_1h", 0)
    said = {"provider": "anthropic", "model": "claude-sonnet-4-5", **counts}
    calls = [call((fresh + beside) // 100, 1_000, requests=100, **{**said, **{k: v // 100 for k, v in counts.items()}})]
    sold = {"seller": "Anthropic", "ServiceName": "Claude API", "x_ModelId": "claude-sonnet-4-5"}
    usual: list[tuple[str, int | None, str]] = [("3", fresh, "Input Tokens"), ("1.5", 100_000, "Output Tokens")]
    bill = [row(cost, tokens, meter, **sold, ChargeDescription=meter) for cost, tokens, meter in [*usual, *lines]]
    (found,) = loaded(tmp_path, bill, calls).reconcile(ALL)
    assert found.difference == 0
    assert found.causes == {}


def test_what_a_provider_says_it_cost_is_in_its_dollars(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work", "currency: EUR\n")
    said = call(10, 10, provider="openrouter", model="nobody/knows", stated_cost="5.00", stated_by="provider")
    opened.load([write_calls(tmp_path / "calls.csv", [said])])
    rows = ask(opened, "SELECT BillingCurrency, x_MeteredCost FROM {} WHERE x_RecordKind = 'metered'", "costs")
    assert rows == [("USD", Decimal(5))]


@pytest.mark.parametrize(
    ("one", "other"), [("azure.ai.openai", "azure"), ("aws.bedrock", "bedrock"), ("gcp.vertex_ai", "google")]
)
def test_an_answer_under_two_spellings_of_its_provider_counts_once(tmp_path: Path, one: str, other: str) -> None:
    opened = workspace(tmp_path / "work")
    for n, provider in enumerate([one, other]):
        opened.load(
            [write_calls(tmp_path / f"{n}.csv", [call(provider=provider, model="some", id="r-1", team=str(n))])]
        )
    assert metered(opened)[0] == 1


def test_a_model_that_is_named_later_is_named_on_older_bills(tmp_path: Path) -> None:
    opened = loaded(tmp_path, [row("1", 10, ChargeDescription="acme-large, input")], [call()])
    models = "SELECT DISTINCT x_ModelId FROM {} WHERE x_RecordKind = 'billed'"
    assert ask(opened, models, "costs") == [(None,)]
    (opened.folder / "prices").mkdir()
    own = "{provider: openai, model: acme-large, from: 2026-01-01, prices: {input: 1}}"
    (opened.folder / "prices" / "own.yaml").write_text(f"source: a contract\nrecorded: 2026-10-01\nprices: [{own}]\n")
    opened = Workspace(opened.folder)
    opened.refresh()
    assert ask(opened, models, "costs") == [("acme-large",)]


def test_of_two_equal_tellings_of_one_load_that_of_the_first_file_counts(tmp_path: Path) -> None:
    for n in range(4):
        opened = workspace(tmp_path / f"work{n}")
        files = [write_calls(tmp_path / f"{n}{team}.csv", [call(id="r", team=team)]) for team in ("first", "second")]
        opened.load(files)
        assert ask(opened, "SELECT team, cost FROM {} WHERE counted") == [("first", EACH)]
