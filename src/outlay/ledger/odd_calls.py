"""What is odd about calls that were just priced: names that nobody knows, and calls that were told before."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from outlay.ledger.journal import Entry
from outlay.ledger.store import list_files, whole_rows
from outlay.model.plural import plural
from outlay.model.problem import Problem

if TYPE_CHECKING:
    import duckdb

Suggest = Callable[[str, str], Sequence[str]]
OWN = "its own prices go into prices/*.yaml of the workspace"
NAMELESS = "load it with --set provider=..."


def odd_calls(
    connection: "duckdb.DuckDBPyConnection", ledger: Path, entries: Sequence[Entry], suggest: Suggest
) -> list[Problem]:
    """One problem for each name without a price, and for the calls of a file that repeat others.

    `entries` are of one derivation; those that were in the ledger before are passed over.
    """
    fresh = {e.delivery_id: e.files[0]["name"] for e in entries if e.kind == "deliver"}
    files = list_files(ledger, "events", {e.derive_id for e in entries})
    if not files or not fresh:
        return []
    events = whole_rows("events", files)
    return [*_unknown(connection, events, fresh, suggest), *_repeated(connection, events, fresh)]


def _unknown(
    connection: "duckdb.DuckDBPyConnection", events: str, fresh: dict[str, str], suggest: Suggest
) -> Iterator[Problem]:
    rows = connection.execute(
        "SELECT x_DeliveryId, coalesce(provider_id, provider, '') AS seller, coalesce(model, '') AS called, unpriced, "
        f"min(x_RowId), count(*) FROM {events} WHERE counted AND unpriced IS NOT NULL AND rate_id IS NULL "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    for delivery, provider, model, reason, row, count in rows:
        if delivery in fresh:
            near = suggest(provider, model)
            hint = f"did you mean {', '.join(near)}? {OWN}" if near else OWN if provider else NAMELESS
            nameless = reason.startswith(("no provider", "unknown provider"))
            column, value = ("provider", provider) if nameless else ("model", model)
            name = " ".join(part for part in (provider, model) if part)
            what = f"{reason} ({name}): its calls have no cost" if name else f"{reason}: its calls have no cost"
            yield Problem("W-CALL-005", what, hint, fresh[delivery], row=row, column=column, value=value, count=count)


def _repeated(connection: "duckdb.DuckDBPyConnection", events: str, fresh: dict[str, str]) -> Iterator[Problem]:
    sql = f"SELECT x_DeliveryId, min(x_RowId), count(*) FROM {events} WHERE NOT counted GROUP BY 1 ORDER BY 1"
    for delivery, row, count in connection.execute(sql).fetchall():
        if delivery in fresh:
            what = f"{plural(count, 'call')} that other rows or files tell too: each counts once"
            yield Problem("W-CALL-006", what, "nothing needs to be done", fresh[delivery], row=row, count=count)
