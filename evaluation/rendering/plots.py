"""Plots as inline SVG without script; colours are classes of the page's style, so themes hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, sqrt

from markupsafe import Markup

from data.pages import visible
from evaluation.metrics import Value
from evaluation.phrases import MINUS, points
from evaluation.probability import Bin

ROW = 30  # pixels
BAR = 9
BAR_GAP = 6
DOT_ROW = 15
CELL = 34
STRONGEST = 0.5  # of a cell's colour
LETTER = 7.2  # mean width of a letter in the plots' 12 px type


@dataclass(frozen=True)
class Axis:
    """A linear scale of shares, with ticks; places are percentages of the plot's width."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, figure: float) -> float:
        return min(1.0, max(0.0, (figure - self.low) / (self.high - self.low)))

    def place(self, figure: float) -> str:
        return f"{self.share(figure) * 100:.2f}%"


UNIT = Axis(0.0, 1.0, (0.0, 0.25, 0.5, 0.75, 1.0))


def axis_over(values: Sequence[Value]) -> Axis:
    """An axis of whole tens of points that holds all values and their intervals.

    Its ticks are multiples of one step, so that an axis with both signs has one at zero.
    """
    ends = [
        end for value in values for end in (value.value, value.low, value.high) if end is not None
    ]
    if not ends:
        return UNIT
    low, high = floor(min(ends) * 10), ceil(max(ends) * 10)
    step = next((step for step in (1, 2) if high - low <= 6 * step), 5)
    low, high = floor(low / step) * step, ceil(high / step) * step
    high = high if high > low else low + step
    ticks = tuple(tick / 10 for tick in range(low, high + 1, step))
    return Axis(low / 10, high / 10, ticks)


def dot(value: Value, axis: Axis, style: str = "m0") -> Markup:
    """One line of a dot plot, as wide as its place: a dot with its interval, on the axis' grid."""
    if value.value is None:
        return _track(axis, Markup(""), f"undefined: {value.reason}")
    parts = []
    if value.low is not None and value.high is not None:
        ends = (axis.place(value.low), axis.place(value.high))
        parts.append(stroke(ends, ("50%", "50%"), f"reach {style}"))
    spot = '<circle cx="{}" cy="50%" r="5" class="spot {}"/>'
    parts.append(Markup(spot).format(axis.place(value.value), style))
    return _track(axis, Markup("").join(parts), points(value.value))


def bars(values: Sequence[Value], axis: Axis = UNIT) -> Markup:
    """Bars of several models for one label, one under the other, each with its interval."""
    parts = []
    for place, value in enumerate(values):
        if value.value is None:
            continue
        y = BAR_GAP + place * BAR
        bar = '<rect x="0" y="{}" width="{}" height="{}" class="bar m{}"/>'
        width = axis.place(value.value)
        parts.append(Markup(bar).format(f"{y:.1f}", width, BAR - 2, place))
        if value.low is not None and value.high is not None:
            middle = f"{y + BAR / 2 - 1:.1f}"
            ends = (axis.place(value.low), axis.place(value.high))
            parts.append(stroke(ends, (middle, middle), "whisker"))
    told = ", ".join(points(value.value) for value in values)
    return _track(axis, Markup("").join(parts), told, BAR * len(values) + 2 * BAR_GAP)


def dots(values: Sequence[Value], axis: Axis, styles: Sequence[str]) -> Markup:
    """Dots of several models, one under the other, each with its interval; `styles` colour them."""
    parts = []
    for place, (value, style) in enumerate(zip(values, styles, strict=True)):
        if value.value is None:
            continue
        y = f"{BAR_GAP + (place + 0.5) * DOT_ROW:.1f}"
        if value.low is not None and value.high is not None:
            ends = (axis.place(value.low), axis.place(value.high))
            parts.append(stroke(ends, (y, y), f"reach {style}"))
        spot = '<circle cx="{}" cy="{}" r="4.5" class="spot {}"/>'
        parts.append(Markup(spot).format(axis.place(value.value), y, style))
    told = ", ".join(points(value.value) for value in values)
    return _track(axis, Markup("").join(parts), told, DOT_ROW * len(values) + 2 * BAR_GAP)


def scale(axis: Axis) -> Markup:
    """The line of tick labels that stands under dots or bars."""
    labels = Markup("").join(
        Markup('<text x="{}" y="13" text-anchor="middle">{}</text>').format(
            axis.place(tick), f"{tick * 100:.0f}".replace("-", MINUS)
        )
        for tick in axis.ticks
    )
    return Markup('<svg class="track" width="100%" height="18" aria-hidden="true">{}</svg>').format(
        labels
    )


def heat_map(labels: Sequence[str], confusion: Sequence[Sequence[int]]) -> Markup:
    """Gold labels down, decided labels across; the stronger, the more of the gold label's rows."""
    labels = [visible(label) for label in labels]
    left = max(len(label) for label in labels) * LETTER + 12
    top = max(len(label) for label in labels) * LETTER * 0.72 + 20
    width, height = left + CELL * len(labels) + top * 0.7, top + CELL * len(labels) + 4
    parts = []
    for place, label in enumerate(labels):
        across = left + CELL * place + CELL / 2
        turned = '<text transform="translate({} {}) rotate(-45)" class="across">{}</text>'
        parts.append(Markup(turned).format(f"{across:.0f}", f"{top - 8:.0f}", label))
        down = '<text x="{}" y="{}" text-anchor="end">{}</text>'
        middle = top + CELL * place + CELL / 2 + 4
        parts.append(Markup(down).format(f"{left - 8:.0f}", f"{middle:.0f}", label))
    for row, counts in enumerate(confusion):
        for column, rows in enumerate(counts):
            share = rows / sum(counts) if sum(counts) else 0.0
            corner = (left + CELL * column, top + CELL * row)
            told = f"{labels[row]} decided as {labels[column]}: {rows}"
            parts.append(_cell(corner, share, rows, told, row == column))
    frame = (
        '<svg class="heat" width="{}" height="{}" role="img" aria-label="confusion matrix">{}</svg>'
    )
    return Markup(frame).format(f"{width:.0f}", f"{height:.0f}", Markup("").join(parts))


def reliability_plot(bins: Sequence[Bin], style: str) -> Markup:
    """Probability across, share that came true up; a dot a bin, the diagonal is perfect."""
    size, pad = 128, 30

    def spot(item: Bin) -> Markup:
        x, y = pad + item.probability * size, pad / 2 + (1 - item.share) * size
        told = f"{points(item.probability)} said, {points(item.share)} true, {item.cases} cases"
        shape = '<circle cx="{}" cy="{}" r="4" class="spot {}"><title>{}</title></circle>'
        return Markup(shape).format(f"{x:.1f}", f"{y:.1f}", style, told)

    frame = Markup(
        '<svg class="calibration" width="{w}" height="{h}" role="img" aria-label="calibration">'
        '<rect x="{p}" y="{t}" width="{s}" height="{s}" class="frame"/>'
        '<line x1="{p}" y1="{b}" x2="{r}" y2="{t}" class="ideal"/>{spots}'
        '<text x="{p}" y="{f}" text-anchor="middle">0</text>'
        '<text x="{r}" y="{f}" text-anchor="middle">100</text>'
        '<text x="{l}" y="{b}" text-anchor="end">0</text>'
        '<text x="{l}" y="{u}" text-anchor="end">100</text></svg>'
    )
    bottom = pad // 2 + size
    return frame.format(
        w=size + pad + 20,
        h=bottom + 20,
        p=pad,
        t=pad // 2,
        s=size,
        b=bottom,
        r=pad + size,
        f=bottom + 15,
        l=pad - 5,
        u=pad // 2 + 8,
        spots=Markup("").join(spot(item) for item in bins),
    )


def _track(axis: Axis, content: Markup, told: str, height: int = ROW) -> Markup:
    grid = Markup("").join(
        stroke((axis.place(tick),) * 2, ("0", "100%"), "zero" if axis.low < tick == 0 else "grid")
        for tick in axis.ticks
    )
    frame = '<svg class="track" width="100%" height="{}" role="img" aria-label="{}">{}{}</svg>'
    return Markup(frame).format(height, told, grid, content)


def stroke(xs: tuple[str, str], ys: tuple[str, str], style: str) -> Markup:
    """A straight line; its places are percentages or pixels."""
    shape = '<line x1="{}" x2="{}" y1="{}" y2="{}" class="{}"/>'
    return Markup(shape).format(*xs, *ys, style)


def _cell(corner: tuple[float, float], share: float, rows: int, told: str, right: bool) -> Markup:
    x, y = corner
    frame = '<g><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" class="{}" {}/>{}</g>'
    # The root lets 3% be seen; more than half of the colour would hide the number upon it.
    shade = Markup('fill-opacity="{}"').format(f"{sqrt(share) * STRONGEST:.2f}")
    number = '<text x="{}" y="{}" text-anchor="middle">{}</text>'
    middle = (f"{x + CELL / 2:.0f}", f"{y + CELL / 2 + 4:.0f}")
    text = Markup(number).format(*middle, rows) if rows else ""
    style = "right" if right else "wrong"
    side = CELL - 2
    return Markup(frame).format(told, f"{x:.0f}", f"{y:.0f}", side, side, style, shade, text)
