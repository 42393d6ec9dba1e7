"""The ways of events as curved arrows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import Final

from tagging.event_page.atlas import Position
from tagging.event_page.drawing import path_data
from tagging.event_page.spots import Way
from tagging.event_page.view import Point, View

STRAIGHT: Final = 2000.0  # kilometres from which a great circle is curved enough by itself
BOW: Final = 0.14  # of an arrow's length, to tell there from back
HEAD: Final = 9.0
CLEAR: Final = 8.0  # between an arrow's ends and the marks


@dataclass(frozen=True)
class Arrow:
    """The way of one event; the head is a triangle of its own."""

    event: str
    told: str
    line: str
    head: str


def lines_of(ways: Sequence[Way], view: View) -> Iterator[list[Point]]:
    """Each way's points, bowed, and more so where another way joins the same two places."""
    seen: dict[tuple[Position, Position], int] = {}
    for way in ways:
        ends = (way.start.position, way.end.position)
        before = seen.get(ends, 0)
        seen[ends] = before + 1
        points = view.line(way.line)
        far = view.reach(view.middle.latitude, STRAIGHT)[1] < _length(points[0], points[-1])
        yield _cut(_bowed(points, BOW * (before + (not far))))


def _length(a: Point, b: Point) -> float:
    return hypot(b.x - a.x, b.y - a.y)


def _bowed(points: Sequence[Point], bow: float) -> list[Point]:
    """The line pushed to its left, most in the middle; its ends stay."""
    a, b = points[0], points[-1]
    dx, dy, last = b.x - a.x, b.y - a.y, len(points) - 1
    return [
        Point(p.x + dy * bow * 4 * t * (1 - t), p.y - dx * bow * 4 * t * (1 - t))
        for t, p in ((at / last, point) for at, point in enumerate(points))
    ]


def _cut(points: list[Point]) -> list[Point]:
    """The line without what the marks at its ends cover; empty where nothing is left."""
    dense = [
        Point(a.x + (b.x - a.x) * part / 8, a.y + (b.y - a.y) * part / 8)
        for a, b in pairwise(points)
        for part in range(8)
    ]
    left = [p for p in dense if min(_length(p, points[0]), _length(p, points[-1])) > CLEAR]
    return left if len(left) > 1 and _length(left[0], left[-1]) > HEAD else []


def arrow(way: Way, points: list[Point]) -> Arrow:
    tip = points[-1]
    back = next((p for p in reversed(points) if _length(p, tip) >= HEAD), points[0])
    dx, dy = (tip.x - back.x) / 2, (tip.y - back.y) / 2
    head = [tip, Point(back.x - dy, back.y + dx), Point(back.x + dy, back.y - dx)]
    line = [*(p for p in points if _length(p, tip) > HEAD - 1), back]
    told = f"{way.event} {way.kind}: {way.start.name} to {way.end.name}"
    return Arrow(str(way.event), told, path_data(line), path_data(head, closed=True))
