"""Read a bill file in a test as a load would."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from outlay.ledger.engine import connect
from outlay.ledger.staged import Staged
from outlay.sources.staging import open_file, stage

if TYPE_CHECKING:
    import duckdb

StageBill = Callable[..., "tuple[duckdb.DuckDBPyConnection, Staged]"]


@pytest.fixture
def stage_bill(tmp_path: Path) -> StageBill:
    """Read one bill file; the connection sees `charges` of what was staged."""

    def read(
        path: Path, only: str = "", peers: frozenset[str] = frozenset(), currency: str = ""
    ) -> "tuple[duckdb.DuckDBPyConnection, Staged]":
        connection = connect(tmp_path)
        opened = open_file(path, connection, only)
        return connection, stage(opened, connection, tmp_path, peers=peers, currency=currency)

    return read
