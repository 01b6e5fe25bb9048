"""Metered charges: the rollup of days seen as charges. They add nothing to a bill: their money is `x_MeteredCost`."""

from collections.abc import Sequence

from outlay.model.charge import COSTS, quoted
from outlay.model.event import SUBJECTS
from outlay.model.providers import service_sql, title_sql

TOKENS = ("input", "output")
EMBEDDING = "contains(lower(model), 'embed')"
NO_COST = "CAST(0 AS DECIMAL(38,12))"


def metered_charges(days: str, currency: str, beside: Sequence[str] = ()) -> str:
    """The rows of the rollup `days` as metered charges; one whose cost is not known is in the workspace's currency.

    `beside` are columns of the rollup that stay beside those of a charge.
    """
    counted = " + ".join(f"coalesce({name}, 0)" for name in TOKENS)
    columns = {
        **dict.fromkeys(COSTS, NO_COST),
        "x_RecordKind": "'metered'",
        "x_MeteredCost": "cost",
        "BillingCurrency": f"coalesce(currency, '{currency}')",
        "BillingAccountId": "account",
        "BillingPeriodStart": "date_trunc('month', day)",
        "BillingPeriodEnd": "date_trunc('month', day) + INTERVAL 1 MONTH",
        "ChargePeriodStart": "day",
        "ChargePeriodEnd": "day + INTERVAL 1 DAY",
        "ChargeCategory": "'Usage'",
        "ChargeFrequency": "'Usage-Based'",
        "ChargeDescription": "concat_ws(' ', model, nullif(tier, 'standard'), unpriced)",
        "ServiceProviderName": title_sql("provider"),
        "ServiceName": service_sql("provider"),
        "ServiceCategory": "'AI and Machine Learning'",
        "ServiceSubcategory": "'Generative AI'",
        "RegionId": "region",
        "SubAccountId": "project",
        "ConsumedQuantity": f"CAST({counted} AS DECIMAL(38,12))",
        "ConsumedUnit": "'Tokens'",
        # As bills of embeddings are classified.
        "x_Layer": f"CASE WHEN {EMBEDDING} THEN 'retrieval' ELSE 'model-api' END",
        "x_AiKind": f"CASE WHEN {EMBEDDING} THEN 'embedding' ELSE 'llm-api' END",
        "x_Waste": "CASE WHEN failed THEN 'failed' WHEN retry THEN 'retry' ELSE 'none' END",
        "x_ModelId": "model",
        "x_PriceId": "rate_id",
        "x_ProcessingTier": "tier",
        "x_Unpriced": "unpriced",
        "x_RequestCount": "requests",
        "x_DeliveryId": "x_DeliveryId",
        "x_SourceSystem": "'metering'",
        **{column: name for name, column in SUBJECTS.items()},
        **{name: name for name in beside},
    }
    return f"(SELECT {', '.join(f'{sql} AS {quoted(name)}' for name, sql in columns.items())} FROM {days})"
