"""One demo company for all tests of this folder, and its bills as one table."""

import json
from collections.abc import Iterator
from gzip import decompress
from pathlib import Path
from typing import Any

import duckdb
import pytest

from outlay.demo import generate
from outlay.model.charge import columns_of, literal

NUMBERS = ("money", "price", "quantity")


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    generate(folder, seed=7)
    return folder


@pytest.fixture(scope="session")
def truth(company: Path) -> dict[str, Any]:
    """The answer sheet."""
    found: dict[str, Any] = json.loads(decompress((company / ".truth" / "truth.json.gz").read_bytes()))
    return found


@pytest.fixture(scope="session")
def tokens(truth: dict[str, Any]) -> list[dict[str, Any]]:
    """What every tenant used, day by day."""
    return [dict(zip(truth["tokens"]["columns"], row, strict=True)) for row in truth["tokens"]["rows"]]


@pytest.fixture(scope="session")
def bills(company: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the table `bills`: every row of every bill, the file's name in `file`."""
    kinds = {c.name: c.kind for c in columns_of("1.3")}
    typed = ", ".join(
        f'CAST("{n}" AS {"DECIMAL(18,6)" if k in ("price", "quantity") else "DECIMAL(38,12)"}) AS "{n}"'
        for n, k in kinds.items()
        if k in NUMBERS and n != "ConsumedQuantity"
    )
    csv = literal(str(company / "bills" / "*.csv.gz"))
    parquet = literal(str(company / "bills" / "*.parquet"))
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(
            f"CREATE TABLE raw AS FROM read_csv({csv}, all_varchar = true, filename = true)"
            f" UNION ALL BY NAME SELECT COLUMNS(*)::VARCHAR FROM read_parquet({parquet}, filename = true)"
        )
        connection.execute(
            f"CREATE TABLE bills AS SELECT * REPLACE ({typed}), parse_filename(filename) AS file FROM raw"
        )
        yield connection
