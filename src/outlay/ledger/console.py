"""Read-only SQL over the tables of a ledger: one SELECT, no file but the ledger's, no setting changed."""

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from outlay.ledger.engine import connect, parquet
from outlay.ledger.store import empty_relation, list_files
from outlay.ledger.tables import TABLES
from outlay.model.charge import literal, quoted
from outlay.model.problem import InputError

if TYPE_CHECKING:
    import duckdb

TIME = "%Y-%m-%dT%H:%M:%SZ"
HINT = f"tables: {', '.join(TABLES)}; DESCRIBE costs lists the columns of one"


def run(ledger: Path, relations: dict[str, str], sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The columns and rows that a SELECT over `relations` and the journal yields. Raises `InputError`."""
    import duckdb

    connection = connect(ledger / "staging" / "spill")
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise InputError("E-QUERY-001", "only one SELECT can be run here", HINT)
        _make_views(connection, ledger, relations)
        _shut(connection, ledger)
        cursor = connection.sql(statements[0].query)
        if cursor is None:
            raise InputError("E-QUERY-001", "only one SELECT can be run here", HINT)
        timed = {i for i, t in enumerate(cursor.types) if str(t) == "TIMESTAMP WITH TIME ZONE"}
        rows = cursor.fetchall()
        return list(cursor.columns), [_told(row, timed) for row in rows] if timed else rows
    except duckdb.Error as error:
        text = str(error).strip().split("\n\n", 1)[0]
        raise InputError("E-QUERY-002", text, HINT) from error


def _told(row: tuple[Any, ...], timed: set[int]) -> tuple[Any, ...]:
    """A row with its times as UTC text: a client needs no table of time zones."""
    return tuple(v.astimezone(UTC).strftime(TIME) if i in timed and v else v for i, v in enumerate(row))


def _make_views(connection: "duckdb.DuckDBPyConnection", ledger: Path, relations: dict[str, str]) -> None:
    tables = dict(relations)
    for name in ("journal", "problems", "prices"):
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
