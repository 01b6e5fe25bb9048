"""Bill sources, one file per format. Adding a format is adding its module to `SOURCES`."""

from importlib.metadata import entry_points

from outlay.sources.bills import azure, focus
from outlay.sources.source import BillSource

# Asked in this order; the first that recognises the file reads it.
SOURCES: tuple[BillSource, ...] = (focus.SOURCE, azure.SOURCE)


def bill_sources() -> tuple[BillSource, ...]:
    """Every bill source: ours, then those that other packages register as `outlay.sources`."""
    return (*SOURCES, *(entry.load() for entry in entry_points(group="outlay.sources")))
