"""The rules are data: each is well formed, says where it comes from, and every layer has one."""

import csv
import re
from importlib.resources import files

import pytest

from outlay.derive.evidence import FIELDS, relaxed
from outlay.derive.rulebook import (
    BY_PHASE,
    RULE_FILES,
    Rule,
    aliases,
    canonical_provider,
    context_keys,
    rules,
    serving_chips,
)
from outlay.derive.verdicts import role_of
from outlay.model.layers import AI_KINDS, LAYER_NAMES


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_a_rule_is_well_formed(rule: Rule) -> None:
    for slot in rule.slots:
        for condition in slot:
            re.compile(condition.pattern, re.IGNORECASE)
            assert condition.field in FIELDS
            assert not re.search(condition.pattern, "", re.IGNORECASE), "an empty text is no evidence"
    assert rule.ai_kind in (*AI_KINDS, "")
    assert rule.layer in (*LAYER_NAMES, BY_PHASE, "")
    assert rule.confidence in ("high", "medium", "low")
    assert rule.verified in ("yes", "partly", "no", "own")
    assert rule.source
    assert rule.ai_kind or rule.layer or rule.gpu_count


def test_no_two_rules_share_an_id() -> None:
    ids = [rule.id for rule in rules()]
    assert len(set(ids)) == len(ids)


def test_every_file_of_rules_is_read() -> None:
    folder = files("outlay.derive").joinpath("rules")
    others = {"aliases.csv", "context_keys.csv", "names.csv", "serving_chips.csv"}
    assert {f.name for f in folder.iterdir()} == {*RULE_FILES, *others}


def test_every_row_has_the_same_columns() -> None:
    heads = set()
    for name in RULE_FILES:
        lines = files("outlay.derive").joinpath("rules", name).read_text(encoding="utf-8").splitlines()
        table = list(csv.reader(lines))
        heads.add(tuple(table[0]))
        assert {len(row) for row in table} == {len(table[0])}
    assert len(heads) == 1


def test_every_layer_and_every_kind_has_a_rule() -> None:
    assert {rule.layer for rule in rules() if role_of(rule) != "hint"} | {
        rule.layer for rule in rules() if role_of(rule) == "hint"
    } >= set(LAYER_NAMES)
    assert {rule.ai_kind for rule in rules()} >= set(AI_KINDS)


def test_rules_are_limited_only_to_providers_that_aliases_know() -> None:
    assert {rule.provider for rule in rules()} - {""} <= {provider for provider, _ in aliases()}


def test_an_unchecked_rule_is_never_high() -> None:
    assert not [rule.id for rule in rules() if rule.verified == "no" and rule.confidence == "high"]


def test_serving_chips_are_accelerators_of_the_rules() -> None:
    assert set(serving_chips()) <= {rule.gpu_type for rule in rules()}


def test_context_keys_look_where_the_stage_can_look() -> None:
    assert {(column, look_for) for column, look_for, _ in context_keys()} <= {
        ("Tags", "value of key"),
        ("Tags", "word"),
        ("ResourceId", "word"),
    }


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("AWS", "AWS"),
        ("Amazon Web Services, Inc.", "AWS"),
        ("Amazon Web Services EMEA SARL", "AWS"),
        ("Microsoft Corporation", "Azure"),
        ("Azure", "Azure"),
        ("Google LLC", "Google Cloud"),
        ("Oracle", "Oracle Cloud"),
        ("OpenAI, LLC", "OpenAI"),
        ("Acme Resale", ""),
        (None, ""),
    ],
)
def test_a_provider_is_known_by_its_names(name: str | None, provider: str) -> None:
    assert canonical_provider(name) == provider


def test_the_first_known_name_decides_the_provider() -> None:
    assert canonical_provider(None, "Acme Resale", "Microsoft", "Anthropic") == "Azure"


@pytest.mark.parametrize(
    ("pattern", "without"),
    [
        (r"(?<![A-Z.])(?:ml\.)?p4d\.(?![A-Z-])", r"(?:ml\.)?p4d\."),
        (r"a(?!b(c)[)])d", "ad"),
        (r"\(?=x", r"\(?=x"),
        (r"[(?!]x", "[(?!]x"),
    ],
)
def test_a_relaxed_pattern_has_no_lookaround(pattern: str, without: str) -> None:
    assert relaxed(pattern) == without


def test_no_rule_keeps_a_lookaround_when_relaxed() -> None:
    for rule in rules():
        for condition in (c for slot in rule.slots for c in slot):
            assert not re.search(r"(?<!\\)\(\?<?[=!]", relaxed(condition.pattern))
