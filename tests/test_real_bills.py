"""Bills as clouds really wrote them, through the command line, against a sum that knows nothing of outlay.

The files are not part of the repository: name the folder that holds `focus/` as OUTLAY_SAMPLE_DATA.
"""

import csv
import gzip
import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import Result

Run = Callable[..., Result]
Ask = Callable[..., Any]
GIVEN = os.environ.get("OUTLAY_SAMPLE_DATA", "")
TABLES = ("azure_pricing_units", "azure_services_to_focus_category", "focus_requirements_model")
UNIT = Decimal("1e-12")
# What a bill calls its cash cost and its provider, by any case.
COSTS = ("billedcost", "lineitem/unblendedcost", "costinbillingcurrency", "pretaxcost")
PROVIDERS = ("serviceprovidername", "providername")


def bills() -> list[Path]:
    found = sorted(Path(GIVEN, "focus").glob("*")) if GIVEN else []
    return [p for p in found if p.name.endswith((".csv.gz", ".parquet")) and not p.name.startswith(TABLES)]


def rows(path: Path) -> Iterator[dict[str, str | None]]:
    """Every row by lower-case column names; a number of Parquet as its shortest decimal."""
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            cursor = connection.execute("SELECT COLUMNS(*)::VARCHAR FROM read_parquet(?)", [str(path)])
            names = [column[0].lower() for column in cursor.description]
            yield from (dict(zip(names, row, strict=True)) for row in cursor.fetchall())
    else:
        with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
            for row in csv.DictReader(stream):
                yield {name.lower(): value for name, value in row.items()}


def sums(path: Path) -> tuple[dict[str, Decimal], Decimal]:
    """Per provider ('' where the file names none) the sum of whole 1e-12 units, and what was cut off in all."""
    whole: dict[str, Decimal] = defaultdict(Decimal)
    rest = Decimal(0)
    for row in rows(path):
        text = next(row[c] for c in COSTS if c in row)
        if text in ("", "NULL", None):
            continue
        cost = Decimal(str(text))
        provider = next((row[p] for p in PROVIDERS if row.get(p)), "")
        whole[str(provider)] += cost.quantize(UNIT, ROUND_HALF_EVEN)
        rest += cost - cost.quantize(UNIT, ROUND_HALF_EVEN)
    return dict(whole), rest


NONE = pytest.param(Path(), marks=pytest.mark.skip(reason="OUTLAY_SAMPLE_DATA names no folder with focus/*.csv.gz"))
FOUND: list[Any] = [*bills()] or [NONE]


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_a_real_bill_adds_up_to_the_last_digit(outlay: Run, ask: Ask, tmp_path: Path, path: Path) -> None:
    outlay("init", tmp_path / "costs")
    with localcontext() as context:
        context.prec = 60
        whole, rest = sums(path)
        ran = outlay("load", path, "--workspace", tmp_path / "costs", "--format", "json")
        told = json.loads(ran.stdout)
        if not whole:
            assert (ran.exit_code, told["ok"]) == (2, False)
            assert told["error"]["hint"]
            return
        assert ran.exit_code == 0, told
        deliveries = told["data"]["deliveries"]
        answer = ask("costs", "--by", "provider", "--cost", "billed", "--workspace", tmp_path / "costs")
        if set(whole) == {""}:
            assert Decimal(answer["total"]) == whole[""]
        else:
            assert {r["provider"]: Decimal(r["cost"]) for r in answer["rows"]} == whole
        rounding = sum(Decimal(r["BilledCost"]) for d in deliveries for r in d["rounding"])
        billed = sum(Decimal(t["BilledCost"]) for d in deliveries for t in d["totals"])
        assert billed == sum(whole.values())
        assert billed + rounding == sum(whole.values()) + rest


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_a_real_bill_again_adds_nothing(outlay: Run, ask: Ask, tmp_path: Path, path: Path) -> None:
    outlay("init", tmp_path / "costs")
    if outlay("load", path, "--workspace", tmp_path / "costs").exit_code == 2:
        pytest.skip("no row of it is a charge")
    before = ask("costs", "--by", "provider,service", "--workspace", tmp_path / "costs")
    again = ask("load", path, "--workspace", tmp_path / "costs")
    assert {d["status"] for d in again["deliveries"]} == {"unchanged"}
    assert ask("costs", "--by", "provider,service", "--workspace", tmp_path / "costs") == before
