import os
import re
import struct
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from syrupy.assertion import SnapshotAssertion
from tests.plan.charts.sample import HARMFUL, of_text

from outlay.charts.look import DARK, LIGHT, LOOKS, Look, compact, layer_marks, spread_out
from outlay.charts.render import Draw, inline, png, svg
from outlay.model.layers import LAYER_NAMES
from outlay.plan.breakeven.curves import Crossing, Curve
from outlay.plan.by_month import layers_by_month
from outlay.plan.charts import breakeven, fan, tornado
from outlay.plan.charts import stack as stacked
from outlay.plan.stack import Stack

TOKENS = np.logspace(7, 11, 40)
CURVES = (
    Curve("own H100", TOKENS, np.ceil(TOKENS / 6e9) * 4000 + 9000, np.full(40, 9000.0), np.full(40, 90_000.0)),
    Curve("small model over the API", TOKENS, TOKENS * 6e-7, TOKENS * 5e-7, TOKENS * 8e-7),
    Curve("large model over the API", TOKENS, TOKENS * 6e-6, TOKENS * 4e-6, TOKENS * 9e-6),
)
CROSSINGS = (
    Crossing("large model over the API", 2.1e9, True, 0.93, 1.4e9, 3.3e9, "2027-05", 0.8),
    Crossing("large model over the API", 6.3e9, False, 0.45),
    Crossing("small model over the API", None, True, 0.215),
)
NAMES = ("stack", "fan", "tornado", "breakeven")


def drawing(name: str, stack: Stack) -> Draw:
    pictures: dict[str, Callable[[Look], object]] = {
        "stack": lambda look: stacked.draw(stack, look),
        "fan": lambda look: fan.draw(stack, look),
        "tornado": lambda look: tornado.draw(stack, look),
        "breakeven": lambda look: breakeven.draw(CURVES, CROSSINGS, "USD", look),
    }
    return pictures[name]  # type: ignore[return-value]


def texts(picture: str) -> list[str]:
    root = ElementTree.fromstring(picture)
    return ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("name", NAMES)
def test_the_words_of_a_picture(stack: Stack, name: str, snapshot: SnapshotAssertion) -> None:
    assert "\n".join(texts(svg(name, drawing(name, stack)))) == snapshot


@pytest.mark.parametrize("name", NAMES)
def test_a_picture_in_words(stack: Stack, name: str, snapshot: SnapshotAssertion) -> None:
    told = {"stack": stacked.told, "fan": fan.told, "tornado": tornado.told}
    words = breakeven.told(CURVES, CROSSINGS, "USD") if name == "breakeven" else told[name](stack)
    assert words == snapshot


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("look", LOOKS.values(), ids=lambda look: look.name)
def test_the_same_plan_gives_the_same_bytes_without_a_date(stack: Stack, name: str, look: Look) -> None:
    draw = drawing(name, stack)
    first = svg(name, draw, look)
    assert first == svg(name, draw, look)
    assert png(name, draw, look) == png(name, draw, look)
    assert "<dc:date>" not in first
    assert "matplotlib" not in first.lower()
    assert look.paper in first


@pytest.mark.parametrize("name", NAMES)
def test_text_is_text_in_any_sans_serif(stack: Stack, name: str) -> None:
    fonts = re.findall(r"font(?:-family)?: ([^;\"]+)", svg(name, drawing(name, stack)))
    assert fonts
    assert all(font.endswith("sans-serif") and "DejaVu" not in font for font in fonts), set(fonts)


def test_a_png_is_wide_enough_for_print(stack: Stack) -> None:
    made = png("stack", drawing("stack", stack))
    assert made.startswith(b"\x89PNG")
    assert struct.unpack(">I", made[16:20])[0] == 1600
    assert b"Software" not in made


def test_every_layer_that_costs_is_named(stack: Stack) -> None:
    found = texts(svg("stack", drawing("stack", stack)))
    named = {name for name in LAYER_NAMES if name in found}
    assert named == set(LAYER_NAMES) - {"enablement"}


def test_the_months_of_the_layers_add_up_to_the_plan(stack: Stack) -> None:
    costs = layers_by_month(stack)
    assert sum(float(c.sum()) for c in costs.values()) == pytest.approx(float(stack.total.expected), rel=1e-12)
    for layer, cost in costs.items():
        assert float(cost.sum()) == pytest.approx(float(stack.layers[layer].expected), rel=1e-12)
    months = [float(spread.expected) for spread in stack.months.values()]
    assert sum(costs.values()) == pytest.approx(np.array(months), rel=1e-12)


def test_the_fan_shows_the_percentiles_of_the_draws(stack: Stack) -> None:
    each, summed = fan.bands(stack)
    assert each.middle == pytest.approx([float(s.p50) for s in stack.months.values()])
    assert each.high == pytest.approx([float(s.p90) for s in stack.months.values()])
    assert summed.high[-1] == pytest.approx(float(stack.total.p90))
    assert (summed.low <= summed.middle).all()


def test_marks_tell_all_layers_apart_without_colour() -> None:
    for look in LOOKS.values():
        marks = layer_marks(look)
        assert set(marks) == set(LAYER_NAMES)
        assert len({(m.colour, m.hatch) for m in marks.values()}) == len(LAYER_NAMES)
        assert all(one.hatch != other.hatch for one, other in pairwise(marks.values()))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.name)
def test_words_stand_out_from_the_paper(look: Look) -> None:
    for colour, least in ((look.ink, 7.0), (look.quiet, 4.5), (look.line, 4.5)):
        dark, light = sorted((luminance(colour), luminance(look.paper)))
        assert (light + 0.05) / (dark + 0.05) > least


@pytest.mark.parametrize("name", ["stack", "fan", "tornado"])
@pytest.mark.parametrize("months", [1, 2, 120])
def test_short_and_long_plans_are_drawn(tmp_path: Path, name: str, months: int) -> None:
    text = f"plan: a\nstart: 2027-11\nmonths: {months}\nlayers: {{people: [{{name: team, amount: $10..$20..$50}}]}}\n"
    found = texts(svg(name, drawing(name, of_text(tmp_path, text, 64))))
    assert len(found) < 40


@pytest.mark.parametrize("name", ["stack", "fan", "tornado"])
def test_a_plan_without_ranges_or_costs_is_drawn(tmp_path: Path, name: str) -> None:
    text = "plan: a\nstart: 2027-11\nmonths: 4\nlayers: {people: [{name: team, amount: 0}]}\n"
    assert texts(svg(name, drawing(name, of_text(tmp_path, text, 64))))


def test_names_are_no_formulas_and_no_markup(tmp_path: Path) -> None:
    stack = of_text(tmp_path, HARMFUL, 64)
    picture = svg("tornado", drawing("tornado", stack))
    assert "<script" not in picture
    assert any("HYPERLINK" in text for text in texts(picture))
    whole = inline("tornado", drawing("tornado", stack), "A & B <x>", "<script>")
    assert "<script" not in whole
    assert "A &amp; B &lt;x&gt;" in whole


def test_pictures_of_one_page_share_no_id_and_follow_its_colours(stack: Stack) -> None:
    page = "".join(inline(name, drawing(name, stack), "title", "text") for name in NAMES)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', page))
    assert used <= set(ids)
    assert LIGHT.ink not in page
    assert "var(--c-ink)" in page
    assert set(re.findall(r"var\(--c-([\w-]+)\)", page)) <= set(LIGHT.colours)
    assert not re.search(r'(?:href|src)="(?!#)', page)


def test_crossings_are_numbered_and_told(stack: Stack) -> None:
    found = texts(svg("breakeven", drawing("breakeven", stack)))
    assert (
        "1   above 2.1bn tokens a month cheaper than large model over the API; cheaper there in 93% of draws" in found
    )
    assert "3   no crossing with small model over the API; there is one in 22% of draws" in found
    assert {"1", "2"} <= set(found)
    assert "3" not in found


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0"), (950, "950"), (999.6, "1k"), (12_345, "12.3k"), (999_999, "1M"), (-3.4e9, "−3.4bn"), (0.02, "0.02")],
)
def test_amounts_in_a_few_digits(value: float, told: str) -> None:
    assert compact(value) == told


def test_labels_move_apart_around_their_middle() -> None:
    assert spread_out([1, 2, 9], 2, 0, 10) == pytest.approx([0.5, 2.5, 9])
    assert spread_out([0, 0, 0], 1, 0, 10) == pytest.approx([0, 1, 2])
    assert spread_out([10, 10, 10], 1, 0, 10) == pytest.approx([8, 9, 10])
    assert spread_out([5, 5, 5], 100, 0, 10) == pytest.approx([0, 5, 10])
    assert spread_out([], 1, 0, 10) == []


def test_pictures_need_no_display() -> None:
    code = "import sys, outlay.plan.charts.stack, outlay.charts.render; print('matplotlib.pyplot' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_settings_of_the_user_change_nothing(stack: Stack, tmp_path: Path) -> None:
    own = tmp_path / "matplotlibrc"
    own.write_text("font.size: 30\naxes.facecolor: red\nsvg.fonttype: path\nlines.linewidth: 9\n", encoding="utf-8")
    code = (
        "import numpy as np\nfrom outlay.plan.charts import breakeven\nfrom outlay.charts.render import svg\n"
        "curve = breakeven.Curve('a', *[np.array([1e6, 1e9])] * 4)\n"
        "print(svg('x', lambda look: breakeven.draw([curve], [], 'USD', look)))"
    )
    made = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env).stdout
        for env in (os.environ | {"MATPLOTLIBRC": str(own)}, os.environ | {"MATPLOTLIBRC": os.devnull})
    ]
    assert made[0] == made[1]
