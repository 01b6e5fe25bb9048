"""What is odd about a column as a whole: one problem each, with how often and where it first happens."""

from collections.abc import Iterator

from outlay.model.charge import literal
from outlay.model.layers import MEANINGS
from outlay.model.problem import Problem
from outlay.sources.places import Places
from outlay.sources.source import Reading, Sample
from outlay.sources.typed import Checked

# So many values of one column are named.
SHOWN = 6


def lacking_columns(sample: Sample, reading: Reading) -> Iterator[Problem]:
    """Columns that the format demands and the file does not have: one problem each, the rows are loaded."""
    for name in reading.lacking:
        message = f"there is no column {name}, which version {reading.version} of the format demands"
        yield Problem("W-FILE-010", message, "export it with every mandatory column", sample.path.name, column=name)


def misshapen_times(places: Places, checked: tuple[Checked, ...], staged: str) -> Iterator[Problem]:
    """Times that are read but not written as the format demands: one problem per column, with the first row."""
    shaped = [c for c in checked if c.misshapen]
    if not shaped:
        return
    tests = [f"FILTER (WHERE _form & {1 << position} > 0)" for position, _ in enumerate(shaped)]
    asked = ", ".join(f"count(*) {t}, min(file_row_number) {t}, min(x_RowId) {t}" for t in tests)
    answer = places.connection.execute(f"SELECT {asked} FROM {staged}").fetchall()[0]
    for i, c in enumerate(shaped):
        count, number, row = answer[3 * i : 3 * i + 3]
        if not count:
            continue
        message = "a time that is not written as YYYY-MM-DDTHH:MM:SSZ"
        hint = "it was read as UTC; export it with T and Z"
        value = str(places.values([c.raw], [number])[number][0])
        place = places.of({number: row})[number]
        yield Problem("W-ROW-010", message, hint, column=c.column.name, value=value, count=count, **place)


def unknown_meanings(places: Places, checked: tuple[Checked, ...], staged: str) -> Iterator[Problem]:
    """Layers, kinds and waste that a file states and that are none of ours: they are not used."""
    for c in checked:
        legal = MEANINGS.get(c.column.name)
        if legal is None or not c.delivered:
            continue
        known = ", ".join(literal(value) for value in legal)
        count, values, number, row = places.connection.execute(
            f"SELECT count(*), list_sort(list(DISTINCT {c.name})), min(file_row_number), min(x_RowId) FROM {staged} "
            f"WHERE {c.name} NOT IN ({known}, '')"
        ).fetchall()[0]
        if count:
            message = f"values of {c.column.name} that are none of ours and are not used: {', '.join(values[:SHOWN])}"
            hint, place = f"known: {', '.join(legal)}", places.of({number: row})[number]
            yield Problem("W-CLASSIFY-001", message, hint, column=c.column.name, value=values[0], count=count, **place)
