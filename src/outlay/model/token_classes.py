"""Classes of tokens, as bills tell them and as metering counts them: the one place where both meet.

The classes are disjoint: input that was not cached, read from a cache, written to one, and output. Each is made of
leaves, which have prices of their own (a write for an hour costs more than one for five minutes).
"""

from outlay.model.event import CACHED, IN_INPUT, IN_OUTPUT

# The class of a billed row about tokens; NULL for one that does not say it.
BILLED_CLASS = """CASE WHEN x_TokenDirection = 'Output' THEN 'output' WHEN x_TokenCacheAction = 'Read' THEN 'cache_read'
  WHEN x_TokenCacheAction = 'Write' THEN 'cache_write' WHEN x_TokenDirection = 'Input' THEN 'uncached' END"""

# Units of bills are `Tokens`, `1000000 Tokens`, `1K tokens`, `1M tokens`.
_UNIT = r"^\s*([0-9][0-9,]*)?\s*(?:(k|thousand)|(m|mm|million)|(b|billion))?\b.*token"


def billed_tokens(quantity: str = "ConsumedQuantity", unit: str = "ConsumedUnit") -> str:
    """SQL for the number of single tokens of a billed row; NULL where it is not counted in tokens."""
    number, thousand, million, billion = (f"regexp_extract(lower({unit}), '{_UNIT}', {part})" for part in (1, 2, 3, 4))
    times = f"coalesce(TRY_CAST(replace({number}, ',', '') AS BIGINT), 1)"
    many = (
        f"CASE WHEN {thousand} <> '' THEN 1000 WHEN {million} <> '' THEN 1000000 WHEN {billion} <> '' THEN 1000000000"
    )
    return f"CASE WHEN lower({unit}) LIKE '%token%' THEN {quantity} * ({times} * {many} ELSE 1 END) END"


def _sum(*names: str) -> str:
    return " + ".join(f"coalesce({name}, 0)" for name in names)


# The leaves of each class by the unit of their price, as SQL over the columns of a rollup. A source that leaves parts
# of the output out of it is known by an output below their sum.
_PARTS = _sum(*IN_OUTPUT)
LEAVES = {
    "uncached": {"input": f"coalesce(input, 0) - ({_sum(*CACHED, *IN_INPUT)})", **{n: _sum(n) for n in IN_INPUT}},
    "cache_read": {"cache_read": _sum("cache_read")},
    "cache_write": {name: _sum(name) for name in ("cache_write_5m", "cache_write_1h")},
    "output": {
        "output": f"coalesce(output, 0) - CASE WHEN coalesce(output, 0) < {_PARTS} THEN 0 ELSE {_PARTS} END",
        **{n: _sum(n) for n in IN_OUTPUT},
    },
}
CLASSES = tuple(LEAVES)
# What calls cost beside tokens.
OTHER_UNITS = {"web_search": _sum("web_searches"), "request": _sum("requests")}


def metered_tokens(kind: str) -> str:
    """SQL for the tokens of a class in a row of a rollup."""
    return " + ".join(f"({sql})" for sql in LEAVES[kind].values())


# Clouds put a place, a maker and a version around the name of a model, and bills often leave them out.
_PLACE = r"^((global|regional|us|eu|apac|jp|au|us-gov)\.)?"
_MAKER = (
    r"((anthropic|amazon|meta|mistral|cohere|ai21|deepseek|openai|qwen|stability|writer|moonshot|minimax|nvidia)\.)?"
)
_VERSION = r"(-[0-9]{8})?(-v[0-9]+)?(:[0-9]+)?$"


def bare_model(column: str) -> str:
    """SQL for the name of a model without place, maker and version.

    `us.anthropic.claude-x-20250929-v1:0` is `claude-x`.
    """
    return f"regexp_replace(regexp_replace(lower({column}), '{_PLACE}{_MAKER}', ''), '{_VERSION}', '')"
