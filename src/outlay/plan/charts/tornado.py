"""The picture of doubt: what each range alone does to the total, the widest on top."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from outlay.charts.look import LABEL, Look, compact, dress, money_axis, sheet, shortened
from outlay.plan.scenarios import Swing
from outlay.plan.stack import Stack

TITLE = "What each range alone does to the total"
MOST = 12
ROW = 0.4


def shown(stack: Stack) -> list[Swing]:
    """The widest swings, those that move nothing left out."""
    return [swing for swing in stack.swings[:MOST] if swing.width > 0]


def draw(stack: Stack, look: Look) -> Figure:
    """A bar for each range, from the total at its 10th percentile to that at its 90th."""
    swings, middle = shown(stack), float(stack.total.expected)
    height = max(len(swings), 2) * ROW + 1.05
    figure = sheet(look, height)
    axes = figure.add_axes((0.355, 0.5 / height, 0.62, 1 - 0.95 / height))
    dress(axes, look, f"Total in {stack.plan.plan.currency} with one range at its P10 or P90", grid="x")
    for row, swing in enumerate(swings):
        _bar(axes, look, row, swing, middle)
    if not swings:
        axes.annotate("The plan has no ranges.", (0.5, 0.5), xycoords="axes fraction", color=look.ink, ha="center")
    axes.axvline(middle, color=look.ink, linewidth=1)
    axes.annotate(
        f"expected {compact(middle, 4)}",
        (middle, 0),
        (0, -22),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        color=look.ink,
        fontsize=LABEL,
        ha="center",
        va="top",
        annotation_clip=False,
    )
    reach = [middle, *(end for swing in swings for end in (swing.low, swing.high))]
    room = ((max(reach) - min(reach)) or max(abs(middle), 1.0)) * 0.24
    axes.set(xlim=(min(reach) - room, max(reach) + room), ylim=(max(len(swings), 2) - 0.45, -0.55))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    money_axis(axes.xaxis)
    return figure


def _bar(axes: Axes, look: Look, row: int, swing: Swing, middle: float) -> None:
    """The two halves of a bar, told at their ends, and the name of the range with what it says."""
    for value, end, colour, hatch in ((swing.low, "P10", look.band, "////"), (swing.high, "P90", look.line, "")):
        axes.barh(row, value - middle, 0.56, middle, color=colour, hatch=hatch, edgecolor=look.line, linewidth=0.6)
        right = value > middle or (value == middle and end == "P90")
        axes.annotate(
            f"{end} {compact(value, 4)}",
            (value, row),
            (4 if right else -4, 0),
            textcoords="offset points",
            color=look.ink,
            fontsize=LABEL - 1,
            ha="left" if right else "right",
            va="center",
            bbox={"facecolor": look.paper, "edgecolor": "none", "pad": 0.6},
        )
    for text, shift, colour, size in (
        (shortened(swing.variable.name), 5.2, look.ink, LABEL),
        (shortened(swing.variable.quantity.text), -5.6, look.quiet, LABEL - 1.2),
    ):
        axes.annotate(
            text,
            (0, row),
            (-8, shift),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            color=colour,
            fontsize=size,
            ha="right",
            va="center",
            annotation_clip=False,
        )


def told(stack: Stack) -> str:
    """The picture in words."""
    currency = stack.plan.plan.currency
    if not (swings := shown(stack)):
        return "No bars: the plan has no ranges."
    parts = [f"{s.variable.name} from {compact(s.low, 4)} to {compact(s.high, 4)}" for s in swings[:3]]
    return (
        f"{len(swings)} bars around the expected {currency} {compact(float(stack.total.expected), 4)}, "
        f"the widest first: {'; '.join(parts)}."
    )
