"""Strict YAML: values with the place of each, and none of YAML's surprises.

Duplicate keys are refused, `no` and `on` stay words, numbers with a point become `Decimal`, dates stay text.
"""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from outlay.model.problem import InputError, first_line

Model = TypeVar("Model", bound=BaseModel)
Where = tuple[str | int, ...]
# So many further mistakes of a file are told beside the first.
OTHERS = 9
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file: its content, and line and column (from 1) of each value by its path."""

    path: Path
    content: Any
    places: Mapping[Where, tuple[int, int]]

    def position(self, where: Where) -> tuple[int, int]:
        """Line and column of a value, or of the nearest value around it."""
        while where and where not in self.places:
            where = where[:-1]
        return self.places.get(where, (1, 1))

    def place(self, where: Where) -> str:
        """`file:line:column` of a value, or of the nearest value around it."""
        line, column = self.position(where)
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
        what = first_line(error)
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


@dataclass(frozen=True, slots=True)
class Telling:
    """How mistakes in a kind of file are told: their codes by what pydantic calls them, and where to read on.

    `legal` may know the legal keys at a place better than the model does; it returns None where it does not.
    """

    code: str
    codes: Mapping[str, str] = field(default_factory=dict)
    hint: str = "see the reference of outlay.yaml"
    legal: Callable[[Where], list[str] | None] = lambda _: None

    def code_of(self, error: ErrorDetails) -> str:
        """The code of a mistake; a validator may name its own."""
        return error["type"] if error["type"].startswith("E-") else self.codes.get(error["type"], self.code)


def validate(document: Document, model: type[Model], told: str | Telling) -> Model:
    """The content of a document as `model`. Raises `InputError` naming the first wrong value and the legal ones."""
    telling = Telling(told) if isinstance(told, str) else told
    try:
        return model.model_validate(document.content)
    except ValidationError as error:
        first, *others = (_error(document, mistake, model, telling) for mistake in _mistakes(document, error))
        more = f" (and {len(others)} more)" if others else ""
        raise InputError(first.code, first.message + more, first.hint, first.place, others[:OTHERS]) from error


def _error(document: Document, mistake: "Mistake", model: type[BaseModel], telling: Telling) -> InputError:
    where, found = mistake
    message, hint = _told(found, where, _value_at(document.content, where), model, telling)
    return InputError(telling.code_of(found), message, hint, document.place(where))


Mistake = tuple[Where, ErrorDetails]


def _mistakes(document: Document, error: ValidationError) -> list[Mistake]:
    """What is wrong at each place of a document, in the order of the file.

    A value of which several types are legal is wrong once for each: the first is told, or that of a value inside.
    """
    found: dict[Where, ErrorDetails] = {}
    for one in error.errors():
        found.setdefault(_where(document.content, one), one)
    inner = [(w, one) for w, one in found.items() if not any(o != w and o[: len(w)] == w for o in found)]
    unknown = [w for w, one in inner if one["type"] == "extra_forbidden"]

    def order(mistake: Mistake) -> tuple[int, int, bool]:
        """A key that is missed is often meant by an unknown one beside it, so it comes after that."""
        where, one = mistake
        missing = one["type"] == "missing"
        beside = [document.position(w) for w in unknown if w[:-1] == where[:-1]] if missing else []
        return (*max(beside, default=document.position(where)), missing)

    return sorted(inner, key=order)


def _where(content: Any, error: ErrorDetails) -> Where:
    """The path of a wrong value without the names of types that stand between its keys."""
    missing = error["type"] == "missing"
    where = _matched(content, error["loc"][:-1] if missing else error["loc"])
    return (*where, error["loc"][-1]) if missing else where


def _matched(content: Any, parts: Where) -> Where:
    """The longest path into the content along some of the parts, in their order; of two, that which ends as they do.

    The name of a type may be that of a key too.
    """
    if not parts:
        return ()
    inner = _value_at(content, parts[:1])
    without = _matched(content, parts[1:])
    if inner is _ABSENT:
        return without
    within = (parts[0], *_matched(inner, parts[1:]))
    return max(within, without, key=lambda where: (len(where), where[-1:] == parts[-1:]))


_ABSENT = object()


def _value_at(content: Any, where: Where) -> Any:
    for part in where:
        try:
            content = content[part]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return content


def _told(error: ErrorDetails, where: Where, value: Any, model: type[BaseModel], telling: Telling) -> tuple[str, str]:
    """What is wrong, and what to do."""
    dotted = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in where).lstrip(".")
    if error["type"] == "extra_forbidden":
        return _told_key(where, dotted, telling.legal(where[:-1]) or _keys(model, where[:-1]))
    said, hint = error["msg"].removeprefix("Value error, "), telling.hint
    if value is None and error["type"].endswith("_type"):
        said, hint = "a value is missing", "write one, or take the key out"
    elif error["type"] == "string_type" and isinstance(value, bool):
        said, hint = f"{str(value).lower()} is a truth value", "write it in quotes"
    elif error["type"] == "string_type" and isinstance(value, int | Decimal):
        said, hint = f"{value} is a number", "write it in quotes"
    elif (error["type"] == "value_error" or error["type"].startswith("E-")) and "; " in said:
        said, hint = said.split("; ", 1)
    told = f"{said[0].lower()}{said[1:]}"
    return f"{dotted}: {told}" if dotted else told, hint


def _told_key(where: Where, dotted: str, legal: list[str]) -> tuple[str, str]:
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
