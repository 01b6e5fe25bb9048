"""Bill sources, one file per format. Adding a format is adding its module to `BILLS`."""

from outlay.sources.bills import anthropic_costs, aws_cur, azure, focus, oci, openai_costs
from outlay.sources.source import Source

# Asked in this order; the first that recognises the file reads it.
BILLS: tuple[Source, ...] = (
    focus.SOURCE,
    aws_cur.SOURCE,
    azure.SOURCE,
    oci.SOURCE,
    openai_costs.SOURCE,
    anthropic_costs.SOURCE,
)
