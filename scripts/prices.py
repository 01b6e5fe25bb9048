"""Append what the installed `genai-prices` knows to the price book that comes with outlay.

Run after `pip install genai-prices` in an environment that has outlay. Rows are never changed or removed.
"""

import datetime as dt
import sys
from pathlib import Path

from outlay.prices.snapshot import PACKAGE, read_snapshot
from outlay.prices.tables import NAME_COLUMNS, NAME_KEY, PRICE_COLUMNS, PRICE_KEY, Row, append, changes, read_table

DATA = Path(__file__).parents[1] / "src" / "outlay" / "prices" / "data"


def extend(name: str, columns: tuple[str, ...], told: list[Row], key: int, today: str) -> int:
    """Append to a table of the book what it does not hold yet, and say how many rows that are."""
    path = DATA / name
    fresh = [change.row for change in changes(read_table(path, columns), told, key)]
    append(path, columns, fresh, [today])
    return len(fresh)


def main() -> None:
    """Append new prices and names, and note the version that they are of."""
    found, today = read_snapshot(), dt.datetime.now(dt.UTC).date().isoformat()
    prices = extend("prices.csv", PRICE_COLUMNS, found.prices, PRICE_KEY, today)
    names = extend("names.csv", NAME_COLUMNS, found.names, NAME_KEY, today)
    (DATA / "generated.txt").write_text(f"{PACKAGE} {found.version}\n", encoding="utf-8")
    print(prices, "prices,", names, "names appended", file=sys.stderr)


if __name__ == "__main__":
    main()
