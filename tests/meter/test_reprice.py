"""Past calls by prices learnt later: what changes is told before, is what independent sums say, and happens once."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from tests.bills import workspace
from tests.calls import EACH, Row, ask, call, metered, write_calls

from outlay.ledger.engine import parquet
from outlay.ledger.reprice import Repriced
from outlay.ledger.store import list_files
from outlay.workspace import Workspace

# A contract from 6 October on: a call of the usual size costs 0.024 instead of 0.035.
CONTRACT = """
source: a contract
recorded: 2026-11-01
prices:
  - {provider: openai, model: gpt-4o, from: 2026-10-06, prices: {input: 1.6, cache_read: 0.8, output: 8}}
"""
LESS = Decimal("0.024")
ROWS = [
    call(time="2026-10-05T23:59:59Z", team="search", tenant="acme"),
    call(time="2026-10-06T00:00:00Z", team="search", tenant="acme"),
    call(time="2026-10-06T00:00:00Z", team="support", tenant="globex"),
    call(time="2026-10-07T12:00:00Z", team="support", tenant="globex"),
    call(time="2026-10-07T12:00:00Z", team="support", model="gpt-4o-mini"),
]
MINI = Decimal("0.0021")


def loaded(folder: Path, rows: Iterable[Row] = ROWS) -> Workspace:
    opened = workspace(folder / "work")
    opened.load([write_calls(folder / "calls.csv", rows)])
    return opened


def agreed(opened: Workspace, prices: str = CONTRACT, name: str = "own") -> Workspace:
    """The workspace opened anew, once these prices are written down."""
    folder = opened.folder / "prices"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.yaml").write_text(prices)
    return Workspace(opened.folder)


def told(found: Iterable[Repriced]) -> list[tuple[str | None, str, int, Decimal | None, Decimal | None]]:
    return sorted((r.team, r.model, r.requests, r.before, r.after) for r in found)


def test_a_contract_is_told_then_changes_costs_then_changes_nothing(tmp_path: Path) -> None:
    opened = loaded(tmp_path)
    before = metered(opened)
    assert before == (5, 4 * EACH + MINI)
    opened = agreed(opened)
    assert metered(opened) == before
    expected = [("search", "gpt-4o", 1, EACH, LESS), ("support", "gpt-4o", 2, 2 * EACH, 2 * LESS)]
    entries = len(opened.journal.entries)
    assert told(opened.reprice(dry_run=True)) == expected
    assert (metered(opened), len(opened.journal.entries)) == (before, entries)
    assert told(opened.reprice()) == expected
    assert metered(opened) == (5, EACH + 3 * LESS + MINI)
    entries = len(opened.journal.entries)
    assert opened.reprice(dry_run=True) == opened.reprice() == ()
    assert len(opened.journal.entries) == entries


def test_nothing_to_reprice_in_an_empty_ledger(tmp_path: Path) -> None:
    assert workspace(tmp_path / "work").reprice() == ()


@pytest.mark.parametrize(("since", "changed"), [("2026-10-06", 3), ("2026-10-07", 1), ("2026-10-08", 0)])
def test_a_reprice_begins_at_midnight_of_its_day(tmp_path: Path, since: str, changed: int) -> None:
    opened = agreed(loaded(tmp_path))
    opened.reprice(since)
    assert metered(opened) == (5, (4 - changed) * EACH + changed * LESS + MINI)
    touched = ask(opened, "SELECT count(*) FROM {} WHERE was_rate_id IS NOT NULL")
    assert touched == [(changed,)]
    # The rest follows later.
    opened.reprice()
    assert metered(opened) == (5, EACH + 3 * LESS + MINI)


def test_the_differences_are_those_of_the_sums_by_team_and_model(tmp_path: Path) -> None:
    opened = agreed(loaded(tmp_path))
    sums = "SELECT team, model_id, sum(cost) FROM {} WHERE counted GROUP BY 1, 2"
    before = {(team, model): cost for team, model, cost in ask(opened, sums)}
    found = opened.reprice()
    after = {(team, model): cost for team, model, cost in ask(opened, sums)}
    changes = {key: after[key] - before[key] for key in before if after[key] != before[key]}
    assert {(r.team, r.model): r.difference for r in found} == changes
    assert all(len(r.rates) == 1 and None not in r.rates[0] for r in found)


def test_what_a_call_cost_before_stays_with_the_prices_of_both_times(tmp_path: Path) -> None:
    opened = agreed(loaded(tmp_path))
    old = ask(opened, "SELECT DISTINCT rate_id FROM {} WHERE model = 'gpt-4o'")
    opened.reprice()
    rows = ask(opened, "SELECT DISTINCT cost, rate_id, was_cost, was_rate_id FROM {} WHERE was_rate_id IS NOT NULL")
    ((cost, rate, was, was_rate),) = rows
    assert (cost, was, [(was_rate,)]) == (LESS, EACH, old)
    files = parquet(list_files(opened.ledger, "prices"))
    prices = opened.connection.execute(
        f"SELECT rate_id, unit, price / per * 1000000, kind FROM {files} WHERE unit IN ('input', 'output')"
    ).fetchall()
    of_rates = {(r, unit): (Decimal(str(price)), kind) for r, unit, price, kind in prices}
    assert of_rates[was_rate, "input"] == (Decimal("2.5"), "list")
    assert of_rates[rate, "output"] == (Decimal(8), "negotiated")


def test_the_ledger_before_the_reprice_has_the_costs_of_then(tmp_path: Path) -> None:
    opened = loaded(tmp_path)
    before, then = metered(opened), datetime.now(UTC)
    opened = agreed(opened)
    opened.reprice()
    assert metered(opened) != before
    assert metered(Workspace(opened.folder, as_of=then)) == before


def test_a_call_that_had_no_price_costs_what_it_costs_now(tmp_path: Path) -> None:
    opened = loaded(tmp_path, [call(provider="vllm", model="acme/llama", team="search"), call(team="search")])
    assert metered(opened) == (2, EACH)
    hosted = CONTRACT.replace("openai", "vllm").replace("gpt-4o", "acme/llama").replace("10-06", "10-01")
    opened = agreed(opened, hosted.replace("2026-11-01\n", "2026-11-01\n"))
    (found,) = opened.reprice()
    assert (found.before, found.after, found.difference, found.rates[0][0]) == (None, LESS, None, None)
    assert metered(opened) == (2, EACH + LESS)
    assert ask(opened, "SELECT count(*) FROM {} WHERE unpriced IS NOT NULL") == [(0,)]


def test_calls_keep_their_prices_until_they_are_priced_again(tmp_path: Path) -> None:
    """A contract is written down; then a delivery is written again as another tells more of one of its calls."""
    opened = agreed(loaded(tmp_path, [*ROWS, call(100, 0, id="r1")]))
    opened.load([write_calls(tmp_path / "more.csv", [call(2_000, 0, id="r1")])])
    more = Decimal("0.005")
    assert metered(opened) == (6, 4 * EACH + MINI + more)
    opened.remove(opened.journal.live()[-1].delivery_id)
    assert metered(opened) == (6, 4 * EACH + MINI + Decimal("0.00025"))
    opened.reprice()
    assert metered(opened) == (6, EACH + 3 * LESS + MINI + Decimal("0.00025"))


def test_a_later_change_of_other_calls_leaves_what_these_cost_before(tmp_path: Path) -> None:
    opened = agreed(loaded(tmp_path))
    opened.reprice()
    before = "SELECT x_RowId, was_cost, was_rate_id, was_until FROM {} WHERE model = 'gpt-4o' ORDER BY 1"
    first = ask(opened, before)
    mini = CONTRACT.replace("gpt-4o", "gpt-4o-mini").replace("2026-11-01", "2026-11-02")
    opened = agreed(opened, mini, "second")
    assert [(r.model, r.requests) for r in opened.reprice()] == [("gpt-4o-mini", 1)]
    assert ask(opened, before) == first
    assert ask(opened, "SELECT model, count(*) FROM {} WHERE was_until IS NOT NULL GROUP BY 1 ORDER BY 1") == [
        ("gpt-4o", 3),
        ("gpt-4o-mini", 1),
    ]


def test_what_a_call_cost_before_stays_when_its_delivery_is_written_again(tmp_path: Path) -> None:
    opened = agreed(loaded(tmp_path, [*ROWS, call(100, 0, id="r1")]))
    opened.reprice()
    opened.load([write_calls(tmp_path / "more.csv", [call(2_000, 0, id="r1")])])
    assert ask(opened, "SELECT count(*), sum(was_cost) FROM {} WHERE was_rate_id IS NOT NULL") == [(3, 3 * EACH)]


def test_what_an_unknown_cost_changes_by_is_unknown(tmp_path: Path) -> None:
    """Of two calls of a model that gets a price, one has no count of its input."""
    rows = [call(provider="vllm", model="acme/llama"), call(provider="vllm", model="acme/llama", input=""), call()]
    opened = loaded(tmp_path, rows)
    own = CONTRACT.replace("10-06", "10-01")
    opened = agreed(opened, own + own.splitlines()[4].replace("openai", "vllm").replace("gpt-4o", "acme/llama") + "\n")
    found = {(r.model, r.learnt, r.lost): (r.requests, r.before, r.after, r.difference) for r in opened.reprice()}
    assert found == {
        ("gpt-4o", False, False): (1, EACH, LESS, LESS - EACH),
        ("acme/llama", True, False): (1, None, LESS, None),
        ("acme/llama", False, False): (1, None, None, None),
    }


def test_a_cost_that_is_lost_is_no_saving(tmp_path: Path) -> None:
    hosted = CONTRACT.replace("openai", "vllm").replace("gpt-4o", "acme/llama").replace("10-06", "10-01")
    opened = agreed(workspace(tmp_path / "work"), hosted)
    opened.load([write_calls(tmp_path / "calls.csv", [call(provider="vllm", model="acme/llama")])])
    (opened.folder / "prices" / "own.yaml").unlink()
    (found,) = Workspace(opened.folder).reprice()
    assert (found.before, found.after, found.difference, found.lost) == (LESS, None, None, True)
