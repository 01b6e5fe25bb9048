"""`outlay prices check`: whether the price book is plausible, and what a second opinion says."""

from datetime import UTC, datetime

from outlay.cli.options import FormatOption, WorkspaceOption, checked_folder, find_book, reported
from outlay.cli.output import Table, emit
from outlay.cli.price_views import age, opinion_data, opinion_words, plain, price_data, told_age, told_opinion

CHECK_HELP = """Look for prices that cannot be right: unit slips, impossible cache prices, overlaps and gaps.

Where LiteLLM is installed, its catalogue is asked for a second opinion.

Examples:

  outlay prices check

  outlay prices check --format json
"""
# So many differences with the second opinion are shown to people.
SHOWN = 20


@reported
def check(format: FormatOption = "table", workspace: WorkspaceOption = None) -> None:
    """Look for prices that cannot be right."""
    from outlay.prices.book import listed_in
    from outlay.prices.check import findings
    from outlay.prices.second_opinion import catalogue, catalogue_version, opinions

    book, path = find_book(workspace), catalogue()
    found = [(d.code, d.price, d.message) for d in findings(book, listed_in(checked_folder(workspace)))]
    asked = opinions(book, path, datetime.now(UTC)) if path else []
    others = [o for o in asked if not o.agrees]
    rows = [*found, *(("W-PRICE-015", o.price, opinion_words(o)) for o in others)]
    cells = [[code, p.provider, p.model, p.unit, plain(p.price), message] for code, p, message in rows]
    second = {"version": catalogue_version(), "compared": len(asked), "different": len(others)} if path else None
    told = [{"code": code, "message": message, **price_data(p)} for code, p, message in found]
    data = {
        "findings": told,
        "overlaps": [one for one in told if one["code"] == "W-PRICE-011"],
        "second_opinion": second,
        "differences": [opinion_data(o) for o in others],
        "book": age(book),
    }
    more = [f"... and {len(others) - SHOWN:,} more differences; --format csv shows all", ""]
    foot = [
        f"{len(book.prices):,} prices looked at, {len(found)} to look at again",
        told_opinion(second),
        told_age(book),
    ]
    columns = ["code", "provider", "model", "unit", "price", "message"]
    shown, whole = (Table(columns, part, frozenset({"price"})) for part in (cells[: len(found) + SHOWN], cells))
    emit(format, shown, data, foot=[*more, *foot] if len(others) > SHOWN else foot, exactly=whole)
