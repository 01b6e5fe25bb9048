"""Azure Cost Management exports: Enterprise Agreement, Microsoft Customer Agreement and pay-as-you-go.

An agreement can be exported as actual cost (what is invoiced, a reservation on the day it is bought) and as
amortised cost (the same reservation spread over the usage that it covers). Read together they are one bill: all
amortised rows, and of the actual ones only purchases and refunds of commitments. A file read alone says in a note
what it lacks. The rules are those of Microsoft's FinOps toolkit ("Convert Cost Management data to FOCUS").
"""

from collections.abc import Iterator
from datetime import date

from outlay.model.charge import literal
from outlay.sources.bills import azure_money as money
from outlay.sources.bills import azure_names as names
from outlay.sources.bills.azure_columns import Header, header
from outlay.sources.bills.azure_survey import Survey, account, survey
from outlay.sources.source import Reading, Sample, Source

MARKS = ("Cost", "Date", "MeterCategory", "SubscriptionId")
CUSTOMER_AGREEMENT = ("ExchangeRate", "CostInPricingCurrency", "ListCost")
DROPPED = "an amortised export of the same days is in this load; only commitment purchases are taken from this one"
NAME_DEPTH = 4
NEVER = "false"


def detect(sample: Sample) -> str | None:
    """The agreement and cost basis, and the days of each account and month, such as
    `ea-amortised 12345678@2023-09-01..2023-09-30`; None if the columns are not Azure's.
    """
    found = header(sample)
    if not found.has(*MARKS) or sample.has("BilledCost"):
        return None
    seen = survey(sample, found)
    spans = ",".join(f"{name}@{first}..{last}" for name, first, last in seen.spans)
    return f"{_agreement(found)}-{_basis(sample, seen)} {spans}".strip()


def read(sample: Sample, version: str) -> Reading:
    """Every charge of the file, less those that an amortised export in the same load holds already."""
    found = header(sample)
    seen = survey(sample, found)
    agreement, basis = version.split(" ", 1)[0].rsplit("-", 1)
    shared = _shared(sample.peers, agreement, basis, found, names.day(found, "Date", seen))
    where = "" if shared == NEVER else f"(NOT coalesce({shared}, false) OR {money.is_deal(found)})"
    columns = {**names.columns(sample, found, seen), **money.columns(found, seen, basis, shared)}
    # Rows that are left out must not shift the numbers of those that stay.
    return Reading(
        columns=columns | ({"x_RowId": "x_RowId"} if where else {}),
        relation="{raw} AS raw" if where else "{raw}",
        version=f"{agreement}-{'amortised' if basis == 'amortised' else 'actual'}",
        where=where,
        dropped_reason=DROPPED if where else "",
        notes=tuple(_notes(sample, found, seen, agreement, basis, shared)),
        made=frozenset({"x_Extra"}),
    )


def _agreement(found: Header) -> str:
    if any(found.has(name) for name in CUSTOMER_AGREEMENT):
        return "mca"
    return "ea" if found.has("Account") else "payg"


def _basis(sample: Sample, seen: Survey) -> str:
    """`amortised` or `actual`, told by the values. A file without any commitment is what its nearest telling name
    says, else `plain`: both exports would hold the same rows.
    """
    if not seen.plain:
        return "amortised" if seen.amortised else "actual"
    for part in reversed(sample.path.parts[-NAME_DEPTH:]):
        text = part.lower()
        if ("amorti" in text) != ("actual" in text):
            return "amortised" if "amorti" in text else "actual"
    return "plain"


def _shared(peers: frozenset[str], agreement: str, basis: str, found: Header, day: str) -> str:
    """SQL: whether a row's account and day lie inside an amortised export of the same load.

    A plain file beside an amortised one, with no actual one in sight, is a further part of the amortised export:
    an actual export of the same days would show the usage that the commitment covers.
    """
    labels = {peer.split(" ", 1)[0] for peer in peers}
    if basis == "amortised" or (basis == "plain" and f"{agreement}-actual" not in labels):
        return NEVER
    conditions = []
    for peer in sorted(peers):
        label, _, spans = peer.partition(" ")
        if label == f"{agreement}-amortised":
            conditions += [_inside(span, found, day) for span in spans.split(",")] if spans else ["true"]
    return f"({' OR '.join(conditions)})" if conditions else NEVER


def _inside(span: str, found: Header, day: str) -> str:
    name, _, days = span.rpartition("@")
    first, last = (date.fromisoformat(text) for text in days.split(".."))
    within = f"TRY_CAST({day} AS DATE) BETWEEN DATE '{first}' AND DATE '{last}'"
    return f"(coalesce({account(found)}, '') = {literal(name)} AND {within})"


def _notes(sample: Sample, found: Header, seen: Survey, agreement: str, basis: str, shared: str) -> Iterator[str]:
    labels = {peer.split(" ", 1)[0] for peer in sample.peers}
    if not found.has("Currency"):
        yield f"the file names no currency; that of the workspace is used ({sample.currency or 'none is set'})"
    if seen.ambiguous:
        yield "dates such as 9/2/2023 were read month first, as Azure writes them; no date of the file tells"
    if shared != NEVER:
        yield DROPPED
    elif basis == "actual" and not seen.plain:
        yield "commitment purchases count in full on their day; load the amortised export too to spread them"
    elif basis == "plain" and f"{agreement}-amortised" in labels:
        yield "without any commitment the file was taken for a part of the amortised export beside it"
    if basis == "amortised" and f"{agreement}-actual" not in labels:
        yield "commitment purchases are invoiced in the actual export; load it too for a complete BilledCost"


SOURCE = Source("azure", "Azure Cost Management exports (EA, MCA, pay-as-you-go)", detect, read)
