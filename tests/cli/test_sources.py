"""`outlay sources`: each delivery with its kind, and a cost only where it has one that is known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bills import charge, write_bill
from tests.calls import call, write_calls
from typer.testing import Result

Run = Callable[..., Result]


def test_each_kind_of_delivery_shows_the_cost_that_it_has(outlay: Run, ask: Callable[..., Any], tmp_path: Path) -> None:
    work = tmp_path / "work"
    (tmp_path / "outcomes.csv").write_text("feature,day,attempts,successes\nsearch,2026-10-01,10,3\n")
    (tmp_path / "scores.csv").write_text("model,feature,score,date\ngpt-4o,search,86.8,2026-10-01\n")
    files = [
        write_bill(tmp_path / "bill.csv", [charge(5)]),
        write_bill(
            tmp_path / "two.csv", [charge(5, BillingCurrency=c, BillingAccountId="two") for c in ("EUR", "USD")]
        ),
        write_calls(tmp_path / "known.csv", [call()]),
        write_calls(tmp_path / "unknown.csv", [call(model="gpt-99")]),
        tmp_path / "outcomes.csv",
        tmp_path / "scores.csv",
    ]
    assert outlay("init", work).exit_code == 0
    for file in files:
        assert outlay("load", file, "-w", work).exit_code == 0
    data = {d["files"][0]: (d["kind"], d["cost"], d["currency"]) for d in ask("sources", "-w", work)["deliveries"]}
    assert data == {
        "bill.csv": ("billed", "5.000000000000", "USD"),
        "two.csv": ("billed", None, None),
        "known.csv": ("metered", "0.035000000000", "USD"),
        "unknown.csv": ("metered", None, None),
        "outcomes.csv": ("outcomes", None, None),
        "scores.csv": ("scores", None, None),
    }
    lines = outlay("sources", "-w", work, "--format", "csv").stdout.splitlines()
    assert lines[0] == "id,source,kind,account,period,days,rows,cost,currency,problems,recorded"
    cells = [line.split(",", 2)[2] for line in lines[1:]]
    assert [c.split(",")[0] for c in cells] == ["billed", "billed", "metered", "metered", "outcomes", "scores"]
    assert ",1,0.04,USD," in cells[2]
    assert ",1,unknown,," in cells[3]
    assert ",1,,," in cells[4]
