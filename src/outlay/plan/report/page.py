"""The page itself: its facts, its answer in a sentence, its pictures, put into the template."""

from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from outlay import __version__
from outlay.charts.look import DARK, LIGHT, Look
from outlay.charts.render import inline
from outlay.plan.charts.pictures import pictures
from outlay.plan.report import sections
from outlay.plan.report.register import MISSING, assumptions_table, ranges_table
from outlay.plan.report.table import Table
from outlay.plan.report.words import digits_of, money
from outlay.plan.stack import Stack

TEMPLATES = files("outlay.plan.report") / "templates"


def page(stack: Stack) -> str:
    """The report of a plan as one HTML page. The same plan gives the same bytes."""
    told = {
        "name": stack.plan.name,
        "purpose": stack.plan.plan.purpose,
        "facts": facts(stack),
        "answer": answer(stack),
        "missing": stack.plan.missing,
        "command": f"outlay plan show {stack.plan.document.path.name} --draws {stack.simulation.draws} "
        f"--seed {stack.simulation.seed}",
        "needed": stack.draws_needed if stack.draws_needed > stack.simulation.draws else 0,
        "version": __version__,
        "lacking": MISSING,
        "light": colours(LIGHT),
        "dark": colours(DARK),
        **drawings(stack),
        **tables(stack),
    }
    return _environment().get_template("plan.html").render(told)


def _environment() -> Environment:
    def source(name: str) -> str:
        return (TEMPLATES / name).read_text(encoding="utf-8")

    return Environment(
        loader=FunctionLoader(source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def tables(stack: Stack) -> dict[str, Table]:
    """The tables by their keys."""
    makers = (
        sections.stack_table,
        sections.years_table,
        sections.months_table,
        sections.fan_table,
        sections.gap_table,
        sections.swings_table,
        assumptions_table,
        ranges_table,
        sections.lines_table,
        sections.zeros_table,
        sections.scenarios_table,
        sections.crossings_table,
    )
    return {table.key: table for table in (make(stack) for make in makers)}


def drawings(stack: Stack) -> dict[str, Markup]:
    """The pictures as SVG. They are our own drawings: the words of the plan in them are escaped where they are made."""
    found = {f"{p.name}_picture": Markup(inline(p.name, p.draw, p.title, p.told)) for p in pictures(stack)}
    return {"breakeven_picture": Markup(""), **found}


def colours(look: Look) -> Markup:
    """The colours of a look as variables of a style sheet."""
    return Markup("".join(f"--c-{name}:{colour};" for name, colour in look.colours.items()))


def facts(stack: Stack) -> list[tuple[str, str]]:
    """What the head of a report tells."""
    plan, months = stack.plan.plan, list(stack.months)
    signed = [
        f"{part.file} ({part.owner}, {f'signed {part.signed}' if part.signed else 'not signed'})"
        for part in stack.plan.parts
    ]
    return [
        ("Owner", plan.owner or MISSING),
        ("Period", f"{months[0]} to {months[-1]}, {len(months)} months"),
        ("Currency", plan.currency),
        ("Prices", f"of {stack.day}"),
        ("Draws", f"{stack.simulation.draws:,}, seed {stack.simulation.seed}"),
        ("File", stack.plan.document.path.name),
        *([("Parts", ", ".join(signed))] if signed else []),
    ]


def answer(stack: Stack) -> str:
    """What the plan costs, in a sentence."""
    total, digits = stack.total, digits_of(stack)
    currency, count = stack.plan.plan.currency, len(stack.months)
    head = f"{stack.plan.name} is expected to cost {currency} {money(total.expected, digits)} over {count} months"
    if total.p80 == total.p50:
        return f"{head}, and nothing in it is left to chance."
    return (
        f"{head}; 80% of the draws stay below {currency} {money(total.p80, digits)}, so budget the median of "
        f"{money(total.p50, digits)} and keep a contingency of {money(stack.contingency, digits)} beside it."
    )
