"""What the pages about plans show is what the commands print, and every published figure is pinned with its source.

`python -m tests.plan.test_examples docs/explanation/published-claims.md` writes the outputs of a page again. A `...`
in an output stands for whatever comes between its neighbours, and stays.
"""

import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]
ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
CLAIMS = ROOT / "docs" / "explanation" / "published-claims.md"
PAGES = (CLAIMS,)
FENCE = re.compile(r"^```(?:console|\w+ title=\"([^\"]+)\")\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def shown(block: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that are shown below it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line, []))
        elif found[-1][0].endswith("\\") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line}", [])
        else:
            found[-1][1].append(line)
    return found


def words(command: str) -> list[str]:
    """The words of a shown command."""
    return shlex.split(command.removeprefix("$ ").replace("\\\n", " "), comments=True)


def missing(lines: list[str], printed: list[str]) -> list[str]:
    """The shown lines that are not printed in this order; more may be printed."""
    rest = iter(printed)
    return [line for line in lines if line != "..." and line not in rest]


def trimmed(printed: list[str], lines: list[str]) -> list[str]:
    """What is printed, cut where the shown lines are."""
    if "..." not in lines:
        return printed
    at = lines.index("...")
    tail = len(lines) - at - 1
    return [*printed[:at], "...", *(printed[-tail:] if tail else [])]


def run(
    page: str, folder: Path, outlay: Run, change: Callable[[Path], None]
) -> Iterator[tuple[str, list[str], Result]]:
    """Every command of a page with what is shown and what it says, from an empty folder on."""
    change(folder)
    for match in FENCE.finditer(page):
        title, block = match.groups()
        if title:
            Path(title).parent.mkdir(parents=True, exist_ok=True)
            Path(title).write_text(block, encoding="utf-8")
            continue
        for command, lines in shown(block):
            told = words(command)
            if told[0] == "cd":
                change(Path(told[1]).resolve())
            elif told[0] == "outlay":
                yield command, lines, outlay(*told[1:])


def printed_by(ran: Result) -> list[str]:
    """The lines of a result."""
    return [line.rstrip() for line in ran.stdout.splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_a_page_shows_what_the_commands_print(
    outlay: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: Path
) -> None:
    count = 0
    for command, lines, ran in run(page.read_text(encoding="utf-8"), tmp_path, outlay, monkeypatch.chdir):
        assert ran.exit_code == 0, f"{command}: {ran.stderr}"
        shown_lines = [line.rstrip() for line in lines if line.strip()]
        assert missing(shown_lines, printed_by(ran)) == [], command
        count += bool(shown_lines)
    assert count


def test_the_page_of_claims_holds_the_examples_themselves() -> None:
    text = CLAIMS.read_text(encoding="utf-8")
    told = {match[1]: match[2] for match in FENCE.finditer(text) if match[1]}
    files = {p.relative_to(EXAMPLES).as_posix(): p for p in EXAMPLES.rglob("*") if p.is_file()}
    assert told == {name: path.read_text(encoding="utf-8") for name, path in files.items()}
    assert all(name in " ".join(c for b in FENCE.finditer(text) for c in b[2].split("\n$ ")) for name in files)


# The plan, the entry, its expected cost, and who says so.
LINES = [
    ("tokens", "1M tokens a day", 10_950, "the brief: $10,950 a year at 1M tokens a day"),
    ("tokens", "100M tokens a day", 1_095_000, "the brief: $1,095,000 at 100M"),
    ("tokens", "with the input", 2_190_000, "computed: three tokens of input for each of output"),
    ("self-hosted", "100M tokens a day", 182_500, "the brief: $182,500 when self-hosted"),
    ("gpus", "never waiting", 182_499, "6.94 H100 at $3 that never wait"),
    ("gpus", "from the load", 157_680, "computed: 6 GPUs in 3 replicas, one of them spare"),
    ("gpus", "a fifteenth of it", 105_120, "computed: 4 GPUs are the least with a spare"),
    ("fixed-cost", "saved at 200M tokens", 5_000, "the brief's break-even begins at 200M tokens a month"),
    ("fixed-cost", "saved at 500M tokens", 12_500, "and ends at 500M"),
    ("fixed-cost", "one engineer at $200k", 16_666.67, "computed: 667M tokens a month"),
    ("fixed-cost", "saved at 667M tokens", 16_675, "computed"),
    ("fixed-cost", "two engineers at $300k", 50_000, "computed: 2B tokens a month"),
    ("fixed-cost", "saved at 2B tokens", 50_000, "computed"),
    ("fixed-cost", "a node of 8 H100", 17_520, "computed: 701M tokens a month"),
    ("fixed-cost", "saved at 701M tokens", 17_525, "computed"),
    ("storage", "1 PB at one price", 23_000, "the brief: 1 PB at $0.023 is $23,000 a month"),
    ("storage", "1 PB by the list", 21_550, "computed: steps at 50 TB and 500 TB"),
    ("storage", "1 PiB by the list", 22_583.30, "computed: GiB, not GB"),
    ("egress", "as told", 1_800, "the brief: 10 TB out and back at $0.09"),
    ("egress", "internet by the list", 1_750, "computed: the second step begins at 10 TB"),
    ("egress", "another region by the list", 400, "computed: another region is not the internet"),
    ("retraining", "10 GB a quarter", 8_923, "computed: 744 GPU hours, 6 N FLOP at 40% of the peak"),
    ("retraining", "50 GB a quarter", 44_616, "computed: 3,718 GPU hours"),
    ("routing", "nothing routed", 1_000, "the thread"),
    ("routing", "60% routed", 520, "the thread: 60% routed; computed: 48% saved"),
    ("routing", "75% routed", 400, "computed: 60% saved takes 75%"),
    ("caching", "three to one", 24_000, "list price"),
    ("caching", "80% of it cached", 17_520, "the thread: up to 90%; computed: 27%"),
    ("caching", "and written", 17_970, "computed: 25.1% with the writes"),
    ("caching", "ten to one", 45_000, "list price"),
    ("caching", "ten to one with 80% cached", 23_400, "computed: 48%"),
    ("cadence", "monthly", 1_200, "the article: weekly is monthly times 4"),
    ("cadence", "weekly", 5_200, "computed: 52 / 12 = 4.33"),
    ("endpoint", "endpoint", 2_000, "the finance guide: endpoints of $2,000 a month"),
    ("experiment", "one run", 773, "the finance guide: $800 before a run starts"),
    ("data-overrun", "as planned", 100_000, "the thread: 112% to 200% over $40K"),
]


@pytest.mark.parametrize(("plan", "entry", "cost", "source"), LINES)
def test_published_costs(ask: Ask, plan: str, entry: str, cost: float, source: str) -> None:
    lines = ask("plan", "show", EXAMPLES / "claims" / f"{plan}.yaml", "--draws", "2")["lines"]
    own = [float(line["expected"]) for line in lines if line["entry"] == entry]
    assert sum(own) == pytest.approx(cost, abs=0.5), source


# The plan, the scenario, its total, and who says so.
SCENARIOS = [
    ("self-hosted", "best", 382_500, "65% saved with one engineer at $200K"),
    ("self-hosted", "expected", 582_500, "47% saved with $400K of staff"),
    ("self-hosted", "stress", 782_500, "29% saved with $600K of staff"),
    ("engineers", "best", 200_000, "the brief: 1 to 2 engineers at $200K to $300K ..."),
    ("engineers", "stress", 600_000, "... are $200K to $600K, not $400K to $600K"),
]


@pytest.mark.parametrize(("plan", "scenario", "cost", "source"), SCENARIOS)
def test_published_ranges(ask: Ask, plan: str, scenario: str, cost: float, source: str) -> None:
    total = ask("plan", "show", EXAMPLES / "claims" / f"{plan}.yaml", "--draws", "2")["total"]
    assert float(total[scenario]) == pytest.approx(cost), source


def test_retraining_of_a_year(ask: Ask) -> None:
    """The brief: four runs at $10K to $100K are $40,000 to $400,000 for each model."""
    lines = ask("plan", "show", EXAMPLES / "claims" / "retraining.yaml", "--draws", "2")["lines"]
    told = next(line for line in lines if line["entry"] == "as told")
    assert (float(told["best"]), float(told["stress"])) == pytest.approx((40_000, 400_000))


def test_saved_by_self_hosting(ask: Ask) -> None:
    """The brief: 83%. 1 - 182,500 / 1,095,000 without people; 65%, 47% and 29% with $200K, $400K and $600K of them."""
    calls = 1_095_000
    totals = ask("plan", "show", EXAMPLES / "claims" / "self-hosted.yaml", "--draws", "2")["total"]
    saved = [1 - 182_500 / calls, *(1 - float(totals[s]) / calls for s in ("best", "expected", "stress"))]
    assert saved == pytest.approx([0.833, 0.651, 0.468, 0.285], abs=0.0005)


# The plan at the gate, its cost for each success, and who says so.
GATES = [
    ("quality-a", 1 / 85, "the thread: 0.0118 a quality point for $1 and a score of 85"),
    ("quality-b", 0.10 / 80, "the thread: 0.00125 for $0.10 and a score of 80"),
    ("waste", 0.10 / 0.7, "the guide: 30% waste; 1.43 times $0.10"),
    ("endpoint", 20, "the finance guide: $2,000 over 100 requests"),
]


@pytest.mark.parametrize(("plan", "each", "source"), GATES)
def test_published_costs_for_each_success(ask: Ask, plan: str, each: float, source: str) -> None:
    (limit,) = ask("gate", EXAMPLES / "claims" / f"{plan}.yaml", "--draws", "2")["limits"]
    assert limit["limit"] == "cost_per_success"
    assert float(limit["found"]) == pytest.approx(each, rel=5e-4), source


def test_an_endpoint_is_idle_for_three_quarters(ask: Ask) -> None:
    """The finance guide: traffic in 6 of 24 hours is 75% idle; a fixed cost does not follow the traffic."""
    path = EXAMPLES / "claims" / "endpoint.yaml"
    lines = {line["part"]: float(line["expected"]) for line in ask("plan", "show", path, "--draws", "2")["lines"]}
    assert lines["idle hours"] / sum(lines.values()) == pytest.approx(0.75)
    told = ask("plan", "ask", path, "100000x")
    assert (told["before"], told["after"]) == pytest.approx((2_000, 2_000))


def test_prices_that_fall_50_times_a_year_fall_7_times_in_half_a_year(ask: Ask) -> None:
    months = ask("plan", "show", EXAMPLES / "claims" / "falling-prices.yaml", "--draws", "2")["months"]
    first, seventh = float(months[0]["expected"]), float(months[6]["expected"])
    assert first / seventh == pytest.approx(50**0.5)


@pytest.fixture(scope="module")
def budget(outlay: Run, ask: Ask, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The thread's first budget and what came, in a workspace."""
    folder = tmp_path_factory.mktemp("budget") / "ws"
    assert outlay("init", folder).exit_code == 0
    files = [EXAMPLES / "claims" / f"first-budget.{ending}" for ending in ("yaml", "csv")]
    assert outlay("load", *files, "--workspace", folder).exit_code == 0
    return ask("variance", "--plan", "first-budget", "--workspace", folder)


def test_the_budget_that_missed_by_61_8_percent(budget: Any) -> None:
    """The thread: 34%. Its table: $380K planned, $615K came."""
    total = budget["total"]
    assert (float(total["planned"]), float(total["actual"])) == (380_000, 615_000)
    assert float(total["of_plan"]) == pytest.approx(0.618, abs=0.0005)
    assert float(total["of_actual"]) == pytest.approx(0.382, abs=0.0005)


def test_api_costs_are_first_in_dollars_and_gpus_closest(budget: Any) -> None:
    """The thread: API costs were closest. They are 46.8% of the miss; the three hidden lines 42.6%."""
    rows = {row["layer"]: row for row in budget["rows"]}
    assert next(iter(rows)) == "model-api"
    assert float(rows["model-api"]["difference"]) == 110_000
    assert float(rows["model-api"]["of_miss"]) == pytest.approx(0.468, abs=0.0005)
    closest = min(rows.values(), key=lambda row: float(row["of_plan"]))
    assert closest["layer"] == "inference-compute"
    assert float(closest["of_plan"]) == pytest.approx(0.208, abs=0.0005)
    hidden = [rows[name] for name in ("data-preparation", "governance", "enablement")]
    assert sum(float(row["difference"]) for row in hidden) / 235_000 == pytest.approx(0.426, abs=0.0005)
    came = sum(float(row["actual"]) for row in hidden)
    assert came / 435_000 == pytest.approx(0.41, abs=0.005)
    assert came / 290_000 == pytest.approx(0.62, abs=0.005)


def last(ask: Ask, against: str, *options: str) -> Any:
    """The last crossing of the example with an alternative."""
    told = ask("plan", "breakeven", EXAMPLES / "break-even.yaml", *options)["crossings"]
    return [one for one in told if one["against"].startswith(against)][-1]


@pytest.mark.parametrize(
    ("against", "options", "pin"),
    [
        ("GPT-4 of 2023", ("--no-labour",), 369e6),
        ("GPT-4o", ("--no-labour",), 3.16e9),
        ("GPT-4o", (), 6.8e9),
        ("hosted cheaply", ("--no-labour",), None),
        ("hosted cheaply", (), None),
    ],
)
def test_break_even_of_70b_on_two_h100(ask: Ask, against: str, options: tuple[str, ...], pin: float | None) -> None:
    """With N+1: 369M tokens a month against GPT-4 of 2023, 3.16B against GPT-4o, 6.8B with half an engineer, never."""
    found = last(ask, against, *options)["tokens_per_month"]
    assert found == (pin if pin is None else pytest.approx(pin, rel=0.10))


def test_serving_crosses_gpt_4o_three_times_with_half_an_engineer(ask: Ask) -> None:
    told = ask("plan", "breakeven", EXAMPLES / "break-even.yaml")["crossings"]
    own = [one for one in told if one["against"] == "GPT-4o"]
    assert [one["cheaper_above"] for one in own] == [True, False, True]
    assert all(one["low"] < one["tokens_per_month"] < one["high"] for one in own)


def test_the_page_of_claims_has_every_pinned_figure() -> None:
    text = CLAIMS.read_text(encoding="utf-8")
    figures = [f"{cost:,.0f}" for _, _, cost, _ in LINES] + [f"{cost:,.0f}" for _, _, cost, _ in SCENARIOS]
    figures += ["83.3%", "65.1%", "46.8%", "28.5%", "0.01176", "0.00125", "0.1429", "61.8%", "345M", "2.96B", "6.82B"]
    assert [figure for figure in figures if figure not in text] == []


def rewritten(path: Path, folder: Path) -> str:
    """A page with the outputs of its commands as they are."""
    import os

    from typer.testing import CliRunner

    from outlay.cli import app

    def outlay(*said: str | Path) -> Result:
        return CliRunner().invoke(app, [str(w) for w in said], env={"NO_COLOR": "1"})

    text = path.read_text(encoding="utf-8")
    told = iter([(lines, ran) for _, lines, ran in run(text, folder, outlay, os.chdir)])

    def block(match: re.Match[str]) -> str:
        if match[1]:
            return match[0]
        made = []
        for command, lines in shown(match[2]):
            made.append(command)
            if words(command)[0] == "outlay":
                given, ran = next(told)
                out = printed_by(ran) if ran.exit_code == 0 else [f"exit {ran.exit_code}: {ran.stderr}"]
                made += trimmed(out, given)
            else:
                made += lines
        return "```console\n" + "\n".join(made) + "\n```"

    return FENCE.sub(block, text)


if __name__ == "__main__":
    import tempfile

    for name in sys.argv[1:]:
        target = Path(name).resolve()
        with tempfile.TemporaryDirectory() as scratch:
            new = rewritten(target, Path(scratch))
        target.write_text(new, encoding="utf-8")
