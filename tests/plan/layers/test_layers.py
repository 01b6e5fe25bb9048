"""What holds for the entries of every layer."""

import pytest

from outlay.model.layers import LAYER_NAMES
from outlay.plan.file.names import field_of
from outlay.plan.layers import entries_of, kind_said
from outlay.plan.quantities.units import parse_unit


@pytest.mark.parametrize("layer", LAYER_NAMES)
def test_every_unit_of_a_field_is_known(layer: str) -> None:
    for entry in entries_of(layer).values():
        for info in entry.model_fields.values():
            if field := field_of(info):
                assert field.wanted is None or field.wanted.factor > 0
                assert [parse_unit(unit).factor > 0 for unit in field.also] == [True] * len(field.also)


@pytest.mark.parametrize(
    ("layer", "said", "kind"),
    [
        ("storage", {"stored": 1}, "storage"),
        ("storage", {"amount": 1}, "cost"),
        ("people", {"once": 1}, "cost"),
        ("people", {"kind": "role", "amount": 1}, "role"),
        ("mlops-platform", {"amount": 1}, "cost"),
        ("retrieval", {"driver": 1, "unit_cost": 1}, "cost"),
    ],
)
def test_an_entry_without_a_kind_is_the_first_of_its_layer_or_a_plain_cost(
    layer: str, said: dict[str, int], kind: str
) -> None:
    assert kind_said(layer, {"name": "a", **said}) == kind
