from pathlib import Path

import pytest
from tests.plan.plans import stack_of, written

from outlay.model.problem import InputError

OK = "layers: {people: [{name: team, amount: $100}]}\n"
API = "provider: openai, model: gpt-5-mini, requests: 1M, input: 1k, output: 100"


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ("layers:\n  model-api:\n  - {name: a, cachd: 3}\n", "E-PLAN-014", "7:15", "did you mean cached"),
        ("layers:\n  storge: []\n", "E-PLAN-014", "6:3", "did you mean storage"),
        ("layers:\n  people:\n  - {kind: cost, amount: $3}\n", "E-PLAN-015", "7:5", "name"),
        ("layers:\n  people:\n  - {name: a, amount: 10 TB}\n", "E-PLAN-011", "7:15", "data where money / time"),
        ("layers:\n  people:\n  - {name: a, amount: $9..$4}\n", "E-PLAN-013", "7:15", "does not rise"),
        (
            "layers:\n  people:\n  - {name: a, amount: staf * 2}\nassumptions: {staff: 3}\n",
            "E-PLAN-025",
            "7:15",
            "staff",
        ),
        ("assumptions: {a: b + 1, b: a * 2}\n" + OK, "E-PLAN-027", "5:15", "a -> b -> a"),
        ("assumptions: {a: a}\n" + OK, "E-PLAN-027", "5:15", "a -> a"),
        ("assumptions: {a: 3 TB, b: 2 tokens, c: a + b}\n" + OK, "E-PLAN-011", "5:37", "cannot be added"),
        ("assumptions: {a: {value: 3, growth: -120% / month}}\n" + OK, "E-PLAN-016", "5:29", "below -1"),
        ("assumptions: {a: {by_month: {2027-01: 3}}}\n" + OK, "E-PLAN-028", "5:15", "2027-02"),
        ("assumptions: {Users: 3}\n" + OK, "E-PLAN-017", "5:1", "Users"),
        ("layers:\n  people: []\n", "E-PLAN-020", "6:3", "nothing"),
        ("layers:\n  people: [{name: a}]\n", "E-PLAN-021", "6:12", "no cost"),
        ("layers:\n  people: [{name: a, driver: 3}]\n", "E-PLAN-021", "6:12", "unit_cost"),
        ("layers:\n  people: [{name: a, amount: 1}, {name: a, amount: 2}]\n", "E-PLAN-024", "6:35", "twice"),
        (f"layers:\n  model-api: [{{name: a, {API}, provider2: x}}]\n", "E-PLAN-014", "6:100", "provider2"),
        (f"layers:\n  model-api: [{{name: a, {API.replace('openai', 'opnai')}}}]\n", "E-PLAN-030", "6:25", "openai"),
        (
            f"layers:\n  model-api: [{{name: a, {API.replace('5-mini', '5-minni')}}}]\n",
            "E-PLAN-031",
            "6:43",
            "gpt-5-mini",
        ),
        (f"layers:\n  model-api: [{{name: a, {API}, tier: flx}}]\n", "E-PLAN-032", "6:43", "known tiers"),
        (f"layers:\n  model-api: [{{name: a, {API}, batch: 130%}}]\n", "E-PLAN-016", "6:100", "above 1"),
        ("readiness: {multy: true}\n" + OK, "E-PLAN-029", "5:13", "known"),
        ("include: [{file: gone.yaml, owner: x}]\n" + OK, "E-PLAN-019", "5:12", "gone.yaml"),
        ("layers: {people: [{name: no, amount: __import__('os')}]}\n", "E-PLAN-012", "5:30", "unknown function"),
        ("layers: {people: [{name: a, amount: 1, amount: 2}]}\n", "E-YAML-003", "5:40", "twice"),
        ("layers: {people: [{name: a, amount: no}]}\n", "E-PLAN-025", "5:29", "nobody assumes 'no'"),
        ("layers: {people: [{name: a, amount: true}]}\n", "E-PLAN-010", "5:29", "true"),
        ("months: 12\n" + OK, "E-YAML-003", "5:1", "twice"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_code(
    tmp_path: Path, text: str, code: str, place: str, words: str
) -> None:
    with pytest.raises(InputError) as raised:
        stack_of(tmp_path, text, draws=2)
    error = raised.value
    assert (error.code, error.place.split("plan.yaml:")[1]) == (code, place)
    assert words in str(error)
    assert error.hint
    assert error.exit_code == 2


def test_shares_of_routes_have_to_add_up(tmp_path: Path) -> None:
    text = """
    layers:
      model-api:
        - name: a
          routes:
            - {provider: openai, model: gpt-5-mini, share: 60%}
            - {provider: openai, model: gpt-5, share: 30%}
          requests: 1M
          input: 1k
          output: 100
    """
    with pytest.raises(InputError, match=r"90\.0%") as raised:
        stack_of(tmp_path, text, draws=2)
    assert raised.value.code == "E-PLAN-023"


def test_ten_thousand_entries_are_refused(tmp_path: Path) -> None:
    lines = "".join(f"  - {{name: n{i}, amount: 1}}\n" for i in range(10_000))
    with pytest.raises(InputError) as raised:
        written(tmp_path, f"layers:\n  people:\n{lines}")
    assert raised.value.code == "E-PLAN-018"


def test_parts_of_several_owners_make_one_plan(tmp_path: Path) -> None:
    (tmp_path / "platform.yaml").write_text("assumptions: {rate: $9}\nlayers: {storage: [{name: s, amount: rate}]}\n")
    text = """
    owner: product
    include: [{file: platform.yaml, owner: platform, signed: 2026-11-02}]
    layers: {people: [{name: team, amount: rate}], network: {zero: "nothing leaves"}}
    """
    plan = written(tmp_path, text)
    assert [(p.name, p.owner) for p in plan.entries] == [("people/team", "product"), ("storage/s", "platform")]
    assert plan.assumptions["rate"].owner == "platform"
    assert plan.zeros == {"network": "nothing leaves"}
    assert "resilience" in plan.missing
    assert len(plan.missing) == 12


def test_a_layer_cannot_be_zero_and_cost(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("layers: {people: {zero: volunteers only}}\n")
    with pytest.raises(InputError) as raised:
        written(tmp_path, "include: [{file: b.yaml, owner: x}]\n" + OK)
    assert raised.value.code == "E-PLAN-020"
    assert "b.yaml:1:10" in raised.value.place
