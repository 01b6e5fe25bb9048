"""What the tests of bill sources share: reading one file into charges."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from outlay.ledger.engine import connect
from outlay.sources.staging import Staged, open_file, stage

if TYPE_CHECKING:
    import duckdb

Stage = Callable[..., tuple["duckdb.DuckDBPyConnection", Staged]]


@pytest.fixture
def stage_bill(tmp_path: Path) -> Stage:
    """Read one file; returns a connection and what was read."""

    def read(
        path: Path, only: str = "", peers: frozenset[str] = frozenset(), currency: str = ""
    ) -> tuple["duckdb.DuckDBPyConnection", Staged]:
        connection = connect(tmp_path)
        opened = open_file(path, connection, only)
        return connection, stage(opened, connection, tmp_path, peers=peers, currency=currency)

    return read
