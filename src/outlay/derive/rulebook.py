"""The rules of classification, read from `rules/*.csv`: data that a person can read, check and extend.

A rule looks at one text of a charge, or at one of several (`SkuMeter|ChargeDescription`), and may ask for a
second condition on another (`also_field`, `also_pattern`). Patterns are regular expressions that ignore case.
`provider` limits a rule to one provider as `aliases.csv` names it. `{GpuCloud}` in a pattern stands for the
pattern of that name in `names.csv`; `disk{unless}GPU` holds for texts with the one and without the other.

What a rule says is in its columns:
- `ai_kind` and, if it differs from the kind's usual one, `layer`;
- `layer` alone: the meter tells the layer whatever the service is (a disk in an ML workspace);
- a compute layer alone: a hint of what a machine was used for, read only where the layer is `by-phase`;
- `gpu_type` and `gpu_count`, or `gpu_count` alone.

The lowest `priority` wins, ties go by file and line. `exceptions.csv` holds what is never AI, whoever sells it
(tax, support, transfer, a GPU cloud's disks); `words.csv` the words that tell the kind better than the vendor.
`confidence` follows from how well a rule was checked (`verified`: yes, partly, no, or own) and how broad its words
are: a checked exact name is high, a checked broad word or an unchecked exact name is medium, an unchecked broad word
is low.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

BY_PHASE = "by-phase"

RULE_FILES = (
    "aws.csv",
    "azure.csv",
    "google.csv",
    "oracle.csv",
    "platforms.csv",
    "vendors.csv",
    "services.csv",
    "companies.csv",
    "accelerators.csv",
    "context.csv",
    "phases.csv",
    "layers.csv",
    "exceptions.csv",
    "words.csv",
)

# Short names for sets of fields in which an export may say the same thing.
FIELD_SETS = {
    "AnyName": ("ServiceProviderName", "PublisherName", "InvoiceIssuerName", "ServiceName"),
    "AnyService": ("ServiceName", "ServiceSubcategory", "ResourceType", "ResourceId"),
    "AnySku": ("SkuMeter", "SkuId", "SkuPriceDetails", "ChargeDescription", "ResourceType"),
}

# The layer of an AI kind when its rule names none; `other` is hosted models of sight, speech and the like.
KIND_LAYERS = {
    "training": "training-compute",
    "fine-tuning": "training-compute",
    "inference-endpoint": "inference-compute",
    "embedding": "retrieval",
    "llm-api": "model-api",
    "vector-store": "retrieval",
    "notebook": "training-compute",
    "gpu-compute": BY_PHASE,
    "ml-platform": "mlops-platform",
    "other": "model-api",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A pattern that a field must hold, and one that it must not hold if there is one."""

    field: str
    pattern: str
    unless: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; each slot is satisfied by any of its conditions, the rule by all of its slots."""

    id: str
    provider: str
    slots: tuple[tuple[Condition, ...], ...]
    ai_kind: str
    layer: str
    gpu_type: str
    gpu_count: int | None
    priority: int
    confidence: str
    verified: str
    source: str
    note: str

    @property
    def reads_context(self) -> bool:
        """Whether the tags can matter once another condition of this rule holds."""
        fields = {c.field for slot in self.slots for c in slot}
        return self.layer == BY_PHASE or (len(self.slots) > 1 and "Tags" in fields)


def rows_of(name: str) -> Iterator[dict[str, str]]:
    """The rows of one file of rules."""
    text = files("outlay.derive").joinpath("rules", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, the one that wins first."""
    read = [_rule(row) for name in RULE_FILES for row in rows_of(name)]
    return tuple(sorted(read, key=lambda rule: rule.priority))


@cache
def named_patterns() -> dict[str, str]:
    """The patterns that several rules share, by name."""
    return {row["name"]: row["pattern"] for row in rows_of("names.csv")}


@cache
def aliases() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The providers that rules know, with the pattern of the names that exports give them."""
    return tuple((row["provider"], re.compile(row["pattern"], re.IGNORECASE)) for row in rows_of("aliases.csv"))


@cache
def serving_chips() -> tuple[str, ...]:
    """Accelerators that are usually bought to serve models."""
    return tuple(row["gpu_type"] for row in rows_of("serving_chips.csv"))


@cache
def context_keys() -> tuple[tuple[str, str, str], ...]:
    """What to take from tags and resource ids: column, how to look for it, name."""
    return tuple((row["column"], row["look_for"], row["name"]) for row in rows_of("context_keys.csv"))


def canonical_provider(*names: str | None) -> str:
    """The provider that the first known of `names` stands for, '' if none is known."""
    found = (provider for name in names if name for provider, pattern in aliases() if pattern.search(name))
    return next(found, "")


def _rule(row: dict[str, str]) -> Rule:
    slots = [_conditions(row["field"], row["pattern"])]
    if row["also_field"]:
        slots.append(_conditions(row["also_field"], row["also_pattern"]))
    return Rule(
        id=row["id"],
        provider=row["provider"],
        slots=tuple(slots),
        ai_kind=row["ai_kind"],
        layer=row["layer"] or KIND_LAYERS.get(row["ai_kind"], ""),
        gpu_type=row["gpu_type"],
        gpu_count=int(row["gpu_count"]) if row["gpu_count"] else None,
        priority=int(row["priority"]),
        confidence=row["confidence"],
        verified=row["verified"],
        source=row["source"],
        note=row["note"],
    )


def _conditions(fields: str, pattern: str) -> tuple[Condition, ...]:
    names = [name for field in fields.split("|") for name in FIELD_SETS.get(field, (field,))]
    whole = re.sub(r"\{([A-Z]\w+)\}", lambda found: named_patterns()[found[1]], pattern)
    wanted, _, unless = whole.partition("{unless}")
    return tuple(Condition(name, wanted, unless) for name in dict.fromkeys(names))


@cache
def rulebook_hash() -> str:
    """A name for the content of every rule file: it changes when a rule does."""
    folder = files("outlay.derive").joinpath("rules")
    texts = sorted((f.name, f.read_text(encoding="utf-8")) for f in folder.iterdir() if f.name.endswith(".csv"))
    return hashlib.sha256(repr(texts).encode()).hexdigest()[:16]
