"""The rows of a manual file as SQL: periods, exact amounts and shares, and what can be wrong with a row."""

from outlay.model.charge import literal, quoted
from outlay.model.layers import AI_KINDS, LAYER_NAMES
from outlay.sources.source import Check, Sample
from outlay.sources.texts import is_object

CATEGORIES = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
SPREADABLE = "_category IN ('usage', 'purchase')"
MAX_MONTHS = 120
# A charge is nothing without these; that they are empty is told by the check of the column that they are read from.
EMPTIES = {"date": "ChargePeriodStart", "currency": "BillingCurrency"}
MONTH, DAY = r"'\d\d\d\d-\d\d'", r"'\d\d\d\d-\d\d-\d\d'"


def delivered(sample: Sample, name: str) -> str | None:
    """The file's own name of a column: any case, and a space or hyphen for the underscore."""
    return sample.column(name, name.replace("_", " "), name.replace("_", "-"))


def text(sample: Sample, name: str) -> str:
    """The text of a column, NULL if it is blank or not in the file."""
    found = delivered(sample, name)
    return "CAST(NULL AS VARCHAR)" if found is None else f"nullif(trim(CAST({quoted(found)} AS VARCHAR)), '')"


def name_of_ours(sample: Sample, column: str) -> str:
    """The text of a column that holds one of our names, which are in lower case with hyphens."""
    return f"replace(replace(lower({text(sample, column)}), ' ', '-'), '_', '-')"


def listed(names: tuple[str, ...]) -> str:
    """`names` as the inside of an SQL list."""
    return ", ".join(literal(name) for name in names)


def relation(sample: Sample) -> str:
    """Every row as `_part` 0, and once more per month of its spread, with what several columns need.

    Each step is computed once: as plain subqueries they would be copied into every column that uses them.
    """
    values = ", ".join(f"{sql} AS {name}" for name, sql in _values(sample).items())
    ready = f"{SPREADABLE} AND _start IS NOT NULL AND _amount IS NOT NULL AND _currency IS NOT NULL"
    # Units of 1e-12, taken from the digits: no multiplication that could overflow.
    units = "CAST(replace(CAST(_amount AS VARCHAR), '.', '') AS HUGEINT)"
    return (
        f"(WITH _read AS MATERIALIZED (SELECT *, {values} FROM {{raw}}), "
        f"_counted AS (SELECT *, CASE WHEN {ready} THEN _months ELSE 0 END AS _spread, {units} AS _units FROM _read), "
        f"_parted AS (SELECT *, unnest(range(_spread + 1)) AS _part FROM _counted), "
        f"_shared AS MATERIALIZED (SELECT *, CASE WHEN _part > 0 THEN {share()} END AS _share FROM _parted) "
        f"SELECT * FROM _shared)"
    )


def _values(sample: Sample) -> dict[str, str]:
    start, until, months = (text(sample, name) for name in ("date", "until", "spread_months"))
    amount, quantity = text(sample, "amount"), text(sample, "quantity")
    category = f"lower({text(sample, 'category')})"
    known = listed(tuple(c.lower() for c in CATEGORIES))
    return {
        "_start": _first_day(start),
        "_after": _day_after(start),
        "_until": _day_after(until),
        "_amount": f"money({amount})",
        "_rounded": f"CAST(rounding({amount}) AS VARCHAR)",
        "_used": f"CASE WHEN money({quantity}) IS NOT NULL THEN {quantity} END",
        "_currency": _currency(sample),
        "_category": f"CASE WHEN {category} IN ({known}) THEN {category} ELSE 'usage' END",
        "_months": f"CASE WHEN {_is_months(months)} THEN CAST({months} AS BIGINT) ELSE 0 END",
    }


def _first_day(value: str) -> str:
    """The date that a text names, the first day of a month, NULL if it is neither."""
    return (
        f"CASE WHEN regexp_full_match({value}, {DAY}) THEN TRY_CAST({value} AS DATE) "
        f"WHEN regexp_full_match({value}, {MONTH}) THEN TRY_CAST({value} || '-01' AS DATE) END"
    )


def _day_after(value: str) -> str:
    """The first day after the day or month that a text names."""
    month = f"regexp_full_match({value}, {MONTH})"
    return f"CAST({_first_day(value)} + CASE WHEN {month} THEN INTERVAL 1 MONTH ELSE INTERVAL 1 DAY END AS DATE)"


def _currency(sample: Sample) -> str:
    given = f"upper({text(sample, 'currency')})"
    code = f"CASE WHEN regexp_full_match({given}, '[A-Z][A-Z][A-Z]') THEN {given} END"
    return f"CASE WHEN {given} IS NULL THEN {literal(sample.currency or None)} ELSE {code} END"


def _is_months(value: str) -> str:
    number = f"TRY_CAST({value} AS BIGINT) BETWEEN 1 AND {MAX_MONTHS}"
    return f"coalesce(regexp_full_match({value}, '[0-9]+') AND {number}, false)"


def share() -> str:
    """The exact share of month `_part`: the whole part of units / N, and what the remainder has come to by then.

    1.00 in 3: 333333333333, 333333333333 and 333333333334 units of 1e-12.
    """
    rest = "(_units % _spread)"
    units = f"_units // _spread + ({rest} * _part) // _spread - ({rest} * (_part - 1)) // _spread"
    return f"CAST(CAST({units} AS DECIMAL(38,0)) * 0.000000000001 AS VARCHAR)"


def checks(sample: Sample) -> tuple[Check, ...]:
    """What can be wrong with a row beyond its numbers, for the columns that the file has."""
    return tuple(
        Check(code, message, hint, found, f"{text(sample, name)} IS NOT NULL AND ({when})", EMPTIES.get(name, ""))
        for name, code, message, hint, when in _rules(sample)
        if (found := delivered(sample, name))
    )


def _rules(sample: Sample) -> tuple[tuple[str, str, str, str, str], ...]:
    """Column, code, message, hint and SQL condition of each check."""
    date = "write YYYY-MM-DD, or YYYY-MM for a whole month; the row was left out"
    until = "write the last day, not before `date`, and none with spread_months; the row was loaded without it"
    period = "_until IS NULL OR _until <= _start OR _spread > 0"
    months = f"write a whole number from 1 to {MAX_MONTHS}, for a usage or purchase; loaded as one charge"
    unspread = f"NOT {_is_months(text(sample, 'spread_months'))} OR NOT {SPREADABLE}"
    categories = f"known: {', '.join(CATEGORIES)}; loaded as Usage"
    category = f"lower({text(sample, 'category')}) <> _category"
    currency = "write its ISO code, such as USD; the row was left out"
    tags = 'write {"key": "value"}; the row was loaded without it'
    return (
        ("date", "E-MANUAL-001", "not a date", date, "_start IS NULL"),
        ("until", "E-MANUAL-002", "no end of the period", until, period),
        ("spread_months", "E-MANUAL-003", "cannot be spread", months, unspread),
        ("category", "E-MANUAL-004", "unknown category", categories, category),
        ("layer", "E-MANUAL-005", "unknown layer", *_unknown(sample, "layer", LAYER_NAMES)),
        ("ai_kind", "E-MANUAL-006", "unknown kind of AI work", *_unknown(sample, "ai_kind", AI_KINDS)),
        ("currency", "E-MANUAL-007", "not a currency", currency, "_currency IS NULL"),
        ("tags", "E-MANUAL-008", "not a JSON object", tags, f"NOT {is_object(text(sample, 'tags'))}"),
    )


def _unknown(sample: Sample, column: str, names: tuple[str, ...]) -> tuple[str, str]:
    hint = f"known: {', '.join(names)}; the row was loaded without it"
    return hint, f"{name_of_ours(sample, column)} NOT IN ({listed(names)})"
