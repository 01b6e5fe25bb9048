"""A call of a model: who called what, when, with how many tokens of which class, and on whose behalf.

One event is one call, or a window of alike calls (`requests` of them, with the sums of their tokens). Token counts are
those of OpenTelemetry: `input` is the whole input, `output` holds `reasoning`. `uncached` is what is left of the input
once cached, audio and image tokens are taken out, so that these and the output are disjoint. No text of a prompt or
of an answer is ever kept.
"""

from outlay.model.charge import Column

# Counted by requests: the leaf quantities, and the totals that hold them.
COUNTS = (
    *("input", "uncached", "cache_read", "cache_write_5m", "cache_write_1h", "output", "reasoning"),
    *("audio_input", "audio_output", "image_input", "image_output", "web_searches"),
)
# No call, and no day of all calls, has more tokens; so sums of counts always fit.
MOST = 10**15
# What stands inside the whole input, and inside the output.
CACHED = ("cache_read", "cache_write_5m", "cache_write_1h")
IN_INPUT = ("audio_input", "image_input")
IN_OUTPUT = ("reasoning", "audio_output", "image_output")
# How sources say that the service tier of a call is the usual one.
STANDARD = "standard"
USUAL_TIERS = ("", "default", "auto", "on_demand", "standard_only")
# Who or what a call was made for; the first ones are dimensions of costs too.
SUBJECTS = {
    "team": "x_Team",
    "project": "x_Project",
    "feature": "x_Feature",
    "tenant": "x_TenantId",
    "customer_tier": "x_CustomerTier",
    "environment": "x_Environment",
    "experiment": "x_ExperimentId",
    "run": "x_RunId",
    "service_class": "x_ServiceClass",
    "prompt_version": "x_PromptVersion",
    "release": "x_Release",
}
WHO = ("user", "session", "key", "account")

# What a source of traffic can say of a call. `context` are the input tokens that decide the price of a long prompt,
# `stated_cost` what somebody else says it cost: the `provider` who bills it, or a `local` estimate.
CALL = (
    Column("time", "time"),
    *(Column(name, "text") for name in ("provider", "model", "operation", "tier", "region")),
    Column("requests", "count"),
    *(Column(name, "count") for name in COUNTS),
    Column("context", "count"),
    *(Column(name, "text") for name in ("id", "span_id", "trace_id", "parent_id", "status")),
    *(Column(name, "count") for name in ("latency_ms", "queue_ms")),
    *(Column(name, "flag") for name in ("is_retry", "is_fallback", "estimated")),
    Column("stated_cost", "money"),
    Column("stated_by", "text"),
    *(Column(name, "text") for name in (*SUBJECTS, *WHO)),
    Column("prefix", "text"),
)


def failed_sql(column: str) -> str:
    """SQL for whether a call failed."""
    return f"coalesce(lower({column}) IN ('error', 'failure', 'failed'), false)"


def tier_sql(column: str) -> str:
    """SQL for the service tier as prices name it."""
    usual = ", ".join(f"'{name}'" for name in USUAL_TIERS)
    return f"CASE WHEN coalesce(lower({column}), '') IN ({usual}) THEN '{STANDARD}' ELSE lower({column}) END"


# What pricing adds. `input` is whole from then on, so that `uncached` is told by the others. `unpriced` says why a cost
# is not known; an event that is not `counted` repeats another one.
PRICED = (
    Column("provider_id", "text"),
    Column("model_id", "text"),
    Column("rate_id", "text"),
    Column("currency", "text"),
    Column("list_cost", "money"),
    Column("cost", "money"),
    Column("unpriced", "text"),
    Column("counted", "flag"),
)
# What an event cost before its price last changed, with which rate, and until when.
BEFORE = (Column("was_cost", "money"), Column("was_rate_id", "text"), Column("was_until", "time"))

# The columns of a rollup: whose calls they were, and what is added up.
FLAGS = ("failed", "retry")
KEYS = ("provider", "model", "tier", "region", "account", "currency", "rate_id", "unpriced", *FLAGS)
SUMS = tuple(c for c in COUNTS if c != "uncached")
# Hours are kept for fewer of them, so that they stay few.
HOURLY_SUBJECTS = ("team", "environment")
