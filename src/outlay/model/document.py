"""Strict YAML: values with the place of each, and none of YAML's surprises.

Duplicate keys are refused, `no` and `on` stay words, numbers with a point become `Decimal`, dates stay text.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from outlay.model.problem import InputError

Model = TypeVar("Model", bound=BaseModel)
Where = tuple[str | int, ...]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file: its content, and line and column (from 1) of each value by its path."""

    path: Path
    content: Any
    places: Mapping[Where, tuple[int, int]]

    def place(self, where: Where) -> str:
        """`file:line:column` of a value, or of the nearest value around it."""
        while where and where not in self.places:
            where = where[:-1]
        line, column = self.places.get(where, (1, 1))
        return f"{self.path}:{line}:{column}"


def read_document(path: Path) -> Document:
    """The YAML file at `path`. Raises `InputError` with the place of what is wrong."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=_LOADER)
    except FileNotFoundError as error:
        raise InputError("E-YAML-001", "no such file", "outlay init DIR makes a workspace", str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError("E-YAML-004", "not UTF-8 text", "save the file as UTF-8", str(path)) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        hint = "check indentation, colons and quotes"
        raise InputError("E-YAML-002", f"not YAML: {error.problem}", hint, place) from error
    except yaml.YAMLError as error:
        what = str(error).split("\n", 1)[0]
        raise InputError("E-YAML-002", f"not YAML: {what}", "remove that character", str(path)) from error
    places: dict[Where, tuple[int, int]] = {}
    content = {} if root is None else _value(root, (), places, path)
    return Document(path, content, places)


def _value(node: yaml.Node, where: Where, places: dict[Where, tuple[int, int]], path: Path) -> Any:
    places[where] = (node.start_mark.line + 1, node.start_mark.column + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, where, places, path)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*where, i), places, path) for i, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, where: Where, places: dict[Where, tuple[int, int]], path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value)
        if name in found:
            place = f"{path}:{key.start_mark.line + 1}:{key.start_mark.column + 1}"
            raise InputError("E-YAML-003", f"the key {name!r} stands twice", "keep one of them", place)
        found[name] = _value(value, (*where, name), places, path)
        places[(*where, name)] = (key.start_mark.line + 1, key.start_mark.column + 1)
    return found


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    if getattr(node, "style", None) in ("'", '"', "|", ">"):
        return text
    if node.tag.endswith(":null"):
        return None
    if node.tag.endswith(":bool") and text.lower() in ("true", "false"):
        return text.lower() == "true"
    if node.tag.endswith(":int") and text.lstrip("+-").isdigit():
        return int(text) if not text.lstrip("+-").startswith("0") or text == "0" else text
    if node.tag.endswith(":float") and any(c.isdigit() for c in text) and ":" not in text:
        return Decimal(text.replace("_", ""))
    return text


def validate(document: Document, model: type[Model], code: str) -> Model:
    """The content of a document as `model`. Raises `InputError` naming the first wrong value and the legal ones.

    A key that is not known comes first: the one that is missed is often the one meant.
    """
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        found = error.errors()
        first = next((e for e in found if e["type"] == "extra_forbidden"), found[0])
        where = tuple(p for p in first["loc"] if not (isinstance(p, str) and p.startswith("function-")))
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        message, hint = _told(first["type"], where, first["msg"], model)
        raise InputError(code, message + more, hint, document.place(where)) from error


def _told(kind: str, where: Where, message: str, model: type[BaseModel]) -> tuple[str, str]:
    dotted = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in where).lstrip(".")
    if kind != "extra_forbidden":
        said = message.removeprefix("Value error, ")
        told = f"{said[0].lower()}{said[1:]}"
        return f"{dotted}: {told}" if dotted else told, "see the reference of outlay.yaml"
    legal = _keys(model, where[:-1])
    near = difflib.get_close_matches(str(where[-1]), legal, n=1)
    hint = f"known: {', '.join(legal)}" + (f"; did you mean {near[0]}?" if near else "")
    return f"unknown key {str(where[-1])!r}" + (f" in {dotted.rpartition('.')[0]}" if "." in dotted else ""), hint


def _keys(model: type[BaseModel], where: Where) -> list[str]:
    """The legal keys at a path of a model."""
    found: Any = model
    for part in where:
        if isinstance(part, str) and part in getattr(found, "model_fields", {}):
            found = _inner(found.model_fields[part].annotation)
    return [f.alias or name for name, f in getattr(found, "model_fields", {}).items()]


def _inner(annotation: Any) -> Any:
    """The model inside a list, tuple or optional annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((m for arg in getattr(annotation, "__args__", ()) if (m := _inner(arg)) is not None), None)
