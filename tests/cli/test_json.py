"""JSON of every command: one object, money as whole decimals in text."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]
DATA = Path(__file__).parents[1] / "data" / "cli"
COMMANDS = [
    ("costs",),
    ("costs", "--by", "team,service", "--step", "month", "--top", "2"),
    ("sources",),
    ("sources", "--formats"),
    ("problems",),
    ("tidy",),
    ("export", "out.parquet"),
    ("query", "SELECT * FROM costs"),
    ("query", "SELECT * FROM journal"),
    ("query", "SELECT * FROM problems"),
    ("query", "SELECT 1e999 AS a, 'nan'::DOUBLE AS b, [0.000000000000] AS c"),
    ("classify", str(DATA / "rows.csv")),
    ("load", str(DATA / "october.csv")),
    ("load", str(DATA / "november_dirty.csv")),
    ("init", "another"),
]
MONEY = {"cost", "total", "billed", "effective", "BilledCost", "EffectiveCost", "ListCost", "ContractedCost"}


def money(value: Any, name: str = "") -> Iterator[Any]:
    """Every amount below a value."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from money(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from money(inner)
    elif name in MONEY:
        yield value


def refuse(word: str) -> None:
    raise AssertionError(f"{word} is no JSON")


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_prints_one_object(outlay: Run, workspace: Path, words: tuple[str, ...]) -> None:
    ran = outlay(*words, "--format", "json")
    told = json.loads(ran.stdout, parse_constant=refuse)
    assert (ran.exit_code, told["ok"], list(told)) == (0, True, ["ok", "data", "meta"])
    assert not re.search(r'"-?\d+(\.\d+)?E[-+]?\d+"', ran.stdout)
    for amount in money(told["data"]):
        if amount not in ("billed", "effective", None):
            assert re.fullmatch(r"-?\d+(\.\d+)?", amount), amount


def test_the_exact_amounts_of_the_file_come_back(ask: Callable[..., Any], workspace: Path) -> None:
    data = ask("costs", "--by", "provider", "--cost", "billed")
    found = {row["provider"]: row["cost"] for row in data["rows"]}
    assert found == {"Amazon Web Services": "2666.828000000000", "OpenAI": "1012.123456789012"}
    assert data["total"] == "3678.951456789012"
    openai = ask("sources")["deliveries"][1]
    assert openai["rounding"][0]["BilledCost"] == "0.0000000000005000000000000000"


def test_talk_goes_to_stderr(outlay: Run, workspace: Path) -> None:
    text = Path("outlay.yaml").read_text(encoding="utf-8")
    Path("outlay.yaml").write_text(text.replace("name: team tag", "name: tag of a team"), encoding="utf-8")
    ran = outlay("costs", "--format", "json")
    assert json.loads(ran.stdout)["ok"]
    assert ran.stderr == "rules or inputs changed: derived 2 deliveries again\n"
