"""What an Azure charge costs: billed, effective, list and contracted cost, prices and quantities."""

from outlay.sources.bills import azure_tables as tables
from outlay.sources.bills.azure_columns import Header
from outlay.sources.bills.azure_survey import Survey, charge_type, commitment, covered

SHARE, FACTOR = "DECIMAL(13,12)", "DECIMAL(18,0)"


def is_deal(header: Header) -> str:
    """SQL: whether a row buys or returns a commitment."""
    return f"({commitment(header)} AND {charge_type(header)} IN ('purchase', 'refund'))"


def columns(header: Header, survey: Survey, basis: str, shared: str) -> dict[str, str]:
    """The money and quantities of a charge.

    `shared` is true for rows whose days an amortised export in the same load covers.
    """
    return {
        "BilledCost": header.sql("Cost") if survey.plain else _billed(header, basis),
        "EffectiveCost": header.sql("Cost") if survey.plain else _effective(header, basis, shared),
        **_quantities(header, survey),
        **_prices(header, survey),
    }


def _billed(header: Header, basis: str) -> str:
    """Amortised rows of a commitment are not invoiced: its purchase is."""
    cost = header.sql("Cost")
    return f"CASE WHEN {covered(header)} THEN '0' ELSE {cost} END" if basis == "amortised" else cost


def _effective(header: Header, basis: str, shared: str) -> str:
    """The amortised cost. In an actual export read alone that of covered usage is unknown, so the purchase keeps
    its money; otherwise the covered usage has it and the purchase has none.
    """
    cost = header.sql("Cost")
    if basis == "amortised":
        return f"CASE WHEN {is_deal(header)} THEN '0' ELSE {cost} END"
    spread = "" if shared == "false" else f"WHEN {shared} AND {is_deal(header)} THEN '0' "
    return f"CASE {spread}WHEN {covered(header)} THEN NULL ELSE {cost} END"


def _quantities(header: Header, survey: Survey) -> dict[str, str]:
    key = f"coalesce({header.sql('UnitOfMeasure')}, '')"
    keys = [text for text, _ in survey.units] or [""]
    units = [tables.unit(text, ratio) for text, ratio in survey.units] or [None]
    consumed = f"{charge_type(header)} = 'usage'"
    factor = tables.lookup(key, keys, [u.factor if u else "1" for u in units], FACTOR)
    name = tables.lookup(key, keys, [u.name if u else None for u in units])
    pricing_unit = tables.lookup(key, keys, [u.pricing_unit if u else None for u in units])
    return {
        "PricingQuantity": f"CASE WHEN {_priced(header)} THEN {_pricing_quantity(header, survey)} END",
        "PricingUnit": f"CASE WHEN {_priced(header)} THEN {pricing_unit} END",
        "ConsumedQuantity": f"CASE WHEN {consumed} THEN {_times(header.sql('Quantity'), factor)} END",
        "ConsumedUnit": f"CASE WHEN {consumed} THEN {name} END",
    }


def _pricing_quantity(header: Header, survey: Survey) -> str:
    """Quantity in blocks of the unit of measure: a multiplication by 1 / block, NULL where that is no decimal."""
    keys = [text for text, _ in survey.units] or [""]
    units = [tables.unit(text, ratio) for text, ratio in survey.units] or [None]
    key = f"coalesce({header.sql('UnitOfMeasure')}, '')"
    share = tables.lookup(key, keys, [u.reciprocal if u else "1" for u in units], SHARE)
    return _times(header.sql("Quantity"), share)


def _priced(header: Header) -> str:
    return f"{charge_type(header)} NOT IN ('tax', 'roundingadjustment')"


def _times(text: str, other: str) -> str:
    """SQL: the product of a text and a decimal, kept with 12 decimals; NULL when it has more than 38 digits."""
    return f"CAST(TRY({_decimal(text)} * {other}) AS DECIMAL(38,12))"


def _decimal(text: str) -> str:
    return f"TRY_CAST(trim({text}) AS DECIMAL(38,12))"


def _prices(header: Header, survey: Survey) -> dict[str, str]:
    """List and contracted cost are price x pricing quantity, where the prices are in the currency of the bill."""
    quantity = _pricing_quantity(header, survey)
    list_cost = header.sql("ListCost", _cost(header, "PayGPrice", quantity))
    found = {"ListCost": list_cost, "ContractedCost": _cost(header, "UnitPrice", quantity)}
    for column, price in (("ListUnitPrice", "PayGPrice"), ("ContractedUnitPrice", "UnitPrice")):
        found[column] = f"CASE WHEN {_known(header, price)} THEN {header.sql(price)} END"
        if header.has("PricingCurrency"):
            found[f"PricingCurrency{column}"] = header.sql(price)
    if header.has("PricingCurrency"):
        found["PricingCurrency"] = f"upper(trim({header.sql('PricingCurrency')}))"
    return found


def _cost(header: Header, price: str, quantity: str) -> str:
    return f"CASE WHEN {_known(header, price)} THEN {_times(header.sql(price), quantity)} END"


def _known(header: Header, price: str) -> str:
    """SQL: whether a row has this price in the currency of the bill. A price of 0 is one only of what is free:
    not beside a cost, and not where a commitment pays.
    """
    same = "true"
    if header.has("PricingCurrency"):
        same = f"upper(trim({header.sql('PricingCurrency')})) = upper(trim({header.sql('Currency')}))"
    value, cost = _decimal(header.sql(price)), _decimal(header.sql("Cost"))
    return f"{_priced(header)} AND {same} AND ({value} <> 0 OR ({cost} = 0 AND NOT {commitment(header)}))"
