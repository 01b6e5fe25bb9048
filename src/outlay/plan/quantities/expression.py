"""Expressions over named assumptions, such as `users * 20 * (1 + retry_share)` or `tenants * '50 GB / tenant'`.

simpleeval walks the syntax tree: an expression can add, subtract, multiply, divide, raise to a power and call the
functions below, and nothing else. It is walked twice: over units, which finds a sum of dollars and tokens, and over
paths of months x draws.
"""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from simpleeval import SimpleEval

from outlay.plan.quantities.path import Path
from outlay.plan.quantities.units import ONE, Dimension, UnitError, raised, times, told

ALLOWED = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Call, ast.Name, ast.Load, ast.Constant)
OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd)
FUNCTIONS: dict[str, Callable[..., Path]] = {
    "min": lambda a, *b: _folded(np.minimum, a, *b),
    "max": lambda a, *b: _folded(np.maximum, a, *b),
    "ceil": lambda a: Path.of(a).each(np.ceil),
    "floor": lambda a: Path.of(a).each(np.floor),
    "round": lambda a: Path.of(a).each(np.rint),
    "sqrt": lambda a: Path.of(a).each(np.sqrt),
    "log": lambda a: Path.of(a).each(np.log),
    "exp": lambda a: Path.of(a).each(np.exp),
}
# `4k` and `5%` inside an expression, each as long as what stands for it in Python.
_SUFFIXED = re.compile(r"(?<![\w.])(\d[\d_]*(?:\.\d+)?)(k|M|B|%)(?!\w)")
QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_TIMES = {"k": "*1e3", "M": "*1e6", "B": "*1e9", "%": "*1e-2"}


class ExpressionError(ValueError):
    """What is wrong with an expression; `column` counts from 0 within its text."""

    def __init__(self, message: str, column: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.column, self.hint = column, hint


@dataclass(frozen=True)
class Expression:
    """A text that is a formula, and the names that it needs.

    `quoted` are its numbers with units, by the names that stand for them in the tree: value in base units, dimension.
    """

    text: str
    quoted: tuple[tuple[str, float, Dimension], ...] = ()

    @cached_property
    def tree(self) -> ast.Expr:
        """The syntax tree. Raises `ExpressionError` for whatever is no arithmetic."""
        names = iter(name for name, _, _ in self.quoted)
        unquoted = QUOTED.sub(lambda _: next(names), self.text)
        python = _SUFFIXED.sub(lambda m: f"({m[1]}{_TIMES[m[2]]})", unquoted)
        try:
            parsed = ast.parse(python.strip(), mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            column = (getattr(error, "offset", None) or 1) - 1
            raise ExpressionError(
                "no number, range or formula", column, "write 4k, 4k..9k..20k or users * 20"
            ) from error
        for node in ast.walk(parsed):
            _refuse(node)
        return ast.Expr(parsed.body)

    def check(self) -> None:
        """Raise `ExpressionError` if it is no arithmetic."""
        assert self.tree is not None

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of assumptions that it needs."""
        called = {id(n.func) for n in ast.walk(self.tree) if isinstance(n, ast.Call)}
        own = {name for name, _, _ in self.quoted}
        found = (n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name) and id(n) not in called)
        return frozenset(found) - own

    def column_of(self, name: str) -> int:
        """Where a name stands in the text, from 0."""
        return max(self.text.find(name), 0)

    def value(self, names: Mapping[str, Path]) -> Path:
        """The value over months and draws, from those of the names."""
        if isinstance(self.tree.value, ast.Name):
            return names[self.tree.value.id]
        numbers = {name: Path.of(value) for name, value, _ in self.quoted}
        return Path.of(_walk(self, {**names, **numbers}, _ON_PATHS, FUNCTIONS))

    def dimension(self, names: Mapping[str, Dimension]) -> Dimension:
        """The dimension of the value, from those of the names. Raises `UnitError`."""
        quoted = {name: dimension for name, _, dimension in self.quoted}
        of_names = {name: _Measured(dimension) for name, dimension in {**names, **quoted}.items()}
        found = _walk(self, of_names, _ON_UNITS, _UNIT_FUNCTIONS)
        return found.dimension if isinstance(found, _Measured) else ONE


def _refuse(node: ast.AST) -> None:
    """Raise for a part of a tree that is no arithmetic."""
    column = getattr(node, "col_offset", 0)
    if isinstance(node, ast.operator | ast.unaryop):
        if not isinstance(node, OPERATORS):
            raise ExpressionError(f"an operator that formulas do not have: {type(node).__name__}", column, _LEGAL)
    elif not isinstance(node, ALLOWED):
        raise ExpressionError(f"a formula holds numbers and names only, no {type(node).__name__}", column, _LEGAL)
    elif isinstance(node, ast.Constant) and (isinstance(node.value, bool) or not isinstance(node.value, int | float)):
        raise ExpressionError(f"{node.value!r} is no number", column, _LEGAL)
    elif isinstance(node, ast.Call) and (not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS):
        name = node.func.id if isinstance(node.func, ast.Name) else "that"
        raise ExpressionError(f"unknown function {name}", column, f"known: {', '.join(FUNCTIONS)}")
    elif isinstance(node, ast.Call) and (node.keywords or not node.args):
        raise ExpressionError("a function takes values only", column, "write max(a, b)")


_LEGAL = f"formulas know + - * / ** ( ), names of assumptions and {', '.join(FUNCTIONS)}"


def _walk(expression: Expression, names: Mapping[str, Any], operators: Any, functions: Any) -> Any:
    evaluator = SimpleEval(operators=operators, functions=functions, names=dict(names))
    return evaluator.eval(expression.text, previously_parsed=expression.tree)


def _folded(function: Callable[..., Any], first: Any, *others: Any) -> Path:
    found = Path.of(first)
    for other in others:
        found = found.each(function, other)
    return found


_ON_PATHS = {
    ast.Add: lambda a, b: Path.of(a) + b,
    ast.Sub: lambda a, b: Path.of(a) - b,
    ast.Mult: lambda a, b: Path.of(a) * b,
    ast.Div: lambda a, b: Path.of(a) / b,
    ast.Pow: lambda a, b: Path.of(a) ** b,
    ast.USub: lambda a: -Path.of(a),
    ast.UAdd: Path.of,
}


@dataclass(frozen=True, slots=True)
class _Measured:
    """Stands for a value where only its dimension is asked for."""

    dimension: Dimension = ONE


def _measured(value: Any) -> Dimension:
    return value.dimension if isinstance(value, _Measured) else ONE


def _alike(one: Any, *others: Any) -> _Measured:
    """The dimension of a sum; a plain number takes that of the other."""
    found = _measured(one)
    for other in map(_measured, others):
        if found and other and found != other:
            raise UnitError(f"{told(found)} and {told(other)} cannot be added or compared", "make them the same unit")
        found = found or other
    return _Measured(found)


def _power(base: Any, power: Any) -> _Measured:
    if not _measured(base):
        return _Measured()
    if not isinstance(power, int):
        raise UnitError(f"{told(_measured(base))} to a power that is no whole number")
    return _Measured(raised(_measured(base), power))


_ON_UNITS = {
    ast.Add: _alike,
    ast.Sub: _alike,
    ast.Mult: lambda a, b: _Measured(times(_measured(a), _measured(b))),
    ast.Div: lambda a, b: _Measured(times(_measured(a), _measured(b), -1)),
    ast.Pow: _power,
    ast.USub: _alike,
    ast.UAdd: _alike,
}
_UNIT_FUNCTIONS = {
    **dict.fromkeys(("min", "max", "ceil", "floor", "round"), _alike),
    **dict.fromkeys(("log", "exp"), lambda _: _Measured()),
    "sqrt": lambda a: _Measured(tuple((name, power // 2) for name, power in _measured(a))),
}
