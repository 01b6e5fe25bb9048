"""Anthropic's cost report: pages of days with what each workspace, model and token class cost.

The amount is a text in cents. Costs of the priority tier are not in the report.
"""

from outlay.model.charge import literal
from outlay.sources import pages
from outlay.sources.source import Reading, Sample, Source

MARKS = ("starting_at", "ending_at", "results.amount", "results.cost_type", "results.currency")
# Hundredths by the exponent: every digit is kept.
AMOUNT = "\"results.amount\" || 'e-2'"
EXTRAS = ("cost_type", "token_type", "service_tier", "context_window", "inference_geo")
ABSENT = "the report leaves out what the priority tier cost"


def detect(sample: Sample) -> str | None:
    """`cost-report` if the file holds pages of that report, else None."""
    return "cost-report" if sample.format == "json" and sample.has(*MARKS) else None


def read(sample: Sample, version: str) -> Reading:
    """Each result as a charge of its day; a workspace that is not named is the default one."""
    extras = {name: sample.sql(f"results.{name}") for name in EXTRAS if sample.has(f"results.{name}")}
    pairs = ", ".join(f"{literal(name)}, {sql}" for name, sql in extras.items())
    columns = {
        "BilledCost": AMOUNT,
        "EffectiveCost": AMOUNT,
        "BillingCurrency": f"upper({sample.sql('results.currency')})",
        "SubAccountId": sample.sql("results.workspace_id"),
        "ChargePeriodStart": sample.sql("starting_at"),
        "ChargePeriodEnd": sample.sql("ending_at"),
        "ChargeCategory": "'Usage'",
        "ChargeFrequency": "'Usage-Based'",
        "ChargeDescription": sample.sql("results.description"),
        "SkuMeter": f"coalesce({sample.sql('results.token_type')}, {sample.sql('results.cost_type')})",
        "x_ModelId": sample.sql("results.model"),
        "ServiceName": "'Claude API'",
        "ServiceCategory": "'AI and Machine Learning'",
        "ServiceSubcategory": "'Generative AI'",
        "ServiceProviderName": "'Anthropic'",
        "PublisherName": "'Anthropic'",
        "InvoiceIssuerName": "'Anthropic'",
        "x_Extra": f"CAST(json_object({pairs}) AS VARCHAR)",
    }
    return Reading(columns, version, notes=(*pages.notes(sample), ABSENT), made=frozenset({"x_Extra"}))


SOURCE = Source(
    "anthropic-costs", "Anthropic cost report, pages of days (JSON)", detect, read, tuple((m,) for m in MARKS)
)
