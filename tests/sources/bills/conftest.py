"""Read a bill file in a test as a load would."""

from collections.abc import Callable
from pathlib import Path

import pytest
from duckdb import DuckDBPyConnection

from outlay.ledger.engine import connect
from outlay.sources.staging import Staged, open_file, stage

StageBill = Callable[..., tuple[DuckDBPyConnection, Staged]]


@pytest.fixture
def stage_bill(tmp_path: Path) -> StageBill:
    """Stage a file: `(path, only="") -> (connection, staged)`."""

    def staged(path: Path, only: str = "") -> tuple[DuckDBPyConnection, Staged]:
        connection = connect(tmp_path)
        return connection, stage(open_file(path, connection, only), connection, tmp_path)

    return staged
