import pytest

from outlay.ledger.tables import COSTS
from outlay.model.dimensions import ATTRIBUTED, DIMENSIONS, dimension
from outlay.model.problem import InputError

# The names of the interface: command line and column. JSON keys are the first with underscores.
NAMES = {
    "provider": "ServiceProviderName",
    "issuer": "InvoiceIssuerName",
    "service": "ServiceName",
    "account": "BillingAccountId",
    "sub-account": "SubAccountId",
    "region": "RegionId",
    "resource": "ResourceId",
    "currency": "BillingCurrency",
    "category": "ChargeCategory",
    "invoice": "InvoiceId",
    "layer": "x_Layer",
    "ai-kind": "x_AiKind",
    "waste": "x_Waste",
    "kind": "x_RecordKind",
    "source": "x_SourceSystem",
    "team": "x_Team",
    "project": "x_Project",
    "feature": "x_Feature",
    "tenant": "x_TenantId",
    "customer-tier": "x_CustomerTier",
    "environment": "x_Environment",
    "phase": "x_Phase",
    "experiment": "x_ExperimentId",
    "run": "x_RunId",
    "model": "x_ModelId",
    "token-direction": "x_TokenDirection",
    "cache-action": "x_TokenCacheAction",
    "service-tier": "x_ProcessingTier",
    "service-class": "x_ServiceClass",
    "prompt-version": "x_PromptVersion",
    "release": "x_Release",
    "cost-centre": "x_CostCentre",
    "gl-account": "x_GlAccount",
    "owner": "x_Owner",
    "plan": "x_PlanId",
}


def test_a_dimension_has_the_column_of_the_interface() -> None:
    found = {d.name: d.column for d in DIMENSIONS}
    assert found == {name: NAMES.get(name) for name in found}


def test_names_columns_and_keys_are_each_one_dimension() -> None:
    for spelling in ("name", "column", "key", "meaning"):
        values = [getattr(d, spelling).lower() for d in DIMENSIONS]
        assert len(set(values)) == len(values)


def test_keys_are_names_with_underscores() -> None:
    assert {d.key for d in DIMENSIONS} >= {"sub_account", "ai_kind", "cost_centre", "gl_account", "team"}
    assert all("-" not in d.key for d in DIMENSIONS)


def test_every_dimension_is_a_column_of_costs() -> None:
    columns = {c.name for c in COSTS}
    assert {d.column for d in DIMENSIONS} <= columns
    assert all(d.column.startswith("x_") for d in ATTRIBUTED)


@pytest.mark.parametrize("name", ["sub-account", "sub_account", " Sub-Account "])
def test_a_dimension_is_found_in_any_spelling(name: str) -> None:
    assert dimension(name).column == "SubAccountId"


@pytest.mark.parametrize(
    ("name", "hint"), [("taem", "did you mean team?"), ("Layers", "layer"), ("zzz", "known: provider, issuer")]
)
def test_an_unknown_name_is_refused_with_the_nearest(name: str, hint: str) -> None:
    with pytest.raises(InputError) as raised:
        dimension(name)
    assert raised.value.code == "E-DIM-001"
    assert hint in raised.value.hint
