"""`outlay reprice`: what is not known is told as unknown, apart from the sum of what is known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.calls import call, write_calls
from typer.testing import Result

Run = Callable[..., Result]
CONTRACT = """
source: a contract
recorded: 2026-11-01
prices:
  - {provider: openai, model: gpt-4o, from: 2026-10-01, prices: {input: 1.6, cache_read: 0.8, output: 8}}
"""
PRICED = "  - {provider: vllm, model: acme/llama, from: 2026-10-01, prices: {input: 1.6, output: 8}}\n"


def prices(folder: Path, text: str) -> None:
    (folder / "prices").mkdir(exist_ok=True)
    (folder / "prices" / "own.yaml").write_text(text)


def test_unknown_costs_have_no_difference(outlay: Run, ask: Callable[..., Any], workspace: Path) -> None:
    """One call gets a lower price, one gets its first price; then the second loses it again."""
    calls = [call(team="search"), call(team="search", provider="vllm", model="acme/llama")]
    assert outlay("load", write_calls(workspace / "calls.csv", calls)).exit_code == 0
    prices(workspace, CONTRACT + PRICED)
    told = outlay("reprice", "--dry-run").stdout
    assert "1 request would change by -0.01 USD\nthe cost of 1 request would become known\n" in told
    data = ask("reprice")
    assert (data["became_known"], data["became_unknown"]) == (1, 0)
    assert [(r["before"], r["after"], r["difference"]) for r in data["rows"]] == [
        (None, "0.024000000000", None),
        ("0.035000000000", "0.024000000000", "-0.011000000000"),
    ]
    prices(workspace, CONTRACT)
    lines = outlay("reprice").stdout.splitlines()
    assert lines[2].split()[-3:] == ["0.02", "unknown", "unknown"]
    assert lines[4] == "the cost of 1 request became unknown"
