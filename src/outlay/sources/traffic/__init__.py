"""Traffic sources, one file per format: calls of models as events. Adding one is adding its module to `TRAFFIC`."""

from outlay.sources.source import Source
from outlay.sources.traffic import otlp

# Asked in this order; the first that recognises the file reads it.
TRAFFIC: tuple[Source, ...] = (otlp.SOURCE,)
