"""What a charge paid for, where the user knows better than the rules: `classify:` in outlay.yaml."""

from collections.abc import Sequence
from datetime import date

from pydantic import BaseModel, ConfigDict, Field, model_validator

from outlay.derive.selection import condition, known
from outlay.model.charge import literal, quoted
from outlay.model.dimensions import dimension
from outlay.model.layers import MEANINGS


class Correction(BaseModel):
    """One rule of `classify:` in outlay.yaml."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    name: str
    when: dict[str, str | list[str]] = Field(min_length=1)
    set: dict[str, str] = Field(min_length=1)
    first: date | None = Field(default=None, alias="from")
    until: date | None = None

    @model_validator(mode="after")
    def _makes_sense(self) -> "Correction":
        for name in self.when:
            known(name)
        for name, value in self.set.items():
            legal = MEANINGS.get(known(name))
            if legal is None:
                raise ValueError(f"a rule of classify cannot set {name}; it can set layer, ai-kind, waste")
            if value not in legal:
                raise ValueError(f"{value!r} is no {name}; known: {', '.join(legal)}")
        return self


def correct(charges: str, rules: Sequence[Correction]) -> str:
    """The classified charges with what the first matching rule says, as a relation with the same rows and sums.

    All conditions are tested on the charge as it was before any of them.
    """
    if not rules:
        return charges
    tests = [condition(rule.when, rule.first, rule.until) for rule in rules]
    first = " ".join(f"WHEN {test} THEN {position}" for position, test in enumerate(tests))
    replaced = [f"{_value(column, rules)} AS {quoted(column)}" for column in MEANINGS]
    told = " ".join(f"WHEN {i} THEN {literal('outlay.yaml: ' + rule.name)}" for i, rule in enumerate(rules))
    replaced += [
        f"CASE _rule {told} ELSE x_ClassifyRule END AS x_ClassifyRule",
        "CASE WHEN _rule IS NOT NULL THEN 'high' ELSE x_Confidence END AS x_Confidence",
        "_rule IS NULL AND x_NeedsReview AS x_NeedsReview",
    ]
    known_rule = f"(SELECT *, CASE {first} END AS _rule FROM {charges})"
    return f"(SELECT * EXCLUDE (_rule) REPLACE ({', '.join(replaced)}) FROM {known_rule})"


def _value(column: str, rules: Sequence[Correction]) -> str:
    stated = [{dimension(n).column: v for n, v in rule.set.items()} for rule in rules]
    cases = [f"WHEN {i} THEN {literal(said[column])}" for i, said in enumerate(stated) if column in said]
    return f"CASE _rule {' '.join(cases)} ELSE {quoted(column)} END" if cases else quoted(column)
