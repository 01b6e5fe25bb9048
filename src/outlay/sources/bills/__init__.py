"""Bill sources, one file per format. Adding a format is adding its module to `SOURCES`."""

from importlib.metadata import entry_points

from outlay.sources.bills import anthropic_costs, aws_cur, azure, focus, manual, oci, openai_costs
from outlay.sources.source import BillSource

# Asked in this order; the first that recognises the file reads it.
SOURCES: tuple[BillSource, ...] = (
    focus.SOURCE,
    aws_cur.SOURCE,
    azure.SOURCE,
    oci.SOURCE,
    openai_costs.SOURCE,
    anthropic_costs.SOURCE,
)


def bill_sources() -> tuple[BillSource, ...]:
    """Every bill source: ours, those that other packages register as `outlay.sources`, and the plain CSV last."""
    return (*SOURCES, *(entry.load() for entry in entry_points(group="outlay.sources")), manual.SOURCE)
