"""The places of an article's events, each once, with the events that they take part in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from tagging.event_page.atlas import Line, Position
from tagging.event_page.view import great_circle
from tagging.events.record import EventRecord, Location, Whereabouts

PARTS: Final = ("destination", "site", "origin", "transit")  # a mark's look is the first's
Key = tuple[str, float, float]


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
class Way:
    """From an origin of an event to a destination."""

    event: int
    kind: str
    start: Spot
    end: Spot

    @property
    def line(self) -> Line:
        """The shortest way."""
        return great_circle(self.start.position, self.end.position)


def told_name(location: Location) -> str:
    """'eastern Kidal'."""
    return f"{location.modifier} {location.name}" if location.modifier else location.name


def places_of(event: EventRecord) -> Iterator[tuple[str, Whereabouts]]:
    """The places of an event, each with its part."""
    for part, places in (
        ("origin", event.origins),
        ("destination", event.destinations),
        ("site", event.sites),
        ("transit", event.transits),
    ):
        yield from ((part, place) for place in places)


def _key(location: Location) -> Key:
    return told_name(location), location.latitude, location.longitude


def spots_of(events: Sequence[EventRecord]) -> dict[Key, Spot]:
    """Every known place once, by name and coordinates."""
    spots: dict[Key, Spot] = {}
    for number, event in enumerate(events, start=1):
        for part, place in places_of(event):
            if place.location:
                before = spots.get(_key(place.location))
                uses = (*(before.uses if before else ()), (number, part))
                spots[_key(place.location)] = Spot(place.location, uses)
    return spots


def ways_of(events: Sequence[EventRecord], spots: dict[Key, Spot]) -> Iterator[Way]:
    """From the first known origin to every destination, and from every origin to the first."""
    for number, event in enumerate(events, start=1):
        starts = [place.location for place in event.origins if place.location]
        ends = [place.location for place in event.destinations if place.location]
        for a, b in dict.fromkeys([*product(starts[:1], ends), *product(starts, ends[:1])]):
            if _key(a) != _key(b):
                yield Way(number, event.event_type, spots[_key(a)], spots[_key(b)])
