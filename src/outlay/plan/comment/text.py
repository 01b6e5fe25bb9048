"""The text of the comment, in the Markdown that GitHub and GitLab both read.

Names that people write stand in code: no mark-up, no mention and no command of the site takes effect there.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from outlay import __version__
from outlay.plan.comment.comparison import Comparison, LayerChange, Threshold
from outlay.plan.report.words import change, change_share, digits_of, money
from outlay.plan.stack import Stack
from outlay.plan.stack import money as as_money

SWINGS = 3
LONGEST = 80
UNSTATED = "not stated"


def marker(plan: str) -> str:
    """The hidden first line by which the comment on a plan is found again."""
    return f"<!-- outlay plan: {plan} -->"


def comment(told: Comparison, threshold: Threshold | None = None) -> str:
    """The comment. Below the threshold it is one sentence, for a comment that stands there already."""
    head = [marker(told.after.plan.name), "", _title(told)]
    if not told.speaks(threshold) and threshold is not None:
        quiet = f"Expected and P80 change by less than the threshold of {code(threshold.text)}."
        return "\n".join([*head, "", quiet, "", *_totals(told), "", _about(told)]) + "\n"
    parts = [_periods(told), _totals(told), _changed(told), _missing(told.after), _swings(told.after), _all(told)]
    body = "\n\n".join("\n".join(part) for part in parts if part)
    return "\n".join([*head, "", body, "", _about(told)]) + "\n"


def code(text: str) -> str:
    """A text as code on one line, whatever it holds."""
    words = " ".join(text.split())
    words = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
    fence = "`" * (max((len(run) for run in re.findall("`+", words)), default=0) + 1)
    pad = " " if words.startswith("`") or words.endswith("`") or not words else ""
    return f"{fence}{pad}{words}{pad}{fence}"


def _title(told: Comparison) -> str:
    after, digits = told.after.total.expected, digits_of(told.after)
    head = (
        f"### {code(told.after.plan.name)} is expected to cost {told.after.plan.plan.currency} {money(after, digits)}"
    )
    if told.before is None:
        return head
    before = told.before.total.expected
    moved = change(before, after, digits)
    return f"{head}, as before" if moved == "0" else f"{head}: {moved} ({change_share(before, after)})"


def _periods(told: Comparison) -> list[str]:
    """Which months are compared, if they are not the same ones."""
    before, after = (list(s.months) if s else [] for s in (told.before, told.after))
    if not before or before == after:
        return []
    spans = [f"{months[0]} to {months[-1]} ({len(months)} months)" for months in (before, after)]
    return [f"**Other months than before:** {spans[0]}, then {spans[1]}."]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    marks = [":---", *["---:"] * (len(columns) - 1)]
    return ["| " + " | ".join(cells) + " |" for cells in (columns, marks, *rows)]


def _totals(told: Comparison) -> list[str]:
    after, digits = told.after.total, digits_of(told.after)
    unit = f"{told.after.plan.plan.currency}, {len(told.after.months)} months"
    names = (("expected", "expected"), ("P80", "p80"))
    if told.before is None:
        return _table((unit, "cost"), [(name, money(getattr(after, key), digits)) for name, key in names])
    rows = [_moved(n, getattr(told.before.total, k), getattr(after, k), digits) for n, k in names]
    return _table((unit, "before", "after", "change", "%"), rows)


def _moved(name: str, before: Decimal | None, after: Decimal | None, digits: int) -> list[str]:
    """A row of a comparison; what is not stated is unknown, and so is the change."""
    cells = [UNSTATED if value is None else money(value, digits) for value in (before, after)]
    if before is None or after is None:
        return [name, *cells, "unknown", "-"]
    return [name, *cells, change(before, after, digits), change_share(before, after)]


def _changed(told: Comparison) -> list[str]:
    if told.before is None:
        return []
    if not told.changed:
        return ["No layer changed."]
    return ["#### Layers that changed", "", *_layers(told, told.changed)]


def _layers(told: Comparison, layers: Sequence[LayerChange]) -> list[str]:
    digits = digits_of(told.after)
    if told.before is None:
        rows = [(one.layer, money(one.after or Decimal(0), digits)) for one in layers]
        return _table(("layer", "expected"), rows)
    return _table(
        ("layer", "before", "after", "change", "%"),
        [_moved(one.layer, one.before, one.after, digits) for one in layers],
    )


def _missing(stack: Stack) -> list[str]:
    if not stack.plan.missing:
        return []
    return [f"**Not stated, and not zero:** {', '.join(stack.plan.missing)}. The total lacks them."]


def _swings(stack: Stack) -> list[str]:
    digits = digits_of(stack)
    swings = [swing for swing in stack.swings[:SWINGS] if swing.width > 0]
    if not swings:
        return []
    rows = []
    for swing in swings:
        low, high = (money(as_money(value), digits) for value in (swing.low, swing.high))
        rows.append(f"- {code(swing.variable.name)}, {code(swing.variable.quantity.text)}: {low} to {high}")
    return ["#### What moves the total most, from P10 to P90 of one range", "", *rows]


def _all(told: Comparison) -> list[str]:
    layers = list(told.layers())
    return [
        "<details>",
        f"<summary>All {len(layers)} layers</summary>",
        "",
        *_layers(told, layers),
        "",
        "</details>",
    ]


def _about(told: Comparison) -> str:
    days = {f"prices of {stack.day}" for stack in (told.before, told.after) if stack}
    drawn = told.after.simulation
    said = [", then ".join(sorted(days)), f"{drawn.draws:,} draws, seed {drawn.seed}", f"outlay {__version__}"]
    return f"<sub>{' · '.join(said)}</sub>"
