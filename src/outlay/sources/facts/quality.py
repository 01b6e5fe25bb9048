"""Quality: the score of a model for a feature on a day."""

from outlay.ledger.tables import SCORE
from outlay.sources.source import Reading, Sample, Source

NEEDED = (("model",), ("feature",), ("score",), ("date", "day"))
NAMES = ("model", "feature", "metric", "score")


def detect(sample: Sample) -> str | None:
    """`1` if the table has a model, a feature, a score and a date; else None."""
    return "1" if sample.format != "json" and all(sample.column(*names) for names in NEEDED) else None


def read(sample: Sample, version: str) -> Reading:
    """Each row as a score."""
    found = {name: sample.sql(name) for name in NAMES if sample.has(name)}
    return Reading({**found, "day": sample.sql("date", "day")}, version)


SOURCE = Source("quality", "scores of models (CSV, Parquet)", detect, read, NEEDED, SCORE)
