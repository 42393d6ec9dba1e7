"""The map of an article's events: places as marks, arrows from origin to destination."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tagging.event_page.arrows import Arrow, arrow, lines_of
from tagging.event_page.drawing import LOCATOR, Outline, outline
from tagging.event_page.labels import Area, Board, Label, around_mark
from tagging.event_page.spots import Spot, spots_of, ways_of
from tagging.event_page.view import Point, View, around, fit
from tagging.events.record import EventRecord

WIDTH: Final = 560.0
HEIGHT: Final = 420.0
SEEN_RADIUS: Final = 350.0  # kilometres of an uncertain place that the picture must hold
LENGTHS: Final = (2000, 1000, 500, 200, 100, 50)  # kilometres of a scale bar


@dataclass(frozen=True)
class Mark:
    """A spot where it is drawn, with the ellipse that it lies in."""

    spot: Spot
    point: Point
    reach: tuple[float, float]


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
    frames: tuple[Area, ...]  # of the picture on the locator; two where it crosses the edge


def draw(events: Sequence[EventRecord]) -> Map | None:
    """The map of the events; None where no place of theirs is known."""
    spots = spots_of(events)
    if not spots:
        return None
    ways = list(ways_of(events, spots))
    needed = [way.line for way in ways]
    needed += [around(s.position, min(s.location.radius_km, SEEN_RADIUS)) for s in spots.values()]
    view = fit(needed, WIDTH, HEIGHT)
    marks = tuple(_mark(spot, view) for spot in spots.values())
    lined = [
        (way, points) for way, points in zip(ways, lines_of(ways, view), strict=True) if points
    ]
    board = Board(WIDTH, HEIGHT, _taken(marks, [points for _, points in lined]))
    labels = tuple(board.beside(mark.point, mark.spot.name, mark.spot.events) for mark in marks)
    drawn = outline(view)
    names = sorted(drawn.countries, key=lambda named: -named.area)
    countries = (board.upon(named.middle, named.name) for named in names)
    return Map(
        view=view,
        outline=drawn,
        marks=marks,
        arrows=tuple(arrow(way, points) for way, points in lined),
        labels=labels,
        countries=tuple(label for label in countries if label),
        bar=_bar(view),
        frames=tuple(_frames(view)),
    )


def _mark(spot: Spot, view: View) -> Mark:
    reach = view.reach(spot.location.latitude, spot.location.radius_km)
    return Mark(spot, view.at(spot.position), reach)


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


def _frames(view: View) -> Iterator[Area]:
    if view.spans_world:
        return
    unit = LOCATOR[1] / 180
    wide = max(2.0, view.width / view.across / 2 * unit)
    tall = max(2.0, view.height / view.scale / 2 * unit)
    y = (90 - view.middle.latitude) * unit
    for turn in (-LOCATOR[0], 0.0, LOCATOR[0]):
        x = LOCATOR[0] / 2 + view.middle.longitude * unit + turn
        if x + wide > 0 and x - wide < LOCATOR[0]:
            yield Area(x - wide, y - tall, x + wide, y + tall)
