"""Outcomes: attempts, successes and their value, of a feature and a day."""

from outlay.ledger.tables import OUTCOME
from outlay.sources.source import Check, Reading, Sample, Source

NEEDED = (("feature",), ("day", "date"), ("attempts",), ("successes",))
NAMES = ("feature", "tenant", "team", "attempts", "successes", "escalations", "value", "currency")


def detect(sample: Sample) -> str | None:
    """`1` if the table has a feature, a day, attempts and successes; else None."""
    return "1" if sample.format != "json" and all(sample.column(*names) for names in NEEDED) else None


def read(sample: Sample, version: str) -> Reading:
    """Each row as an outcome."""
    found = {name: sample.sql(name) for name in NAMES if sample.has(name)}
    found["day"] = sample.sql("day", "date")
    more = '"_t_successes" > "_t_attempts"'
    checks = (
        Check("E-FACT-001", "more successes than attempts", "check the two columns", "successes", more),
        Check("E-FACT-002", "attempts are negative", "check the column", "attempts", '"_t_attempts" < 0'),
    )
    return Reading(found, version, checks=checks)


SOURCE = Source("outcomes", "attempts, successes and value of features (CSV, Parquet)", detect, read, NEEDED, OUTCOME)
