"""A picture as SVG or PNG: the same bytes for the same plan, and as a part of a page that follows its colours."""

import io
import re
import warnings
from collections.abc import Callable
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from outlay.charts.look import LIGHT, STYLE, Look

Draw = Callable[[Look], Figure]
DOTS_PER_INCH = 200
# Nothing of the day or the machine goes into a file.
SVG_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_FONT = re.compile(r"(font(?:-family)?:[^;\"]*?)(?:'DejaVu Sans'|DejaVu Sans)(?:,[^;\"]*)?(?=[;\"])")
_USED = re.compile(r'((?:href="|url\()#)([^")]+)')
_ID = re.compile(r' id="([^"]+)"')
_COLOUR = re.compile(r"#[0-9a-f]{6}\b")


def svg(name: str, draw: Draw, look: Look = LIGHT) -> str:
    """A picture as an SVG file. Ids that it refers to begin with `name`; it has no others."""
    body = _FONT.sub(r"\1sans-serif", _printed(name, draw, look, "svg").decode())
    used = {found[1] for found in _USED.findall(body)}
    body = _ID.sub(lambda m: f' id="{name}-{m[1]}"' if m[1] in used else "", body)
    return _USED.sub(rf"\g<1>{name}-\g<2>", body)


def png(name: str, draw: Draw, look: Look = LIGHT) -> bytes:
    """A picture as a PNG file."""
    return _printed(name, draw, look, "png")


def inline(name: str, draw: Draw, title: str, text: str) -> str:
    """A picture as a part of a page, with a title and a text for those who do not see it.

    Each colour is a variable of the page, `--c-ink`, so that light and dark pages show it in theirs.
    """
    drawing = svg(name, draw)
    body = re.sub(r"<!--.*?-->", "", drawing[drawing.index("<svg") :], flags=re.DOTALL)
    names = {colour: key for key, colour in LIGHT.colours.items()}
    body = _COLOUR.sub(lambda m: f"var(--c-{names[m[0]]})" if m[0] in names else m[0], body)
    box = re.search(r'viewBox="[^"]+"', body)
    assert box is not None
    told = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-text">{escape(text)}</desc>'
    head = f'<svg {box[0]} role="img" aria-labelledby="{name}-title {name}-text">{told}'
    return head + body[body.index(">") + 1 :].strip()


def _defaults() -> dict[Any, Any]:
    """The settings of matplotlib without those of the machine or its user."""
    return {key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")}


def _printed(name: str, draw: Draw, look: Look, kind: str) -> bytes:
    out = io.BytesIO()
    own = {**STYLE, "svg.hashsalt": name, "hatch.color": look.paper}
    with mpl.rc_context(_defaults() | own), warnings.catch_warnings():
        # A letter that the font lacks is a box in a PNG; an SVG holds the letter itself.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        figure = draw(look)
        metadata = SVG_METADATA if kind == "svg" else {"Software": None}
        figure.savefig(out, format=kind, dpi=DOTS_PER_INCH, metadata=metadata, facecolor=look.paper)
    return out.getvalue()
