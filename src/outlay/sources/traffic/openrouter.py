"""OpenRouter's records of calls: generations, its activity, and answers with their usage; answers of xAI as well.

Both say what they charge for a call. `prompt_tokens` holds the cached ones. Where a call went out with a key of your
own, the upstream provider bills its inference, and what OpenRouter states is its fee.
"""

from outlay.ledger.tables import EVENT
from outlay.sources.moments import moment
from outlay.sources.source import Reading, Sample, Source
from outlay.sources.traffic.calls import of_records
from outlay.sources.traffic.values import first, identity, tier, whole

TICKS = "usage.cost_in_usd_ticks"
# The columns of each shape in which the calls come.
SHAPES = {
    "generations": ("total_cost", "native_tokens_prompt"),
    "generation": ("data.total_cost", "data.native_tokens_prompt"),
    "activity": ("date", "usage", "requests", "prompt_tokens", "byok_usage_inference"),
    "export": ("generation_id", "created_at", "cost_total", "tokens_prompt"),
    "answers": ("id", "model", "usage.cost"),
    "xai": ("id", "model", TICKS),
}
NEEDS = (
    ("total_cost", "data.total_cost", "byok_usage_inference", "cost_total", "usage.cost", TICKS),
    ("native_tokens_prompt", "tokens_prompt", "prompt_tokens", "usage.prompt_tokens", "usage.input_tokens"),
)
OWN_KEYS = "calls with a key of your own were billed by the upstream provider too; their cost here is OpenRouter's fee"
BYOK = ("is_byok", "data.is_byok", "usage.is_byok")
RECORD = (
    *("id", "created_at", "model", "total_cost", "usage", "native_tokens_prompt", "native_tokens_completion"),
    *("native_tokens_cached", "native_tokens_reasoning", "native_tokens_completion_images", "generation_time"),
    *("latency", "cancelled", "finish_reason", "external_user", "session_id"),
)
PLAIN = (
    *("created", "date", "model_permaslug", "endpoint_id", "provider_name", "requests", "service_tier", "user"),
    *("prompt_tokens", "completion_tokens", "reasoning_tokens", "generation_id", "cost_total", "tokens_prompt"),
    *("tokens_completion", "tokens_reasoning", "tokens_cached", "generation_time_ms", "api_key_name", "app_name"),
    *("finish_reason_normalized",),
)
PATHS = {
    **{name: f"$.{name}" for name in (*RECORD, *PLAIN)},
    **{f"one_{name}": f"$.data.{name}" for name in RECORD},
    "cost": "$.usage.cost",
    "ticks": f"$.{TICKS}",
    "prompt": "$.usage.prompt_tokens",
    "prompt_too": "$.usage.input_tokens",
    "cached": "$.usage.prompt_tokens_details.cached_tokens",
    "cached_too": "$.usage.input_tokens_details.cached_tokens",
    "written": "$.usage.prompt_tokens_details.cache_write_tokens",
    "heard": "$.usage.prompt_tokens_details.audio_tokens",
    "seen": "$.usage.prompt_tokens_details.image_tokens",
    "answer": "$.usage.completion_tokens",
    "answer_too": "$.usage.output_tokens",
    "thought": "$.usage.completion_tokens_details.reasoning_tokens",
    "thought_too": "$.usage.output_tokens_details.reasoning_tokens",
    "drawn": "$.usage.completion_tokens_details.image_tokens",
    "searches": "$.usage.server_tool_use.web_search_requests",
}


def detect(sample: Sample) -> str | None:
    """The shape in which the calls come, else None."""
    return next((name for name, columns in SHAPES.items() if sample.has(*columns)), None)


def read(sample: Sample, version: str) -> Reading:
    """Each record as one call, or as the calls of a day and model."""
    charged = f"CASE WHEN {_either('usage')} NOT LIKE '{{%' THEN {_either('usage')} END"
    cost = f"coalesce({_either('total_cost')}, cost_total, cost, ticks || 'e-10', {charged})"
    ended = f"coalesce({_either('finish_reason')}, finish_reason_normalized)"
    columns = {
        "time": moment(f"coalesce({_either('created_at')}, created, date)"),
        "provider": "'x_ai'" if version == "xai" else "'openrouter'",
        "model": f"coalesce({first('model_permaslug', 'model', 'one_model')})",
        "operation": "'chat'",
        "tier": tier(first("service_tier")),
        "requests": whole("requests"),
        "input": f"coalesce({_either('native_tokens_prompt')}, {first('tokens_prompt', 'prompt_tokens')}, "
        f"{first('prompt', 'prompt_too')})",
        "cache_read": f"coalesce({_either('native_tokens_cached')}, {first('tokens_cached', 'cached', 'cached_too')})",
        "cache_write_5m": "written",
        "output": f"coalesce({_either('native_tokens_completion')}, {first('tokens_completion', 'completion_tokens')}, "
        f"{first('answer', 'answer_too')})",
        "reasoning": f"coalesce({_either('native_tokens_reasoning')}, {first('tokens_reasoning', 'reasoning_tokens')}, "
        f"{first('thought', 'thought_too')})",
        "audio_input": "heard",
        "image_input": "seen",
        "image_output": f"coalesce({_either('native_tokens_completion_images')}, drawn)",
        "web_searches": "searches",
        "id": f"coalesce({_either('id')}, generation_id)",
        "span_id": f"CASE WHEN date IS NOT NULL THEN {identity('date', 'model_permaslug', 'model', 'endpoint_id')} END",
        "status": f"CASE WHEN {_either('cancelled')} = 'true' THEN 'cancelled' WHEN {ended} = 'error' THEN 'error' "
        "ELSE 'ok' END",
        "latency_ms": whole(f"coalesce({_either('generation_time')}, generation_time_ms, {_either('latency')})"),
        "stated_cost": cost,
        "stated_by": f"CASE WHEN {cost} IS NOT NULL THEN 'provider' END",
        "project": first("app_name"),
        "user": f"coalesce({_either('external_user')}, {first('user')})",
        "session": _either("session_id"),
        "key": first("api_key_name"),
    }
    own = any("true" in sample.values(name) for name in BYOK)
    return of_records(sample, PATHS, columns, version, notes=(f"{sample.path.name}: {OWN_KEYS}",) if own else ())


def _either(name: str) -> str:
    """A field of a record that stands alone or below `data`."""
    return first(name, f"one_{name}")


SOURCE = Source("openrouter", "OpenRouter and xAI: calls with their cost (JSON, CSV)", detect, read, NEEDS, EVENT)
