"""What is wrong with calls and prices is told by its code, with a place; the calls beside it are priced."""

import json
import shutil
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.bills import workspace
from tests.calls import EACH, call, metered, write_calls
from tests.spans import CASES, CREATED, INPUT, READ, Case, Span, Value, write_cases
from typer.testing import Result

from outlay.workspace import Workspace, now

Run = Callable[..., Result]
GOOD = CASES[0]
USUAL: Mapping[str, Value] = GOOD.spans[0].attributes
MODELS = ("gen_ai.request.model", "gen_ai.response.model")
USAGE = tuple(name for name in USUAL if "usage" in name)


def saying(attributes: Mapping[str, Value], at: datetime | None = None, without: tuple[str, ...] = ()) -> Case:
    """The usual call with other attributes."""
    said = {k: v for k, v in USUAL.items() if k not in without}
    return Case("odd", (Span({**said, **attributes}, at=at or GOOD.spans[0].at),), None)


# The problem of each, whether it is priced nevertheless, and why not.
BAD: dict[str, tuple[Case, str, Decimal | None, str | None]] = {
    "no usage": (saying({}, without=USAGE), "W-CALL-004", None, "no token counts"),
    "negative tokens": (saying({INPUT: -5}), "E-CALL-001", None, "no token counts"),
    "cached above input": (saying({INPUT: 10, READ: 8_000, CREATED: 0}), "W-CALL-002", Decimal("0.020025"), None),
    "a clock of the future": (saying({}, at=now() + timedelta(days=40)), "W-CALL-003", EACH, None),
    "a word for a number": (saying({INPUT: "ten"}), "E-ROW-002", None, "no token counts"),
    "a list for a number": (saying({INPUT: ["1", "2"]}), "E-ROW-002", None, "no token counts"),
    "a span of five megabytes": (saying({"prompt": "secret " * 750_000}), "W-SPAN-001", EACH, None),
}


def load(outlay: Run, folder: Path, *files: Path) -> tuple[dict[str, Any], Workspace]:
    ran = outlay("load", *files, "--workspace", folder, "--format", "json")
    assert ran.exit_code == 0
    return json.loads(ran.stdout)["data"], Workspace(folder)


@pytest.mark.parametrize("ending", ["json", "pb"])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_span_is_told_and_those_beside_it_are_priced(outlay: Run, tmp_path: Path, name: str, ending: str) -> None:
    bad, code, cost, reason = BAD[name]
    file = write_cases(tmp_path / f"spans.{ending}", [GOOD, bad, GOOD])
    told, opened = load(outlay, workspace(tmp_path / "work").folder, file)
    assert [(p["code"], p["file"], p["row"]) for p in told["problems"]] == [(code, file.name, 2)]
    assert told["problems"][0]["hint"]
    assert metered(opened) == (3, 2 * EACH + (cost or 0))
    assert [g["reason"] for g in told["unpriced"]["groups"]] == ([reason] if reason else [])
    assert told["unpriced"]["requests"] == (1 if reason else 0)
    ran = outlay("problems", "--workspace", opened.folder)
    assert (ran.exit_code, code in ran.stdout, "secret" in ran.stdout) == (0, True, False)


def test_a_number_of_tokens_that_cannot_be_stops_nothing(outlay: Run, tmp_path: Path) -> None:
    file = write_cases(tmp_path / "spans.json", [GOOD, saying({INPUT: 2**63 - 1, READ: 2**63 - 1}), GOOD])
    told, opened = load(outlay, workspace(tmp_path / "work").folder, file)
    assert metered(opened) == (3, 2 * EACH)
    assert told["unpriced"]["requests"] == 1


def test_a_model_with_a_typo_is_unpriced_under_its_name(outlay: Run, tmp_path: Path) -> None:
    file = write_cases(tmp_path / "spans.json", [GOOD, saying(dict.fromkeys(MODELS, "gpt-4oo"))])
    told, opened = load(outlay, workspace(tmp_path / "work").folder, file)
    assert metered(opened) == (2, EACH)
    assert [(g["model"], g["reason"]) for g in told["unpriced"]["groups"]] == [("gpt-4oo", "unknown model 'gpt-4oo'")]


@pytest.mark.parametrize("together", [True, False])
def test_a_copy_of_an_export_counts_once(outlay: Run, tmp_path: Path, together: bool) -> None:
    first = write_cases(tmp_path / "spans.json", [GOOD])
    copy = Path(shutil.copy(first, tmp_path / "copy.json"))
    folder = workspace(tmp_path / "work").folder
    if not together:
        load(outlay, folder, first)
    told, opened = load(outlay, folder, first, copy)
    assert metered(opened) == (1, EACH)
    assert len(opened.journal.live()) == 1
    assert {d["status"] for d in told["deliveries"]} == ({"loaded"} if together else {"unchanged"})


def test_a_file_without_a_call_beside_one_with_some(outlay: Run, tmp_path: Path) -> None:
    agent: dict[str, Value] = {"gen_ai.operation.name": "invoke_agent"}
    files = [
        write_cases(tmp_path / "agents.json", [Case("agent", (Span(agent),), None)]),
        write_cases(tmp_path / "spans.json", [GOOD]),
    ]
    _, opened = load(outlay, workspace(tmp_path / "work").folder, *files)
    assert metered(opened) == (1, EACH)


HEAD = "source: a contract\nrecorded: 2026-10-01\nprices:\n"
FIRST = "  - {provider: openai, model: gpt-4o, from: 2026-01-01, until: 2026-06-30, prices: {input: 2, output: 8}}\n"
TWICE = "  - {provider: openai, model: gpt-4o, from: 2026-06-30, prices: {input: 1, output: 4}}\n"
LATE = "  - {provider: openai, model: gpt-4o, from: 2026-08-01, prices: {input: 1, output: 4}}\n"
THOUSANDS = "  - {provider: openai, model: gpt-4o, from: 2026-08-01, prices: {input: 2000, output: 4}}\n"


def test_two_prices_of_one_day_are_refused_with_both_places(outlay: Run, tmp_path: Path) -> None:
    folder = workspace(tmp_path / "work").folder
    (folder / "prices").mkdir()
    (folder / "prices" / "own.yaml").write_text(HEAD + FIRST + TWICE)
    file = write_cases(tmp_path / "spans.json", [GOOD])
    ran = outlay("load", file, "--workspace", folder, "--format", "json")
    error = json.loads(ran.stdout)["error"]
    assert (ran.exit_code, error["code"]) == (2, "E-PRICE-006")
    assert "own.yaml:5" in json.dumps(error)
    assert Workspace(folder).journal.entries == ()


@pytest.mark.parametrize(("prices", "code"), [(FIRST + LATE, "W-PRICE-012"), (THOUSANDS, "W-PRICE-013")])
def test_a_doubtful_price_is_found_by_a_check(outlay: Run, tmp_path: Path, prices: str, code: str) -> None:
    folder = workspace(tmp_path / "work").folder
    (folder / "prices").mkdir()
    (folder / "prices" / "own.yaml").write_text(HEAD + prices)
    ran = outlay("prices", "check", "--workspace", folder, "--format", "json")
    assert ran.exit_code == 0
    found = json.loads(ran.stdout)["data"]["findings"]
    assert code in [f["code"] for f in found if f["model"] == "gpt-4o"]


def test_a_model_that_nobody_knows_is_told_with_names_that_look_alike(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    path = tmp_path / "calls.csv"
    path.write_text(
        "time,provider,model,input,output\n2026-10-05T10:00:00Z,openai,gpt-4oo,1000,10\n"
        "2026-10-05T10:00:01Z,openai,gpt-4oo,1000,10\n2026-10-05T10:00:02Z,openai,gpt-4o,1000,10\n"
    )
    (told,) = opened.load([path]).problems
    assert (told.code, told.count, told.row, told.value) == ("W-CALL-005", 2, 1, "gpt-4oo")
    assert "gpt-4o" in told.hint
    assert [p.code for p in opened.problems()] == ["W-CALL-005"]


def test_calls_that_were_told_before_are_told(tmp_path: Path) -> None:
    opened = workspace(tmp_path / "work")
    row = "2026-10-05T10:00:00Z,openai,gpt-4o,1000,10,{}\n"
    for name, ids in (("a.csv", ("r1", "r2")), ("b.csv", ("r2", "r3"))):
        (tmp_path / name).write_text("time,provider,model,input,output,id\n" + "".join(row.format(i) for i in ids))
    assert opened.load([tmp_path / "a.csv"]).problems == ()
    (told,) = opened.load([tmp_path / "b.csv"]).problems
    assert (told.code, told.count, told.file) == ("W-CALL-006", 1, "b.csv")


PROVIDERS = {"Opnai": "did you mean openai?", "acme-cloud": "its own prices", "": "load it with --set provider=..."}


@pytest.mark.parametrize("said", PROVIDERS)
def test_near_names_of_a_provider_that_nobody_knows_are_providers(tmp_path: Path, said: str) -> None:
    opened = workspace(tmp_path / "work")
    (told,) = opened.load([write_calls(tmp_path / "calls.csv", [call(provider=said)])]).problems
    assert (told.code, told.column, told.value) == ("W-CALL-005", "provider", said)
    assert told.hint.startswith(PROVIDERS[said])
