"""From signs to verdicts: which rules win, by joins of small tables, once per distinct set of signs.

A charge has up to four winners, each the rule of the lowest rank among those that hold: one for the kind, one
for the layer (the same rule, unless a meter says better where the money went), one for the accelerator, and,
where the layer depends on use, one hint of use. Without a hint, chips sold for serving count as inference and
all other accelerators as training, with confidence medium.

The verdict names the rule of the kind; if another one decided the layer, both: `R175+L06`.
"""

from collections.abc import Sequence

import duckdb

from outlay.derive.dictionaries import Dictionaries, write_contexts, write_table
from outlay.derive.rulebook import BY_PHASE, Rule, serving_chips
from outlay.model.charge import literal
from outlay.model.layers import COMPUTE_LAYERS

_LEVELS = {"low": 1, "medium": 2, "high": 3}
_RULE = {
    "rule": "INTEGER",
    "id": "VARCHAR",
    "provider": "INTEGER",
    "slots": "INTEGER",
    "role": "VARCHAR",
    "ai_kind": "VARCHAR",
    "layer": "VARCHAR",
    "gpu_type": "VARCHAR",
    "gpu_count": "BIGINT",
    "level": "INTEGER",
}


def role_of(rule: Rule) -> str:
    """What `rule` can decide: kind (and layer), layer alone, hint of use, or count of accelerators alone."""
    if rule.ai_kind:
        return "kind"
    if not rule.layer:
        return "count"
    return "hint" if rule.layer in COMPUTE_LAYERS else "layer"


def make_verdicts(made: Dictionaries) -> str:
    """Write the verdict on every distinct set of signs of the charges; return the name of the table."""
    p, connection = made.prefix, made.connection
    key = ", ".join(f"{sql} AS {name}" for name, sql in made.key.items())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {p}seen AS SELECT DISTINCT {key} FROM {made.charges_with_signs}")
    write_contexts(made, f"{p}seen")
    _write_rules(connection, p, made.matcher.rules, made.providers)
    _write_signs(made)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {p}verdict AS {_verdict_sql(p, made.signs)}")
    return f"{p}verdict"


def _write_rules(
    connection: duckdb.DuckDBPyConnection, prefix: str, rules: Sequence[Rule], providers: Sequence[str]
) -> None:
    numbers = {name: number for number, name in enumerate(providers)}
    rows = [
        (
            rank,
            rule.id,
            numbers.get(rule.provider, -1),
            len(rule.slots),
            role_of(rule),
            rule.ai_kind,
            rule.layer,
            rule.gpu_type,
            rule.gpu_count,
            _LEVELS[rule.confidence],
        )
        for rank, rule in enumerate(rules)
    ]
    write_table(connection, f"{prefix}rule", _RULE, rows)


def _write_signs(made: Dictionaries) -> None:
    matcher = made.matcher
    slots = [
        (rank, number, matcher.conditions[condition])
        for rank, rule in enumerate(matcher.rules)
        for number, slot in enumerate(rule.slots)
        for condition in slot
    ]
    held = [(sign, number) for numbers, sign in matcher.signs.items() for number in numbers]
    integers = dict.fromkeys(("rule", "slot", "condition"), "INTEGER")
    write_table(made.connection, f"{made.prefix}slot", integers, slots)
    integers = dict.fromkeys(("sign", "condition"), "INTEGER")
    write_table(made.connection, f"{made.prefix}held", integers, held)


def _verdict_sql(p: str, signs: Sequence[str]) -> str:
    chips = ", ".join(literal(chip) for chip in serving_chips())
    return f"""
    WITH signed AS (
        SELECT s.*, coalesce(x.sign, 0) AS context_sign, row_number() OVER () AS id
        FROM {p}seen s LEFT JOIN {p}context x ON x.provider = s.provider AND x.context = s.context
    ), each_sign AS (
        SELECT id, provider, unnest([{", ".join(signs)}, context_sign]) AS sign FROM signed
    ), holds AS (
        SELECT e.id, r.rule
        FROM each_sign e
        JOIN {p}held h ON h.sign = e.sign
        JOIN {p}slot l ON l.condition = h.condition
        JOIN {p}rule r ON r.rule = l.rule AND (r.provider = 0 OR e.provider = 0 OR r.provider = e.provider)
        GROUP BY e.id, r.rule, r.slots HAVING count(DISTINCT l.slot) = r.slots
    ), best AS (
        SELECT h.id,
            min(h.rule) FILTER (WHERE r.role = 'kind') AS kind,
            min(h.rule) FILTER (WHERE r.role IN ('kind', 'layer')) AS layer,
            min(h.rule) FILTER (WHERE r.role = 'hint') AS hint,
            min(h.rule) FILTER (WHERE r.gpu_type <> '') AS gpu,
            min(h.rule) FILTER (WHERE r.role = 'count') AS number
        FROM holds h JOIN {p}rule r ON r.rule = h.rule GROUP BY h.id
    ), joined AS (
        SELECT s.* EXCLUDE (context_sign, id),
            coalesce(k.ai_kind, 'none') AS ai_kind,
            l.layer = '{BY_PHASE}' AS by_phase,
            CASE WHEN by_phase
                THEN coalesce(t.layer, if(g.gpu_type IN ({chips}), 'inference-compute', 'training-compute'))
                ELSE nullif(l.layer, '') END AS layer,
            g.gpu_type, coalesce(g.gpu_count, n.gpu_count) AS gpu_count,
            CASE WHEN k.layer = l.layer THEN k.id WHEN k.id <> l.id THEN concat(k.id, '+', l.id)
                ELSE l.id END AS rule,
            least(coalesce(k.level, 3), if(k.layer = l.layer, 3, coalesce(l.level, 1)),
                if(by_phase, coalesce(t.level, 2), 3),
                CASE WHEN s.provider = 0 AND coalesce(k.provider, l.provider) <> 0 THEN 2 ELSE 3 END) AS level
        FROM signed s
        LEFT JOIN best b ON b.id = s.id
        LEFT JOIN {p}rule k ON k.rule = b.kind
        LEFT JOIN {p}rule l ON l.rule = b.layer
        LEFT JOIN {p}rule t ON t.rule = b.hint
        LEFT JOIN {p}rule g ON g.rule = b.gpu
        LEFT JOIN {p}rule n ON n.rule = b.number
    )
    SELECT * EXCLUDE (by_phase, level) REPLACE (
            CASE WHEN ai_kind <> 'none' THEN gpu_type END AS gpu_type,
            CASE WHEN ai_kind <> 'none' THEN gpu_count END AS gpu_count),
        CASE level WHEN 3 THEN 'high' WHEN 2 THEN 'medium' ELSE 'low' END AS confidence,
        level = 1 AND rule IS NOT NULL AS needs_review
    FROM joined
    """
