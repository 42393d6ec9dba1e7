"""The outline of the world within a view, as the data of SVG paths."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

from tagging.event_page.atlas import Line, Position, world
from tagging.event_page.view import Point, View

MARGIN: Final = 12.0  # beyond the picture's edge, so that no cut is seen
LEAST_AREA: Final = 1500.0  # of a country in the picture that gets its name
SEEN: Final = 0.9  # units between two points of an outline that can be told apart
LOCATOR: Final = (120.0, 60.0)
Path = Sequence[Point]


@dataclass(frozen=True)
class Named:
    """A country's name, and the middle of what is seen of it."""

    name: str
    middle: Point
    area: float


@dataclass(frozen=True)
class Outline:
    """The land and its borders as path data, and the countries that are large enough to name."""

    land: str
    borders: str
    countries: tuple[Named, ...]


def outline(view: View) -> Outline:
    """What of the world lies in the view."""
    land, named = list[str](), list[Named]()
    for country in world().countries:
        parts = [
            clipped
            for ring in country.rings
            for turn in view.turns(ring.box, MARGIN)
            if len(clipped := _clipped([view.flat(p, turn) for p in ring.line], view)) > 1
        ]
        land += [path_data(sparse(part), closed=True) for part in parts]
        if parts and (largest := max(parts, key=area)) and area(largest) > LEAST_AREA:
            named.append(Named(country.name, centroid(largest), area(largest)))
    borders = [
        path_data(sparse(run))
        for arc in world().borders
        for turn in view.turns(arc.box, MARGIN)
        for run in _runs(arc.line, turn, view)
    ]
    return Outline("".join(land), "".join(borders), tuple(named))


@cache
def locator() -> str:
    """The whole land in a small picture, drawn once for all maps of a page."""
    width, height = LOCATOR
    whole = View(Position(0, 0), height / 180, width, height)
    rings = [ring for country in world().countries for ring in country.rings]
    drawn = [
        path_data(sparse([whole.flat(position, turn) for position in ring.line]), closed=True)
        for ring in rings
        for turn in whole.turns(ring.box, 0)
        if (ring.box.east - ring.box.west) * (ring.box.north - ring.box.south) > 12
    ]
    return "".join(drawn)


def path_data(points: Path, closed: bool = False) -> str:
    """A line as path data, in tenths of a unit, without points that fall on the one before."""
    told = [f"{point.x:.1f} {point.y:.1f}" for point in points]
    kept = [text for text, before in zip(told, ["", *told], strict=False) if text != before]
    if closed and len(kept) < 2:
        return f"M{kept[0]}h0"
    return "M" + "L".join(kept) + ("Z" if closed else "")


def sparse(points: Path) -> list[Point]:
    """An outline without the points that are too near the one before to be seen."""
    kept = [points[0]]
    for point in points[1:-1]:
        if abs(point.x - kept[-1].x) + abs(point.y - kept[-1].y) >= SEEN:
            kept.append(point)
    return [*kept, points[-1]]


def area(points: Path) -> float:
    """The area within a closed line."""
    return abs(sum(_cross(a, b) for a, b in _sides(points))) / 2


def centroid(points: Path) -> Point:
    """The middle of the area within a closed line."""
    sides = _sides(points)
    whole = sum(_cross(a, b) for a, b in sides) * 3
    return Point(
        sum((a.x + b.x) * _cross(a, b) for a, b in sides) / whole,
        sum((a.y + b.y) * _cross(a, b) for a, b in sides) / whole,
    )


def _sides(points: Path) -> list[tuple[Point, Point]]:
    return list(zip(points, [*points[1:], points[0]], strict=True))


def _cross(a: Point, b: Point) -> float:
    return a.x * b.y - b.x * a.y


def _runs(line: Line, turn: float, view: View) -> list[list[Point]]:
    """The parts of a border in the picture."""
    runs, run = list[list[Point]](), list[Point]()
    for start, end in pairwise(line):
        a, b = view.flat(start, turn), view.flat(end, turn)
        if not _near(a, b, view):
            runs, run = [*runs, run], []
        else:
            run = [*run, b] if run else [a, b]
    return [run for run in [*runs, run] if run]


def _near(a: Point, b: Point, view: View) -> bool:
    return (
        min(a.x, b.x) < view.width + MARGIN
        and max(a.x, b.x) > -MARGIN
        and min(a.y, b.y) < view.height + MARGIN
        and max(a.y, b.y) > -MARGIN
    )


def _clipped(points: list[Point], view: View) -> list[Point]:
    """The part of a closed line within the picture (Sutherland and Hodgman, 1974)."""
    insides: list[Callable[[Point], float]] = [
        lambda p: p.x + MARGIN,
        lambda p: view.width + MARGIN - p.x,
        lambda p: p.y + MARGIN,
        lambda p: view.height + MARGIN - p.y,
    ]
    for inside in insides:
        kept = list[Point]()
        for a, b in _sides(points) if points else ():
            depth_a, depth_b = inside(a), inside(b)
            if depth_a >= 0:
                kept.append(a)
            if (depth_a >= 0) != (depth_b >= 0):
                share = depth_a / (depth_a - depth_b)
                kept.append(Point(a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)))
        points = kept
    return points
