"""The demo company as a whole: files, sizes, sameness."""

import hashlib
from decimal import Decimal
from gzip import decompress
from pathlib import Path
from typing import Any

import duckdb
import yaml

from outlay.demo import delivered, generate
from outlay.model.layers import COMPUTE_LAYERS, LAYER_NAMES

MONTHS = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]


def digests(folder: Path) -> dict[str, str]:
    found = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}


def test_the_same_seed_writes_the_same_bytes(company: Path, tmp_path: Path) -> None:
    generate(tmp_path / "new" / "folder", seed=7)
    assert digests(company) == digests(tmp_path / "new" / "folder")


def test_another_seed_draws_another_company(company: Path, tmp_path: Path) -> None:
    generate(tmp_path, seed=8)
    ours, theirs = digests(company), digests(tmp_path)
    assert ours.keys() == theirs.keys()
    drawn = [name for name in ours if name.startswith(("bills", "traffic"))]
    assert all(ours[name] != theirs[name] for name in drawn)


def test_files_are_bills_and_calls_per_month_manual_tables_and_a_workspace(company: Path) -> None:
    bills = [f"{b}-{m}.{e}" for b, e in (("aws", "csv.gz"), ("gcp", "parquet")) for m in MONTHS]
    bills += [f"{b}-{m}.csv.gz" for b in ("anthropic", "openai") for m in MONTHS]
    assert {p.name for p in (company / "bills").iterdir()} == set(bills)
    names = {"assurance.csv", "labelling.csv", "licences.csv", "people.csv", "training.csv"}
    assert {p.name for p in (company / "manual").iterdir()} == names
    traffic = {"outcomes.csv", "quality.csv", *(f"usage-{m}.parquet" for m in MONTHS)}
    assert {p.name for p in (company / "traffic").iterdir()} == traffic
    assert {p.name for p in company.iterdir()} == {
        ".truth",
        "bills",
        "manual",
        "outlay.yaml",
        "plans",
        "rates.csv",
        "traffic",
    }


def test_bills_manual_tables_calls_and_facts_are_loaded_and_nothing_else(company: Path) -> None:
    found = [str(p.relative_to(company)) for p in delivered(company)]
    facts, calls = ["traffic/outcomes.csv", "traffic/quality.csv"], [f"traffic/usage-{m}.parquet" for m in MONTHS]
    assert [name for name in found if name.startswith("traffic")] == [*facts, *calls]
    assert {name.split("/")[0] for name in found} == {"bills", "manual", "plans", "traffic"}
    assert len(found) == 24 + 5 + 8 + 2


def test_truth_lies_only_where_nothing_is_loaded(company: Path, truth: dict[str, Any]) -> None:
    assert [p.name for p in company.rglob("truth*")] == ["truth.json.gz"]
    assert set(truth) == {"seed", "tokens", "metered", "factors", "idle", "incidents", "accrual_by_layer"}


def test_bills_have_tens_of_thousands_of_rows(bills: duckdb.DuckDBPyConnection) -> None:
    ((rows, days),) = bills.execute(
        "SELECT count(*), count(DISTINCT left(ChargePeriodStart, 10)) FROM bills"
    ).fetchall()
    assert 40_000 <= rows <= 120_000
    assert days == 184


def test_months_are_plausible_and_gpu_compute_is_less_than_half(truth: dict[str, Any]) -> None:
    assert list(truth["accrual_by_layer"]) == MONTHS
    totals = []
    for layers in truth["accrual_by_layer"].values():
        ai = {name: Decimal(cost) for name, cost in layers.items() if name != "none"}
        gpu = sum(ai[name] for name in COMPUTE_LAYERS)
        totals.append(sum(ai.values()))
        assert 250_000 <= totals[-1] <= 450_000
        assert Decimal("0.35") <= gpu / totals[-1] <= Decimal("0.45")
    assert totals[-1] > totals[0] * Decimal("1.2")


def test_resilience_is_the_only_layer_that_nobody_paid_for(truth: dict[str, Any]) -> None:
    for layers in truth["accrual_by_layer"].values():
        assert set(layers) - {"none"} == set(LAYER_NAMES) - {"resilience"}


def test_prompt_bloat_shows_in_september(truth: dict[str, Any]) -> None:
    cost = {m: Decimal(layers["model-api"]) for m, layers in truth["accrual_by_layer"].items()}
    assert cost["2026-09"] > cost["2026-10"] > cost["2026-08"]


def test_the_workspace_names_rules_for_what_the_bills_hold(company: Path, bills: duckdb.DuckDBPyConnection) -> None:
    config = yaml.safe_load((company / "outlay.yaml").read_text())
    assert (config["company"], config["currency"], config["rates"]) == (
        "Kestrel Harbor Robotics",
        "USD",
        "rates.csv",
    )
    rules = {rule["name"]: rule for rule in config["attribution"]}
    assert len(rules) == len(config["attribution"])
    for spelling in rules["team from tags"]["map"]:
        assert bills.execute("SELECT count(*) FROM bills WHERE contains(Tags, ?)", [spelling]).fetchall()[0][0]
    accounts = {a for (a,) in bills.execute("SELECT DISTINCT SubAccountId FROM bills").fetchall()}
    for rule in rules.values():
        named = rule.get("when", {}).get("sub-account", [])
        for account in [named] if isinstance(named, str) else named:
            assert "*" in account or account in accounts


def test_no_file_names_a_folder_of_a_machine(company: Path) -> None:
    for path in (p for p in company.rglob("*") if p.is_file()):
        content = path.read_bytes()
        text = decompress(content) if path.suffix == ".gz" else content
        assert str(company).encode() not in text
        assert b"/tmp/" not in text
        assert b"/home/" not in text
