"""Who, what, where and when of an Azure charge: periods, accounts, services, resources, commitments, tags."""

from outlay.model.charge import literal, quoted
from outlay.sources.bills import azure_tables as tables
from outlay.sources.bills.azure_columns import Header
from outlay.sources.bills.azure_survey import (
    Survey,
    account,
    charge_type,
    commitment,
    covered,
    resource_type,
    service_key,
    unused,
)
from outlay.sources.source import Sample

TIMES = ("", " %H:%M:%S", " %H:%M", " %I:%M:%S %p")
MICROSOFT = "'Microsoft'"
# Mapped one to one; every other delivered column is kept in x_Extra.
MAPPED = (
    *("Account", "AccountName", "AvailabilityZone", "BillingPeriodEnd", "BillingPeriodStart", "Cost", "CostCenter"),
    *("Currency", "Date", "InvoiceId", "MeterName", "PayGPrice", "ProductName", "ResourceId", "ResourceLocation"),
    *("SubscriptionId", "SubscriptionName", "Tags", "UnitPrice", "Quantity"),
)


def columns(sample: Sample, header: Header, survey: Survey) -> dict[str, str]:
    """Every column of a charge but its money."""
    return {
        **_periods(header, survey),
        **_accounts(sample, header),
        **_category(header),
        **_services(header, survey),
        **_commitments(header),
        **_resources(header),
        "Tags": _braced(header.sql("Tags")),
        "x_CostCentre": header.sql("CostCenter"),
        "x_Extra": _extra(sample, header),
    }


def day(header: Header, name: str, survey: Survey) -> str:
    """SQL: the text of a date column in ISO order; text that is no date stays as it is."""
    text = header.sql(name)
    order = "%d/%m/%Y" if survey.day_first else "%m/%d/%Y"
    formats = ", ".join(literal(order + time) for time in TIMES)
    iso = f"strftime(try_strptime(trim({text}), [{formats}]), '%Y-%m-%d %H:%M:%S')"
    return f"CASE WHEN contains({text}, '/') THEN coalesce({iso}, {text}) ELSE {text} END"


def _periods(header: Header, survey: Survey) -> dict[str, str]:
    """Azure's ends are the last day; those of FOCUS are the day after."""
    found = {
        "ChargePeriodStart": day(header, "Date", survey),
        "ChargePeriodEnd": _day_after(day(header, "Date", survey)),
    }
    if header.has("BillingPeriodStart"):
        found["BillingPeriodStart"] = day(header, "BillingPeriodStart", survey)
    if header.has("BillingPeriodEnd"):
        found["BillingPeriodEnd"] = _day_after(day(header, "BillingPeriodEnd", survey))
    return found


def _day_after(text: str) -> str:
    return f"TRY_CAST(TRY_CAST({text} AS TIMESTAMP) AS DATE) + 1"


def _accounts(sample: Sample, header: Header) -> dict[str, str]:
    currency = header.sql("Currency") if header.has("Currency") else literal(sample.currency or None)
    kind = "Billing Account" if header.has("Account") else "Subscription"
    market = f"lower({header.sql('PublisherType')}) = 'marketplace'"
    publisher = header.sql("PublisherName")
    return {
        "BillingAccountId": account(header),
        "BillingAccountName": header.first("AccountName", "SubscriptionName"),
        "BillingAccountType": literal(kind),
        "BillingCurrency": f"upper(trim({currency}))",
        "SubAccountId": header.sql("SubscriptionId"),
        "SubAccountName": header.sql("SubscriptionName"),
        "SubAccountType": f"CASE WHEN {header.sql('SubscriptionId')} IS NOT NULL THEN 'Subscription' END",
        "InvoiceId": header.sql("InvoiceId"),
        "InvoiceIssuerName": f"coalesce({header.sql('PartnerName')}, {MICROSOFT})",
        "ProviderName": MICROSOFT,
        "PublisherName": f"coalesce({publisher}, {MICROSOFT})",
        "ServiceProviderName": f"CASE WHEN {market} THEN coalesce({publisher}, {MICROSOFT}) ELSE {MICROSOFT} END",
        "HostProviderName": f"CASE WHEN {market} THEN NULL ELSE {MICROSOFT} END",
    }


def _category(header: Header) -> dict[str, str]:
    """A refund of a commitment takes its purchase back; any other is an adjustment of unknown charges."""
    kind, model = charge_type(header), f"lower(replace({header.sql('PricingModel')}, ' ', ''))"
    frequency = f"lower(replace({header.sql('Frequency')}, '-', ''))"
    return {
        "ChargeCategory": f"CASE WHEN {kind} = 'usage' OR {unused(header)} THEN 'Usage' "
        f"WHEN {kind} = 'purchase' OR ({kind} = 'refund' AND {commitment(header)}) THEN 'Purchase' "
        f"WHEN {kind} = 'tax' THEN 'Tax' WHEN {kind} = 'credit' THEN 'Credit' ELSE 'Adjustment' END",
        "ChargeClass": f"CASE WHEN {kind} = 'refund' THEN 'Correction' END",
        "ChargeDescription": header.first("ProductName", "MeterName"),
        "ChargeFrequency": f"CASE {frequency} WHEN 'onetime' THEN 'One-Time' WHEN 'recurring' THEN 'Recurring' "
        "WHEN 'usagebased' THEN 'Usage-Based' END",
        "PricingCategory": f"CASE WHEN {kind} IN ('tax', 'roundingadjustment') THEN NULL "
        f"WHEN {covered(header)} THEN 'Committed' WHEN {model} = 'ondemand' THEN 'Standard' "
        f"WHEN {model} = 'spot' THEN 'Dynamic' WHEN {model} IS NOT NULL THEN 'Other' END",
    }


def _services(header: Header, survey: Survey) -> dict[str, str]:
    """The service by Microsoft's table; one that it lacks goes by its meter category, in the category Other."""
    key, keys = service_key(header), survey.services or ("",)
    known = [tables.service(k) if k else None for k in keys]
    name = tables.lookup(key, keys, [s.name if s else None for s in known])
    category = tables.lookup(key, keys, [s.category if s else None for s in known])
    subcategory = tables.lookup(key, keys, [s.subcategory if s else None for s in known])
    own = header.first("MeterCategory", "ConsumedService")
    return {
        "ServiceName": f"coalesce({name}, {own}, 'Azure')",
        "ServiceCategory": f"coalesce({category}, 'Other')",
        "ServiceSubcategory": f"coalesce({subcategory}, 'Other (Other)')",
        "SkuId": header.first("ProductId", "MeterId"),
        "SkuPriceId": header.sql("PartNumber"),
        "SkuMeter": header.sql("MeterName"),
        "SkuPriceDetails": _sku(header),
    }


def _sku(header: Header) -> str:
    """SQL: the machine type and cores that AdditionalInfo names, which may lack its braces."""
    text = _braced(header.sql("AdditionalInfo"))
    machine, cores = (f"TRY(json_extract_string({text}, {literal('$.' + n)}))" for n in ("ServiceType", "VCPUs"))
    pairs = f"{{'InstanceType': {machine}, 'CoreCount': TRY_CAST({cores} AS INTEGER)}}"
    known = f"contains({text}, 'ServiceType') AND {machine} IS NOT NULL"
    return f"CASE WHEN {known} THEN CAST(to_json({pairs}) AS VARCHAR) END"


def _commitments(header: Header) -> dict[str, str]:
    """Purchases name a commitment by its number, usage by its path: the number is what they share."""
    path = f"lower({header.first('BenefitId', 'ReservationId')})"
    number = f"coalesce(nullif(regexp_extract({path}, '([^/]+)/*$', 1), ''), {path})"
    model = f"lower(replace(coalesce({header.sql('PricingModel')}, ''), ' ', ''))"
    spend = (
        f"({model} = 'savingsplan' OR {charge_type(header)} = 'unusedsavingsplan' OR contains({path}, 'savingsplan'))"
    )
    member = commitment(header)
    return {
        "CommitmentDiscountId": f"CASE WHEN {member} THEN {number} END",
        "CommitmentDiscountName": f"CASE WHEN {member} THEN {header.first('BenefitName', 'ReservationName')} END",
        "CommitmentDiscountCategory": f"CASE WHEN NOT {member} THEN NULL "
        f"WHEN coalesce({spend}, false) THEN 'Spend' ELSE 'Usage' END",
        "CommitmentDiscountType": f"CASE WHEN NOT {member} THEN NULL "
        f"WHEN coalesce({spend}, false) THEN 'Savings Plan' ELSE 'Reservation' END",
        "CommitmentDiscountStatus": f"CASE WHEN {unused(header)} THEN 'Unused' WHEN {covered(header)} THEN 'Used' END",
    }


def _resources(header: Header) -> dict[str, str]:
    resource = header.sql("ResourceId")
    last = f"nullif(regexp_extract({resource}, '([^/]+)/*$', 1), '')"
    return {
        "ResourceId": resource,
        "ResourceName": f"coalesce({header.sql('ResourceName')}, {last})",
        "ResourceType": resource_type(header),
        "RegionId": f"lower(trim({header.sql('ResourceLocation')}))",
        "RegionName": header.sql("ResourceLocation"),
        "AvailabilityZone": header.sql("AvailabilityZone"),
    }


def _braced(text: str) -> str:
    """SQL: key and value pairs as a JSON object; some exports leave the braces out."""
    return f"CASE WHEN trim({text})[1] = '{{' THEN {text} WHEN trim({text}) <> '' THEN '{{' || {text} || '}}' END"


def _extra(sample: Sample, header: Header) -> str:
    kept = {header.delivered[name] for name in MAPPED if header.has(name)}
    extra = [c for c in sample.columns if c not in kept]
    texts = {c: f"CAST({quoted(c)} AS VARCHAR)" for c in extra}
    if header.has("AdditionalInfo"):
        texts[header.delivered["AdditionalInfo"]] = _braced(header.sql("AdditionalInfo"))
    pairs = ", ".join(f"{literal(c)}: {text}" for c, text in texts.items())
    return f"CAST(to_json({{{pairs}}}) AS VARCHAR)" if extra else "NULL"
