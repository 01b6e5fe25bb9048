"""Read-only SQL over the tables of a ledger: one SELECT, no file but the ledger's, no setting changed."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from outlay.ledger.engine import connect, parquet
from outlay.ledger.store import empty_relation, list_files
from outlay.ledger.tables import TABLES
from outlay.model.charge import literal, quoted
from outlay.model.problem import InputError

if TYPE_CHECKING:
    import duckdb


def run(ledger: Path, relations: dict[str, str], sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and rows that a SELECT over `relations` and the journal yields. Raises `InputError`."""
    import duckdb

    connection = connect(ledger / "staging" / "spill")
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise InputError("E-QUERY-001", "only one SELECT can be run here", f"tables: {', '.join(TABLES)}")
        _make_views(connection, ledger, relations)
        _shut(connection, ledger)
        # Times come out as UTC text: a client needs no table of time zones.
        cursor = connection.sql(statements[0].query)
        if cursor is None:
            raise InputError("E-QUERY-001", "only one SELECT can be run here", f"tables: {', '.join(TABLES)}")
        timed = [
            f"strftime({quoted(n)} AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ') AS {quoted(n)}"
            for n, t in zip(cursor.columns, cursor.types, strict=True)
            if str(t) == "TIMESTAMP WITH TIME ZONE"
        ]
        shown = cursor.project(f"* REPLACE ({', '.join(timed)})") if timed else cursor
        return list(cursor.columns), shown.fetchall()
    except duckdb.Error as error:
        text = str(error).strip().split("\n\n", 1)[0]
        raise InputError("E-QUERY-002", text, f"tables: {', '.join(TABLES)}") from error


def _make_views(connection: "duckdb.DuckDBPyConnection", ledger: Path, relations: dict[str, str]) -> None:
    tables = dict(relations)
    for name in ("journal", "problems"):
        files = list_files(ledger, name)
        tables[name] = parquet(files) if files else empty_relation(TABLES[name])
    for name, relation in tables.items():
        connection.execute(f"CREATE VIEW {quoted(name)} AS SELECT * FROM {relation}")


def _shut(connection: "duckdb.DuckDBPyConnection", ledger: Path) -> None:
    """From here on the connection reads the ledger's folder and nothing else."""
    connection.execute(
        f"SET allowed_directories=[{literal(str(ledger.resolve()) + '/')}, {literal(str(ledger) + '/')}]"
    )
    connection.execute("SET enable_external_access=false")
    connection.execute("SET lock_configuration=true")
