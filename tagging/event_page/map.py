"""The map of an article's events: places as marks, arrows from origin to destination."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from math import hypot
from typing import Final

from tagging.event_page.atlas import Position
from tagging.event_page.drawing import LOCATOR, Outline, outline, path_data
from tagging.event_page.labels import Area, Board, Label, around_mark
from tagging.event_page.view import Point, View, around, fit, great_circle
from tagging.events.record import EventRecord, Location, Whereabouts

WIDTH: Final = 560.0
HEIGHT: Final = 420.0
SEEN_RADIUS: Final = 350.0  # kilometres of an uncertain place that the picture must hold
STRAIGHT: Final = 2000.0  # kilometres from which a great circle is curved enough by itself
BOW: Final = 0.14  # of an arrow's length, to tell there from back
HEAD: Final = 9.0
CLEAR: Final = 8.0  # between an arrow's ends and the marks
LENGTHS: Final = (2000, 1000, 500, 200, 100, 50)  # kilometres of a scale bar
PARTS: Final = ("destination", "site", "origin", "transit")  # a mark's look is the first's


@dataclass(frozen=True)
class Spot:
    """A place with all the events that it takes part in, and in which part."""

    location: Location
    uses: tuple[tuple[int, str], ...]  # (number of the event, part)

    @property
    def position(self) -> Position:
        return Position(self.location.longitude, self.location.latitude)

    @property
    def name(self) -> str:
        return told_name(self.location)

    @property
    def part(self) -> str:
        """The part that gives the mark its look."""
        return next(part for part in PARTS if any(part == used for _, used in self.uses))

    @property
    def events(self) -> str:
        """The numbers of its events, as the page's elements carry them."""
        return " ".join(str(number) for number in dict.fromkeys(n for n, _ in self.uses))


@dataclass(frozen=True)
class Mark:
    """A spot where it is drawn, with the ellipse that it lies in."""

    spot: Spot
    point: Point
    reach: tuple[float, float]


@dataclass(frozen=True)
class Arrow:
    """The way of one event; the head is a triangle of its own."""

    event: str
    told: str
    line: str
    head: str


@dataclass(frozen=True)
class Map:
    """All that is drawn, in units of the view box."""

    view: View
    outline: Outline
    marks: tuple[Mark, ...]
    arrows: tuple[Arrow, ...]
    labels: tuple[Label, ...]
    countries: tuple[Label, ...]
    bar: tuple[float, str] | None
    frame: Area | None  # of the picture on the locator


@dataclass(frozen=True)
class _Way:
    event: int
    kind: str
    start: Spot
    end: Spot

    @property
    def line(self) -> tuple[Position, ...]:
        return great_circle(self.start.position, self.end.position)


def draw(events: Sequence[EventRecord]) -> Map | None:
    """The map of the events; None where no place of theirs is known."""
    spots = _spots(events)
    if not spots:
        return None
    ways = list(_ways(events, spots))
    needed = [way.line for way in ways]
    needed += [around(s.position, min(s.location.radius_km, SEEN_RADIUS)) for s in spots.values()]
    view = fit(needed, WIDTH, HEIGHT)
    marks = tuple(_mark(spot, view) for spot in spots.values())
    lined = [(way, points) for way, points in zip(ways, _lines(ways, view), strict=True) if points]
    board = Board(WIDTH, HEIGHT, _taken(marks, [points for _, points in lined]))
    labels = tuple(board.beside(mark.point, mark.spot.name, mark.spot.events) for mark in marks)
    drawn = outline(view)
    names = sorted(drawn.countries, key=lambda named: -named.area)
    countries = (board.upon(named.middle, named.name) for named in names)
    return Map(
        view=view,
        outline=drawn,
        marks=marks,
        arrows=tuple(_arrow(way, points) for way, points in lined),
        labels=labels,
        countries=tuple(label for label in countries if label),
        bar=_bar(view),
        frame=None if view.spans_world else _frame(view),
    )


def places_of(event: EventRecord) -> Iterator[tuple[str, Whereabouts]]:
    """The places of an event, each with its part."""
    for part, places in (
        ("origin", event.origins),
        ("destination", event.destinations),
        ("site", event.sites),
        ("transit", event.transits),
    ):
        yield from ((part, place) for place in places)


def told_name(location: Location) -> str:
    """'eastern Kidal'."""
    return f"{location.modifier} {location.name}" if location.modifier else location.name


def _key(location: Location) -> tuple[str, float, float]:
    return told_name(location), location.latitude, location.longitude


def _spots(events: Sequence[EventRecord]) -> dict[tuple[str, float, float], Spot]:
    """Every known place once, by name and coordinates."""
    spots: dict[tuple[str, float, float], Spot] = {}
    for number, event in enumerate(events, start=1):
        for part, place in places_of(event):
            if place.location:
                before = spots.get(_key(place.location))
                uses = (*(before.uses if before else ()), (number, part))
                spots[_key(place.location)] = Spot(place.location, uses)
    return spots


def _ways(
    events: Sequence[EventRecord], spots: dict[tuple[str, float, float], Spot]
) -> Iterator[_Way]:
    """From every known origin of an event to every known destination."""
    for number, event in enumerate(events, start=1):
        for origin, end in product(event.origins, event.destinations):
            if origin.location and end.location and _key(origin.location) != _key(end.location):
                start, stop = spots[_key(origin.location)], spots[_key(end.location)]
                yield _Way(number, event.event_type, start, stop)


def _mark(spot: Spot, view: View) -> Mark:
    reach = view.reach(spot.location.latitude, spot.location.radius_km)
    return Mark(spot, view.at(spot.position), reach)


def _lines(ways: Iterable[_Way], view: View) -> Iterator[list[Point]]:
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
        for a, b in zip(points, points[1:], strict=False)
        for part in range(8)
    ]
    left = [p for p in dense if min(_length(p, points[0]), _length(p, points[-1])) > CLEAR]
    return left if len(left) > 1 and _length(left[0], left[-1]) > HEAD else []


def _arrow(way: _Way, points: list[Point]) -> Arrow:
    tip = points[-1]
    back = next((p for p in reversed(points) if _length(p, tip) >= HEAD), points[0])
    dx, dy = (tip.x - back.x) / 2, (tip.y - back.y) / 2
    head = [tip, Point(back.x - dy, back.y + dx), Point(back.x + dy, back.y - dx)]
    line = [*(p for p in points if _length(p, tip) > HEAD - 1), back]
    told = f"{way.event} {way.kind}: {way.start.name} to {way.end.name}"
    return Arrow(str(way.event), told, path_data(line), path_data(head, closed=True))


def _taken(marks: Iterable[Mark], lines: Iterable[list[Point]]) -> Iterator[Area]:
    yield from (around_mark(mark.point) for mark in marks)
    for points in lines:
        yield from (around_mark(point, 2.5) for point in points[:: max(1, len(points) // 30)])
    yield Area(0, HEIGHT - 34, 150, HEIGHT)  # the scale bar


def _bar(view: View) -> tuple[float, str] | None:
    """A round length that fits the corner; None where the scale changes too much for one."""
    if view.spans_world:
        return None
    for kilometres in LENGTHS:
        units = view.reach(view.middle.latitude, kilometres)[0]
        if units <= 130:
            return units, f"{kilometres} km"
    return None


def _frame(view: View) -> Area:
    unit = LOCATOR[1] / 180
    half_width = view.width / view.across / 2
    half_height = view.height / view.scale / 2
    x, y = LOCATOR[0] / 2 + view.middle.longitude * unit, (90 - view.middle.latitude) * unit
    wide, tall = max(2.0, half_width * unit), max(2.0, half_height * unit)
    return Area(x - wide, y - tall, x + wide, y + tall)
