from pathlib import Path

import pytest

from outlay.model.problem import InputError
from outlay.settings import Settings, read_settings, rules_hash


def settings(folder: Path, text: str) -> Settings:
    (folder / "outlay.yaml").write_text(text, encoding="utf-8")
    return read_settings(folder)


def refused(folder: Path, text: str) -> InputError:
    with pytest.raises(InputError) as raised:
        settings(folder, text)
    return raised.value


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    found = read_settings(tmp_path)
    assert (found.currency, found.rates, found.attribution, found.split) == ("USD", None, [], [])
    assert found.retention.days == 400


def test_the_file_that_init_writes_is_read(tmp_path: Path) -> None:
    template = Path(__file__).parents[1] / "src" / "outlay" / "cli" / "data" / "outlay.yaml"
    found = settings(tmp_path, template.read_text(encoding="utf-8"))
    assert found.classify == []
    assert [rule.name for rule in found.attribution] == ["team tag", "environment tag"]
    assert found.split == []


def test_the_examples_in_the_comments_of_that_file_are_read_too(tmp_path: Path) -> None:
    template = Path(__file__).parents[1] / "src" / "outlay" / "cli" / "data" / "outlay.yaml"
    lines = template.read_text(encoding="utf-8").replace(": []", ":").splitlines()
    shown = [line[1:] if line.startswith("#  ") else line.replace("    # map:", "    map:") for line in lines]
    found = settings(tmp_path, "\n".join(shown).replace("# rates:", "rates:"))
    assert [rule.name for rule in found.classify] == ["index builder"]
    assert [rule.name for rule in found.attribution] == ["team tag", "environment tag", "research account"]
    assert [rule.name for rule in found.split] == ["platform"]
    assert found.rates == Path("rates.csv")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "currency: usd\n",
            ":1:1: E-CONF-001 currency: 'usd' is no currency; write three capital letters, such as USD",
        ),
        (
            "split:\n  - name: a\n    to: team\n    when: {sub-account: 111122223333}\n",
            ":4:12: E-CONF-001 split[0].when.sub-account: 111122223333 is a number; write it in quotes",
        ),
        (
            "attribution:\n  - {name: a, set: {team: 42}}\n",
            ":2:21: E-CONF-001 attribution[0].set.team: 42 is a number; write it in quotes",
        ),
        ("curency: EUR\n", ":1:1: E-CONF-001 unknown key 'curency'; known: company, currency"),
        ("company: a\nretention:\n  dais: 3\n", ":3:3: E-CONF-001 unknown key 'dais' in retention; known: days"),
        ("retention: {days: 0}\n", ":1:13: E-CONF-001 retention.days: input should be greater"),
        (
            "attribution:\n  - name: a\n    set: taem\n    tag: team\n",
            ":2:5: E-CONF-001 attribution[0]: unknown dimension",
        ),
        (
            "attribution:\n  - name: a\n    set: service\n    tag: team\n",
            "a rule cannot set service; it can",
        ),
        (
            "attribution:\n  - {name: a, set: team, tag: x, pattern: '('}\n",
            "E-CONF-001 attribution[0]: not a pattern",
        ),
        ("attribution:\n  - {name: a, set: team, from_column: Nope}\n", "unknown dimension 'Nope'"),
        ("split:\n  - {name: a, to: taem, when: {team: x}}\n", ":2:5: E-CONF-001 split[0]: unknown dimension 'taem'"),
        (
            "attribution:\n  - name: a\n    sett: team\n",
            "unknown key 'sett' in attribution[0] (and 1 more)",
        ),
    ],
)
def test_a_wrong_setting_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    assert told in str(refused(tmp_path, text))


def test_the_hash_of_the_rules_changes_with_them_and_with_the_release(tmp_path: Path) -> None:
    rule = "attribution:\n  - name: a\n    set: team\n    tag: team\n"
    first = settings(tmp_path, rule)
    assert rules_hash(first, "1") == rules_hash(settings(tmp_path, "company: other\n" + rule), "1")
    assert rules_hash(first, "1") != rules_hash(first, "2")
    assert rules_hash(first, "1") != rules_hash(settings(tmp_path, rule.replace("tag: team", "tag: squad")), "1")
