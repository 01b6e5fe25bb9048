"""Traffic sources, one file per format: calls of models as events. Adding one is adding its module to `TRAFFIC`."""

from outlay.sources.source import Source
from outlay.sources.traffic import (
    anthropic_usage,
    bedrock,
    claude_code,
    langfuse,
    litellm,
    openai_usage,
    openrouter,
    otlp,
    vertex,
    vllm,
)

# Asked in this order; the first that recognises the file reads it.
TRAFFIC: tuple[Source, ...] = (
    otlp.SOURCE,
    litellm.SOURCE,
    langfuse.SOURCE,
    openai_usage.SOURCE,
    anthropic_usage.SOURCE,
    bedrock.SOURCE,
    vertex.SOURCE,
    openrouter.SOURCE,
    vllm.SOURCE,
    claude_code.SOURCE,
)
