"""Calls to measure with: events of 24 models, 40 teams and 200 features over 30 days of September 2025.

Values are drawn by hashing the row number. Sizes, cache shares and tiers follow those of public traces: long-tailed
inputs, 45% of the prompts partly cached, 8% in batches.
"""

from pathlib import Path

import duckdb

from benchmarks.bills import DATA

# What was called, the most frequent first: provider, model, whether its prompts can be cached.
MODELS = (
    *(("openai", m) for m in ("gpt-4o-mini", "gpt-4o", "gpt-4.1-mini", "gpt-4.1", "gpt-5", "gpt-5-mini")),
    *(("openai", m) for m in ("gpt-5-nano", "o3", "o4-mini", "text-embedding-3-small")),
    *(
        ("anthropic", m)
        for m in ("claude-sonnet-4-5", "claude-sonnet-4-0", "claude-opus-4-1", "claude-3-5-haiku-latest")
    ),
    *(("google", m) for m in ("gemini-2.5-pro", "gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.0-flash")),
    *(("deepseek", m) for m in ("deepseek-chat", "deepseek-reasoner")),
    *(("mistral", m) for m in ("mistral-large-latest", "mistral-small-latest")),
    ("x-ai", "grok-4"),
    ("groq", "llama-3.3-70b-versatile"),
)
FIRST, DAYS = "2025-09-01", 30


def calls_file(rows: int, day: int | None = None) -> Path:
    """A Parquet table of `rows` calls, made once: of the whole month, or of one of its days."""
    path = DATA / (f"calls-{rows}.parquet" if day is None else f"calls-{rows}-{day:02}.parquet")
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone='UTC'")
            connection.execute(f"COPY ({_rows(rows, day)}) TO '{path}.new' (FORMAT parquet, COMPRESSION zstd)")
        path.with_name(path.name + ".new").rename(path)
    return path


def _rows(rows: int, day: int | None) -> str:
    """The calls as a query. A rank of Zipf's law picks the model."""
    weights = [1 / (n + 1) for n in range(len(MODELS))]
    total, upto, cases = sum(weights), 0.0, []
    for number, weight in enumerate(weights):
        upto += weight / total
        cases.append(f"WHEN {_dice(1)} < {upto:.6f} THEN {number}")
    models = ", ".join(f"({n}, '{p}', '{m}')" for n, (p, m) in enumerate(MODELS))
    seconds = 86_400 * (DAYS if day is None else 1)
    start = f"TIMESTAMPTZ '{FIRST} 00:00:00+00' + INTERVAL {day or 0} DAY"
    drawn = (
        f"SELECT i + {(day or 0) * 10**9} AS i, CASE {' '.join(cases)} ELSE 0 END AS number, "
        f"CAST(least(greatest(exp(6.8 + 1.4 * {_bell(2)}), 8), 900000) AS BIGINT) AS input, "
        f"CAST(least(greatest(exp(5.2 + 1.1 * {_bell(4)}), 1), 60000) AS BIGINT) AS output "
        f"FROM range({rows}) AS t(i)"
    )
    return (
        f"SELECT {start} + to_microseconds(CAST({_dice(7)} * {seconds} * 1000000 AS BIGINT)) AS time, provider, model, "
        f"input, CASE WHEN {_dice(8)} < 0.45 AND input > 1024 "
        f"THEN CAST(input * {_dice(9)} AS BIGINT) ELSE 0 END AS cache_read, "
        f"output, CASE WHEN {_dice(10)} < 0.3 THEN CAST(output * {_dice(11)} * 0.6 AS BIGINT) ELSE 0 END AS reasoning, "
        f"CASE WHEN {_dice(12)} < 0.92 THEN 'standard' ELSE 'batch' END AS tier, "
        f"'team-' || CAST({_drawn(13)} % 40 AS VARCHAR) AS team, "
        f"'feature-' || CAST({_drawn(14)} % 200 AS VARCHAR) AS feature "
        f"FROM ({drawn}) JOIN (VALUES {models}) AS m(number, provider, model) USING (number)"
    )


def _dice(salt: int) -> str:
    """A number from 0 to 1 for each row."""
    return f"({_drawn(salt)} % 1000003 / 1000003.0)"


def _drawn(salt: int) -> str:
    """A whole number for each row. Two salts change few bits of a hash: a hash of it has nothing in common."""
    return f"(hash(hash(i, {salt}) + {salt}) >> 7)"


def _bell(salt: int) -> str:
    """A number of the normal distribution for each row (Box and Muller)."""
    return f"(sqrt(-2 * ln({_dice(salt)} + 0.000001)) * cos(6.283185307 * {_dice(salt + 1)}))"
