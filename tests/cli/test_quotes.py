"""What quotes of prices say beside the cost: since when, for what, and what was not asked."""

from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

Run = Callable[..., Result]
OWN = """
source: contract 4711
recorded: 2026-08-20
prices:
  - {provider: openai, model: gpt-4o, from: 2026-09-01, until: 2026-11-30, prices: {input: 2, output: 8}}
resources:
  - {family: labour, item: ml-engineer, unit: year, low: 160000, high: 190000}
"""


def quote(outlay: Run, workspace: Path, *words: str) -> list[str]:
    (workspace / "prices").mkdir(exist_ok=True)
    (workspace / "prices" / "own.yaml").write_text(OWN)
    return outlay("prices", "quote", *words).stdout.splitlines()


def test_a_list_price_holds_since_its_own_day_after_a_contract(outlay: Run, workspace: Path) -> None:
    words = ("-p", "openai", "-m", "gpt-4o", "--input", "5", "--at")
    assert quote(outlay, workspace, *words, "2026-12-03")[4].split()[-3:] == ["list", "2024-08-06", "genai-prices"]
    assert "2026-09-01" in quote(outlay, workspace, *words, "2026-10-03")[4]


def test_a_quote_of_nothing_says_so(outlay: Run, workspace: Path) -> None:
    lines = quote(outlay, workspace, "-p", "openai", "-m", "gpt-4o")
    assert "no tokens were asked for: say --input and --output" in lines


def test_an_unknown_provider_gets_a_near_one(outlay: Run, workspace: Path) -> None:
    lines = quote(outlay, workspace, "-p", "opnai", "-m", "gpt-4o")
    assert "did you mean openai?" in lines
    assert "did you mean openai?" in outlay("prices", "list", "-p", "opnai").stderr


def test_a_range_of_nobody_is_told_once(outlay: Run, workspace: Path) -> None:
    words = ("--family", "labour", "--item", "ml-engineer", "--at", "2026-11-21")
    lines = quote(outlay, workspace, *words)
    assert lines[0] == "1 year of ml-engineer (labour), 2026-11-21: unknown"
    assert [line for line in lines if "160000" in line] == [
        "not known: no one price: between 160000 and 190000 USD per year"
    ]
    assert "between 320000 and 380000 in all" in quote(outlay, workspace, *words, "--quantity", "2")
