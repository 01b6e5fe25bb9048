import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib
import pytest
from syrupy.assertion import SnapshotAssertion
from tests.plan.charts.sample import ASSISTANT, HARMFUL, assistant, of_text

from outlay.charts.look import compact
from outlay.plan.breakeven import break_even
from outlay.plan.report.page import answer, facts, page
from outlay.plan.report.register import MISSING, assumptions_table, ranges_table
from outlay.plan.report.sections import (
    crossings_table,
    fan_table,
    gap_table,
    lines_table,
    months_table,
    scenarios_table,
    stack_table,
    swings_table,
    years_table,
    zeros_table,
)
from outlay.plan.report.table import Table
from outlay.plan.report.words import change, change_share, money
from outlay.plan.stack import Stack

HTML = "{http://www.w3.org/1999/xhtml}"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    return assistant(tmp_path_factory.mktemp("assistant"))


@pytest.fixture(scope="module")
def text(stack: Stack) -> str:
    return page(stack)


def parsed(text: str) -> Element:
    parser = html5lib.HTMLParser(strict=True)
    found: Element = parser.parse(text)
    return found


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def told(table: Table) -> str:
    return "\n".join(" | ".join(row) for row in (table.columns, *table.rows, table.foot, [table.note]) if row)


def elements(root: Element, name: str) -> Iterator[Element]:
    return root.iter(f"{HTML}{name}")


def test_the_page_is_valid_html(text: str) -> None:
    root = parsed(text)
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    named = [name for e in root.iter() for name in (e.get("aria-labelledby") or "").split()]
    assert set(named) <= set(ids)
    assert {(a.get("href") or "")[1:] for a in elements(root, "a")} <= set(ids)


def test_the_page_asks_for_nothing_else(text: str) -> None:
    root = parsed(text)
    assert not [e for name in ("script", "img", "iframe", "object", "style-src") for e in elements(root, name)]
    links = [
        e.get(key) for e in root.iter() for key in ("src", "href", "{http://www.w3.org/1999/xlink}href") if e.get(key)
    ]
    assert all(link.startswith(("#", "data:")) for link in links if link)
    assert not re.search(r"@import|url\((?!#)", text)
    assert "default-src 'none'" in text


def test_the_same_plan_gives_the_same_page(stack: Stack, text: str) -> None:
    assert page(stack) == text


def test_the_answer_is_one_sentence(stack: Stack, text: str, snapshot: SnapshotAssertion) -> None:
    assert answer(stack) == snapshot
    assert answer(stack) in words(parsed(text))


def test_the_head_says_whose_plan_of_what_day(stack: Stack) -> None:
    found = dict(facts(stack))
    assert found["Owner"] == "platform-finance"
    assert found["Prices"] == "of 2026-11-21"
    assert found["Draws"] == "1,024, seed 1"
    assert found["File"] == "plan.yaml"


def test_the_tables_of_the_page(stack: Stack, snapshot: SnapshotAssertion) -> None:
    makers = (stack_table, years_table, gap_table, swings_table, assumptions_table, zeros_table, scenarios_table)
    assert "\n\n".join(f"{made.title}\n{told(made)}" for made in (make(stack) for make in makers)) == snapshot


def test_the_figures_of_the_tables_are_those_of_the_stack(stack: Stack) -> None:
    rows = {row[0]: row for row in stack_table(stack).rows}
    for layer, spread in stack.layers.items():
        assert rows[layer][2] == money(spread.expected)
        assert rows[layer][5] == money(spread.p80)
    assert stack_table(stack).foot[5] == money(stack.total.p80)
    assert [row[2] for row in months_table(stack).rows] == [money(s.expected) for s in stack.months.values()]
    assert [row[2] for row in fan_table(stack).rows] == [money(s.p50) for s in stack.months.values()]
    assert years_table(stack).foot[-1] == money(stack.total.expected)


def test_every_picture_is_told_and_every_table_reached_by_keys(text: str) -> None:
    root = parsed(text)
    pictures = list(root.iter("{http://www.w3.org/2000/svg}svg"))
    assert len(pictures) == 3
    assert all(p.get("role") == "img" and p.get("aria-labelledby") for p in pictures)
    assert all(len(words(d)) > 60 for d in root.iter("{http://www.w3.org/2000/svg}desc"))
    regions = [e for e in elements(root, "div") if e.get("role") == "region"]
    assert len(regions) == len(list(elements(root, "table"))) >= 10
    assert all(e.get("tabindex") == "0" for e in regions)
    assert all(len(list(table.iter(f"{HTML}caption"))) == 1 for table in elements(root, "table"))


def test_folded_tables_are_open_on_paper(text: str) -> None:
    assert len(list(elements(parsed(text), "details"))) == 5
    style = text.split("@media print{", 1)[1]
    assert "details::details-content{content-visibility:visible" in style
    assert "table-header-group" in style


def test_lines_say_what_they_are_computed_from(stack: Stack, text: str) -> None:
    table = lines_table(stack)
    assert list(table.rows[0][:2]) == ["model-api: answers", "input of gpt-5-mini"]
    assert table.rows[0][-1] == "0.25 per M tokens of gpt-5-mini on 2026-11-21"
    assert len(table.rows) == len(stack.lines)
    assert "0.25 per M tokens of gpt-5-mini on 2026-11-21" in text


def test_what_nobody_said_of_an_assumption_is_marked(stack: Stack, text: str) -> None:
    rows = {row[0]: row for row in assumptions_table(stack).rows}
    assert rows["rate_of_gpu"][2:5] == [MISSING, MISSING, "platform-finance"]
    assert rows["gpu_hours"][1] == "700..900..1400 h/month, x 1.5 from 2028-01"
    assert rows["requests"][1:3] == ["users * 80, in requests/month", "follows from users"]
    assert rows["users"][1] == "3k..5k..12k users, growing 1%..2.5%..5% / month"
    assert rows["users"][6] == "plan.yaml:9:3"
    assert f'class="lacking">{MISSING}' in text
    assert "people/engineers.amount" in told(ranges_table(stack))


def test_missing_layers_stand_at_the_top(tmp_path: Path) -> None:
    short = ASSISTANT.replace("  enablement: {zero: users know the desk already}\n", "")
    root = parsed(page(of_text(tmp_path, short, 64)))
    main = next(elements(root, "main"))
    assert "Incomplete. Not stated, and not zero: enablement." in words(main)[:600]


def test_a_plan_that_serves_a_model_shows_its_break_even(tmp_path: Path) -> None:
    serving = """\
plan: serving
start: 2027-01
months: 3
layers:
  inference-compute:
    - {name: llama, model: llama-3.1-70b, gpu: h100, gpus: 2, requests: 300k, input: 750, output: 250,
       price: $3.99 / GPU/h, overhead: 10%, throughput: 1}
breakeven: {against: [{name: "<b>GPT-4o</b>", prices: {input: $2.50 / M tokens, output: $10 / M tokens}}]}
"""
    stack = of_text(tmp_path, serving, 64)
    text = page(stack)
    root = parsed(text)
    assert len(list(root.iter("{http://www.w3.org/2000/svg}svg"))) == 4
    assert "Self-hosting or calling" in words(root)
    assert not list(elements(root, "b"))
    first = break_even(stack.plan, stack.prices).crossings[0]
    assert crossings_table(stack).rows[0][:3] == ["<b>GPT-4o</b>", compact(first.tokens_per_month or 0), "less"]


def test_names_are_escaped(tmp_path: Path) -> None:
    text = page(of_text(tmp_path, HARMFUL, 64))
    root = parsed(text)
    assert not [e for name in ("script", "img", "b", "i") for e in elements(root, name)]
    assert not [e for e in root.iter() if any(str(key).startswith("on") for key in e.keys())]  # noqa: SIM118
    told = words(root)
    assert "<script>alert(4)</script>" in told
    assert "<script>alert(1)</script>" in told
    assert '"><img src=x onerror=alert(2)> & $more$' in told


def test_a_plan_without_ranges_says_so(tmp_path: Path) -> None:
    text = page(of_text(tmp_path, "plan: a\nstart: 2027-01\nlayers: {people: [{name: team, amount: $1.5}]}\n", 64))
    told = words(parsed(text))
    assert "a is expected to cost USD 18.00 over 12 months, and nothing in it is left to chance." in told
    assert "The plan names none." in told


def test_a_plan_that_costs_nothing_is_shown(tmp_path: Path) -> None:
    text = page(of_text(tmp_path, "plan: a\nstart: 2027-01\nlayers: {people: {zero: nobody works}}\n", 64))
    assert "nobody works" in words(parsed(text))


def test_changes_in_words() -> None:
    pairs = ((100, "87.6", "-12"), (1, "1.2", "0"), (0, 1_234_567, "+1,234,567"))
    assert [change(Decimal(before), Decimal(after)) for before, after, _ in pairs] == [told for *_, told in pairs]
    shares = ((100, 112, "+12.0%"), (0, 5, "new"), (0, 0, "-"), (100_000, 100_001, "0.0%"))
    assert [change_share(Decimal(b), Decimal(a)) for b, a, _ in shares] == [told for *_, told in shares]
