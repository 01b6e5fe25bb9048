"""`outlay prices update`: newer list prices for a workspace."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from outlay.cli.options import FormatOption, WorkspaceOption, checked_folder, reported
from outlay.cli.output import Table, emit
from outlay.model.problem import InputError

if TYPE_CHECKING:
    from outlay.prices.tables import Change
    from outlay.prices.update import Update

UPDATE_HELP = """Append newer list prices to the workspace, from the installed package genai-prices.

Nothing is fetched: upgrade the package first. Rows are appended with the day of this run to prices/list.csv and
prices/names.csv of the workspace; no row is ever changed. The same again appends nothing.

Examples:

  outlay prices update --dry-run

  outlay prices update --workspace finance
"""
# So many changes are shown to people.
SHOWN = 20


@reported
def update(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be appended, and append nothing.")] = False,
    format: FormatOption = "table",
    workspace: WorkspaceOption = None,
) -> None:
    """Append newer list prices to the workspace."""
    from outlay.prices.update import find_update, write_update

    folder = checked_folder(workspace)
    if folder is None:
        raise InputError("E-WORK-002", "no outlay.yaml here or above", "run in a workspace, or say --workspace DIR")
    found = find_update(folder)
    if not dry_run:
        write_update(folder, found, datetime.now(UTC).date())
    cells = [_cells(change) for change in [*found.changed, *found.new]]
    columns = ["change", "provider", "model", "unit", "tier", "from", "until", "price", "before"]
    shown, whole = (Table(columns, part, frozenset({"price", "before"})) for part in (cells[:SHOWN], cells))
    more = [f"... and {len(cells) - SHOWN:,} more; --format csv shows all"] if len(cells) > SHOWN else []
    emit(format, shown, _data(found, dry_run), foot=[*more, *_told(found, dry_run)], exactly=whole)


def _cells(change: "Change") -> list[str]:
    provider, model, unit, _, tier, _, first, _, _, until, price = change.row
    kind, before = ("changed", change.before[10]) if change.before else ("new", "")
    return [kind, provider, model, unit, tier, first, until, price, before]


def _told(found: "Update", dry_run: bool) -> list[str]:
    done = "would be appended" if dry_run else "appended"
    counts = f"{len(found.new):,} new and {len(found.changed):,} changed prices, {len(found.names):,} names {done}"
    left = [f"left out, of units that outlay does not know: {', '.join(found.unknown)}"] if found.unknown else []
    return [*left, f"genai-prices {found.version}: {counts}"]


def _data(found: "Update", dry_run: bool) -> dict[str, Any]:
    return {
        "version": found.version, "dry_run": dry_run, "new": len(found.new), "changed": len(found.changed),
        "names": len(found.names), "unknown_units": list(found.unknown),
        "prices": [_price(change) for change in [*found.changed, *found.new]],
    }  # fmt: skip


def _price(change: "Change") -> dict[str, Any]:
    provider, model, unit, per, tier, above, first, daily_from, daily_until, until, price = change.row
    before = change.before
    return {
        "change": "changed" if before else "new", "provider": provider, "model": model, "unit": unit, "per": int(per),
        "tier": tier, "above": int(above), "from": first or None, "until": until or None,
        "hours": f"{daily_from}-{daily_until}" if daily_from else None, "price": price, "currency": "USD",
        "price_before": before[10] if before else None, "until_before": (before[9] or None) if before else None,
    }  # fmt: skip
