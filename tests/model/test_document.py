from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from outlay.model.document import Document, read_document, validate
from outlay.model.problem import InputError


class Limit(BaseModel):
    model_config = ConfigDict(extra="forbid")
    amount: Decimal
    owner: str = ""


class Plan(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = ""
    months: int = Field(default=1, ge=1)
    limits: list[Limit] = Field(default_factory=list)
    when: dict[str, str | list[str]] = Field(default_factory=dict)
    set: str | dict[str, str] = ""


def document(folder: Path, text: str) -> Document:
    path = folder / "plan.yaml"
    path.write_text(text, encoding="utf-8")
    return read_document(path)


def refused(folder: Path, text: str) -> InputError:
    with pytest.raises(InputError) as raised:
        validate(document(folder, text), Plan, "E-PLAN-001")
    return raised.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("true", True),
        ("False", False),
        ("0.1", Decimal("0.1")),
        ("1e3", "1e3"),
        ("1.5e+3", Decimal("1.5E+3")),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("007", "007"),
        ("0x10", "0x10"),
        ("12:30", "12:30"),
        ("2026-10-13", "2026-10-13"),
        ("~", None),
        ("", None),
        ("'0.1'", "0.1"),
        ('"null"', "null"),
        (".inf", ".inf"),
        ("1_000", "1_000"),
        ("4k..9k..20k", "4k..9k..20k"),
    ],
)
def test_a_scalar_means_what_it_looks_like(tmp_path: Path, text: str, value: Any) -> None:
    found = document(tmp_path, f"key: {text}\n").content["key"]
    assert (found, type(found)) == (value, type(value))


def test_an_empty_file_is_an_empty_mapping(tmp_path: Path) -> None:
    assert document(tmp_path, "# nothing yet\n").content == {}


def test_every_value_has_its_place(tmp_path: Path) -> None:
    found = document(tmp_path, "name: x\nlimits:\n  - amount: 1.5\n    owner: ana\n  - {amount: 2}\n")
    assert found.place(("limits", 0, "owner")) == f"{found.path}:4:5"
    assert found.place(("limits", 1, "amount")) == f"{found.path}:5:6"
    assert found.place(("limits", 1, "missing")) == f"{found.path}:5:5"
    assert found.place(()) == f"{found.path}:1:1"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("name: a\nmonths: 2\nname: b\n", "E-YAML-003", ":3:1"),
        ("limits:\n  - amount: 1\n    amount: 2\n", "E-YAML-003", ":3:5"),
        ("name: [a\n", "E-YAML-002", ":2:1"),
        ("name: a\n  months: 2\n", "E-YAML-002", ":2:9"),
        ("name: 'a\n", "E-YAML-002", ":2:1"),
        ("\tname: a\n", "E-YAML-002", ":1:1"),
        ("a: 1\n---\nb: 2\n", "E-YAML-002", ":2:1"),
        ("name: \x07\n", "E-YAML-002", ""),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_place(tmp_path: Path, text: str, code: str, place: str) -> None:
    error = refused(tmp_path, text)
    assert (error.code, error.place) == (code, f"{tmp_path / 'plan.yaml'}{place}")
    assert error.hint


def test_a_file_that_is_missing_or_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file") as raised:
        read_document(tmp_path / "missing.yaml")
    assert raised.value.code == "E-YAML-001"
    (tmp_path / "latin.yaml").write_bytes(b"name: caf\xe9\n")
    with pytest.raises(InputError, match="not UTF-8") as raised:
        read_document(tmp_path / "latin.yaml")
    assert raised.value.code == "E-YAML-004"


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfname: a\n")
    assert read_document(tmp_path / "bom.yaml").content == {"name": "a"}


def test_an_unknown_key_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    error = refused(tmp_path, "name: a\nlimits:\n  - amount: 1\n    onwer: ana\n")
    assert str(error) == (
        f"{tmp_path / 'plan.yaml'}:4:5: E-PLAN-001 unknown key 'onwer' in limits[0]; "
        "known: amount, owner; did you mean owner?"
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name: 42\n", ":1:1: E-PLAN-001 name: 42 is a number; write it in quotes"),
        ("name: 4.20\n", ":1:1: E-PLAN-001 name: 4.20 is a number; write it in quotes"),
        ("name: true\n", ":1:1: E-PLAN-001 name: true is a truth value; write it in quotes"),
        ("name:\n", ":1:1: E-PLAN-001 name: a value is missing; write one, or take the key out"),
        ("when: {account: 111}\n", ":1:8: E-PLAN-001 when.account: 111 is a number; write it in quotes"),
        ("when: {account: ['1', 2]}\n", ":1:23: E-PLAN-001 when.account[1]: 2 is a number; write it in quotes"),
        ("when: {a: 1, b: [2, 3]}\n", ":1:8: E-PLAN-001 when.a: 1 is a number (and 2 more); write it in quotes"),
        ("set: {team: 42}\n", ":1:7: E-PLAN-001 set.team: 42 is a number; write it in quotes"),
        ("set: 42\n", ":1:1: E-PLAN-001 set: 42 is a number; write it in quotes"),
    ],
)
def test_a_value_that_wants_quotes_is_told_once(tmp_path: Path, text: str, told: str) -> None:
    assert str(refused(tmp_path, text)).endswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("months: 0\nnmae: x\n", ":1:1: E-PLAN-001 months: input should be greater than or equal to 1 (and 1 more)"),
        ("nmae: x\nmonths: 0\n", ":1:1: E-PLAN-001 unknown key 'nmae' (and 1 more); known: name, months"),
        ("limits:\n  - amuont: 1\n", ":2:5: E-PLAN-001 unknown key 'amuont' in limits[0] (and 1 more)"),
        ("limits:\n  - owner: a\nmonths: 0\n", ":2:5: E-PLAN-001 limits[0].amount: field required (and 1 more)"),
    ],
)
def test_the_first_mistake_of_the_file_is_told(tmp_path: Path, text: str, told: str) -> None:
    """A missing key comes after an unknown one beside it, which may be meant for it."""
    assert told in str(refused(tmp_path, text))


def test_a_wrong_value_is_refused_with_its_place(tmp_path: Path) -> None:
    error = refused(tmp_path, "months: 0\nlimits: [{amount: much}]\n")
    assert error.place.endswith(":1:1")
    assert error.args[0] == "months: input should be greater than or equal to 1 (and 1 more)"


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words\n"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    error = refused(tmp_path, text)
    assert error.code == "E-PLAN-001"
    assert error.place.endswith(":1:1")
    assert not error.args[0].startswith(":")
