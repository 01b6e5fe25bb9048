"""The store: Delta tables of zstd Parquet. One function writes rows, one lists files.

DuckDB writes the Parquet file and Delta's log adopts it: no copy through another library, exact types.
"""

import json
import re
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.engine import parquet
from outlay.ledger.tables import PARTITIONS, TABLES
from outlay.model.charge import Column, literal, quoted
from outlay.model.problem import InputError

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable, Schema
    from deltalake.transaction import RemoveAction

DELTA_TYPES = {
    "VARCHAR": "string",
    "TIMESTAMPTZ": "timestamp",
    "BIGINT": "long",
    "BOOLEAN": "boolean",
    "DECIMAL(38,12)": "decimal(38,12)",
}

# The fastest level is hardly larger.
PARQUET = "FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1"


def ledger_folder(root: Path | str) -> Path:
    """The ledger below a workspace. Object stores are refused: nothing here can lock or rename in them."""
    # A path keeps one of the two slashes.
    if re.match(r"\w+:/", str(root)):
        hint = "give a folder of this machine; copy the ledger there first"
        raise InputError("E-LEDGER-001", f"a ledger cannot be opened in an object store: {root}", hint)
    return Path(root)


def open_table(ledger: Path, name: str) -> "DeltaTable":
    """The Delta table `name`, made empty when it is not there yet."""
    from deltalake import DeltaTable
    from deltalake.exceptions import TableNotFoundError

    folder = ledger / name
    try:
        return DeltaTable(str(folder))
    except TableNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        partitions = [PARTITIONS[name]] if name in PARTITIONS else None
        return DeltaTable.create(str(folder), schema=_schema(name), mode="ignore", partition_by=partitions)


def _schema(name: str) -> "Schema":
    from deltalake import Field, Schema
    from deltalake.schema import PrimitiveType

    return Schema([Field(c.name, PrimitiveType(DELTA_TYPES[c.sql_type])) for c in TABLES[name]])


def write_file(
    connection: "duckdb.DuckDBPyConnection",
    ledger: Path,
    name: str,
    query: str,
    partition: str = "",
    only: frozenset[str] | None = None,
) -> tuple[Path, int]:
    """Write a query's rows as one Parquet file of table `name`; the rows exist only once `adopt` has named it.

    With `only`, other columns than these are not written, and read as NULL.
    """
    kept = [c for c in TABLES[name] if only is None or c.name in only]
    coded = _coded(connection, query)
    columns = ", ".join(_written(c, coded) for c in kept)
    path = ledger / name / f"{partition or 'part'}-{uuid.uuid4().hex}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    copy = f"COPY (SELECT {columns} FROM ({query})) TO {literal(str(path))} ({PARQUET})"
    rows = connection.execute(copy).fetchall()[0][0]
    return path, int(rows)


def _coded(connection: "duckdb.DuckDBPyConnection", query: str) -> frozenset[str]:
    """The columns whose texts are numbered: they are written as they are, which is much faster than as texts."""
    rows = connection.execute(f"DESCRIBE SELECT * FROM ({query})").fetchall()
    return frozenset(row[0] for row in rows if row[1].startswith("ENUM"))


def _written(column: Column, coded: frozenset[str]) -> str:
    name = quoted(column.name)
    return name if column.name in coded else f"CAST({name} AS {column.sql_type}) AS {name}"


def adopt(
    ledger: Path, name: str, written: list[tuple[Path, int]], partition: str = "", replacing: Sequence[Path] = ()
) -> None:
    """Add written files to the Delta log of table `name`, and take out those that they replace, all at once."""
    from deltalake import CommitProperties, PostCommitHookProperties
    from deltalake.transaction import AddAction

    values = {PARTITIONS[name]: partition} if name in PARTITIONS else {}
    now = int(time.time() * 1000)
    actions = [
        AddAction(path.name, path.stat().st_size, values, now, True, json.dumps({"numRecords": rows}))
        for path, rows in written
    ]
    table = open_table(ledger, name)
    removed = [_removal(path, now) for path in replacing]
    table.create_write_transaction(
        [*actions, *removed],
        mode="append",
        schema=table.schema(),
        partition_by=list(values) or None,
        commit_properties=CommitProperties(max_commit_retries=50),
        post_commithook_properties=PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False),
    )


def _removal(path: Path, now: int) -> "RemoveAction":
    from deltalake.transaction import RemoveAction

    return RemoveAction(path=path.name, data_change=False, deletion_timestamp=now, size=path.stat().st_size)


def append(connection: "duckdb.DuckDBPyConnection", ledger: Path, name: str, query: str, partition: str = "") -> int:
    """Write and adopt a query's rows; returns how many there were."""
    path, rows = write_file(connection, ledger, name, query, partition)
    adopt(ledger, name, [(path, rows)], partition)
    return rows


def list_files(ledger: Path, name: str, partitions: set[str] | None = None) -> list[Path]:
    """The files of a table, or only those of some partitions (deliveries, derivations)."""
    if not (ledger / name / "_delta_log").is_dir():
        return []
    actions = open_table(ledger, name).get_add_actions(flatten=True)
    paths = actions.column("path").to_pylist()
    if partitions is None or name not in PARTITIONS:
        return [ledger / name / p for p in paths]
    keys = actions.column(f"partition.{PARTITIONS[name]}").to_pylist()
    return [ledger / name / p for p, key in zip(paths, keys, strict=True) if key in partitions]


def partitions(ledger: Path, name: str) -> set[str]:
    """The partitions (loads, derivations) that a table has files of."""
    if not (ledger / name / "_delta_log").is_dir():
        return set()
    actions = open_table(ledger, name).get_add_actions(flatten=True)
    return set(actions.column(f"partition.{PARTITIONS[name]}").to_pylist())


def empty_relation(columns: tuple[Column, ...]) -> str:
    """A relation with the columns of a table and no rows."""
    nulls = ", ".join(f"CAST(NULL AS {c.sql_type}) AS {quoted(c.name)}" for c in columns)
    return f"(SELECT {nulls} WHERE false)"


def whole_rows(name: str, files: Sequence[Path]) -> str:
    """The rows of files with every column of their table: one that a file does not have is NULL."""
    return f"(SELECT * FROM {parquet(files)} UNION ALL BY NAME SELECT * FROM {empty_relation(TABLES[name])})"
