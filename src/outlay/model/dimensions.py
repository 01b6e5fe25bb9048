"""Dimensions: one table for the three spellings of each (command line, ledger column, JSON key)."""

from dataclasses import dataclass
from difflib import get_close_matches

from outlay.model.problem import InputError


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way to group cost. `column` is the ledger's, `name` the command line's."""

    name: str
    column: str
    meaning: str
    attributed: bool = False

    @property
    def key(self) -> str:
        """The key in JSON."""
        return self.name.replace("-", "_")


DIMENSIONS: tuple[Dimension, ...] = (
    Dimension("provider", "ServiceProviderName", "who provides the service"),
    Dimension("issuer", "InvoiceIssuerName", "who sends the invoice"),
    Dimension("service", "ServiceName", "the service as the provider names it"),
    Dimension("account", "BillingAccountId", "the billing account"),
    Dimension("sub-account", "SubAccountId", "the sub-account, project or workspace of the provider"),
    Dimension("region", "RegionId", "the provider's region"),
    Dimension("resource", "ResourceId", "the resource"),
    Dimension("currency", "BillingCurrency", "the currency of the bill"),
    Dimension("category", "ChargeCategory", "usage, purchase, tax, credit or adjustment"),
    Dimension("invoice", "InvoiceId", "the invoice"),
    Dimension("layer", "x_Layer", "the cost layer"),
    Dimension("ai-kind", "x_AiKind", "the kind of AI work"),
    Dimension("waste", "x_Waste", "why the money bought nothing"),
    Dimension("kind", "x_RecordKind", "billed, metered or planned"),
    Dimension("source", "x_SourceSystem", "the export the charge was read from"),
    Dimension("team", "x_Team", "the owning team", attributed=True),
    Dimension("project", "x_Project", "the project", attributed=True),
    Dimension("feature", "x_Feature", "the product feature", attributed=True),
    Dimension("tenant", "x_TenantId", "the customer it was done for", attributed=True),
    Dimension("customer-tier", "x_CustomerTier", "the tier of that customer", attributed=True),
    Dimension("environment", "x_Environment", "production, staging, development", attributed=True),
    Dimension("phase", "x_Phase", "research, development, staging or production", attributed=True),
    Dimension("experiment", "x_ExperimentId", "the experiment", attributed=True),
    Dimension("run", "x_RunId", "the run of an experiment", attributed=True),
    Dimension("model", "x_ModelId", "the AI model", attributed=True),
    Dimension("service-class", "x_ServiceClass", "real-time, batch, internal, premium", attributed=True),
    Dimension("prompt-version", "x_PromptVersion", "the version of the prompt", attributed=True),
    Dimension("release", "x_Release", "the release", attributed=True),
    Dimension("cost-centre", "x_CostCentre", "the cost centre", attributed=True),
    Dimension("gl-account", "x_GlAccount", "the account of the general ledger", attributed=True),
    Dimension("owner", "x_Owner", "who is asked", attributed=True),
)
BY_NAME = {d.name: d for d in DIMENSIONS}
ATTRIBUTED = tuple(d for d in DIMENSIONS if d.attributed)


def dimension(name: str) -> Dimension:
    """The dimension called `name`; `InputError` with the nearest names if there is none."""
    found = BY_NAME.get(name.strip().replace("_", "-").lower())
    if found is None:
        near = get_close_matches(name, BY_NAME, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(BY_NAME)}"
        raise InputError("E-DIM-001", f"unknown dimension {name!r}", hint)
    return found
