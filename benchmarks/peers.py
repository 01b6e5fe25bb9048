"""Price a sample of calls with a library that takes one call at a time; runs in the environment of the peers."""

import importlib
import importlib.metadata
import json
import os
import sys
import time
from typing import Any

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
SPELLED = {"google": "gemini", "x-ai": "xai"}
CONTEXT = {"standard": None, "batch": {"processing": "batch"}}


def litellm(call: dict[str, Any]) -> float:
    """What LiteLLM says of a call."""
    library: Any = importlib.import_module("litellm")
    library.suppress_debug_info = True
    costs = library.cost_per_token(
        model=call["model"],
        custom_llm_provider=SPELLED.get(call["provider"], call["provider"]),
        prompt_tokens=call["input"],
        completion_tokens=call["output"],
        cache_read_input_tokens=call["cache_read"],
        service_tier=None if call["tier"] == "standard" else call["tier"],
    )
    return float(sum(costs))


def genai_prices(call: dict[str, Any]) -> float:
    """What genai-prices says of a call."""
    library: Any = importlib.import_module("genai_prices")
    usage = library.Usage(
        input_tokens=call["input"], cache_read_tokens=call["cache_read"], output_tokens=call["output"]
    )
    found = library.calc_price(
        usage,
        call["model"],
        provider_id=call["provider"],
        genai_request_timestamp=call["time"],
        price_context=CONTEXT[call["tier"]],
    )
    return float(found.total_price)


def main(name: str, path: str) -> None:
    """Print what a library needed for the calls of a Parquet file, and how many it could not price."""
    import duckdb

    rows = duckdb.connect().execute(f"SELECT * FROM read_parquet('{path}')")
    names = [column[0] for column in rows.description or ()]
    calls = [dict(zip(names, row, strict=True)) for row in rows.fetchall()]
    price = {"litellm": litellm, "genai_prices": genai_prices}[name]
    price_or_none(price, calls[0])
    started = time.perf_counter()
    unpriced = sum(price_or_none(price, call) is None for call in calls)
    seconds = time.perf_counter() - started
    version = importlib.metadata.version(name.replace("_", "-"))
    print(json.dumps({"calls": len(calls), "seconds": seconds, "unpriced": unpriced, "version": version}))


def price_or_none(price: Any, call: dict[str, Any]) -> float | None:
    """A price, or None where the library raises: each has exceptions of its own."""
    try:
        return float(price(call))
    except Exception:
        return None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
