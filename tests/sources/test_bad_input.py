"""Files as they really arrive: for each what is told, what is loaded all the same, and what stays as it was."""

import csv
import gzip
import io
import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.bills import write_parquet
from typer.testing import Result

from outlay.model.charge import literal, quoted

Run = Callable[..., Result]
Ask = Callable[..., Any]
HEADER = [
    *("BilledCost", "EffectiveCost", "ListCost", "ContractedCost", "BillingCurrency", "BillingAccountId"),
    *("BillingPeriodStart", "ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "ServiceName"),
    *("ServiceProviderName", "ChargeDescription", "ConsumedQuantity", "Tags", "BillingAccountName"),
    *("BillingPeriodEnd", "ChargeClass", "HostProviderName", "InvoiceIssuerName", "PricingQuantity", "PricingUnit"),
    "ServiceCategory",
]


def row(cost: str = "1", **changed: str) -> list[str]:
    """A charge of 1 September; only what is under test differs."""
    values = {
        **dict.fromkeys(HEADER, ""),
        **dict.fromkeys(HEADER[:4], cost),
        "BillingCurrency": "USD",
        "BillingAccountId": "another",
        "BillingPeriodStart": "2026-09-01T00:00:00Z",
        "BillingPeriodEnd": "2026-10-01T00:00:00Z",
        "ChargePeriodStart": "2026-09-01T00:00:00Z",
        "ChargePeriodEnd": "2026-09-02T00:00:00Z",
        "ChargeCategory": "Usage",
        "ServiceName": "EC2",
        "ServiceProviderName": "AWS",
        "InvoiceIssuerName": "AWS",
        "ServiceCategory": "Compute",
        **changed,
    }
    return list(values.values())


def bill(*rows: Sequence[str], delimiter: str = ",", end: str = "\n", header: Sequence[str] = HEADER) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter, lineterminator=end).writerows([header, *rows])
    return stream.getvalue().encode()


def without(column: str, *rows: Sequence[str]) -> bytes:
    at = HEADER.index(column)
    return bill(*([*r[:at], *r[at + 1 :]] for r in rows), header=[c for c in HEADER if c != column])


FIVE = [row(str(n)) for n in range(1, 6)]
LONG = [row(f"{n}.{n * 7919 % 9973}") for n in range(4000)]
NUMBERS = ("BilledCost", "EffectiveCost", "ListCost", "ContractedCost")


def amounts(line: int) -> set[tuple[str, int | None, str]]:
    """The problems of a row whose amounts are all unreadable."""
    return {("E-ROW-002", line, name) for name in NUMBERS}


class Case(NamedTuple):
    """A file; the sum that is loaded (None: nothing); and what is told: code, line, column."""

    name: str
    content: bytes
    billed: str | None
    problems: set[tuple[str, int | None, str]]


NOTHING: set[tuple[str, int | None, str]] = set()
X = row("x")
L, K = ("storage", "gpu", "", "people-cost", "gpu"), ("none", "magic", "", "llm-api", "training")
# Names that SQL of ours gives to columns.
OURS = (
    *("file_row_number", "_t_BilledCost", "_v_x_Extra", "_r_BilledCost", "_bad", "_form", "_t_x_Extra", "x_RowId"),
    *("n", "{raw}", "a{b", "rowid", 'a"b', "a'b", "column_name", "filename"),
)
CASES = {
    "a semicolon between fields": Case("a.csv", bill(*FIVE, delimiter=";"), "15", NOTHING),
    "tabs between fields": Case("a.tsv", bill(*FIVE, delimiter="\t"), "15", NOTHING),
    "bars between fields": Case("a.csv", bill(*FIVE, delimiter="|"), "15", NOTHING),
    "another sign between fields": Case("a.csv", bill(*FIVE, delimiter="~"), None, {("E-FILE-004", None, "")}),
    "rows with another delimiter than the header": Case(
        "a.csv",
        bill(row("1")) + b";".join(s.encode() for s in row("2")) + b"\n" + bill(row("3")).split(b"\n", 1)[1],
        "4",
        {("E-ROW-001", 3, "EffectiveCost")},
    ),
    "gzip under the name of text": Case("a.csv", gzip.compress(bill(*FIVE)), "15", NOTHING),
    "text under the name of gzip": Case("a.csv.gz", bill(*FIVE), "15", NOTHING),
    "gzip cut in the middle": Case(
        "a.csv.gz", (zipped := gzip.compress(bill(*LONG)))[: len(zipped) // 2], None, {("E-FILE-005", None, "")}
    ),
    "gzip without its last bytes": Case("a.csv.gz", zipped[:-4], None, {("E-FILE-005", None, "")}),
    "lines that end in two ways": Case(
        "a.csv", bill(*FIVE, end="\r\n") + bill(*FIVE).split(b"\n", 1)[1], "30", NOTHING
    ),
    "a line of another kind below lines that end in \\r\\n": Case(
        "a.csv", bill(*FIVE, end="\r\n") + b"Total,15\n", "15", {("E-ROW-001", 7, "ListCost")}
    ),
    "no billed cost": Case("a.csv", without("BilledCost", *FIVE), None, {("E-LOAD-002", 1, "")}),
    "no currency": Case("a.csv", without("BillingCurrency", *FIVE), None, {("E-FILE-008", 1, "")}),
    "no effective cost": Case("a.csv", without("EffectiveCost", *FIVE), "15", {("W-FILE-010", None, "EffectiveCost")}),
    "several spellings of null": Case(
        "a.csv",
        bill(row("1", ServiceName="NULL"), row("NULL"), row("2", ServiceName=""), row(r"\N"), row("4", Tags="null")),
        "7",
        {("E-ROW-003", 3, "BilledCost"), ("E-ROW-003", 5, "BilledCost")},
    ),
    "N/A is no null of FOCUS": Case("a.csv", bill(row("1"), row("N/A")), "1", amounts(3)),
    "exponents": Case(
        "a.csv", bill(row("1e-3"), row("35.2E+1"), row("-2.5E2"), row("1E-12")), "102.001000000001", NOTHING
    ),
    "an exponent beyond all money": Case(
        "a.csv",
        bill(row("1"), row("1E40"), row("1e18"), row("1000000000000000000.0000000000001")),
        "1",
        amounts(3) | amounts(4) | amounts(5),
    ),
    "no numbers": Case(
        "a.csv",
        bill(row("1"), *(row(word) for word in ("NaN", "inf", "1,5", "1,234.50", "$5", "(5)", "0x10", "1e", "1_000"))),
        "1",
        set().union(*(amounts(line) for line in range(3, 12))),
    ),
    "money given back and negative usage": Case(
        "a.csv", bill(row("-4.5", ConsumedQuantity="-2"), row("1")), "-3.5", NOTHING
    ),
    "tags that are no object": Case(
        "a.csv",
        bill(row(Tags='{"a": "b"}'), row(Tags='"a": "b"'), row(Tags="[1]")),
        "3",
        {("E-ROW-005", 3, "Tags"), ("E-ROW-005", 4, "Tags")},
    ),
    "a layer and a kind of AI that are none of ours": Case(
        "a.csv",
        bill(
            *([*r, layer, kind] for r, layer, kind in zip(FIVE, L, K, strict=True)),
            header=[*HEADER, "x_Layer", "x_AiKind"],
        ),
        "15",
        {("W-CLASSIFY-001", 3, "x_Layer"), ("W-CLASSIFY-001", 3, "x_AiKind")},
    ),
    "what an export of ours kept, unreadable, beside a column that is unknown": Case(
        "a.csv",
        bill(
            [*row("1"), '{"k": "v"}', "a"],
            *([*row("1"), kept, "a"] for kept in ("[1]", '{"k": ', '"k"', "")),
            header=[*HEADER, "x_Extra", "Odd"],
        ),
        "5",
        {("E-ROW-005", line, "x_Extra") for line in (3, 4, 5)},
    ),
    "what an export of ours kept, unreadable, alone": Case(
        "a.csv",
        bill([*row("1"), '{"k": "v"}'], [*row("1"), "[1]"], header=[*HEADER, "x_Extra"]),
        "2",
        {("E-ROW-005", 3, "x_Extra")},
    ),
    "columns that repeat the name of another with a number": Case(
        "a.csv",
        bill(*([*r, "1", "2", "3", "4", "5"] for r in FIVE), header=[*HEADER, "a", "a", "a_2", "A", "a_2"]),
        "15",
        NOTHING,
    ),
    **{
        f"a column called {name}": Case(
            "a.csv", bill(*([*r, "soon"] for r in FIVE), header=[*HEADER, name]), "15", NOTHING
        )
        for name in OURS
    },
    "an underscore in a quantity": Case(
        "a.csv", bill(row(ConsumedQuantity="1_000")), "1", {("E-ROW-002", 2, "ConsumedQuantity")}
    ),
    "a day that is none": Case(
        "a.csv",
        bill(row(), row(ChargePeriodStart="13/09/2026"), row(ChargePeriodStart=""), row(ChargePeriodEnd="soon")),
        "2",
        {
            ("E-ROW-004", 3, "ChargePeriodStart"),
            ("E-ROW-003", 4, "ChargePeriodStart"),
            ("E-ROW-004", 5, "ChargePeriodEnd"),
        },
    ),
    "a letter": Case("letter.txt", b"Dear all,\nthe bill is attached.\n", None, {("E-LOAD-002", 1, "")}),
    "text without a table": Case("a.csv", b"nothing to see\nhere\n", None, {("E-FILE-004", None, "")}),
    "a picture": Case("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50, None, {("E-FILE-004", None, "")}),
    "JSON": Case("a.csv", b'{"charges": [{"cost": 1, "day": 2}],\n "total": 1}\n', None, {("E-LOAD-002", 1, "")}),
    "200 columns": Case(
        "a.csv",
        bill(*([*r, *["v"] * 177] for r in FIVE), header=[*HEADER, *(f"x_Column{n}" for n in range(177))]),
        "15",
        NOTHING,
    ),
    "a row of over 1 MB": Case(
        "a.csv", bill(row("1"), row("2", ChargeDescription="z" * 1_500_000), X, row("3")), "6", amounts(4)
    ),
    "a row of over 4 MB": Case(
        "a.csv",
        bill(row("1"), row("2", ChargeDescription="z" * 5_000_000), X, row("3")),
        "4",
        {("E-ROW-001", 3, ""), *amounts(4)},
    ),
    "bytes that are not UTF-8": Case(
        "a.csv",
        bill(row("1"), row("2", ChargeDescription="caf@"), X, row("3")).replace(b"caf@", b"caf\xe9"),
        "4",
        {("E-ROW-001", 3, "ChargeDescription"), *amounts(4)},
    ),
    "a header only": Case("a.csv", bill(), None, {("E-FILE-009", None, "")}),
    "a header without a line end": Case("a.csv", bill().strip(), None, {("E-FILE-009", None, "")}),
    "no byte at all": Case("a.csv", b"", None, {("E-FILE-002", None, "")}),
    "nothing, compressed": Case("a.csv.gz", gzip.compress(b""), None, {("E-FILE-004", None, "")}),
    "empty lines only": Case("a.csv", b"\n\n\n", None, {("E-FILE-004", None, "")}),
    "lines that end as in Windows": Case("a.csv", bill(row("1"), X, row("3"), end="\r\n"), "4", amounts(3)),
    "lines that end as in an old Mac": Case("a.csv", bill(row("1"), X, row("3"), end="\r"), "4", amounts(3)),
    "a byte order mark": Case("a.csv", b"\xef\xbb\xbf" + bill(row("1"), X, row("3")), "4", amounts(3)),
    "UTF-16": Case("a.csv", bill(*FIVE).decode().encode("utf-16"), None, {("E-FILE-007", None, "")}),
    "quotes and line ends inside fields": Case(
        "a.csv",
        bill(
            row("1", ChargeDescription='say "hi", please'),
            row("2", ChargeDescription="two\nlines"),
            row("x", ChargeDescription="three\n\nlines"),
            row("y"),
            row("5"),
        ),
        "8",
        amounts(5) | amounts(8),
    ),
    "line ends of Windows inside fields": Case(
        "a.csv",
        bill(
            row("1", ChargeDescription="two\r\nlines"), row("x", ChargeDescription="a\r\n\r\nb"), row("y"), end="\r\n"
        ),
        "1",
        amounts(4) | amounts(7),
    ),
    "empty lines between rows": Case(
        "a.csv", bill(row("1"), X, row("3")).replace(b"\nx,", b"\n\n\nx,"), "4", amounts(5)
    ),
    "lines that are no rows, then a bad value": Case(
        "a.csv",
        bill(row("1"), row("2", ChargeDescription="a\nb"))
        + b"1,2,3\n\n"
        + bill(row("4"), [*row("5"), "extra"], X).split(b"\n", 1)[1],
        "7",
        {("E-ROW-001", 5, "ContractedCost"), ("E-ROW-001", 8, ""), *amounts(9)},
    ),
    "a quote that never closes": Case(
        "a.csv",
        bill(row("1"), row("2", ChargeDescription="@"), row("3")).replace(b"@", b'"open'),
        "1",
        {("E-ROW-001", 3, "ChargeDescription")},
    ),
    "a damaged Parquet file": Case("a.parquet", b"PAR1" + bytes(100) + b"PAR1", None, {("E-FILE-003", None, "")}),
}


def ledger(ask: Ask) -> tuple[Any, Any]:
    """What the ledger holds: its total, and its journal."""
    return ask("costs", "--by", "provider")["total"], ask("query", "SELECT * FROM journal ORDER BY entry_id")


def place(problem: dict[str, Any]) -> tuple[str, int | None, str]:
    """Code, line and column; the place of a whole file is `file` or `file:line`."""
    _, _, line = problem["file"].rpartition(":")
    found = int(line) if problem["line"] is None and line.isdigit() else problem["line"]
    return problem["code"], found, problem["column"]


@pytest.mark.parametrize("name", CASES)
def test_a_file_is_loaded_as_far_as_it_can_be(outlay: Run, ask: Ask, workspace: Path, name: str) -> None:
    case = CASES[name]
    Path(case.name).write_bytes(case.content)
    before = ledger(ask)
    ran = outlay("load", case.name, "--format", "json")
    told = json.loads(ran.stdout)
    if case.billed is None:
        ((code, line, _),) = case.problems
        assert (ran.exit_code, told["ok"], told["error"]["code"]) == (2, False, code)
        assert told["error"]["place"] == (case.name if line is None else f"{case.name}:{line}")
        assert told["error"]["message"]
        assert told["error"]["hint"]
        assert ledger(ask) == before
        return
    (delivery,) = told["data"]["deliveries"]
    assert ran.exit_code == 0
    assert float(delivery["billed"]) == pytest.approx(float(case.billed), rel=0, abs=1e-13)
    problems = told["data"]["problems"]
    assert {place(p) for p in problems} == case.problems
    assert all(p["message"] and p["hint"] and p["file"] == case.name for p in problems)
    assert ask("costs", "--by", "account", "--where", "account:4001,org-*")["total"] == before[0]


@pytest.mark.parametrize("name", OURS)
def test_a_column_of_any_name_keeps_its_values_in_both_formats(
    ask: Ask, workspace: Path, name: str, tmp_path: Path
) -> None:
    rows = [[*r, f"value {i}"] for i, r in enumerate(FIVE)]
    Path("a.csv").write_bytes(bill(*rows, header=[*HEADER, name]))
    names = ", ".join(quoted(c) for c in (*HEADER, name))
    values = ", ".join(f"({', '.join(literal(v) for v in r)})" for r in rows)
    write_parquet(Path("a.parquet"), f"SELECT * FROM (VALUES {values}) AS t({names})")
    for file in ("a.csv", "a.parquet"):
        (delivery,) = ask("load", file, "--replace")["deliveries"]
        assert delivery["billed"] == "15.000000000000"
        kept = ask("query", "SELECT x_Extra FROM charges WHERE BillingAccountId = 'another' ORDER BY x_RowId")
        assert [json.loads(r["x_Extra"])[name] for r in kept["rows"]] == [f"value {i}" for i in range(5)]


def test_problems_are_kept_with_the_value_that_was_delivered(outlay: Run, ask: Ask, workspace: Path) -> None:
    Path("a.csv").write_bytes(bill(row("1"), row("1,234.50")))
    outlay("load", "a.csv")
    found = ask("problems")["problems"]
    assert {(p["line"], p["row"], p["value"]) for p in found} == {(3, 2, "1,234.50")}


def test_currencies_stay_apart(ask: Ask, workspace: Path) -> None:
    Path("a.csv").write_bytes(bill(row("1"), row("2", BillingCurrency="EUR")))
    (delivery,) = ask("load", "a.csv")["deliveries"]
    assert (delivery["billed"], delivery["currency"]) == (None, None)
    assert {t["currency"]: t["BilledCost"] for t in delivery["totals"]} == {
        "EUR": "2.000000000000",
        "USD": "1.000000000000",
    }
    costs = ask("costs", "--by", "account", "--where", "account:another")
    assert (costs["total"], costs["currency"]) == (None, None)
    assert [(r["currency"], r["cost"]) for r in costs["rows"]] == [("EUR", "2.000000000000"), ("USD", "1.000000000000")]


def test_a_cost_that_no_row_says_is_unknown(outlay: Run, ask: Ask, workspace: Path) -> None:
    Path("a.csv").write_bytes(without("EffectiveCost", *FIVE))
    assert "unknown" in outlay("load", "a.csv").stdout
    (delivery,) = [d for d in ask("sources")["deliveries"] if d["scope"]["account"] == "another"]
    assert (delivery["billed"], delivery["effective"]) == ("15.000000000000", None)
    assert ask("costs", "--by", "account", "--where", "account:another")["unknown"] == 5


def test_an_amount_of_ten_digits_keeps_all_of_its_decimals(ask: Ask, workspace: Path) -> None:
    Path("a.csv").write_bytes(bill(row("98765432101.1234567890125"), row("-98765432101.00000000000051234567")))
    (delivery,) = ask("load", "a.csv")["deliveries"]
    assert delivery["billed"] == "0.123456789011"
    assert delivery["rounding"][0]["BilledCost"].rstrip("0") == "0.00000000000098765433"


def test_the_same_delivery_twice_adds_nothing(ask: Ask, workspace: Path) -> None:
    Path("a.csv").write_bytes(bill(*FIVE))
    assert ask("load", "a.csv", "a.csv")["deliveries"][0]["rows"] == 5
    before = ledger(ask)
    shutil.copy("a.csv", "copy.csv")
    assert [d["status"] for d in ask("load", "copy.csv")["deliveries"]] == ["unchanged"]
    assert ledger(ask) == before


def test_fewer_days_are_refused_and_nothing_changes(outlay: Run, ask: Ask, workspace: Path) -> None:
    Path("a.csv").write_bytes(bill(row("1"), row("2", ChargePeriodStart="2026-09-05T00:00:00Z")))
    Path("b.csv").write_bytes(bill(row("1")))
    ask("load", "a.csv")
    before = ledger(ask)
    ran = outlay("load", "b.csv")
    assert ran.exit_code == 2
    assert "E-LOAD-010" in ran.stderr
    assert "--replace" in ran.stderr
    assert ledger(ask) == before


@pytest.mark.parametrize("name", ["bill[1].csv", "bill*.csv", "bill?.csv", "it's a bill.csv"])
def test_a_name_with_signs_of_a_glob_is_that_file_only(ask: Ask, workspace: Path, name: str) -> None:
    Path("bill1.csv").write_bytes(bill(row("100")))
    Path(name).write_bytes(bill(row("7")))
    (delivery,) = ask("load", name)["deliveries"]
    assert (delivery["file"], delivery["billed"]) == (name, "7.000000000000")


def test_a_ledger_below_a_folder_with_brackets_works(outlay: Run, ask: Ask, workspace: Path) -> None:
    folder = workspace.parent / "costs[1]"
    shutil.move(workspace, folder)
    assert ask("costs", "--by", "provider", "--workspace", folder)["charges"] == 7


def test_a_folder_with_other_files_is_loaded_as_far_as_it_can_be(outlay: Run, ask: Ask, workspace: Path) -> None:
    folder = Path("bills")
    folder.mkdir()
    (folder / "a.csv").write_bytes(bill(*FIVE))
    (folder / "notes.txt").write_bytes(b"call them\n")
    (folder / "photo.png").write_bytes(b"\x89PNG")
    (folder / "b.parquet").write_bytes(b"PAR1PAR1")
    (folder / ".hidden.csv").write_bytes(b"")
    told = ask("load", "bills")
    assert [(d["file"], d["billed"]) for d in told["deliveries"]] == [("a.csv", "15.000000000000")]
    assert {(p["file"], p["code"]) for p in told["problems"]} == {
        ("bills/notes.txt", "E-FILE-004"),
        ("bills/b.parquet", "E-FILE-003"),
    }


def test_a_missing_file_beside_a_good_one_is_told(outlay: Run, ask: Ask, workspace: Path) -> None:
    Path("a.csv").write_bytes(bill(*FIVE))
    ran = outlay("load", "a.csv", "b.csv")
    assert ran.exit_code == 0
    assert "5 rows loaded, 0 left out, 1 in problems" in ran.stdout
    assert ran.stderr.startswith("error: b.csv: E-FILE-001 no such file; check the path")


@pytest.mark.parametrize("name", ["nothing/", "*.parquet"])
def test_a_folder_or_glob_without_bills_is_told(outlay: Run, ask: Ask, workspace: Path, name: str) -> None:
    Path("nothing").mkdir()
    before = ledger(ask)
    ran = outlay("load", name)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "E-LOAD-001 there is no file to load" in ran.stderr
    assert ledger(ask) == before
