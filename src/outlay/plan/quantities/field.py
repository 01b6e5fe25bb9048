"""Fields of a plan that hold a quantity in a certain unit."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from outlay.plan.quantities.expression import ExpressionError
from outlay.plan.quantities.quantity import Quantity, QuantityError, parse_quantity
from outlay.plan.quantities.units import Unit, UnitError, parse_unit

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

ANY = "any"
# What moves together: the volumes that follow demand, and what sellers ask.
USAGE, PRICE = "usage", "price"
# What the stress of a plan moves: more traffic, slower prompts, longer context, fewer hits of the cache, more support.
KNOBS = ("traffic", "latency", "context", "cache", "support")


@dataclass(frozen=True)
class In:
    """The unit of a field, or ANY. `knob` is what of the stress it belongs to, `group` what its ranges move with.

    `also` are units that mean the same in this field: tokens, where each request has so many. `least` and `most` bound
    a number, and the 10th and the 90th percentile of a range.
    """

    unit: str
    knob: str = ""
    group: str = ""
    least: float | None = 0.0
    most: float | None = None
    also: tuple[str, ...] = ()

    @cached_property
    def wanted(self) -> Unit | None:
        """The unit that the field is computed in; None for the base units of whatever is written."""
        return None if self.unit == ANY else parse_unit(self.unit)

    def read(self, said: Any) -> Quantity:
        """The quantity that a value says. Raises `PydanticCustomError` with a code of outlay."""
        try:
            found = parse_quantity(said).within(self.wanted, tuple(map(parse_unit, self.also)))
        except UnitError as error:
            raise _refused("E-PLAN-011", str(error), error.hint) from error
        except ExpressionError as error:
            raise _refused(
                "E-PLAN-012", f"{error} in {str(said)!r} at character {error.column + 1}", error.hint
            ) from error
        except QuantityError as error:
            code = "E-PLAN-013" if "does not rise" in str(error) or "do not rise" in str(error) else "E-PLAN-010"
            raise _refused(code, str(error), error.hint) from error
        self._bound(found)
        return found

    def _bound(self, found: Quantity) -> None:
        told = [found.number] if found.number is not None else found.range.ends if found.range else ()
        values = [value * found.scale for value in told if value is not None]
        if values and self.least is not None and min(values) < self.least - 1e-12:
            raise _refused(
                "E-PLAN-016", f"{found} is below {self.least:g}", f"write it in {self.unit or 'plain numbers'}"
            )
        if values and self.most is not None and max(values) > self.most + 1e-12:
            raise _refused("E-PLAN-016", f"{found} is above {self.most:g}", "a share is at most 100%")

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> "JsonSchemaValue":
        told = (
            f"a number, a range low..likely..high or a formula, in {self.unit}"
            if self.unit
            else "a number, a range or a formula"
        )
        return {"type": ["number", "string"], "description": told}


def _refused(code: str, message: str, hint: str) -> PydanticCustomError:
    said = message.replace("{", "(").replace("}", ")")
    return PydanticCustomError(code, f"{said}; {hint}" if hint else said)


def share(knob: str = "", group: str = "") -> In:
    """A share between 0 and 1."""
    return In("", knob, group, 0.0, 1.0)
