"""OpenAI's costs API: pages of days with what each line item of each project cost."""

from outlay.sources import pages
from outlay.sources.moments import moment
from outlay.sources.source import Reading, Sample, Source

MARKS = ("start_time", "end_time", "results.amount.value", "results.amount.currency")
AMOUNT = '"results.amount.value"'


def detect(sample: Sample) -> str | None:
    """`costs` if the file holds pages of that API, else None."""
    return "costs" if sample.format == "json" and sample.has(*MARKS) else None


def read(sample: Sample, version: str) -> Reading:
    """Each result as a charge of its day. What list prices would have been, the API does not say."""
    start, end = (moment(sample.sql(c)) for c in MARKS[:2])
    item = sample.sql("results.line_item")
    columns = {
        "BilledCost": AMOUNT,
        "EffectiveCost": AMOUNT,
        "BillingCurrency": f"upper({sample.sql('results.amount.currency')})",
        "BillingAccountId": sample.sql("results.organization_id"),
        "BillingAccountName": sample.sql("results.organization_name"),
        "SubAccountId": sample.sql("results.project_id"),
        "SubAccountName": sample.sql("results.project_name"),
        "ChargePeriodStart": start,
        "ChargePeriodEnd": end,
        "ChargeCategory": f"CASE WHEN money({AMOUNT}) < 0 THEN 'Credit' ELSE 'Usage' END",
        "ChargeFrequency": "'Usage-Based'",
        "ChargeDescription": item,
        "SkuMeter": item,
        "ServiceName": "'OpenAI API'",
        "ServiceCategory": "'AI and Machine Learning'",
        "ServiceSubcategory": "'Generative AI'",
        "ServiceProviderName": "'OpenAI'",
        "PublisherName": "'OpenAI'",
        "InvoiceIssuerName": "'OpenAI'",
    }
    return Reading(columns, version, notes=pages.notes(sample))


SOURCE = Source("openai-costs", "OpenAI costs API, pages of days (JSON)", detect, read, tuple((m,) for m in MARKS))
