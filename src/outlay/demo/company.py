"""Kestrel Harbor Robotics: six months of its bills, its traffic, its own files and the truth behind them."""

from collections import defaultdict
from itertools import chain
from pathlib import Path

from outlay.demo.adjustments import adjustment_rows, tax_rows
from outlay.demo.charges import Row, labelled
from outlay.demo.commitments import commitment_rows, commitments
from outlay.demo.facts import bills, text
from outlay.demo.fleet import usage_rows
from outlay.demo.invoices import invoice_rows, rounding_row
from outlay.demo.machines import parts
from outlay.demo.manual import manual_files, rate_rows
from outlay.demo.metering import TYPES, Metered, meter, window_rows
from outlay.demo.meters import meter_rows
from outlay.demo.outcomes import OUTCOMES, QUALITY, outcome_rows, quality_rows
from outlay.demo.timeline import month_named, months
from outlay.demo.traffic import Stream, streams
from outlay.demo.truth import README, build_truth
from outlay.demo.write import csv_text, write_bill, write_json, write_parquet, write_text

Bills = dict[tuple[str, str], list[Row]]
TRUTH = ".truth"
# What `outlay demo` loads, as patterns in the company's folder.
LOADED = ("bills/*", "manual/*", "traffic/*", "plans/*")
PLANS = ("kestrel-ai.yaml", "gpu-budget.yaml")
ROUNDED = ("openai", "anthropic")


def generate(folder: Path, seed: int = 7) -> None:
    """Write the company's files into `folder`; the same seed writes the same bytes."""
    traffic = streams(seed)
    seen = [meter(stream) for stream in traffic]
    found = collect_bills(seed, traffic)
    for (name, month), rows in found.items():
        bill = bills()[name]
        write_bill(folder / "bills" / bill.file_name(month_named(month)), bill.version, rows)
    for file, (columns, rows) in manual_files().items():
        write_text(folder / "manual" / file, csv_text(columns, rows))
    _write_traffic(folder / "traffic", seed, traffic, seen)
    for name in PLANS:
        write_text(folder / "plans" / name, text(f"plans/{name}"))
    write_text(folder / "rates.csv", csv_text(["date", "from", "to", "rate"], rate_rows()))
    write_text(folder / "outlay.yaml", text("outlay.yaml"))
    write_text(folder / TRUTH / "README.md", README)
    write_json(folder / TRUTH / "truth.json.gz", build_truth(seed, seen, found))


def delivered(folder: Path) -> list[Path]:
    """The files of a company that `outlay demo` loads."""
    return [path for pattern in LOADED for path in sorted(folder.glob(pattern))]


def _write_traffic(folder: Path, seed: int, traffic: list[Stream], seen: list[Metered]) -> None:
    """Write what telemetry saw, one file per month, and what came of it."""
    for month in months():
        write_parquet(folder / f"usage-{month.name}.parquet", TYPES, csv_text(TYPES, window_rows(seen, month)))
    write_text(folder / "outcomes.csv", csv_text(OUTCOMES, outcome_rows(seed, traffic)))
    write_text(folder / "quality.csv", csv_text(QUALITY, quality_rows(seed)))


def collect_bills(seed: int, traffic: list[Stream]) -> Bills:
    """The rows of every bill by (bill, month)."""
    fleet = parts(seed)
    promises = commitments(fleet)
    found: Bills = defaultdict(list)
    machines = chain(commitment_rows(promises), usage_rows(seed, fleet, promises))
    for row in chain(machines, meter_rows(seed), invoice_rows(traffic), adjustment_rows()):
        found[labelled(row)].append(row)
    _close(found)
    return found


def _close(found: Bills) -> None:
    """Add to every invoice what is known only at its end: taxes, and rounding to cents."""
    for bill in bills().values():
        for month in months():
            rows = found[bill.name, month.name]
            rows.extend(tax_rows(bill, month, rows))
            rounding = rounding_row(bill, month, rows) if bill.name in ROUNDED else None
            rows.extend([rounding] if rounding else [])
