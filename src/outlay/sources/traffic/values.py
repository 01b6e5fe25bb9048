"""SQL over the texts of records that several sources need: sums, durations, tags and the names in paths.

A text that is no number stays that text, so that the row is told and not taken as unknown without a word.
"""

from collections.abc import Iterable

from outlay.model.charge import literal, quoted
from outlay.model.event import SUBJECTS, tier_sql


def first(*names: str) -> str:
    """The first of some columns that is there and not empty."""
    return f"coalesce({', '.join(_filled(name) for name in names)})"


def _filled(name: str) -> str:
    return f"nullif({quoted(name)}, '')"


def counted(*names: str) -> str:
    """The first of some counts that is above zero, else zero if one of them says so: two spellings of one count."""
    above = [f"CASE WHEN {quoted(n)} NOT IN ('0', '0.0', '') THEN {quoted(n)} END" for n in names]
    return f"coalesce({', '.join([*above, *(_filled(n) for n in names)])})"


def total(*counts: str) -> str:
    """The sum of the SQL expressions that are there, unknown if none is."""
    odd = [f"CASE WHEN TRY_CAST({c} AS BIGINT) IS NULL THEN {c} END" for c in counts]
    whole = " + ".join(f"coalesce(CAST(TRY_CAST({c} AS BIGINT) AS HUGEINT), 0)" for c in counts)
    there = " OR ".join(f"{c} IS NOT NULL" for c in counts)
    return f"CASE WHEN {there} THEN coalesce({', '.join(odd)}, CAST({whole} AS VARCHAR)) END"


def milliseconds(start: str, end: str) -> str:
    """The whole milliseconds between two texts of times."""
    return f"date_diff('millisecond', TRY_CAST({start} AS TIMESTAMPTZ), TRY_CAST({end} AS TIMESTAMPTZ))"


def whole(value: str) -> str:
    """A number with decimals as a whole one; what is no number stays as it is."""
    return f"coalesce(CAST(TRY_CAST(round(TRY_CAST({value} AS DOUBLE)) AS BIGINT) AS VARCHAR), {value})"


def last_part(value: str) -> str:
    """What follows the last slash of a path or an ARN."""
    return f"regexp_extract({value}, '[^/]*$')"


def tier(value: str) -> str:
    """A service tier as the price book names it: the default one is the standard one."""
    return f"CASE WHEN {value} IS NOT NULL THEN {tier_sql(value)} END"


def identity(*parts: str) -> str:
    """A stable name of what has no id: a window by its start and what it is grouped by."""
    said = ", ".join(f"coalesce({part}, '')" for part in parts)
    return f"concat_ws('|', {said})"


def subjects(paths: Iterable[str]) -> dict[str, str]:
    """JSON paths of what a call was made for: columns `of_<subject>_<n>`, one for each of the objects `paths`."""
    return {f"of_{name}_{i}": f"{path}.{name}" for i, path in enumerate(paths) for name in SUBJECTS}


def subject_columns(count: int, tags: str = "") -> dict[str, str]:
    """The subjects of an event from `count` objects of `subjects`, then from texts like `team:search` in a list."""
    return {
        name: f"coalesce({', '.join([*(_filled(f'of_{name}_{i}') for i in range(count)), *_tag(name, tags)])})"
        for name in SUBJECTS
    }


def _tag(name: str, tags: str) -> list[str]:
    pattern = literal(f'"{name}[:=] ?([^"]+)"')
    return [f"nullif(regexp_extract({quoted(tags)}, {pattern}, 1), '')"] if tags else []


def modality(details: str, kind: str) -> str:
    """The tokens of a kind in Google's list of them, such as `[{"modality": "AUDIO", "tokenCount": 3}]`."""
    listed = f"TRY_CAST(TRY_CAST({details} AS JSON) AS JSON[])"
    count = "TRY_CAST(json_extract_string(part, '$.tokenCount') AS BIGINT)"
    return f"list_sum([{count} FOR part IN {listed} IF json_extract_string(part, '$.modality') = {literal(kind)}])"
