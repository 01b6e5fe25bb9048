"""The second opinion: a catalogue in the shape of LiteLLM's, beside our book."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from outlay.prices.book import list_prices
from outlay.prices.second_opinion import CATALOGUE, PACKAGE, catalogue, opinions

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
SAID = {
    "gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 2.5e-06, "output_cost_per_token": 1.1e-05},
    "azure/eu/gpt-4o": {"litellm_provider": "azure", "input_cost_per_token": 2.75e-06},
    "gpt-99": {"litellm_provider": "openai", "input_cost_per_token": 1e-06},
    "free-model": {"litellm_provider": "openai", "input_cost_per_token": 0},
    "sample_spec": {"litellm_provider": "one of the providers", "input_cost_per_token": "a number"},
}


def test_only_what_both_know_is_compared(tmp_path: Path) -> None:
    path = tmp_path / CATALOGUE
    path.write_text(json.dumps(SAID), encoding="utf-8")
    found = {o.price.unit: (o.agrees, o.theirs) for o in opinions(list_prices(), path, NOW)}
    assert found == {"input": (True, Decimal("0.0000025")), "output": (False, Decimal("0.000011"))}


def test_the_installed_catalogue_is_found_without_running_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / PACKAGE
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('this code was run')\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert catalogue() is None
    (package / CATALOGUE).write_text("{}", encoding="utf-8")
    assert catalogue() == package / CATALOGUE
