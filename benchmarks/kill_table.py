"""Kill a real load at many moments and see what the ledger says then: `python -m benchmarks.kill_table [KILLS]`.

Half of the kills come at random moments of a run's whole duration, the others as soon as a file appears that the
load writes on its way: charges, their commit, costs, their commit, journal, its commit.
"""

import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from outlay.ledger.engine import connect
from outlay.model.charge import literal
from outlay.workspace import Workspace

RUN = "from outlay.cli import main; main()"
SETTINGS = """
attribution:
  - {name: team tag, set: team, tag: team}
split:
  - {name: platform, when: {team: platform}, to: team}
"""
TABLES = ("charges", "costs", "journal")
PHASES = ("reading", *(f"{table} {step}" for table in TABLES for step in ("written", "committed")))
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.0005


@dataclass(frozen=True, slots=True)
class Kill:
    """One killed load: what triggered the kill, how far the load was, and the ledger's totals."""

    number: int
    trigger: str
    phase: str
    before: Decimal
    after: Decimal
    expected: Decimal
    healed: Decimal
    wanted: Decimal

    @property
    def sound(self) -> bool:
        """Whether readers saw a whole delivery, and the next load brought the second one."""
        return self.after == self.expected and self.healed == self.wanted


def kills(folder: Path, count: int = 20, rows: int = 20_000, seed: int = 7) -> Iterator[Kill]:
    """Kill `count` loads that restate a month of `rows` charges; yields what the ledger said after each."""
    chance = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    first, second = _bill(folder / "first.csv", rows, 1), _bill(folder / "second.csv", rows, 3)
    base = folder / "base"
    before = _loaded_alone(base, first)
    wanted, seconds = _whole_run(base, folder / "whole", second)
    for number in range(1, count + 1):
        work = folder / f"kill-{number}"
        shutil.copytree(base, work)
        if number % 2:
            delay = chance.uniform(0, seconds)
            trigger, due = f"after {delay:.2f} s", _timer(delay)
        else:
            phase = PHASES[1 + (number // 2 - 1) % (len(PHASES) - 1)]
            trigger, due = f"at {phase}", _reached(base, work, phase)
        _run_and_kill(work, second, due)
        phase = phase_of(base, work)
        after = total(work)
        Workspace(work).load([second])
        expected = wanted if phase == PHASES[-1] else before
        yield Kill(number, trigger, phase, before, after, expected, total(work), wanted)
        shutil.rmtree(work)


def total(folder: Path) -> Decimal:
    """What a fresh reader of a workspace finds: the sum of billed cost, the same in charges and costs."""
    opened = Workspace(folder)
    sums = [
        opened.connection.execute(f"SELECT coalesce(sum(BilledCost), 0) FROM {opened.relation(table)}").fetchall()[0][0]
        for table in ("charges", "costs")
    ]
    opened.connection.close()
    if sums[0] != sums[1]:
        raise AssertionError(f"charges hold {sums[0]}, costs {sums[1]}")
    return Decimal(sums[0])


def start_load(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """The real command in a process of its own."""
    command = [sys.executable, "-c", RUN, "load", *arguments, "--workspace", str(folder), "--format", "json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def phase_of(base: Path, work: Path) -> str:
    """How far a load came, by the files that it left beside those of `base`."""
    reached = PHASES[0]
    for table in TABLES:
        if _new(base, work, table, "*.parquet"):
            reached = f"{table} written"
        if _new(base, work, table, "_delta_log/*.json"):
            reached = f"{table} committed"
    return reached


def _new(base: Path, work: Path, table: str, pattern: str) -> bool:
    return _count(work / "ledger" / table, pattern) > _count(base / "ledger" / table, pattern)


def _count(folder: Path, pattern: str) -> int:
    """The files of a pattern that a commit has named finally: those being written have other endings or a `_`."""
    return sum(1 for p in folder.glob(pattern) if not p.name.startswith("_"))


def _whole_run(base: Path, work: Path, bill: Path) -> tuple[Decimal, float]:
    """The total and the duration of a load that nobody kills."""
    shutil.copytree(base, work)
    started = time.monotonic()
    process = start_load(work, str(bill))
    _, talk = process.communicate(timeout=PATIENCE_SECONDS)
    seconds = time.monotonic() - started
    if process.returncode != 0:
        raise AssertionError(talk)
    return total(work), seconds


def _timer(delay: float) -> Callable[[], bool]:
    due = time.monotonic() + delay
    return lambda: time.monotonic() >= due


def _reached(base: Path, work: Path, phase: str) -> Callable[[], bool]:
    return lambda: PHASES.index(phase_of(base, work)) >= PHASES.index(phase)


def _run_and_kill(work: Path, bill: Path, due: Callable[[], bool]) -> None:
    process = start_load(work, str(bill))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and not due() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    process.kill()
    process.communicate()


def _bill(path: Path, rows: int, factor: int) -> Path:
    """A month of FOCUS charges: every day, four teams, one of them shared."""
    with connect() as connection:
        query = f"""
            SELECT 'acct-1' AS BillingAccountId, 'USD' AS BillingCurrency, 'Usage' AS ChargeCategory,
              '2026-10-01T00:00:00Z' AS BillingPeriodStart, '2026-11-01T00:00:00Z' AS BillingPeriodEnd,
              strftime(DATE '2026-10-01' + CAST(i % 31 AS INTEGER), '%Y-%m-%dT00:00:00Z') AS ChargePeriodStart,
              strftime(DATE '2026-10-02' + CAST(i % 31 AS INTEGER), '%Y-%m-%dT00:00:00Z') AS ChargePeriodEnd,
              'Example Cloud' AS ServiceProviderName, 'Example Cloud' AS InvoiceIssuerName,
              'Compute' AS ServiceCategory, 'Machines' AS ServiceName, 'machine-' || (i % 100) AS ResourceId,
              c AS BilledCost, c AS EffectiveCost, c AS ListCost, c AS ContractedCost,
              '{{"team": "' || (['platform', 'search', 'support', 'ads'])[CAST(i % 4 + 1 AS INTEGER)] || '"}}' AS Tags
            FROM (SELECT i, CAST(i * {factor} * 0.0137 AS DECIMAL(18,4)) AS c FROM range({rows}) AS r(i))"""
        connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT csv, HEADER)")
    return path


def line(kill: Kill) -> str:
    """A kill as a row of the table."""
    sound = "sound" if kill.sound else "BROKEN"
    return f"{kill.number:>2}  {kill.trigger:<22}  {kill.phase:<18}  {kill.before:>16.2f}  {kill.after:>16.2f}  {sound}"


def two_at_once(folder: Path, rows: int = 20_000) -> Iterator[str]:
    """Two loads started together, of one scope and of two: what each said, and the total against the right ones."""
    bills = [_bill(folder / f"{factor}.csv", rows, factor) for factor in (1, 3)]
    other = folder / "other.csv"
    other.write_text(bills[1].read_text().replace("acct-1", "acct-2"))
    alone = [_loaded_alone(folder / f"alone-{bill.stem}", bill) for bill in bills]
    for name, pair, right in (("one scope", bills, alone), ("two scopes", [bills[0], other], [sum(alone)])):
        work = _workspace(folder / name.replace(" ", "-"))
        ended = [process.wait(PATIENCE_SECONDS) for process in [start_load(work, str(bill)) for bill in pair]]
        found = total(work)
        sound = "sound" if found in right and 0 in ended else "BROKEN"
        wanted = " or ".join(f"{amount:.2f}" for amount in right)
        yield f"two loads at once, {name}: exit codes {ended}, total {found:.2f}, right {wanted}: {sound}"


def _workspace(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "outlay.yaml").write_text(SETTINGS)
    return folder


def _loaded_alone(folder: Path, bill: Path) -> Decimal:
    Workspace(_workspace(folder)).load([bill])
    return total(folder)


HEAD = f"{'#':>2}  {'killed':<22}  {'phase reached':<18}  {'total before':>16}  {'total after':>16}  next load"


def table(count: int = 20) -> list[str]:
    """The table of kills."""
    with tempfile.TemporaryDirectory() as folder:
        killed = [line(kill) for kill in kills(Path(folder) / "kills", count)]
        return [HEAD, *killed, *two_at_once(Path(folder))]


if __name__ == "__main__":
    for text in table(int(sys.argv[1]) if len(sys.argv) > 1 else 20):
        print(text)
