"""What holds for the entries of every layer."""

import runpy
from pathlib import Path

import pytest

from outlay.model.layers import LAYER_NAMES
from outlay.plan.file.names import field_of
from outlay.plan.layers import entries_of, kind_said
from outlay.plan.quantities.units import parse_unit

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("layer", LAYER_NAMES)
def test_every_unit_of_a_field_is_known(layer: str) -> None:
    for entry in entries_of(layer).values():
        for info in entry.model_fields.values():
            if field := field_of(info):
                assert field.wanted is None or field.wanted.factor > 0
                assert [parse_unit(unit).factor > 0 for unit in field.also] == [True] * len(field.also)


@pytest.mark.parametrize("layer", LAYER_NAMES)
@pytest.mark.parametrize("keys", [("amount",), ("once",), ("amount", "once"), ("driver", "unit_cost")])
def test_what_only_plain_costs_say_is_one(layer: str, keys: tuple[str, ...]) -> None:
    assert kind_said(layer, {"name": "a", **dict.fromkeys(keys, 1)}) == "cost"


@pytest.mark.parametrize(
    ("layer", "keys", "kind"),
    [
        ("storage", ("stored", "price"), "storage"),
        ("people", ("hours", "rate"), "hours"),
        ("people", ("seats", "price"), "seat-contract"),
        ("mlops-platform", ("seats", "price"), "seats"),
        ("mlops-platform", ("annual",), "invoice"),
        ("enablement", ("tickets", "minutes", "rate"), "support"),
        ("resilience", ("machines", "price"), "standby"),
    ],
)
def test_keys_tell_the_kind_where_none_is_written(layer: str, keys: tuple[str, ...], kind: str) -> None:
    assert kind_said(layer, {"name": "a", **dict.fromkeys(keys, 1)}) == kind


def test_the_reference_tells_every_key_of_every_kind() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "reference.py"))["plan_layers"]()
    kinds = {kind for layer in LAYER_NAMES for kind in entries_of(layer)}
    assert {f"\n### {kind}\n" for kind in kinds if f"\n### {kind}\n" not in page} == set()
    assert [row for row in page.splitlines() if row.endswith("|  |")] == []
