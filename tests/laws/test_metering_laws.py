"""Laws of metering on random calls: every table has the same sums, in whichever files and order the calls come."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.bills import workspace
from tests.calls import Row, ask, metered, write_calls

from outlay.model.event import COUNTS
from outlay.prices.book import list_prices
from outlay.prices.quote import Call, quote
from outlay.workspace import Workspace

law = settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
MODELS = (("openai", "gpt-4o"), ("anthropic", "claude-sonnet-4-5"), ("deepseek", "deepseek-chat"), ("vllm", "llama"))
TEAMS = ("search", "support", "")
STATUS = ("ok", "error")
SUMS = tuple(c for c in COUNTS if c != "uncached")


@st.composite
def rows(draw: st.DrawFn) -> Row:
    """A call as one of many tells it: six spans that are four answers, and calls without a name.

    Two tellings of an answer with as many tokens are alike; one with more was told later.
    """
    span = draw(st.integers(0, 8))
    answer = span // 2 if span < 4 else span
    provider, model = MODELS[answer % len(MODELS)]
    tokens = draw(st.sampled_from([10, 2_000, 70_000]))
    named = {"span_id": f"s{span}", "id": f"{model}-{answer}" if span < 5 else ""} if span < 6 else {}
    hour = draw(st.integers(0, 47)) if span >= 6 else answer * 9
    return {
        "time": f"2026-10-{5 + hour // 24:02}T{hour % 24:02}:59:59.5Z",
        "provider": provider,
        "model": model,
        "input": tokens,
        "output": tokens // 3,
        "cache_read": tokens // 10,
        "team": draw(st.sampled_from(TEAMS)),
        "tenant": draw(st.sampled_from(["", "acme", "globex"])),
        "feature": draw(st.sampled_from(["", "answers"])),
        "status": draw(st.sampled_from(STATUS)),
        "span_id": "",
        "id": "",
        **named,
    }


def once(told: Iterable[Row]) -> list[Row]:
    """Each call once, as the telling with the most tokens has it."""
    largest: dict[Any, Row] = {}
    for n, row in enumerate(told):
        name = row["id"] or row["span_id"] or n
        if name not in largest or largest[name]["input"] < row["input"]:
            largest[name] = row
    return list(largest.values())


def expected(told: Iterable[Row]) -> tuple[int, Decimal | None]:
    """How many calls there are, and what those cost whose price is known."""
    found = [quote(list_prices(), _call(row)).cost for row in once(told)]
    known = [cost for cost in found if cost is not None]
    return len(found), sum(known, Decimal(0)) if known else None


def _call(row: Row) -> Call:
    tokens = {name: row[name] for name in ("input", "output", "cache_read")}
    return Call(row["provider"], row["model"], datetime.fromisoformat(row["time"]), **tokens)


@contextmanager
def empty() -> Iterator[Workspace]:
    with tempfile.TemporaryDirectory() as folder:
        opened = workspace(Path(folder) / "work")
        yield opened
        opened.connection.close()


def load(opened: Workspace, number: int, files: Iterable[list[Row]]) -> None:
    opened.load([write_calls(opened.folder.parent / f"{number}-{n}.csv", f) for n, f in enumerate(files)])


@law
@given(st.lists(st.lists(st.lists(rows(), min_size=1, max_size=5), min_size=1, max_size=2), min_size=1, max_size=3))
def test_the_totals_are_the_same_in_any_files_and_any_order(loads: list[list[list[Row]]]) -> None:
    files = [file for load in loads for file in load]
    with empty() as one, empty() as many:
        load(one, 0, [[row for file in files for row in file]])
        for n, batch in enumerate(loads):
            load(many, n, batch)
        # Equal files are one, and the calls without a name in them too.
        different = [list(f) for f in {tuple(map(_text, f)): f for f in files}.values()]
        assert metered(one) == expected(row for f in files for row in f)
        assert metered(many) == expected(row for f in different for row in f)


def _text(row: Row) -> str:
    return repr(sorted(row.items()))


@law
@given(st.lists(st.lists(rows(), min_size=1, max_size=6), min_size=2, max_size=4, unique_by=lambda f: str(f)))
def test_what_is_left_after_a_removal_is_what_the_rest_tells(files: list[list[Row]]) -> None:
    with empty() as opened:
        for n, file in enumerate(files):
            load(opened, n, [file])
        gone = next(e for e in opened.journal.live() if e.files[0]["name"] == "0-0.csv")
        opened.remove(gone.delivery_id)
        assert metered(opened) == expected(row for file in files[1:] for row in file)


@law
@given(st.lists(rows(), min_size=1, max_size=30))
def test_events_rollups_and_charges_have_the_same_sums(told: list[Row]) -> None:
    with empty() as opened:
        load(opened, 0, [told])
        sums = ", ".join(f"sum({c})" for c in (*SUMS, "cost"))
        events = ask(opened, f"SELECT count(*), {sums} FROM {{}} WHERE counted")
        for table in ("rollup_hour", "rollup_tenant_day"):
            assert ask(opened, f"SELECT CAST(sum(events) AS BIGINT), {sums} FROM {{}}", table) == events
        # Any group of events has the sums of its charges.
        by = "SELECT {}, CAST(sum({}) AS BIGINT), sum({}), CAST(sum({}) AS BIGINT) FROM {{}} WHERE {} GROUP BY 1, 2, 3"
        groups = "coalesce(tenant, ''), coalesce(model_id, model), date_trunc('day', time)"
        named = "coalesce(x_TenantId, ''), x_ModelId, ChargePeriodStart"
        of_events = ask(opened, by.format(groups, "coalesce(requests, 1)", "cost", "input + output", "counted"))
        counts = ("x_RequestCount", "x_MeteredCost", "ConsumedQuantity")
        of_charges = ask(opened, by.format(named, *counts, "x_RecordKind = 'metered'"), "costs")
        assert sorted(map(str, of_events)) == sorted(map(str, of_charges))
        # A cost that is not known is nowhere 0.
        unknown = ask(opened, "SELECT count(*) FROM {} WHERE unpriced IS NOT NULL AND cost IS NOT NULL")
        assert unknown == [(0,)]
