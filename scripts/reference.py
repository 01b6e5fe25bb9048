#!/usr/bin/env python3
"""Write the pages of docs/reference that follow from the code: commands, dimensions, layers and tables."""

import ast
import csv
import inspect
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.main import get_command

from outlay.cli import app
from outlay.ledger.tables import TABLES
from outlay.model.charge import Column, focus_columns
from outlay.model.dimensions import DIMENSIONS
from outlay.model.layers import AI_KINDS, LAYERS, WASTES, rollups
from outlay.plan.file.names import field_of
from outlay.plan.file.readiness import defaults
from outlay.plan.file.schema import (
    Alternative,
    Assumption,
    Breakeven,
    Include,
    Limits,
    Multiplier,
    Plan,
    Value,
    published_overruns,
)
from outlay.plan.layers import COMMON, MODULES, kind_of
from outlay.plan.layers.cadence import Every
from outlay.plan.layers.entry import Entry
from outlay.plan.quantities.field import ANY, In
from outlay.sources.spans import names

HERE = Path(__file__).resolve().parent
REFERENCE = HERE.parent / "docs" / "reference"
NOTE = "<!-- Written by scripts/reference.py; edit the code, then run it again. -->\n"
ROLES = {"call": "yes", "whole": "only in a trace without calls", "none": "no"}
SPANS_HEAD = """# Names of spans

What outlay reads of the spans of [OTLP files](../how-to/load-otlp.md). No other attribute leaves the file.

## Attributes

Of the attributes of a column the first that a span or its resource has is taken, in this order. `cache_write` is the
total of which the parts are taken; `finish`, `streamed`, `error` and the columns that begin with `stated` decide
status, estimates and who states a cost.

{}

## Kinds of spans

The first attribute of these that a span has, with a known value, says what it is. Case does not matter.

{}
"""
# The tables beside those of bills.
BESIDE = ("events", "rollup_hour", "rollup_tenant_day", "prices", "outcomes", "quality")
WORDS = {bool: "true or false", int: "whole number", float: "number"}
EXAMPLE = re.compile(r"^outlay ")


def pages() -> dict[str, str]:
    """The text of every generated page by its file name."""
    made = {"commands.md": commands(), "dimensions.md": dimensions(), "layers.md": layers(), "tables.md": tables()}
    made["span-names.md"], made["plan-layers.md"] = span_names(), plan_layers()
    made["plan-file.md"] = plan_file()
    written = {name: NOTE + "\n" + text.rstrip() + "\n" for name, text in made.items()}
    return {**written, "plan.schema.json": plan_schema()}


def plan_schema() -> str:
    """The JSON Schema of plans, for editors."""
    told = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A plan of outlay"}
    return json.dumps({**told, **Plan.model_json_schema()}, indent=1) + "\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def span_names() -> str:
    """Every attribute of a span that is read, and what each kind of span is."""
    aliases = [
        [a.column, f"`{a.attribute}`" + (f", in it `{a.path}`" if a.path else ""), a.dialect, a.since, a.notes]
        for a in sorted(names.aliases(), key=lambda a: a.column)
    ]
    kinds = [[f"`{o.attribute}`", f"`{o.value}`", o.operation, ROLES[o.role], o.dialect] for o in names.operations()]
    found = table(["column", "attribute", "dialect", "since", "notes"], aliases)
    return SPANS_HEAD.format(found, table(["attribute", "value", "operation", "counts", "dialect"], kinds))


def commands() -> str:
    """Every command with its help, arguments and options."""
    parts = [COMMANDS_HEAD]
    for name, command in _leaves(vars(get_command(app))["commands"]):
        parts.append(f"## outlay {name}\n\n{_help(command.help)}")
        rows = [_parameter(p) for p in command.params if p.name != "help"]
        parts.append(table(["argument or option", "default", "meaning"], rows))
    return "\n\n".join(parts)


def _leaves(commands: dict[str, Any], group: str = "") -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its whole name: those of a group one by one."""
    for name, command in commands.items():
        if inner := vars(command).get("commands"):
            yield from _leaves(inner, f"{name} ")
        else:
            yield group + name, command


def _help(text: str) -> str:
    """The help of a command, its examples in one block."""
    paragraphs = [" ".join(p.split()) for p in text.split("\n\n")]
    told = [p for p in paragraphs if p and not EXAMPLE.match(p) and p != "Examples:"]
    examples = [p for p in paragraphs if EXAMPLE.match(p)]
    return "\n\n".join([*told, "```sh\n" + "\n".join(examples) + "\n```"])


def _parameter(parameter: Any) -> tuple[str, str, str]:
    """One line of the table of parameters."""
    choices = [c for c in get_args(parameter.type_descriptor.annotation) if isinstance(c, str)]
    if parameter.param_type_name == "argument":
        name = f"`{parameter.name.upper()}`" + ("..." if parameter.nargs == -1 else "")
    else:
        value = "" if parameter.is_flag else f" `{'|'.join(choices) if choices else parameter.name.upper()}`"
        name = ", ".join(f"`{o}`" for o in parameter.opts) + value
    default = parameter.default
    shown = "required" if parameter.required else "" if default in (None, "", False) else f"`{default}`"
    variable = f" Variable: `{parameter.envvar}`." if getattr(parameter, "envvar", None) else ""
    return name, shown, (parameter.help or "") + variable


def dimensions() -> str:
    """The dimensions in their three spellings."""
    rows = [
        (f"`{d.name}`", f"`{d.column}`", f"`{d.key}`", d.meaning, "yes" if d.attributed else "") for d in DIMENSIONS
    ]
    return DIMENSIONS_HEAD + table(["on the command line", "column", "JSON key", "meaning", "set by rules"], rows)


def layers() -> str:
    """The cost layers, the kinds of AI work, the kinds of waste, and the roll-ups."""
    told = table(["layer", "what it holds"], [(f"`{x.name}`", x.meaning) for x in LAYERS])
    views = rollups()
    rows = [(f"`{x.name}`", *(v[x.name] or "-" for v in views.values())) for x in LAYERS]
    grouped = table(["layer", *views], rows)
    return LAYERS_TEXT.format(layers=told, kinds=_named(AI_KINDS), wastes=_named(WASTES), rollups=grouped)


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{n}`" for n in names)


def plan_file() -> str:
    """What stands in a plan file: its keys, those of its parts, its quantities and their units."""
    parts = [PLAN_FILE_HEAD, "## The file\n\n" + _keys(Plan, skipped=())]
    for title, model in PLAN_PARTS:
        parts += [f"## {title}\n\n{_paragraphs(model.__doc__)}", _keys(model, skipped=())]
    toggles = [(name, t.layer, ", ".join(t.of), str(t.factor), t.why) for name, ts in defaults().items() for t in ts]
    parts += ["## Toggles of readiness", table(["toggle", "adds to", "a share of", "share", "for"], toggles)]
    priors = [(layer, row["factor"], row["source"]) for layer, row in published_overruns().items()]
    parts += ["## Published overruns", table(["layer", "actual over plan", "source"], priors)]
    return "\n\n".join([*parts, "## Units", _units()])


def _units() -> str:
    text = (HERE.parent / "src/outlay/plan/quantities/data/units.csv").read_text(encoding="utf-8")
    read = csv.DictReader(text.splitlines())
    rows = [(f"`{row['unit']}`", row["dimension"] or "a plain number", row["meaning"]) for row in read]
    return table(["unit", "counts", "meaning"], rows)


PLAN_PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("An assumption", Assumption),
    ("A part in another file", Include),
    ("A multiplier", Multiplier),
    ("Limits", Limits),
    ("Value", Value),
    ("Break-even", Breakeven),
    ("An alternative", Alternative),
)


PLAN_FILE_HEAD = """# The plan file

A plan is a YAML file. Unknown keys, keys that stand twice, and units that do not fit are refused with line and column.
[Layers of a plan](plan-layers.md) lists what each layer may hold. Editors that know JSON Schema complete keys with
[this schema](plan.schema.json):

```yaml
# yaml-language-server: $schema=plan.schema.json
```

## Quantities

| written | means |
|---|---|
| `400k`, `1.2M`, `3B` | a number |
| `10 TB`, `$0.03 / 1k tokens`, `3 h / day` | a number with its unit |
| `4k..9k..20k tokens` | 10th percentile, most likely value, 90th percentile |
| `100..400` | 10th and 90th percentile of a lognormal |
| `pert(80, 100, 200)`, `triangular(1, 2, 6)`, `uniform(3, 9)` | other shapes, by their bounds |
| `30%..50%..60%` | a share, which never leaves 0 to 100% |
| `users * 20`, `max(a, b) + 5%` | a formula over names of assumptions |
| `tenants * '50 GB / tenant'` | a number with a unit in a formula, in quotes |

Formulas know `+ - * / ** ( )` and the functions min, max, ceil, floor, round, sqrt, log and exp. An hour (`h`) counts
work and use and is no part of a month: `$4 / h` needs hours to become an amount."""


def plan_layers() -> str:
    """Every layer of a plan: what drives its cost, the kinds of entries that it holds, and their keys."""
    parts = [PLAN_LAYERS_HEAD, _keys(Entry, skipped=())]
    parts += ["## In every layer", *(part for entry in COMMON for part in _kind(entry))]
    for layer in LAYERS:
        parts.append(f"## {layer.name}\n\n{layer.meaning[0].upper()}{layer.meaning[1:]}.")
        module = MODULES[layer.name]
        parts.append(_paragraphs(module.__doc__))
        for entry in module.ENTRIES:
            parts += _kind(entry)
    return "\n\n".join(parts)


def _kind(entry: type[Entry]) -> Iterator[str]:
    """A kind of entry: what it is, its keys, and those of what stands in it."""
    yield f"### {kind_of(entry)}\n\n{_paragraphs(entry.__doc__)}"
    yield _keys(entry, skipped=(*Entry.model_fields, "kind"))
    for name, inner in _inside(entry, set()):
        yield f"#### {name} of {kind_of(entry)}\n\n{_paragraphs(inner.__doc__)}"
        yield _keys(inner, skipped=())


def _paragraphs(docstring: str | None) -> str:
    """A docstring as Markdown, each paragraph on one line."""
    return "\n\n".join(" ".join(p.split()) for p in inspect.cleandoc(docstring or "").split("\n\n"))


def _keys(model: type[BaseModel], skipped: Iterable[str]) -> str:
    """The table of the keys of a part of a plan."""
    meanings = _told_beside(model)
    rows = [
        (f"`{info.alias or name}`", _value(info), _default(info), _knob(info), meanings.get(name, ""))
        for name, info in model.model_fields.items()
        if name not in skipped
    ]
    return table(["key", "value", "default", "stress", "meaning"], rows)


@cache
def _classes(file: str) -> Mapping[str, ast.ClassDef]:
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}


def _told_beside(model: type[BaseModel]) -> dict[str, str]:
    """What the text below each field of a class and of its bases says."""
    found: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if not issubclass(base, BaseModel) or not base.__module__.startswith("outlay."):
            continue
        body = _classes(inspect.getfile(base))[base.__name__].body
        for field, text in pairwise(body):
            if isinstance(field, ast.AnnAssign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
                found[ast.unparse(field.target)] = " ".join(str(text.value.value).split())
    return found


def _value(info: FieldInfo) -> str:
    """What a key takes."""
    if (field := field_of(info)) is not None and not _models(info.annotation):
        shares = "mapping of names to " if get_origin(info.annotation) is dict else ""
        return shares + _unit(field)
    return _type(info.annotation)


def _unit(field: In) -> str:
    """The unit of a quantity in words."""
    if isinstance(field, Every):
        return "cadence"
    if field.unit == ANY:
        return "any unit"
    share = field.most is not None and field.most <= 1.0
    return f"`{field.unit}`" if field.unit else "share" if share else "number"


def _knob(info: FieldInfo) -> str:
    """Which knob of the stress moves the ranges of a key."""
    field = field_of(info)
    return field.knob if field is not None and not _models(info.annotation) else ""


def _type(annotation: Any) -> str:
    """A type in words."""
    if _models(annotation):
        return "list of keys below" if list in _leaves_of(annotation) else "keys below"
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(annotation) if word)
    leaves = _leaves_of(annotation)
    several = "list of " if list in leaves else ""
    return several + next((word for kind, word in WORDS.items() if kind in leaves), "text")


def _leaves_of(annotation: Any) -> set[Any]:
    """The plain types and the collections of which a type is made."""
    if get_origin(annotation) is Annotated:
        return _leaves_of(get_args(annotation)[0])
    inner = {leaf for arg in get_args(annotation) for leaf in _leaves_of(arg)}
    return inner | {get_origin(annotation) or annotation}


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The parts of a plan that a key holds."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for arg in get_args(annotation) for model in _models(arg)]


def _inside(model: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every part that stands in an entry, by the first key that holds it."""
    for name, info in model.model_fields.items():
        for inner in _models(info.annotation):
            if inner not in seen:
                seen.add(inner)
                yield name, inner
                yield from _inside(inner, seen)


def _default(info: FieldInfo) -> str:
    """The default of a key."""
    if info.is_required():
        return "required"
    default = info.get_default(call_default_factory=True)
    if default in (None, "", [], {}) or isinstance(default, BaseModel):
        return ""
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def tables() -> str:
    """The tables of the ledger and their columns."""
    meanings = _meanings()
    focus = {c.name: c for c in focus_columns()}
    bill = [c for c in TABLES["charges"] if c.name in focus]
    ours = [c for c in TABLES["charges"] if c.name not in focus]
    derived = [c for c in TABLES["costs"] if c not in TABLES["charges"]]
    return TABLES_TEXT.format(
        focus=table(["column", "type", "FOCUS", "asked for", "may be empty"], map(_focus_row, bill)),
        ours=_described("charges", ours, meanings),
        derived=_described("costs", derived, meanings),
        journal=_described("journal", TABLES["journal"], meanings),
        problems=_described("problems", TABLES["problems"], meanings),
        **{name: _described(name, TABLES[name], meanings) for name in BESIDE},
    )


def _meanings() -> dict[tuple[str, str], str]:
    with (HERE / "columns.csv").open(encoding="utf-8", newline="") as stream:
        found = {(r["table"], r["column"]): r["meaning"] for r in csv.DictReader(stream)}
    return found | {("charges", d.column): d.meaning for d in DIMENSIONS}


def _described(name: str, columns: Iterable[Column], meanings: dict[tuple[str, str], str]) -> str:
    rows = [(f"`{c.name}`", c.sql_type, _meaning(name, c.name, meanings)) for c in columns]
    return table(["column", "type", "meaning"], rows)


def _meaning(name: str, column: str, meanings: dict[tuple[str, str], str]) -> str:
    """The meaning of a column; other tables of calls have columns of events, which mean the same or their sum."""
    return meanings.get((name, column)) or meanings["events", column]


def _focus_row(column: Column) -> tuple[str, str, str, str, str]:
    versions = f"{column.since} to {column.until}" if column.until else f"since {column.since}"
    return f"`{column.name}`", column.sql_type, versions, column.level, "yes" if column.nullable else "no"


COMMANDS_HEAD = """# Commands

`outlay COMMAND --help` says the same at the terminal.

- The result goes to stdout, everything else to stderr. `--format json` prints one object, see [JSON](json.md).
- Exit codes: 0 done, 1 something failed, 2 the input or the command is wrong. Codes of errors: [errors](errors.md).
- A workspace is the folder that holds `outlay.yaml`. Commands look for it here and above, or where `--workspace`
  or the variable `OUTLAY_WORKSPACE` says.
- `OUTLAY_MEMORY` bounds the memory of the engine (default `1500MB`); what does not fit goes to disk.
- `NO_COLOR` turns colours off.

## Ranges

`--range` takes `all`, `2026-07`, `2026-Q2`, `2026`, `2026-10-13`, `today`, `yesterday`, `last-tuesday`, `last-30d`,
`this-month`, `month-1` (the month before this one) or `2026-05-01..2026-06-30`, both days included. A charge belongs to
the day on which its charge period begins, in UTC.

## Filters

`--where` takes terms such as `team:search model:gpt-*,claude-* env!=dev service:"Amazon Bedrock"`. All terms must
hold. Within a term, values after a comma are alternatives. `*` and `?` stand for any text and any letter; case does not
matter. `team:` finds what has no team, `team:*` what has one. Only AI has a layer, so `--where "layer:*"` keeps AI and
leaves out the rest of the bills. The names are those of the [dimensions](dimensions.md)."""

DIMENSIONS_HEAD = """# Dimensions

What costs can be grouped and filtered by. Each has three spellings: on the command line (`--by`, `--where` and rules
of [outlay.yaml](outlay-yaml.md)), as a column of the [tables](tables.md), and as a key in [JSON](json.md).

Those marked in the last column can be set by attribution rules. The others are told by the bill or found by
[classification](../explanation/classification.md). A row without a value is shown as `(unknown)`, never left out.

"""

LAYERS_TEXT = """# Layers, kinds and waste

## Cost layers

Every charge that belongs to AI stands in one of 15 layers (column `x_Layer`). `outlay costs` names the layers without
a single charge in the ledger, which no source covers, and those without one in the period, so that a gap is seen.

{layers}

`training-compute` and `inference-compute` are what a GPU budget would show.

## Kinds of AI work

Column `x_AiKind`: {kinds}.

## Waste

Column `x_Waste`: {wastes}. Classification finds `idle`: a commitment or capacity reservation that nobody used, and a
split row that no resource took. The other values are kept where a file delivers them.

## Other groupings

Five published breakdowns of AI cost and where each layer stands in them. `-` means that the breakdown leaves it out.

{rollups}
"""

PLAN_LAYERS_HEAD = """# Layers of a plan

What the entries of each [cost layer](layers.md) of a plan say, and what they are computed from. An entry is one thing
that costs; each of its lines tells its formula and its price: `outlay plan show FILE --by line`.

- A quantity is a number, a range `low..likely..high` or a formula, with its unit. A bare number is in the unit of the
  column *value*, which other units are turned into. A GB is 10^9 bytes, a GiB 2^30; a month has 730 hours.
- A price is stated, or looked up in the [price book](../explanation/prices.md) by `provider`, `region`, `item` and
  `offer`: `outlay prices list --family storage`. Steps of a price are charged part by part, each entry by itself.
- A *cadence* is `continuous` (hourly), `daily`, `weekly`, `monthly`, `quarterly`, `yearly` or times a year, such as
  `6 / year`. What comes less often than monthly falls into its months, counted from `from` or from the first month.
- A stress moves the ranges of five knobs to the end that costs more: traffic, latency (slower prompts), context (longer
  ones), cache (fewer hits) and support (more of it). The column *stress* names the knob of a key.

`kind` says which of the entries below is meant. Without it the first is taken, in the order of this page, that knows
all keys of the entry and needs no other; what every layer holds comes last.

## Keys of every entry"""

TABLES_TEXT = """# Tables

What `outlay query` can read. `journal`, `problems` and `prices` show all that was ever written. The other tables show
the live rows: those that the [journal](../explanation/journal.md) names.

Money, prices and quantities are DECIMAL(38,12). Times are stored in UTC.

## charges

What bills said: the columns of FOCUS 1.0 to 1.4, then ours. A file brings what its version has; the rest is NULL.

{focus}

{ours}

## costs

What is asked. The same columns with the dimensions resolved, shared cost split, and:

{derived}

`charges` and `costs` hold a metered row for each row of `rollup_tenant_day` as well. Its four FOCUS costs are 0 and its
money is `x_MeteredCost`, so that sums over bills stay as they are. `WHERE x_RecordKind = 'billed'` leaves it out of
counts and of sums of tokens.

## events

Calls of models, each with its cost: a row is one call, or a window of alike calls.
See [metering](../explanation/metering.md).

{events}

## rollup_hour

Events by hour. What repeats another call is left out.

{rollup_hour}

## rollup_tenant_day

Events by day, with everybody they were made for.

{rollup_tenant_day}

## prices

The prices that events were priced with, one row for each unit of a rate. The whole book: `outlay prices list`.

{prices}

## outcomes

What came of calls, by feature and day: [load outcomes](../how-to/load-outcomes.md). Of two rows about the same
feature, tenant and day the later one is shown.

{outcomes}

## quality

Scores of models. Of two rows about the same model, feature, metric and day the later one is shown.

{quality}

## journal

{journal}

## problems

{problems}
"""

if __name__ == "__main__":
    for page_name, page_text in pages().items():
        (REFERENCE / page_name).write_text(page_text, encoding="utf-8")
        print(REFERENCE / page_name)
