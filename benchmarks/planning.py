"""Simulate plans: 40 lines x 36 months against a loop in Python, a library that runs a function per draw, and NumPy.

The plan is that of tools for spreadsheets and Monte Carlo: each line has a volume and a price (lognormal), growth and a
price decline (triangular). The floor are the random numbers that such a draw takes, 160 of them, and nothing else.
"""

import json
import math
import random
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.measure import in_process
from outlay.plan.file.names import variables
from outlay.plan.file.read import read_plan
from outlay.plan.sample import DRAWS
from outlay.plan.simulate import simulate
from outlay.workspace_plans import prices_of

LINES, MONTHS = 40, 36
Z90 = 1.2815515655446004
PEERS = Path(".peers/bin/python")
LARGE = """
from datetime import date
from pathlib import Path
from outlay.plan.file.names import variables
from outlay.plan.file.read import read_plan
from outlay.plan.simulate import simulate
from outlay.workspace_plans import prices_of
plan = read_plan(Path({path!r}))
prices, ranges = prices_of(None, date(2026, 11, 21)), variables(plan)
"""


def plans() -> list[str]:
    """Draws a second against peers and the floor; a large plan; a preset from the start of the process."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_draws(Path(folder)), *_large(Path(folder)), *_shown()]


def _draws(folder: Path) -> list[str]:
    told = _line_parameters(LINES)
    path = folder / "plan.yaml"
    path.write_text(plan_text(told, MONTHS), encoding="utf-8")
    plan = read_plan(path)
    prices, ranges = prices_of(None, plan.start), variables(plan)
    ours = _best(lambda: simulate(plan, prices, ranges, DRAWS, 1))
    floor = _best(_random_numbers)
    loop_draws = 200
    loop = _best(lambda: [_one_draw(told) for _ in range(loop_draws)], 3) / loop_draws
    rate = DRAWS / ours
    lines = [
        f"random numbers alone, {DRAWS:,} x {4 * LINES}: {floor * 1e3:.1f} ms",
        f"the plan over {DRAWS:,} draws: {ours * 1e3:.1f} ms (goal 500 ms) = {floor / ours:.0%} of it (goal 35%)",
        f"a loop in Python: {1 / loop:,.0f} draws/s, ours {rate:,.0f} = {rate * loop:.0f}x (goal 120x)",
    ]
    if (peer := _monaco(folder, told)) is not None:
        lines.append(f"monaco: {peer:,.0f} draws/s; ours {rate / peer:.0f}x (goal 300x)")
    return lines


def _line_parameters(count: int) -> list[tuple[float, ...]]:
    """Of each line: mu and sigma of volume and of price, and the modes of growth and decline a month."""
    rng = np.random.default_rng(1)
    mu, sigma = rng.normal(6, 1, count), rng.uniform(0.2, 0.6, count)
    price, spread = np.log(rng.uniform(0.5, 3, count)), rng.uniform(0.05, 0.3, count)
    rows = zip(mu, sigma, price, spread, rng.uniform(0.01, 0.06, count), rng.uniform(0.005, 0.03, count), strict=True)
    return [tuple(map(float, row)) for row in rows]


def plan_text(told: list[tuple[float, ...]], months: int) -> str:
    """The lines as a plan."""
    head = f"plan: bench\nstart: 2027-01\nmonths: {months}\ncorrelation: {{usage: 0.0, price: 0.0}}\ndemand:"
    demand, entries = [], []
    for i, (mu, sigma, price, spread, growth, decline) in enumerate(told):
        volumes = f"{math.exp(mu - Z90 * sigma):.6f}..{math.exp(mu + Z90 * sigma):.6f} units"
        demand.append(f"  v{i}: {{value: {volumes}, growth: 'triangular(-0.01, {growth:.6f}, 0.12) / month'}}")
        prices = f"${math.exp(price - Z90 * spread):.6f}..${math.exp(price + Z90 * spread):.6f} / unit"
        falls = f"'triangular(0, {12 * decline:.6f}, 0.72) / year'"
        entries.append(f"  - {{name: l{i}, driver: v{i}, unit_cost: {prices}, decline: {falls}}}")
    return "\n".join([head, *demand, "layers:", "  orchestration:", *entries]) + "\n"


def _one_draw(told: list[tuple[float, ...]]) -> float:
    """One draw as one would write it by hand."""
    total = 0.0
    for mu, sigma, price, spread, growth, decline in told:
        cost = random.lognormvariate(mu, sigma) * random.lognormvariate(price, spread)
        rises, falls = random.triangular(-0.01, 0.12, growth), random.triangular(0, 0.06, decline)
        for _ in range(MONTHS):
            total += cost
            cost *= (1 + rises) * (1 - falls)
    return total


def _random_numbers() -> None:
    rng = np.random.default_rng(2)
    for _ in range(DRAWS // 2048):
        rng.standard_normal((2 * LINES, 2048))
        rng.random((2 * LINES, 2048))


def _best(work: object, times: int = 7) -> float:
    """The least time of some calls: what disturbs a machine only adds."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()  # type: ignore[operator]
        taken.append(time.perf_counter() - started)
    return min(taken)


def _monaco(folder: Path, told: list[tuple[float, ...]]) -> float | None:
    """Draws a second of monaco, if it is installed beside the peers."""
    if not PEERS.exists():
        return None
    said = folder / "lines.json"
    said.write_text(json.dumps({"lines": told, "months": MONTHS}))
    script = Path(__file__).with_name("peer_monaco.py")
    done = subprocess.run([PEERS, script, said], capture_output=True, text=True, check=False)
    return float(done.stdout.split()[-1]) if done.returncode == 0 else None


def _large(folder: Path) -> list[str]:
    """200 lines x 60 months x 65,536 draws, with the memory that they take."""
    path = folder / "large.yaml"
    path.write_text(plan_text(_line_parameters(200), 60), encoding="utf-8")
    run = in_process("simulate(plan, prices, ranges, 65_536, 1)", LARGE.format(path=str(path)))
    return [f"200 lines x 60 months x 65,536 draws: {run.wall:.2f} s, {run.peak:.0f} MiB (goal 1 GB)"]


def _shown() -> list[str]:
    """`plan show` of the presets from the start of the process."""
    lines = []
    for path in sorted(Path("src/outlay/plan/presets").glob("*.yaml")):
        command = [".venv/bin/outlay", "plan", "show", str(path)]
        taken = _best(lambda command=command: subprocess.run(command, capture_output=True, check=True), 3)
        lines.append(f"plan show of {path.stem}: {taken:.2f} s (goal 1 s)")
    return lines
