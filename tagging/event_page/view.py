"""What stretch of the earth a map shows, and where its points fall on the picture."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import acos, asin, atan2, cos, degrees, hypot, pi, radians, sin
from typing import Final, NamedTuple

from tagging.event_page.atlas import Box, Line, Position

KM_A_DEGREE: Final = 111.2
LEAST_SPAN: Final = 4.4  # degrees of latitude; the outline is too coarse for less
MARGIN: Final = 0.22  # of the picture on each side
STEPS: Final = 40  # of a drawn great circle


class Point(NamedTuple):
    """A point of the picture in units of its view box, down from the upper left corner."""

    x: float
    y: float


@dataclass(frozen=True)
class View:
    """A picture of width x height around `middle`, `scale` units a degree of latitude.

    The projection is equirectangular with the middle's parallel true to scale: of the plain ones
    it is the one that shows a country as maps of it do, and the whole world at once.
    """

    middle: Position
    scale: float
    width: float
    height: float

    @property
    def across(self) -> float:
        """Units a degree of longitude."""
        return self.scale * squeeze(self.middle.latitude)

    def at(self, position: Position) -> Point:
        """Where a position falls, on whichever side of the date line it is nearer."""
        return self.flat(position, -360.0 * round(self.east_of_middle(position) / 360))

    def east_of_middle(self, position: Position) -> float:
        """Degrees of longitude from the middle, not brought within half a turn."""
        return position.longitude - self.middle.longitude

    def flat(self, position: Position, turn: float) -> Point:
        """Where a position falls when the world is moved by `turn` degrees to the east."""
        return Point(
            self.width / 2 + (self.east_of_middle(position) + turn) * self.across,
            self.height / 2 - (position.latitude - self.middle.latitude) * self.scale,
        )

    def line(self, line: Line) -> tuple[Point, ...]:
        """A line whose steps are less than half a turn, begun on the nearer side."""
        points = [self.at(line[0])]
        turn = -360.0 * round(self.east_of_middle(line[0]) / 360)
        for before, position in pairwise(line):
            turn -= 360.0 * round((position.longitude - before.longitude) / 360)
            points.append(self.flat(position, turn))
        return tuple(points)

    def turns(self, box: Box, margin: float) -> Iterator[float]:
        """The turns at which something of the box lies in the picture or near it."""
        for turn in (-360.0, 0.0, 360.0):
            low, high = (
                self.flat(Position(box.west, box.north), turn),
                self.flat(Position(box.east, box.south), turn),
            )
            inside = low.x < self.width + margin and high.x > -margin
            if inside and low.y < self.height + margin and high.y > -margin:
                yield turn

    def reach(self, latitude: float, kilometres: float) -> tuple[float, float]:
        """Half the width and height of a circle of so many kilometres at that latitude."""
        angle = kilometres / KM_A_DEGREE
        return angle / squeeze(latitude) * self.across, angle * self.scale

    @property
    def spans_world(self) -> bool:
        """Whether more than a third of the way round is shown."""
        return self.width / self.across > 120


def squeeze(latitude: float) -> float:
    """How much narrower a degree of longitude is than one of latitude."""
    return max(0.2, cos(radians(latitude)))


def fit(lines: Sequence[Line], width: float, height: float) -> View:
    """The view that holds all positions with a margin; lines are what must be seen whole."""
    positions = [position for line in lines for position in line]
    west, span = _longitudes([position.longitude for position in positions])
    latitudes = [position.latitude for position in positions]
    middle = Position(_wrapped(west + span / 2), (min(latitudes) + max(latitudes)) / 2)
    free = 1 - 2 * MARGIN
    tall = max(LEAST_SPAN * free, max(latitudes) - min(latitudes))
    by_height = height * free / tall
    by_width = width * free / max(span * squeeze(middle.latitude), 1e-9)
    least = width / 360 / squeeze(middle.latitude)  # the whole world and no more
    return View(middle, max(least, min(by_height, by_width)), width, height)


def _longitudes(values: Iterable[float]) -> tuple[float, float]:
    """The western end and the width of the narrowest stretch that holds all the longitudes."""
    ordered = sorted({_wrapped(value) for value in values})
    gaps = [
        (following - value, following)
        for value, following in zip(ordered, [*ordered[1:], ordered[0] + 360], strict=True)
    ]
    widest, west = max(gaps)
    return west, 360 - widest


def _wrapped(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def great_circle(start: Position, end: Position) -> Line:
    """The shortest way along the sphere in equal steps; the two may not lie opposite."""
    first, last = _vector(start), _vector(end)
    angle = acos(max(-1.0, min(1.0, sum(a * b for a, b in zip(first, last, strict=True)))))
    if angle < 1e-6 or pi - angle < 1e-6:
        return (start, end)
    line = [start]
    for step in range(1, STEPS):
        weights = (sin(angle * (1 - step / STEPS)), sin(angle * step / STEPS))
        x, y, z = (weights[0] * a + weights[1] * b for a, b in zip(first, last, strict=True))
        line.append(Position(degrees(atan2(y, x)), degrees(asin(z / hypot(x, y, z)))))
    return (*line, end)


def _vector(position: Position) -> tuple[float, float, float]:
    longitude, latitude = radians(position.longitude), radians(position.latitude)
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)


def around(middle: Position, kilometres: float) -> Line:
    """The corners of the box of so many kilometres on each side."""
    up = kilometres / KM_A_DEGREE
    aside = up / squeeze(middle.latitude)
    north, south = min(85.0, middle.latitude + up), max(-85.0, middle.latitude - up)
    return (
        Position(middle.longitude - aside, south),
        middle,
        Position(middle.longitude + aside, north),
    )
