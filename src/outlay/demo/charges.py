"""Rows of a bill in the shape of FOCUS, as texts: a template per resource, then one row per period."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from outlay.demo.amounts import plain_micro, plain_pico
from outlay.demo.facts import Bill, Sku, account_names, bills, region_names, services
from outlay.demo.timeline import Month, day_stamp, month_of, stamp

Row = dict[str, str]
BILL, LAYER = "_bill", "_layer"  # notes of ours on a row; files hold FOCUS columns only


@dataclass(frozen=True, slots=True)
class Place:
    """Where a charge arises: the sub-account, the resource with its tags, and the layer that we intend."""

    account: str
    layer: str
    region: str = ""
    zone: str = ""
    resource: str = ""
    name: str = ""
    type: str = ""
    tags: str = ""
    account_name: str = ""


def parse_tags(text: str) -> str:
    """`team=search;env=dev` as flat JSON, '' for none; keys keep their spaces."""
    pairs = dict(part.split("=", 1) for part in text.split(";") if part)
    return json.dumps(pairs) if pairs else ""


def resource_id(bill: Bill, service: str, place: Place) -> str:
    """The full name of a resource: an ARN where the table holds only the end of one."""
    if bill.name != "aws" or not place.resource or place.resource.startswith("arn:"):
        return place.resource
    return f"arn:aws:{services()[service]['code']}:{place.region}:{place.account}:{place.resource}"


@cache
def _sender(bill: Bill, service: str, publisher: str) -> Row:
    """The columns that say who sells and who invoices."""
    kind = services()[service]
    return {
        BILL: bill.name,
        "BillingAccountId": bill.account,
        "BillingAccountName": bill.account_name,
        "BillingAccountType": bill.account_type,
        "BillingCurrency": "USD",
        "PricingCurrency": "USD",
        "InvoiceIssuerName": bill.provider,
        "ProviderName": bill.provider,
        "PublisherName": publisher or bill.provider,
        "ServiceProviderName": bill.provider,
        "HostProviderName": bill.provider,
        "ServiceName": service,
        "ServiceCategory": kind["category"],
        "ServiceSubcategory": kind["subcategory"],
    }


def _where(bill: Bill, service: str, place: Place) -> Row:
    """The columns of the place; a resource without a full name has no resource columns."""
    resource = resource_id(bill, service, place)
    return {
        LAYER: place.layer,
        "SubAccountId": place.account,
        "SubAccountName": place.account_name or account_names()[place.account],
        "SubAccountType": bill.sub_account_type,
        "RegionId": place.region,
        "RegionName": region_names().get(place.region, ""),
        "AvailabilityZone": place.zone,
        "ResourceId": resource,
        "ResourceName": place.name if resource else "",
        "ResourceType": place.type if resource else "",
        "Tags": parse_tags(place.tags),
    }


def bare(bill: Bill, service: str, place: Place) -> Row:
    """A row that has no SKU and no quantity: credits, corrections, taxes and rounding."""
    return _sender(bill, service, "") | _where(bill, service, place)


def template(sku: Sku, place: Place, market: str = "OD") -> Row:
    """Everything about a usage row that does not change from period to period."""
    bill = bills()[sku.bill]
    return (
        _sender(bill, sku.service, sku.publisher)
        | _where(bill, sku.service, place)
        | {
            "ChargeCategory": "Usage",
            "ChargeDescription": sku.description,
            "ChargeFrequency": "Usage-Based",
            "PricingCategory": "Standard",
            "PricingUnit": sku.unit,
            "ConsumedUnit": sku.consumed_unit,
            "SkuId": sku.id,
            "SkuMeter": sku.meter,
            "SkuPriceId": f"{sku.id}.{market}",
            "SkuPriceDetails": sku.details,
        }
    )


@cache
def invoiced(bill: Bill, month: Month) -> Row:
    """The columns of the invoice and its period."""
    return {
        "InvoiceId": bill.invoice_id(month),
        "BillingPeriodStart": day_stamp(month.first),
        "BillingPeriodEnd": day_stamp(month.following),
    }


def period(bill: Bill, first_hour: int, hours: int) -> Row:
    """The columns of a charge period inside one month, and of its invoice."""
    span = {"ChargePeriodStart": stamp(first_hour), "ChargePeriodEnd": stamp(first_hour + hours)}
    return span | invoiced(bill, month_of(first_hour // 24))


def costs(billed: int, effective: int, listed: int = 0, contracted: int = 0) -> Row:
    """The four costs of FOCUS, given in pico-units."""
    return {
        "BilledCost": plain_pico(billed),
        "EffectiveCost": plain_pico(effective),
        "ListCost": plain_pico(listed),
        "ContractedCost": plain_pico(contracted),
        "PricingCurrencyEffectiveCost": plain_pico(effective),
    }


@cache
def _prices(listed: int, contracted: int) -> Row:
    at_list, agreed = plain_micro(listed), plain_micro(contracted)
    return {
        "ListUnitPrice": at_list,
        "ContractedUnitPrice": agreed,
        "PricingCurrencyListUnitPrice": at_list,
        "PricingCurrencyContractedUnitPrice": agreed,
    }


def quantities(sku: Sku, quantity: int) -> Row:
    """What was priced and what was consumed; `quantity` in micro-units of the pricing unit."""
    return {"PricingQuantity": plain_micro(quantity), "ConsumedQuantity": plain_micro(quantity * sku.block)}


def priced(sku: Sku, quantity: int, contracted: int | None = None, effective: int | None = None) -> Row:
    """Quantities, prices and costs of usage.

    `contracted` replaces the SKU's price (spot); `effective` marks usage that a commitment pays for: nothing
    is billed, and this is its share of the purchase.
    """
    price = sku.contracted_price if contracted is None else contracted
    cost = quantity * price
    money = costs(cost, cost, quantity * sku.list_price, cost)
    if effective is not None:
        money = costs(0, effective, quantity * sku.list_price, cost)
    return quantities(sku, quantity) | _prices(sku.list_price, price) | money


def total(rows: Iterator[Row] | list[Row], column: str = "BilledCost") -> int:
    """The sum of a cost column in pico-units."""
    return sum(int(_digits(r[column])) for r in rows)


def _digits(amount: str) -> str:
    """`-1.5` as `-1500000000000`: a cost text in whole pico-units."""
    whole, part = amount.split(".")
    return whole + part.ljust(12, "0")


def labelled(row: Mapping[str, str]) -> tuple[str, str]:
    """The bill and the month that a row belongs to."""
    return row[BILL], row["BillingPeriodStart"][:7]
