"""What only the values of an Azure export tell: its date order, its cost basis, what it covers, what it uses.

One pass over the file groups it by day, by unit and by service; everything else is decided on those groups.
"""

import math
import re
from dataclasses import dataclass, field
from datetime import date

from outlay.model.charge import literal
from outlay.sources.bills.azure_columns import Header
from outlay.sources.source import Sample

SEPARATOR = "\x1f"
DATES = ("Date", "BillingPeriodStart", "BillingPeriodEnd")
SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Survey:
    """The decisions about a file. `spans` are the first and last day of each account and month.

    `blocks` says of each unit of measure whether quantities count blocks of it; None when prices do not tell.
    """

    day_first: bool = False
    ambiguous: bool = False
    amortised: bool = False
    plain: bool = True
    spans: tuple[tuple[str, date, date], ...] = ()
    units: tuple[tuple[str, float | None], ...] = ()
    services: tuple[str, ...] = field(default=())


def charge_type(header: Header) -> str:
    """SQL: the ChargeType in small letters without spaces; exports without one hold usage."""
    return f"coalesce(lower(replace({header.sql('ChargeType')}, ' ', '')), 'usage')"


def commitment(header: Header) -> str:
    """SQL: whether a row belongs to a reservation or savings plan.

    Exports from before PricingModel name only the reservation.
    """
    model = f"coalesce(lower(replace({header.sql('PricingModel')}, ' ', '')), '')"
    named = f"({model} = '' AND {header.first('ReservationId', 'BenefitId')} IS NOT NULL)"
    return f"({model} IN ('reservation', 'savingsplan') OR {named} OR {unused(header)})"


def unused(header: Header) -> str:
    """SQL: whether a row is the part of a commitment that nobody used."""
    return f"{charge_type(header)} IN ('unusedreservation', 'unusedsavingsplan')"


def covered(header: Header) -> str:
    """SQL: whether a row is usage that a commitment paid for, or should have."""
    return f"({commitment(header)} AND ({charge_type(header)} = 'usage' OR {unused(header)}))"


def account(header: Header) -> str:
    """SQL: the billing account, else the enrolment, else the subscription."""
    return header.first("Account", "SubscriptionId")


def resource_type(header: Header) -> str:
    """SQL: the delivered resource type, else the one in the path of the resource, in small letters.

    `.../providers/Microsoft.Sql/servers/s1/databases/d1` is of type `microsoft.sql/servers/databases`.
    """
    path = f"regexp_extract(lower({header.sql('ResourceId')}), '.*/providers/(.+)$', 1)"
    derived = f"nullif(regexp_replace({path}, '/([^/]+)/[^/]+', '/\\1', 'g'), '')"
    return f"coalesce(lower({header.sql('ResourceType')}), {derived})"


def service_key(header: Header) -> str:
    """SQL: what decides the service of a row: consumed service, resource type, meter category."""
    parts = (header.sql("ConsumedService"), resource_type(header), header.sql("MeterCategory"))
    return f" || {literal(SEPARATOR)} || ".join(f"coalesce(lower({part}), '')" for part in parts)


def survey(sample: Sample, header: Header) -> Survey:
    """Everything that has to be known of a whole file before its rows can be read."""
    if sample.query is None:
        return Survey()
    days: list[tuple[object, ...]] = []
    units: dict[str, float | None] = {}
    services: list[tuple[int, str]] = []
    for kind, count, *key, ratio, first, second, amortised, committed in sample.query(_query(header)):
        if kind == "day":
            days.append((*key[:2], first, second, amortised, committed))
        elif kind == "unit":
            units[str(key[2])] = None if ratio is None else float(str(ratio))
        else:
            services.append((-int(str(count)), str(key[3])))
    return _decided(days, units, services)


def _query(header: Header) -> str:
    """The groups of a file, with the braces of column names kept from formatting."""
    cost, price = f"TRY_CAST({header.sql('Cost')} AS DOUBLE)", f"TRY_CAST({_price(header)} AS DOUBLE)"
    quantity = f"TRY_CAST({header.sql('Quantity')} AS DOUBLE)"
    parts = [[f"TRY_CAST(split_part({header.sql(d)}, '/', {n}) AS INTEGER)" for d in DATES] for n in (1, 2)]
    rows = f"""SELECT coalesce({account(header)}, '') AS account, coalesce({header.sql("Date")}, '') AS day,
      coalesce({header.sql("UnitOfMeasure")}, '') AS unit, {service_key(header)} AS service,
      greatest({", ".join(parts[0])}) AS first, greatest({", ".join(parts[1])}) AS second,
      {unused(header)} OR ({covered(header)} AND {cost} <> 0) AS amortised, {commitment(header)} AS committed,
      CASE WHEN NOT {commitment(header)} AND {price} * {quantity} / nullif({cost}, 0) > 0
      THEN ln({price} * {quantity} / {cost}) END AS ratio"""
    grouped = """SELECT CASE GROUPING_ID(day, unit, service) WHEN 3 THEN 'day' WHEN 5 THEN 'unit' ELSE 'service' END,
      count(*), account, day, unit, service, avg(ratio), max(first), max(second), bool_or(amortised),
      bool_or(committed)"""
    sets = "GROUP BY GROUPING SETS ((account, day), (unit), (service))"
    escaped = rows.replace("{", "{{").replace("}", "}}")
    return f"{grouped} FROM ({escaped} FROM {{raw}}) {sets}"


def _price(header: Header) -> str:
    """SQL: a price of one unit of measure, as the price sheet has it; 0 stands for none."""
    prices = [f"nullif(TRY_CAST({header.sql(p)} AS DOUBLE), 0)" for p in ("UnitPrice", "PayGPrice") if header.has(p)]
    return f"coalesce({', '.join(prices)}, NULL)" if prices else "NULL"


def _decided(days: list[tuple[object, ...]], units: dict[str, float | None], services: list[tuple[int, str]]) -> Survey:
    first = max((int(str(d[2])) for d in days if d[2] is not None), default=0)
    second = max((int(str(d[3])) for d in days if d[3] is not None), default=0)
    day_first = first > 12
    found: dict[tuple[str, int, int], set[date]] = {}
    for row in days:
        if (day := parsed(str(row[1]), day_first)) is not None:
            found.setdefault((str(row[0]), day.year, day.month), set()).add(day)
    return Survey(
        day_first=day_first,
        ambiguous=0 < first <= 12 and second <= 12,
        amortised=any(row[4] for row in days),
        plain=not any(row[5] for row in days),
        spans=tuple((key[0], min(dates), max(dates)) for key, dates in sorted(found.items())),
        units=tuple(units.items()),
        services=tuple(service for _, service in sorted(services)),
    )


def parsed(text: str, day_first: bool) -> date | None:
    """The day that a text names, whichever of the four styles it has."""
    if iso := ISO.match(text):
        parts = [int(p) for p in iso.groups()]
    elif slashes := SLASHES.match(text):
        one, two, year = (int(p) for p in slashes.groups())
        parts = [year, two, one] if day_first else [year, one, two]
    else:
        return None
    try:
        return date(*parts)
    except ValueError:
        return None


def counts_blocks(ratio: float | None, block: int) -> bool:
    """Whether quantities count blocks of a unit of measure and not single units.

    `ratio` is the mean logarithm of price x quantity / cost. With the price of "10K" at 0.004, 0.0129 blocks cost
    0.0000516: ratio ln(1), the quantity counts blocks. 129 units give ratio ln(10000): it counts units.
    """
    return ratio is not None and block > 1 and ratio <= math.log(block) / 2
