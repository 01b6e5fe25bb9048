"""Facts beside money: how often a feature succeeded, and how well a model did. Adding one is adding it to `FACTS`."""

from outlay.sources.facts import outcomes, quality
from outlay.sources.source import Source

FACTS: tuple[Source, ...] = (outcomes.SOURCE, quality.SOURCE)
