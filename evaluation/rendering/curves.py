"""Plots with two axes as inline SVG: curves, and points with names that never overlap.

Lines live in a stretched drawing and words outside of it, so a plot fits any width and its type
keeps its size.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from markupsafe import Markup

from data.pages import visible
from evaluation.metrics import Value
from evaluation.phrases import points
from evaluation.rendering.plots import UNIT, Axis, axis_over, stroke

HEIGHT = 220  # pixels between the lowest and the highest figure
LINE = 17  # from one name to the next
FOOT = 22  # for the ticks below
SIDE = 34  # for the ticks beside
WHOLE = 1000  # the stretched drawing's width and height
LONGEST = 24  # letters of a name that half a phone has room for


@dataclass(frozen=True)
class Curve:
    """A line through (share across, share up), named and coloured by `style`."""

    name: str
    style: str
    places: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Spot:
    """A model's price and quality; `front` are those that no other beats at both."""

    name: str
    price: float
    quality: Value
    front: bool


def curves(lines: Sequence[Curve], told: str) -> Markup:
    """Lines on one square of shares, from zero to the highest figure; every line has its name."""
    highest = [Value(value=up) for line in lines for _, up in line.places]
    axis = axis_over([Value(value=0.0), *highest])
    drawn = [
        _polyline(line.places, axis, f"curve {line.style}", line.name)
        for line in lines
        if len(line.places) > 1
    ]
    alone = [_alone(line, axis) for line in lines if len(line.places) == 1]
    grid = _across(axis, HEIGHT) + _ticks_below(
        [(tick, f"{tick * 100:.0f}") for tick in UNIT.ticks], HEIGHT
    )
    content = grid + _stretched(drawn, HEIGHT) + Markup("").join(alone)
    return _chart(axis, HEIGHT, content, told)


def scatter(spots: Sequence[Spot], told: str) -> Markup:
    """Price across on a logarithmic scale, quality up with its interval, the front as a line."""
    known = [spot for spot in spots if spot.quality.value is not None]
    axis = axis_over([spot.quality for spot in known])
    height = max(HEIGHT, LINE * (len(known) + 2))
    low, high, ticks = _decades([spot.price for spot in known])

    def across(price: float) -> float:
        return (log10(price) - low) / (high - low)

    places = [(across(spot.price), axis.share(spot.quality.value or 0.0)) for spot in known]
    grid = _across(axis, height) + _ticks_below(
        [(across(tick), f"{tick:g}") for tick in ticks], height
    )
    front = _front(known, axis, across)
    levels = spread_out([(1 - up) * height for _, up in places], LINE, 8, height - 8)
    marks = [
        _named(spot, place, level, axis, height)
        for spot, place, level in zip(known, places, levels, strict=True)
    ]
    content = grid + _stretched([front] if front else [], height) + Markup("").join(marks)
    return _chart(axis, height, content, told)


def spread_out(places: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """The places moved as little as need be to lie `gap` apart between `top` and `bottom`."""
    order = sorted(range(len(places)), key=lambda place: places[place])
    levels: list[float] = []
    for place in order:
        levels.append(max(places[place], levels[-1] + gap if levels else top))
    limit = bottom
    for rank in reversed(range(len(levels))):
        levels[rank] = min(levels[rank], limit)
        limit = levels[rank] - gap
    found = dict(zip(order, levels, strict=True))
    return [found[place] for place in range(len(places))]


def _decades(prices: Sequence[float]) -> tuple[float, float, list[float]]:
    """Both ends in powers of ten, with room on each side, and the 1s, 2s and 5s between them."""
    low, high = log10(min(prices)) - 0.12, log10(max(prices)) + 0.12
    if high - low < 0.6:
        middle = (low + high) / 2
        low, high = middle - 0.3, middle + 0.3
    leading = (1, 2, 5) if high - low < 2 else (1,)
    powers = range(floor(low), ceil(high) + 1)
    ticks = [lead * 10.0**power for power in powers for lead in leading]
    return low, high, [tick for tick in ticks if low <= log10(tick) <= high]


def _front(spots: Sequence[Spot], axis: Axis, across: Callable[[float], float]) -> Markup | None:
    """Steps through the models on the front: what the money buys at the most."""
    best = sorted((spot.price, spot.quality.value or 0.0) for spot in spots if spot.front)
    if len(best) < 2:
        return None
    steps = [(across(best[0][0]), best[0][1])]
    for price, quality in best[1:]:
        steps += [(across(price), steps[-1][1]), (across(price), quality)]
    return _polyline(steps, axis, "curve front", "the front")


def _alone(line: Curve, axis: Axis) -> Markup:
    """A line of one place: a model that is equally sure of everything."""
    [(x, up)] = line.places
    spot = '<circle cx="{}" cy="{}" r="4.5" class="spot {}"><title>{}</title></circle>'
    y = (1 - axis.share(up)) * HEIGHT
    return Markup(spot).format(f"{x * 100:.2f}%", f"{y:.1f}", line.style, visible(line.name))


def _named(
    spot: Spot, place: tuple[float, float], level: float, axis: Axis, height: float
) -> Markup:
    """A dot with its interval and its name, on the side of the dot that has more room."""
    x, y = f"{place[0] * 100:.2f}%", f"{(1 - place[1]) * height:.1f}"
    name, style = visible(spot.name), "m0" if spot.front else "grey"
    parts = []
    if spot.quality.low is not None and spot.quality.high is not None:
        ends = [
            f"{(1 - axis.share(end)) * height:.1f}" for end in (spot.quality.low, spot.quality.high)
        ]
        parts.append(stroke((x, x), (ends[0], ends[1]), f"reach {style}"))
    if abs(level - float(y)) > 1:
        parts.append(stroke((x, x), (y, f"{level:.1f}"), "leader"))
    parts.append(
        Markup('<circle cx="{}" cy="{}" r="5" class="spot {}"><title>{}</title></circle>').format(
            x, y, style, f"{name}: {points(spot.quality.value)} at {spot.price:.3g}"
        )
    )
    right = place[0] <= 0.5
    parts.append(
        Markup('<text x="{}" dx="{}" y="{}" text-anchor="{}" class="name">{}</text>').format(
            x, 10 if right else -10, f"{level + 4:.1f}", "start" if right else "end",
            shortened(name),
        )
    )  # fmt: skip
    return Markup("").join(parts)


def shortened(name: str) -> str:
    """The name, its middle left out where half a phone has no room for it."""
    if len(name) <= LONGEST:
        return name
    half = (LONGEST - 1) // 2
    return f"{name[:half]}\N{HORIZONTAL ELLIPSIS}{name[-half:]}"


def _polyline(places: Sequence[tuple[float, float]], axis: Axis, style: str, name: str) -> Markup:
    """`places` are a share of the width and a figure on the axis."""
    dots = " ".join(f"{x * WHOLE:.1f},{(1 - axis.share(up)) * WHOLE:.1f}" for x, up in places)
    line = '<polyline points="{}" class="{}" vector-effect="non-scaling-stroke"><title>{}</title>'
    return Markup(line + "</polyline>").format(dots, style, visible(name))


def _stretched(lines: Sequence[Markup], height: float) -> Markup:
    box = '<svg width="100%" height="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>'
    return Markup(box).format(f"{height:.0f}", WHOLE, WHOLE, Markup("").join(lines))


def _across(axis: Axis, height: float) -> Markup:
    places = [f"{(1 - axis.share(tick)) * height:.1f}" for tick in axis.ticks]
    return Markup("").join(stroke(("0", "100%"), (y, y), "grid") for y in places)


def _ticks_below(ticks: Sequence[tuple[float, str]], height: float) -> Markup:
    mark = '<text x="{}" y="{}" text-anchor="middle">{}</text>'
    return Markup("").join(
        Markup(mark).format(f"{share * 100:.2f}%", f"{height + FOOT - 5:.0f}", told)
        for share, told in ticks
    )


def _chart(axis: Axis, height: float, content: Markup, told: str) -> Markup:
    """The ticks beside stand in a drawing of their own, the rest has all the width there is."""
    mark = Markup('<text x="{}" y="{}" text-anchor="end">{}</text>')
    beside = Markup("").join(
        mark.format(SIDE - 8, f"{(1 - axis.share(tick)) * height + 4:.1f}", f"{tick * 100:.0f}")
        for tick in axis.ticks
    )
    frame = (
        '<div class="chart"><svg class="track" width="{}" height="{}" aria-hidden="true">{}</svg>'
        '<svg class="track" width="100%" height="{}" role="img" aria-label="{}">{}</svg></div>'
    )
    whole = f"{height + FOOT:.0f}"
    return Markup(frame).format(SIDE, whole, beside, whole, told, content)
