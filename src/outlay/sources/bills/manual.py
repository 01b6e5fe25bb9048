"""One plain CSV for what no cloud bills: labour, licences, GPU-cloud invoices, labelling, audits.

A row is one charge. With `spread_months: N` it becomes a purchase on its date, with an effective cost of 0, and N
monthly usage rows with a billed cost of 0, whose shares sum to the amount to the last digit. All of them keep the
billing period of the date, so that they stay in one delivery; their charge periods are the months covered.
"""

import csv
from functools import cache
from importlib.resources import files

from outlay.model.charge import literal, quoted
from outlay.model.layers import AI_KINDS, LAYER_NAMES
from outlay.sources.source import BillSource, Check, Reading, Sample

NEEDED = ("date", "amount")
NAMES = ("provider", "service", "description")
CATEGORIES = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")
MAX_MONTHS = 120
ENDINGS = (".gz", ".csv", ".tsv", ".txt", ".parquet")
# Delivered as they are: column of the file -> column of a charge.
PLAIN = {
    "provider": "ServiceProviderName",
    "description": "ChargeDescription",
    "region": "RegionId",
    "sub_account": "SubAccountId",
    "resource": "ResourceId",
    "invoice": "InvoiceId",
    "team": "x_Team",
    "project": "x_Project",
    "feature": "x_Feature",
    "tenant": "x_TenantId",
    "environment": "x_Environment",
    "phase": "x_Phase",
    "model": "x_ModelId",
}
OTHERS = (
    *("date", "until", "service", "amount", "currency", "quantity", "unit", "unit_price", "category"),
    *("layer", "ai_kind", "account", "tags", "spread_months"),
)
MONTH, DAY = r"'\d\d\d\d-\d\d'", r"'\d\d\d\d-\d\d-\d\d'"
WHOLE, SPREAD = "_spread = 0", "_part > 0"


def detect(sample: Sample) -> str | None:
    """`1` if the file has a date, an amount and something that says what for, else None."""
    named = any(_delivered(sample, name) for name in NAMES)
    return "1" if named and sample.has(*NEEDED) and not sample.has("BilledCost") else None


def template() -> str:
    """A file to start from: the usual columns and three rows."""
    return _data("manual_template.csv")


def read(sample: Sample, version: str) -> Reading:
    """The columns of a charge from those that the file has."""
    plain = {charge: _text(sample, name) for name, charge in PLAIN.items() if _delivered(sample, name)}
    columns = {**plain, **_who(sample), **_when(), **_what(sample), **_money(sample), **_spread(sample)}
    if tags := _tags(sample):
        columns["Tags"] = tags
    return Reading(columns, version, relation=_relation(sample), notes=_notes(sample), checks=_checks(sample))


def _delivered(sample: Sample, name: str) -> str | None:
    """The file's own name of a column: any case, and a space or hyphen for the underscore."""
    return sample.column(name, name.replace("_", " "), name.replace("_", "-"))


def _text(sample: Sample, name: str) -> str:
    found = _delivered(sample, name)
    return "CAST(NULL AS VARCHAR)" if found is None else f"nullif(trim(CAST({quoted(found)} AS VARCHAR)), '')"


def _relation(sample: Sample) -> str:
    """The rows with what several columns need: period, exact amount, category; once more per month of a spread."""
    months = f"CASE WHEN {_is_months(sample)} THEN CAST({_text(sample, 'spread_months')} AS BIGINT) ELSE 0 END"
    start, until, amount = _text(sample, "date"), _text(sample, "until"), _text(sample, "amount")
    category = f"lower(coalesce({_text(sample, 'category')}, 'usage'))"
    known = ", ".join(literal(c.lower()) for c in CATEGORIES)
    day = f"""SELECT *, {_first_day(start)} AS _start, {_day_after(start)} AS _after, {_day_after(until)} AS _until,
      money({amount}) AS _amount, {_currency(sample)} AS _currency,
      CASE WHEN {category} IN ({known}) THEN {category} ELSE 'usage' END AS _category, {months} AS _months FROM {{raw}}"""
    whole = "_category NOT IN ('usage', 'purchase') OR _start IS NULL OR _amount IS NULL OR _currency IS NULL"
    counted = f"SELECT *, CASE WHEN {whole} THEN 0 ELSE _months END AS _spread FROM ({day})"
    # Units of 1e-12, taken from the digits: no multiplication that could overflow.
    units = "CAST(replace(CAST(_amount AS VARCHAR), '.', '') AS HUGEINT) AS _units"
    return f"(SELECT *, {units}, unnest(range(_spread + 1)) AS _part FROM ({counted}))"


def _first_day(text: str) -> str:
    """The date that a text names, the first day of a month, NULL if it is neither."""
    return (
        f"CASE WHEN regexp_full_match({text}, {DAY}) THEN TRY_CAST({text} AS DATE) "
        f"WHEN regexp_full_match({text}, {MONTH}) THEN TRY_CAST({text} || '-01' AS DATE) END"
    )


def _day_after(text: str) -> str:
    """The first day after the day or month that a text names."""
    month = f"regexp_full_match({text}, {MONTH})"
    return f"CAST({_first_day(text)} + CASE WHEN {month} THEN INTERVAL 1 MONTH ELSE INTERVAL 1 DAY END AS DATE)"


def _currency(sample: Sample) -> str:
    given = f"upper({_text(sample, 'currency')})"
    code = f"CASE WHEN regexp_full_match({given}, '[A-Z][A-Z][A-Z]') THEN {given} END"
    return f"CASE WHEN {given} IS NULL THEN {literal(sample.currency or None)} ELSE {code} END"


def _is_months(sample: Sample) -> str:
    text = _text(sample, "spread_months")
    number = f"TRY_CAST({text} AS BIGINT)"
    return f"coalesce(regexp_full_match({text}, '[0-9]+') AND {number} BETWEEN 1 AND {MAX_MONTHS}, false)"


def _who(sample: Sample) -> dict[str, str]:
    """The account is the file's own, so that two files never replace each other, unless a column says another."""
    return {
        "x_RowId": "x_RowId",
        "BillingAccountId": f"coalesce({_text(sample, 'account')}, {literal(_account(sample))})",
        "InvoiceIssuerName": _text(sample, "provider"),
        "ServiceName": f"coalesce({', '.join(_text(sample, name) for name in ('service', 'description', 'provider'))})",
    }


def _account(sample: Sample) -> str:
    stem = sample.path.name
    for ending in ENDINGS:
        stem = stem[: -len(ending)] if stem.lower().endswith(ending) else stem
    return f"manual:{stem}"


def _when() -> dict[str, str]:
    """The period of a row; that of a share is its month. The billing period is always the month of the date."""
    month = "date_trunc('month', _start)"
    end = "CASE WHEN _until > _start AND _spread = 0 THEN _until ELSE _after END"
    return {
        "ChargePeriodStart": f"CASE WHEN {SPREAD} THEN {month} + to_months(CAST(_part - 1 AS INTEGER)) ELSE _start END",
        "ChargePeriodEnd": f"CASE WHEN {SPREAD} THEN {month} + to_months(CAST(_part AS INTEGER)) ELSE {end} END",
        "BillingPeriodStart": month,
        "BillingPeriodEnd": f"{month} + INTERVAL 1 MONTH",
    }


def _what(sample: Sample) -> dict[str, str]:
    layer, kind = _name(sample, "layer"), _name(sample, "ai_kind")
    category = " ".join(f"WHEN '{c.lower()}' THEN '{c}'" for c in CATEGORIES)
    categories = " ".join(f"WHEN {literal(name)} THEN {literal(c)}" for name, c in _service_categories().items())
    frequency = "CASE WHEN _category = 'usage' THEN 'Usage-Based' ELSE 'One-Time' END"
    return {
        "ChargeCategory": f"CASE WHEN {WHOLE} THEN CASE _category {category} END {_parts('Purchase', 'Usage')}",
        "ChargeFrequency": f"CASE WHEN {WHOLE} THEN {frequency} {_parts('One-Time', 'Usage-Based')}",
        "ServiceCategory": f"CASE {layer} {categories} ELSE 'Other' END",
        "x_Layer": f"CASE WHEN {layer} IN ({_listed(LAYER_NAMES)}) THEN {layer} END",
        "x_AiKind": f"CASE WHEN {kind} IN ({_listed(AI_KINDS)}) THEN {kind} END",
    }


def _name(sample: Sample, column: str) -> str:
    """The value of a column that holds one of our names, which are in lower case with hyphens."""
    return f"replace(replace(lower({_text(sample, column)}), ' ', '-'), '_', '-')"


def _parts(purchase: str, share: str) -> str:
    """The end of a CASE over the rows of a spread."""
    return f"WHEN _part = 0 THEN {literal(purchase)} ELSE {literal(share)} END"


def _money(sample: Sample) -> dict[str, str]:
    """A quoted invoice is its own list price; of a spread, both the purchase and its shares have it, as in FOCUS."""
    amount, readable = _text(sample, "amount"), f"CASE WHEN _amount IS NOT NULL THEN {_text(sample, 'amount')} END"
    # What rounding took from the amount rounds to 0, so the purchase adds nothing and the record of it is complete.
    rounded = f"CAST(rounding({amount}) AS VARCHAR)"
    effective = f"CASE WHEN {WHOLE} THEN {readable} WHEN _part = 0 THEN {rounded} ELSE {_share()} END"
    quoted_cost = f"CASE WHEN _part = 0 THEN {readable} ELSE {_share()} END"
    quantity, unit, price = (
        f"CASE WHEN _part = 0 THEN {_text(sample, name)} END" for name in ("quantity", "unit", "unit_price")
    )
    used = f"{WHOLE} AND _category = 'usage'"
    return {
        "BilledCost": f"CASE WHEN _part = 0 THEN {amount} ELSE '0' END",
        "EffectiveCost": effective,
        "ListCost": quoted_cost,
        "ContractedCost": quoted_cost,
        "BillingCurrency": "_currency",
        "ContractedUnitPrice": price,
        "PricingQuantity": quantity,
        "PricingUnit": unit,
        "ConsumedQuantity": f"CASE WHEN {used} AND TRY_CAST({quantity} AS DOUBLE) IS NOT NULL THEN {quantity} END",
        "ConsumedUnit": f"CASE WHEN {used} THEN {unit} END",
    }


def _share() -> str:
    """The exact share of month `_part`: the whole part of units / N, and what the remainder has come to by then.

    1.00 in 3: 333333333333, 333333333333 and 333333333334 units of 1e-12.
    """
    rest = "(_units % _spread)"
    units = f"_units // _spread + ({rest} * _part) // _spread - ({rest} * (_part - 1)) // _spread"
    return f"CAST(CAST({units} AS DECIMAL(38,0)) * 0.000000000001 AS VARCHAR)"


def _spread(sample: Sample) -> dict[str, str]:
    """What ties the shares to their purchase: per commitment, effective usage equals the billed purchase."""
    if _delivered(sample, "spread_months") is None:
        return {}
    name = f"coalesce({_text(sample, 'description')}, {_text(sample, 'service')}, {_text(sample, 'provider')})"
    values = {
        "CommitmentDiscountId": f"{literal(_account(sample) + ':row ')} || x_RowId",
        "CommitmentDiscountName": name,
        "CommitmentDiscountCategory": "'Spend'",
        "CommitmentDiscountType": "'Prepaid'",
    }
    columns = {column: f"CASE WHEN _spread > 0 THEN {sql} END" for column, sql in values.items()}
    priced = "WHEN _spread = 0 AND _category IN ('usage', 'purchase') OR _part = 0 AND _spread > 0 THEN 'Standard'"
    return columns | {
        "CommitmentDiscountStatus": f"CASE WHEN {SPREAD} THEN 'Used' END",
        "PricingCategory": f"CASE WHEN {SPREAD} THEN 'Committed' {priced} END",
    }


def _tags(sample: Sample) -> str:
    """The tags of the row and, as more of them, its columns that have no meaning of their own."""
    meant = {_delivered(sample, name) for name in (*PLAIN, *OTHERS)}
    others = {c: f"nullif(trim(CAST({quoted(c)} AS VARCHAR)), '')" for c in sample.columns if c not in meant}
    if not others and not _delivered(sample, "tags"):
        return ""
    pairs = ", ".join(f"{literal(column.strip())}, {sql}" for column, sql in others.items())
    # A merge patch drops the keys whose value is null.
    more = f"json_merge_patch('{{}}', json_object({pairs}))"
    given = f"CASE WHEN {_is_object(_text(sample, 'tags'))} THEN {_text(sample, 'tags')} ELSE '{{}}' END"
    return f"nullif(CAST(json_merge_patch({given}, {more}) AS VARCHAR), '{{}}')"


def _is_object(text: str) -> str:
    return f"coalesce(json_valid({text}) AND {text}[1] = '{{', false)"


def _checks(sample: Sample) -> tuple[Check, ...]:
    """What is wrong with a row beyond numbers; only for columns that the file has."""
    rules = {
        "date": ("E-MANUAL-001", "not a date", "write YYYY-MM-DD, or YYYY-MM for a whole month", "_start IS NULL"),
        "until": (
            *("E-MANUAL-002", "not a date after `date`"),
            *("write the last day; the row was loaded without it", "_until IS NULL OR _until <= _start"),
        ),
        "spread_months": (
            *("E-MANUAL-003", f"not a number of months from 1 to {MAX_MONTHS} of a usage or purchase"),
            *(
                "the row was loaded as one charge",
                f"NOT {_is_months(sample)} OR _category NOT IN ('usage', 'purchase')",
            ),
        ),
        "category": (
            *("E-MANUAL-004", "unknown category", f"loaded as Usage; known: {', '.join(CATEGORIES)}"),
            f"lower({_text(sample, 'category')}) <> _category",
        ),
        "layer": ("E-MANUAL-005", "unknown layer", *_unknown(sample, "layer", LAYER_NAMES)),
        "ai_kind": ("E-MANUAL-006", "unknown kind of AI work", *_unknown(sample, "ai_kind", AI_KINDS)),
        "currency": (
            *("E-MANUAL-007", "not a currency", "write the ISO code, such as USD; the row was left out"),
            "_currency IS NULL",
        ),
        "tags": (
            *("E-MANUAL-008", "not a JSON object", 'write {"key": "value"}; the row was loaded without it'),
            f"NOT {_is_object(_text(sample, 'tags'))}",
        ),
    }
    return tuple(
        Check(code, message, hint, found, f"{_text(sample, name)} IS NOT NULL AND ({when})")
        for name, (code, message, hint, when) in rules.items()
        if (found := _delivered(sample, name))
    )


def _unknown(sample: Sample, column: str, names: tuple[str, ...]) -> tuple[str, str]:
    hint = f"the row was loaded without it; known: {', '.join(names)}"
    return hint, f"{_name(sample, column)} NOT IN ({_listed(names)})"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(literal(name) for name in names)


def _notes(sample: Sample) -> tuple[str, ...]:
    if not sample.currency:
        return ()
    if _delivered(sample, "currency") is None:
        return (f"no column `currency`: amounts are taken to be in {sample.currency}",)
    return (f"rows without a currency are taken to be in {sample.currency}",) if _has_blank(sample) else ()


def _has_blank(sample: Sample) -> bool:
    blank = f"SELECT 1 FROM {{raw}} WHERE {_text(sample, 'currency')} IS NULL LIMIT 1"
    return sample.query is not None and bool(sample.query(blank))


@cache
def _service_categories() -> dict[str, str]:
    rows = csv.DictReader(_data("manual_service_categories.csv").splitlines())
    return {r["layer"]: r["category"] for r in rows}


def _data(name: str) -> str:
    return files("outlay.sources").joinpath(f"data/{name}").read_text(encoding="utf-8")


SOURCE = BillSource("manual", "plain CSV for what no cloud bills (labour, licences, invoices)", detect, read)
