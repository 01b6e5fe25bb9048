"""Say what each charge paid for: AI kind, cost layer, waste and accelerator.

The first stage of derive. It adds columns to every charge and touches no other. What a delivery says itself
wins over the rules; what no rule knows has the kind 'none' and the layer NULL: unclassified, not zero.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb

from outlay.derive.dictionaries import Dictionaries, make_dictionaries
from outlay.derive.evidence import Matcher
from outlay.derive.rulebook import BY_PHASE, KIND_LAYERS, rules
from outlay.derive.verdicts import make_verdicts
from outlay.model.charge import literal, quoted
from outlay.model.layers import MEANINGS

COLUMNS = {
    "x_AiKind": "VARCHAR",
    "x_Layer": "VARCHAR",
    "x_Waste": "VARCHAR",
    "x_GpuType": "VARCHAR",
    "x_GpuCount": "BIGINT",
    "x_ClassifyRule": "VARCHAR",
    "x_Confidence": "VARCHAR",
    "x_NeedsReview": "BOOLEAN",
}
_INPUT_TWINS = {"Meter": "SkuMeter", "Unit": "ConsumedUnit", "ProviderName": "ServiceProviderName"}
_INPUT = (
    "ServiceProviderName",
    "ChargeCategory",
    "ServiceCategory",
    "ServiceName",
    "ChargeDescription",
    "ResourceType",
    "ResourceId",
    "SkuId",
    "SkuMeter",
    "ConsumedUnit",
    "Tags",
)


@dataclass(frozen=True, slots=True)
class Classification:
    """What the rules say of one row."""

    ai_kind: str
    layer: str | None
    rule: str | None
    confidence: str
    needs_review: bool


def classify(connection: duckdb.DuckDBPyConnection, charges: str, into: str) -> None:
    """Make the temporary view `into`: every row of the relation `charges`, with the columns of `COLUMNS`.

    The view stays cheap to read again, because only the small tables behind it are stored. Delivered values outside
    our enumerations are not used.
    """
    present = frozenset(name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {charges}").fetchall())
    prefix = re.sub(r"\W", "_", f"classify_{into}_")
    made = make_dictionaries(connection, charges, prefix, present, Matcher(rules()))
    verdicts = make_verdicts(made)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(into)} AS {_view_sql(made, verdicts)}")


def classify_rows(rows: Sequence[Mapping[str, str | None]]) -> list[Classification]:
    """What the rules say of each of `rows`, in their order; the rows are a bill's texts by column name."""
    if not rows:
        return []
    texts = [{"row": number} | _known_texts(row) for number, row in enumerate(rows)]
    shape = json.dumps([{"row": "BIGINT"} | dict.fromkeys(_INPUT, "VARCHAR")])
    with duckdb.connect() as connection:
        connection.execute(
            f"CREATE TEMP TABLE given AS SELECT unnest(from_json(?, {literal(shape)}), recursive := true)",
            [json.dumps(texts)],
        )
        classify(connection, "given", "classified")
        found = connection.execute(
            "SELECT x_AiKind, x_Layer, x_ClassifyRule, x_Confidence, x_NeedsReview FROM classified ORDER BY row"
        )
        return [Classification(*row) for row in found.fetchall()]


def _known_texts(row: Mapping[str, str | None]) -> dict[str, str | None]:
    texts = {name: row.get(name) or None for name in _INPUT}
    return texts | {ours: texts[ours] or row.get(theirs) or None for theirs, ours in _INPUT_TWINS.items()}


def _view_sql(made: Dictionaries, verdicts: str) -> str:
    """Delivered value first, then the verdict on the signs of the charge."""
    given = {name: _given(name, made.present) for name in MEANINGS}
    delivered = f"({given['x_AiKind']} IS NOT NULL OR {given['x_Layer']} IS NOT NULL)"
    values = {
        "x_AiKind": f"coalesce({given['x_AiKind']}, v.ai_kind, 'none')",
        "x_Layer": f"coalesce({given['x_Layer']}, {_layer_of_kind(given['x_AiKind'])})",
        "x_Waste": f"coalesce({given['x_Waste']}, {_waste(made.present)})",
        "x_GpuType": f"coalesce({_column('x_GpuType', made.present)}, v.gpu_type)",
        "x_GpuCount": _gpu_count(made.present),
        "x_ClassifyRule": f"CASE WHEN {delivered} THEN 'delivered' ELSE v.rule END",
        "x_Confidence": f"CASE WHEN {delivered} THEN 'high' ELSE coalesce(v.confidence, 'low') END",
        "x_NeedsReview": f"NOT {delivered} AND coalesce(v.needs_review, FALSE)",
    }
    ours = [quoted(name) for name in COLUMNS if name in made.present]
    kept = f"c.* EXCLUDE ({', '.join(ours)})" if ours else "c.*"
    added = ", ".join(f"CAST({values[name]} AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    key = " AND ".join(f"v.{name} = {sql}" for name, sql in made.key.items())
    return f"SELECT {kept}, {added} FROM {made.charges_with_signs} LEFT JOIN {verdicts} v ON {key}"


def _given(name: str, present: Iterable[str]) -> str:
    """SQL of the delivered value of `name` if it is one of ours, else NULL."""
    legal = ", ".join(literal(value) for value in MEANINGS[name])
    return f"CASE WHEN c.{name} IN ({legal}) THEN c.{name} END" if name in present else "CAST(NULL AS VARCHAR)"


def _layer_of_kind(given_kind: str) -> str:
    """The verdict's layer, or the usual layer of a delivered kind that contradicts the verdict."""
    usual = {kind: "training-compute" if layer == BY_PHASE else layer for kind, layer in KIND_LAYERS.items()}
    cases = " ".join(f"WHEN {literal(kind)} THEN {literal(layer)}" for kind, layer in usual.items())
    agrees = f"coalesce({given_kind}, v.ai_kind) = v.ai_kind"
    return f"CASE WHEN {agrees} THEN v.layer ELSE CASE {given_kind} {cases} END END"


def _waste(present: Iterable[str]) -> str:
    """Idle is a commitment or reservation that nobody used, or a split row that no resource took."""
    unused = [
        f"{_column(f'{what}Status', present)} = 'Unused'" for what in ("CommitmentDiscount", "CapacityReservation")
    ]
    method, taker = (_column(name, present) for name in ("AllocatedMethodId", "AllocatedResourceId"))
    idle = " OR ".join([*unused, f"(nullif({method}, '') IS NOT NULL AND nullif({taker}, '') IS NULL)"])
    return f"CASE WHEN {idle} THEN 'idle' ELSE 'none' END"


def _gpu_count(present: Iterable[str]) -> str:
    """Delivered, else as the price details of an AI charge state it, else as the rule knows it."""
    details = _column("SkuPriceDetails", present)
    stated = (
        f"CASE WHEN v.ai_kind <> 'none' AND contains({details}, 'GpuCount') AND json_valid({details}) "
        f"THEN TRY_CAST(json_extract_string({details}, '$.GpuCount') AS BIGINT) END"
    )
    return f"coalesce(TRY_CAST({_column('x_GpuCount', present)} AS BIGINT), {stated}, v.gpu_count)"


def _column(name: str, present: Iterable[str]) -> str:
    return f"CAST(c.{quoted(name)} AS VARCHAR)" if name in present else "CAST(NULL AS VARCHAR)"
