"""`outlay classify` reads what `outlay load` reads, and says so when it finds nothing to go by."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import Result

from outlay.cli.classify import BESIDE, HELP, TELLING
from outlay.derive.classify import _INPUT, _INPUT_TWINS

Run = Callable[..., Result]
Ask = Callable[..., Any]
HEADER = ["ServiceProviderName", "ServiceName", "SkuMeter"]
ROWS = [
    ["Amazon Web Services", "Amazon Simple Queue Service", "Requests"],
    ["Amazon Web Services", "Amazon SageMaker", "Host:ml.g5.xlarge"],
    ["OpenAI", "OpenAI API", "gpt-5 input tokens"],
]
LAYERS = ["orchestration", "inference-compute", "model-api"]


def text(delimiter: str, header: list[str] = HEADER) -> str:
    return "".join(delimiter.join(row) + "\n" for row in [header, *ROWS])


def layers(ask: Ask, path: Path) -> list[str | None]:
    rows = ask("classify", path)["rows"]
    assert [row["row"] for row in rows] == list(range(1, len(rows) + 1))
    return [row["layer"] for row in rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(ask: Ask, tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("\ufeff" + text(delimiter), encoding="utf-8")
    assert layers(ask, path) == LAYERS


def test_names_of_columns_are_compared_without_case(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text(",", [name.upper() for name in HEADER]), encoding="utf-8")
    assert layers(ask, path) == LAYERS
    assert ask("classify", path)["columns"] == ["SERVICENAME", "SKUMETER", "SERVICEPROVIDERNAME"]


def test_gzip_is_read_whatever_the_name(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(gzip.compress(text(";").encode()))
    assert layers(ask, path) == LAYERS


def test_parquet_is_read_with_its_tags(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    columns = ", ".join(HEADER)
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TABLE rows ({columns.replace(',', ' VARCHAR,')} VARCHAR, Tags MAP(VARCHAR, VARCHAR))"
        )
        connection.executemany("INSERT INTO rows VALUES (?, ?, ?, MAP {'team': 'search'})", ROWS)
        connection.execute(f"COPY rows TO '{path}'")
    assert layers(ask, path) == LAYERS


def test_one_column_is_enough(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("ServiceName\nAmazon Bedrock\nAmazon Simple Queue Service\n", encoding="utf-8")
    assert layers(ask, path) == ["model-api", "orchestration"]


def test_a_short_line_keeps_its_number(ask: Ask, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("SkuMeter,ServiceName\nRequests\nx,OpenAI API\n", encoding="utf-8")
    assert layers(ask, path) == [None, "model-api"]


@pytest.mark.parametrize("header", ["date,amount,unit", "ChargeCategory;ConsumedUnit", "LineItem/ProductCode,b"])
def test_a_file_without_any_of_the_columns_is_refused(outlay: Run, tmp_path: Path, header: str) -> None:
    """A unit or a category alone names nothing: every row would come out as not AI."""
    path = tmp_path / "rows.csv"
    path.write_text(f"{header}\n1,2,3\n", encoding="utf-8")
    ran = outlay("classify", path)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert "E-CLASSIFY-002" in ran.stderr
    assert f"found: {header.replace(';', ', ').replace(',', ', ').replace(',  ', ', ')}" in ran.stderr
    assert all(name in ran.stderr for name in TELLING)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "E-FILE-002"),
        (b"ServiceName,SkuId\n", "E-CLASSIFY-001"),
        (b"Dear all\nthe bill is attached\n", "E-FILE-004"),
        (b"PAR1 and no more", "E-FILE-003"),
        (gzip.compress(text(",").encode(), mtime=0)[:60], "E-FILE-005"),
        (gzip.compress(b"ServiceName,SkuId\n" + bytes(range(65, 91)) * 100_000, mtime=0)[:-20], "E-FILE-006"),
    ],
)
def test_what_cannot_be_read_is_told(outlay: Run, tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(content)
    ran = outlay("classify", path)
    assert (ran.exit_code, ran.stdout) == (2, "")
    assert f"{code} " in ran.stderr


def test_a_row_is_shown_by_its_first_words(outlay: Run, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(f'ServiceName,SkuId\n"two\nlines",s\n,only a sku\n{"long " * 20},s\n', encoding="utf-8")
    lines = outlay("classify", path).stdout.splitlines()[2:5]
    shown = [line[5:47].rstrip() for line in lines]
    assert shown == ["two lines", "only a sku", f"{'long ' * 7}long…"]


def test_every_column_that_the_rules_read_is_asked_for_and_told() -> None:
    assert {*TELLING, *BESIDE} == {*_INPUT, *_INPUT_TWINS}
    assert [name for name in (*TELLING, *BESIDE) if name not in HELP] == []
