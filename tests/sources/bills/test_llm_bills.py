"""The cost APIs of OpenAI and Anthropic: pages of days in JSON, summed apart from outlay."""

import gzip
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.bills import by, total, workspace

from outlay.cli.load import expand
from outlay.model.problem import InputError
from outlay.sources import pages

DATA = Path(__file__).parents[2] / "data" / "llm_bills"
OPENAI, ANTHROPIC = DATA / "openai_costs.json", DATA / "anthropic_cost_report.json"


def amounts(path: Path) -> list[Decimal]:
    """Every amount in dollars, read without outlay; a JSON number is a double, as every reader has it."""
    found = json.loads(path.read_text(encoding="utf-8"))
    results = [r["amount"] for bucket in found["data"] for r in bucket["results"]]
    return [Decimal(repr(a["value"])) if isinstance(a, dict) else Decimal(a) / 100 for a in results]


@pytest.mark.parametrize(("file", "source", "rows"), [(OPENAI, "openai-costs", 5), (ANTHROPIC, "anthropic-costs", 3)])
def test_stored_and_rounding_sum_to_the_file(tmp_path: Path, file: Path, source: str, rows: int) -> None:
    opened = workspace(tmp_path / "work")
    (delivery,) = opened.load([file]).deliveries
    assert (delivery.entry.source, delivery.entry.rows, delivery.entry.problems) == (source, rows, 0)
    rounding = sum(Decimal(r["BilledCost"]) for r in delivery.entry.rounding)
    assert total(opened) + rounding == sum(amounts(file))
    assert total(opened, "EffectiveCost") == total(opened)


def test_an_amount_in_cents_keeps_every_digit(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([ANTHROPIC])
    assert by(opened, "x_ModelId") == {
        "claude-sonnet-4-5": Decimal("123.461789012345"),
        None: Decimal("1.000000000000"),
    }


def test_who_what_and_when(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    opened.load([OPENAI, ANTHROPIC])
    columns = "ServiceProviderName, SubAccountId, SkuMeter, ChargeCategory, x_Layer, strftime(ChargePeriodStart, '%d')"
    rows = opened.connection.execute(f"SELECT {columns} FROM {opened.relation('costs')} ORDER BY ALL").fetchall()
    assert ("OpenAI", "proj_search", "gpt-4o-2024-08-06, input", "Usage", "model-api", "01") in rows
    assert ("OpenAI", None, "credit", "Credit", None, "03") in rows
    assert ("Anthropic", "wrkspc_research", "output_tokens", "Usage", "model-api", "02") in rows


def test_pages_that_follow_are_asked_for(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    notes = [d.notes for d in opened.load([OPENAI, ANTHROPIC]).deliveries]
    assert sorted(len(n) for n in notes) == [0, 2]


def days(*starts: int, more: bool, results: bool = True) -> str:
    """A page of OpenAI's costs with one result of 1.5 on each of some days."""
    result = {"amount": {"value": 1.5, "currency": "usd"}, "line_item": "input"}
    data = [{"start_time": s, "end_time": s + 86400, "results": [result] * results} for s in starts]
    return json.dumps({"data": data, "has_more": more})


FIRST_DAY = 1759276800


def test_pages_in_other_files_of_the_load_are_not_asked_for(tmp_path: Path) -> None:
    texts = [days(FIRST_DAY, FIRST_DAY + 86400, more=True), days(FIRST_DAY + 2 * 86400, more=False)]
    texts.append(days(FIRST_DAY + 31 * 86400, more=True))
    for number, text in enumerate(texts):
        (tmp_path / f"page{number}.json").write_text(text, encoding="utf-8")
    opened = workspace(tmp_path / "work")
    loaded = opened.load(expand([str(tmp_path / "page*.json")]))
    notes = {note for d in loaded.deliveries for note in d.notes}
    assert notes == {"page2.json: more pages follow its last one; load all pages of a period at once"}
    assert total(opened) == 6


def test_pages_without_a_result_are_told_as_such(tmp_path: Path) -> None:
    empty, full = tmp_path / "empty.json", tmp_path / "full.json"
    empty.write_text(days(FIRST_DAY, FIRST_DAY + 86400, more=False, results=False), encoding="utf-8")
    full.write_text(days(FIRST_DAY + 2 * 86400, more=False), encoding="utf-8")
    opened = workspace(tmp_path / "work")
    with pytest.raises(InputError) as raised:
        opened.load([empty])
    assert raised.value.code == "E-FILE-009"
    loaded = opened.load([empty, full])
    assert [(p.code, Path(p.file).name) for p in loaded.problems] == [("E-FILE-009", "empty.json")]
    assert total(opened) == Decimal("1.5")


@pytest.mark.parametrize("key", ['a"b', "a/b", "a~1b", "a.b", "a\\b", "'", "", "{x}", "*", "$"])
def test_a_key_with_any_sign_is_a_column(tmp_path: Path, key: str) -> None:
    bill = tmp_path / "bill.json"

    def named(page: dict[str, Any]) -> None:
        page["data"][0][key] = {key: "1"}
        page["data"][0]["results"][0][key] = "2"

    bill.write_text(broken(named), encoding="utf-8")
    opened = workspace(tmp_path / "work")
    sample = pages.sample(bill, opened.connection, compressed=False)
    assert (sample.rows[0][f"{key}.{key}"], sample.rows[0][f"results.{key}"]) == ("1", "2")
    assert opened.load([bill]).deliveries[0].entry.rows == 5


def test_a_value_that_is_an_object_elsewhere_is_a_column_beside_those_inside(tmp_path: Path) -> None:
    bill = tmp_path / "bill.json"
    bill.write_text(broken(lambda page: page["data"][0]["results"][0].update(amount=3)), encoding="utf-8")
    columns = pages.sample(bill, workspace(tmp_path / "work").connection, compressed=False).columns
    assert {"results.amount", "results.amount.value", "results.amount.currency"} <= set(columns)


def test_pages_one_after_the_other_and_zipped(tmp_path: Path) -> None:
    second = (
        OPENAI.read_text(encoding="utf-8").replace("1759276800", "1759536000").replace("1759363200, ", "1759622400, ")
    )
    both = tmp_path / "both.json.gz"
    both.write_bytes(gzip.compress((OPENAI.read_text(encoding="utf-8") + "\n" + second).encode()))
    opened = workspace(tmp_path / "work")
    assert opened.load([both]).deliveries[0].entry.rows == 10
    assert total(opened) == 2 * sum(a.quantize(Decimal("1e-12")) for a in amounts(OPENAI))


def broken(change: Callable[[dict[str, Any]], None]) -> str:
    found = json.loads(OPENAI.read_text(encoding="utf-8"))
    change(found)
    return json.dumps(found)


def amount(value: object) -> Callable[[dict[str, Any]], None]:
    def put(page: dict[str, Any]) -> None:
        page["data"][0]["results"][0]["amount"]["value"] = value

    return put


def test_an_amount_that_is_none_is_told_and_the_rest_is_loaded(tmp_path: Path) -> None:
    bill = tmp_path / "bill.json"
    bill.write_text(broken(amount("much")), encoding="utf-8")
    opened = workspace(tmp_path / "work")
    (problem, _) = opened.load([bill]).problems
    assert (problem.code, problem.row, problem.column, problem.value) == ("E-ROW-002", 1, "BilledCost", "much")
    assert total(opened) == sum(a.quantize(Decimal("1e-12")) for a in amounts(OPENAI)[1:])


@pytest.mark.parametrize(("name", "left_out"), [("start_time", 3), ("end_time", 0)])
@pytest.mark.parametrize("bad", ["soon", "1e300", [1]])
def test_a_time_that_is_none_is_told_and_the_rest_is_loaded(
    tmp_path: Path, name: str, left_out: int, bad: object
) -> None:
    bill = tmp_path / "bill.json"
    bill.write_text(broken(lambda page: page["data"][0].update({name: bad})), encoding="utf-8")
    opened = workspace(tmp_path / "work")
    loaded = opened.load([bill])
    column = "ChargePeriodStart" if left_out else "ChargePeriodEnd"
    value = bad if isinstance(bad, str) else json.dumps(bad)
    found = [(p.code, p.row, p.column, p.value) for p in loaded.problems]
    assert found == [("E-ROW-004", row, column, value) for row in (1, 2, 3)]
    assert (loaded.left_out, loaded.deliveries[0].entry.rows) == (left_out, 5 - left_out)


def test_a_credit_of_openai_is_what_comes_back(tmp_path: Path) -> None:
    def named(page: dict[str, Any]) -> None:
        page["data"][0]["results"][0]["line_item"] = "prepaid credits bought"
        page["data"][2]["results"][0]["line_item"] = "goodwill"

    bill = tmp_path / "bill.json"
    bill.write_text(broken(named), encoding="utf-8")
    opened = workspace(tmp_path / "work")
    opened.load([bill])
    assert by(opened, "ChargeCategory")["Credit"] == Decimal("-1.5")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (OPENAI.read_text(encoding="utf-8")[:700], "E-FILE-011"),
        ('{"error": {"message": "no"}}', "E-LOAD-002"),
        ("[]", "E-FILE-004"),
        ('{"data": []}', "E-FILE-004"),
        ('{"data": [{"results": [{"name": "x"}]}]}', "E-LOAD-002"),
    ],
)
def test_json_that_is_no_bill_is_refused(tmp_path: Path, text: str, code: str) -> None:
    bill = tmp_path / "bill.json"
    bill.write_text(text, encoding="utf-8")
    opened = workspace(tmp_path / "work")
    with pytest.raises(InputError) as raised:
        opened.load([bill])
    assert raised.value.code == code


def test_a_folder_gives_its_pages_and_not_its_manifests(tmp_path: Path) -> None:
    (tmp_path / "costs.json").write_bytes(OPENAI.read_bytes())
    (tmp_path / "manifest.json").write_text('{"reportKeys": ["a"], "data": 1}', encoding="utf-8")
    (tmp_path / "cut.json.gz").write_bytes(gzip.compress(OPENAI.read_bytes())[:40])
    assert [p.name for p in expand([str(tmp_path)])] == ["costs.json", "cut.json.gz"]


def test_columns_are_those_of_buckets_and_results(tmp_path: Path) -> None:
    sample = pages.sample(OPENAI, workspace(tmp_path / "work").connection, compressed=False)
    assert {"start_time", "results.amount.value", "results.line_item", "has_more"} <= set(sample.columns)
    assert sample.rows[0]["results.project_id"] == "proj_search"


def test_an_error_between_pages_is_told(tmp_path: Path) -> None:
    bill = tmp_path / "bill.json"
    bill.write_text(OPENAI.read_text(encoding="utf-8") + '{"error": {"message": "slow down"}}\n', encoding="utf-8")
    opened = workspace(tmp_path / "work")
    (delivery,) = opened.load([bill]).deliveries
    assert delivery.entry.rows == 5
    assert [note for note in delivery.notes if "no data" in note] == [
        "bill.json: 1 of its objects have no data; fetch these pages again"
    ]
