"""From the texts of charges to signs: which conditions of the rules hold for which values.

Texts are grouped as a bill repeats them (the three names of a service, say). Each distinct group of values is
matched once, in Python because the rules hold lookbehinds; the set of conditions that hold is a sign, a small
number. A dictionary table leads from values to their sign, so a charge becomes a handful of small numbers.
"""

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from functools import cache

from outlay.derive.rulebook import Condition, Rule, context_keys
from outlay.model.charge import literal, quoted

GROUPS: dict[str, tuple[str, ...]] = {
    "service": ("ServiceCategory", "ServiceSubcategory", "ServiceName"),
    "resource": ("ResourceType", "ResourceId"),
    "unit": ("ConsumedUnit", "PricingUnit"),
    "pricing": ("ChargeCategory", "CommitmentDiscountStatus", "CommitmentDiscountType", "PricingCategory"),
    "meter": ("SkuMeter",),
    "description": ("ChargeDescription",),
    "sku": ("SkuId",),
    "sku_price": ("SkuPriceId",),
    "details": ("SkuPriceDetails",),
}
NAMES = ("ServiceProviderName", "ProviderName", "InvoiceIssuerName", "PublisherName")
CONTEXT = "Tags"
# The few texts that are matched first: a rule that none of them satisfies needs no look at the many others.
FIRST = frozenset((*NAMES, *GROUPS["service"], *GROUPS["resource"]))
# Patterns per search of DuckDB, whose engine is a hundred times slower once a search outgrows its memory.
_CHUNK = 32
_NEVER = r"(?!)"
FIELDS = tuple(f for group in GROUPS.values() for f in group) + NAMES + (CONTEXT,)


@dataclass
class Matcher:
    """Finds the conditions that hold for values, and numbers each distinct set of them.

    Values of the fields in `FIRST` must come before all others.

    `context_signs` are those with which the tags of a charge could change what is said of it.
    """

    rules: Sequence[Rule]
    conditions: dict[Condition, int] = field(default_factory=dict)
    signs: dict[frozenset[int], int] = field(default_factory=lambda: {frozenset(): 0})
    context_signs: set[int] = field(default_factory=set)
    _held: dict[str, set[int]] = field(default_factory=dict)
    _context_conditions: set[int] = field(default_factory=set)
    _patterns: dict[tuple[str, str], list[tuple[int, re.Pattern[str], re.Pattern[str]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for rule in self.rules:
            for slot in rule.slots:
                for condition in slot:
                    number = self.conditions.setdefault(condition, len(self.conditions))
                    if rule.reads_context and condition.field != CONTEXT:
                        self._context_conditions.add(number)

    def sign(self, provider: str, values: Sequence[tuple[str, str | None]]) -> int:
        """The number of the set of conditions that `values`, pairs of field and text, satisfy."""
        held = frozenset(
            number
            for name, text in values
            if text
            for lower in (text.lower(),)
            for number, pattern, unless in self._tests(provider, name)
            if pattern.search(lower) and not unless.search(lower)
        )
        self._held.setdefault(provider, set()).update(held)
        sign = self.signs.setdefault(held, len(self.signs))
        if held & self._context_conditions:
            self.context_signs.add(sign)
        return sign

    def _tests(self, provider: str, name: str) -> list[tuple[int, re.Pattern[str], re.Pattern[str]]]:
        key = (provider, name)
        if key not in self._patterns:
            self._patterns[key] = [
                (self.conditions[c], _compiled(lowered(c.pattern)), _compiled(lowered(c.unless or _NEVER)))
                for c in self._wanted(provider, name)
            ]
        return self._patterns[key]

    def _wanted(self, provider: str, name: str) -> dict[Condition, None]:
        """The conditions on field `name` that matter: of rules that may still hold for charges of `provider`."""
        ours = (rule for rule in self.rules if applies(rule, provider))
        alive = (rule for rule in ours if name in FIRST or self._may_hold(rule, provider))
        return dict.fromkeys(c for rule in alive for slot in rule.slots for c in slot if c.field == name)

    def _may_hold(self, rule: Rule, provider: str) -> bool:
        held = self._held.get(provider, set())
        return all(any(c.field not in FIRST or self.conditions[c] in held for c in slot) for slot in rule.slots)

    def may_match(self, name: str, text: str) -> str:
        """SQL that is true at least for the texts of field `name` that any condition holds for.

        It spares Python the many texts of a large bill that no rule speaks of.
        """
        wanted = (c for provider in self._held for c in self._wanted(provider, name))
        patterns = [f"(?:{p})" for p in dict.fromkeys(relaxed(c.pattern) for c in wanted)]
        chunks = ("|".join(patterns[i : i + _CHUNK]) for i in range(0, len(patterns), _CHUNK))
        return " OR ".join(f"regexp_matches({text}, {literal(chunk)}, 'i')" for chunk in chunks) or "FALSE"

    @property
    def fields(self) -> set[str]:
        """The fields that any rule looks at."""
        return {condition.field for condition in self.conditions}


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    # The re module forgets patterns beyond 512; there are more, and small loads are many.
    return re.compile(pattern)


@cache
def lowered(pattern: str) -> str:
    """`pattern` for texts in lower case: much faster than a search that ignores case."""
    return "".join(p if p.startswith("\\") else p.lower() for p in re.findall(r"\\.|.", pattern))


def relaxed(pattern: str) -> str:
    """`pattern` without its lookarounds: it holds wherever `pattern` does and DuckDB can run it.

    `(?<![a-z])p4d\\.` becomes `p4d\\.`.
    """
    kept, depth = [], 0
    for piece in re.findall(r"\\.|\(\?<?[=!]|\[(?:\\.|[^\]])+\]|.", pattern):
        opens = piece.startswith("(")
        if depth or re.fullmatch(r"\(\?<?[=!]", piece):
            depth += opens - (piece == ")")
        else:
            kept.append(piece)
    return "".join(kept)


def applies(rule: Rule, provider: str) -> bool:
    """Whether `rule` may speak about charges of `provider`; about those of an unknown one every rule may."""
    return not (rule.provider and provider) or rule.provider == provider


def text_of(column: str, present: Set[str]) -> str:
    """SQL of the text that the rules read for `column` of a charge `c`, never NULL."""
    if column not in present:
        return "''"
    text = f"coalesce(CAST(c.{quoted(column)} AS VARCHAR), '')"
    return _resource_shape(text) if column == "ResourceId" else text


def _resource_shape(text: str) -> str:
    """The kind of resource that an id names, without the names of accounts and things: few distinct values.

    `arn:aws:sagemaker:us-east-1:1:endpoint/answers` is `arn:sagemaker/endpoint`, an Azure id is
    `azure:namespace/type/subtype`, an id of Oracle `ocid1.type`, a full name of Google its host.
    """
    azure = f"split_part(lower({text}), '/providers/', 2)"
    parts = [f"split_part({azure}, '/', {i})" for i in (1, 2, 4)]
    service, kind = (f"split_part(split_part({text}, ':', {i}), '/', 1)" for i in (3, 6))
    return (
        f"CASE WHEN {text} = '' THEN '' "
        f"WHEN starts_with({text}, 'arn:') THEN concat('arn:', {service}, '/', {kind}) "
        f"WHEN starts_with({text}, 'ocid1.') THEN concat('ocid1.', split_part({text}, '.', 2)) "
        f"WHEN starts_with({text}, '//') THEN split_part({text}, '/', 3) "
        f"WHEN contains({azure}, '/') THEN concat('azure:', concat_ws('/', {', '.join(parts)})) "
        "ELSE '' END"
    )


def context_of(present: Set[str]) -> str:
    """SQL of what tags and resource id hint about the use of a charge `c`: chosen values and words."""
    pieces = []
    if "Tags" in present:
        pieces += [_tag_values('CAST(c."Tags" AS VARCHAR)')]
    for column, look_for, name in context_keys():
        if look_for == "word" and column in present:
            text = f"CAST(c.{quoted(column)} AS VARCHAR)"
            # Words looked for in tags are label keys of Kubernetes, which are lower case.
            has = f"contains({text if column == 'Tags' else f'lower({text})'}, {literal(name)})"
            pieces.append(f"CASE WHEN {has} THEN {literal('~' + name)} END")
    return f"concat_ws(';', {', '.join(pieces)})" if pieces else "''"


def _tag_values(tags: str) -> str:
    """Values of the chosen keys; tags that are no JSON, even with braces around them, are read whole."""
    keys = [name for column, look_for, name in context_keys() if (column, look_for) == ("Tags", "value of key")]
    paths = ", ".join(literal(f'$."{key}"') for key in keys)
    bare, braced = (
        f"TRY(array_to_string(json_extract_string({text}, [{paths}]), ';'))"
        for text in (f"lower({tags})", f"concat('{{', lower({tags}), '}}')")
    )
    return f"coalesce({bare}, {braced}, lower({tags}))"
