"""The look that all pictures share: two sets of colours, the marks of the layers, sizes, and how money is written.

Colour is never the only sign: layers are hatched and labelled, curves are dashed and labelled, ends of bars are told.
The hues stay apart for eyes that see red and green alike, and differ in lightness on grey paper.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

WIDTH = 8.0
LABEL = 8.5
LONGEST = 38
STYLE: Mapping[str, Any] = {
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "svg.fonttype": "none",
    "text.parse_math": False,
    "axes.unicode_minus": True,
    "hatch.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.dpi": 100,
    "path.simplify": False,
}


@dataclass(frozen=True)
class Look:
    """Colours by what they mark."""

    name: str
    paper: str
    ink: str
    quiet: str
    grid: str
    people: tuple[str, str]
    running: tuple[str, str]
    data: tuple[str, str]
    compute: tuple[str, str]
    band: str
    line: str
    warm: str

    @property
    def colours(self) -> dict[str, str]:
        """Every colour by its name: `ink`, `people-0`."""
        found: dict[str, str] = {}
        for name in self.__dataclass_fields__:
            value = getattr(self, name)
            if isinstance(value, tuple):
                found |= {f"{name}-{index}": colour for index, colour in enumerate(value)}
            elif name != "name":
                found[name] = value
        return found


LIGHT = Look(
    name="light",
    paper="#ffffff",
    ink="#1a1d21",
    quiet="#565d66",
    grid="#d9dde2",
    people=("#7a3b69", "#a8668f"),
    running=("#e3a72f", "#f0c878"),
    data=("#1f8a7d", "#6dbbb0"),
    compute=("#1d4f8b", "#5b8fc7"),
    band="#a9c4e4",
    line="#12457f",
    warm="#b4530a",
)
DARK = Look(
    name="dark",
    paper="#14171b",
    ink="#eceff3",
    quiet="#a9b1bb",
    grid="#363c44",
    people=("#a55f92", "#c78fb5"),
    running=("#d49a28", "#eebf66"),
    data=("#26a090", "#79c8bd"),
    compute=("#3f7fc4", "#86b4e3"),
    band="#2f4f75",
    line="#8dbdf2",
    warm="#f0a05a",
)
LOOKS = {look.name: look for look in (LIGHT, DARK)}

# The layers in groups that share a hue, from the bottom of a stack to its top.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "people": ("people", "governance", "enablement"),
    "running": ("mlops-platform", "orchestration", "evaluation", "observability", "resilience"),
    "data": ("storage", "network", "data-preparation", "retrieval"),
    "compute": ("training-compute", "inference-compute", "model-api"),
}
HATCHES = ("", "////", "||||", "\\\\\\\\", "xxxx")


@dataclass(frozen=True, slots=True)
class Mark:
    """How a layer is filled."""

    colour: str
    hatch: str


def layer_marks(look: Look) -> dict[str, Mark]:
    """The mark of each layer, in the order in which they are stacked."""
    return {
        layer: Mark(getattr(look, group)[index % 2], HATCHES[index])
        for group, layers in GROUPS.items()
        for index, layer in enumerate(layers)
    }


def compact(value: float, digits: int = 3) -> str:
    """An amount in a few digits: `950`, `12.5k`, `1.2M`, `-3.4bn`."""
    size = abs(value)
    for scale, suffix in ((1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k"), (1.0, "")):
        # What rounds up to a thousand is written in the next larger unit.
        if size >= scale * (1 - 0.5 * 10**-digits):
            return f"{float(f'{value / scale:.{digits}g}'):,.{digits}g}{suffix}".replace("-", "−")
    return f"{value:.{digits}g}".replace("-", "−")


def shortened(text: str, longest: int = LONGEST) -> str:
    """A text on one line, cut at its end where it is too long for a picture."""
    words = " ".join(text.split())
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def sheet(look: Look, height: float) -> Figure:
    """An empty picture."""
    return Figure(figsize=(WIDTH, height), facecolor=look.paper)


def dress(axes: Axes, look: Look, title: str, *, grid: str = "y") -> None:
    """Give axes their colours and a title above their left end."""
    axes.set_facecolor(look.paper)
    axes.set_title(title, loc="left", color=look.ink, fontsize=9.5, pad=8)
    axes.tick_params(colors=look.quiet, labelcolor=look.ink, width=0.6, which="both")
    axes.tick_params(length=3)
    for spine in axes.spines.values():
        spine.set(color=look.quiet, linewidth=0.6)
    axes.grid(visible=True, axis=grid, color=look.grid, linewidth=0.6)  # type: ignore[arg-type]
    axes.set_axisbelow(True)


def money_axis(axis: Any) -> None:
    """Write the ticks of an axis as amounts."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: compact(value)))


def month_ticks(axes: Axes, months: Sequence[str], *, at: float = 0.0, most: int = 8) -> None:
    """Name some months below an axis; `at` is where in its unit a month is marked."""
    step = next(s for s in (1, 2, 3, 6, 12, 24, 36) if len(months) <= s * most or s == 36)
    places = range(0, len(months), step)
    axes.set_xticks([place + at for place in places], [months[place] for place in places])


def spread_out(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Rising positions that keep a gap and are as near the wanted ones as they can be, within bounds if they fit.

    With 1, 2 and 9 wanted and a gap of 2 these are 0.5, 2.5 and 9: what is too close moves apart around its middle.
    """
    gap = min(gap, (high - low) / max(len(wanted) - 1, 1))
    # Without the gaps, positions that only rise; neighbours that fall share their mean.
    pools: list[tuple[float, int]] = []
    for index, place in enumerate(wanted):
        pools.append((place - index * gap, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (mean, count), (before, earlier) = pools.pop(), pools.pop()
            pools.append(((mean * count + before * earlier) / (count + earlier), count + earlier))
    shared = [mean for mean, count in pools for _ in range(count)]
    highest = high - gap * (len(wanted) - 1)
    return [min(max(place, low), highest) + index * gap for index, place in enumerate(shared)]


def lead(axes: Axes, value: float, place: float, **line: Any) -> Axes:
    """Draw a line from a value at the right end of axes to its label beside them; both count from 0 to 1 upwards."""
    axes.plot([1, 1.025, 1.05], [value, place, place], transform=axes.transAxes, clip_on=False, **line)
    return axes
