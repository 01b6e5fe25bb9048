"""Score the classifier on labelled rows: how often it sees AI, and how often it names the kind and the layer."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from outlay.derive.classify import Classification, classify_rows
from outlay.model.layers import COMPUTE_LAYERS

DATA = Path(__file__).parent.parent / "data" / "classify"
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Shares between 0 and 1: `kind_accuracy` of the AI rows that were found, `layer_accuracy` of labelled layers."""

    rows: int
    not_ai: int
    precision: float
    recall: float
    kind_accuracy: float
    layer_accuracy: float
    needs_review: int
    errors: tuple[str, ...]
    layer_errors: tuple[str, ...]


def labelled(name: str) -> list[Row]:
    """The rows of a labelled file."""
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def evaluate(rows: Sequence[Row]) -> Evaluation:
    """Classify the rows and compare with their labels."""
    found = classify_rows(rows)
    pairs = list(zip(rows, found, strict=True))
    ai = [(r, c) for r, c in pairs if r["expected_ai_kind"] != "none"]
    said = [(r, c) for r, c in pairs if c.ai_kind != "none"]
    hits = [(r, c) for r, c in ai if c.ai_kind != "none"]
    scored = [(r, c) for r, c in pairs if r["expected_layer"]]
    return Evaluation(
        rows=len(rows),
        not_ai=len(rows) - len(ai),
        precision=len(hits) / len(said),
        recall=len(hits) / len(ai),
        kind_accuracy=sum(r["expected_ai_kind"] == c.ai_kind for r, c in hits) / len(hits),
        layer_accuracy=sum(_right_layer(r, c) for r, c in scored) / len(scored),
        needs_review=sum(c.needs_review for c in found),
        errors=tuple(_told(i, r, c) for i, (r, c) in enumerate(pairs, 2) if r["expected_ai_kind"] != c.ai_kind),
        layer_errors=tuple(
            f"{_told(i, r, c)}: layer {r['expected_layer']}, said {c.layer}"
            for i, (r, c) in enumerate(pairs, 2)
            if r["expected_layer"] and not _right_layer(r, c)
        ),
    )


def _right_layer(row: Row, got: Classification) -> bool:
    either = row["expected_ai_kind"] == "gpu-compute" and not row["expected_layer"]
    return got.layer in COMPUTE_LAYERS if either else got.layer == row["expected_layer"]


def _told(line: int, row: Row, got: Classification) -> str:
    what = " | ".join(row[k] for k in ("ProviderName", "ServiceName", "ChargeDescription", "SkuMeter") if row[k])
    return f"line {line}: {what}: {row['expected_ai_kind']}, classified {got.ai_kind} by {got.rule}"
