"""Place mentions to places on the earth, by the project's own tables and no network."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final

from tagging.events.record import Location
from tagging.gazetteer import Gazetteer, Place, Spot, plain
from tagging.geography.movement import inverse, shifted
from tagging.geography.spelling import folded, loose
from tagging.geography.surfaces import REACH_KM, Reading, readings

REMEMBERED: Final = 10_000  # names
SAME_KM: Final = 60.0  # two entries of one name and country this near are one place
NEIGHBOUR_KM: Final = 300.0  # a place of the article this near speaks for a namesake
WIDEST_KM: Final = 150.0  # a market named after a land wider than this may be anywhere
AZIMUTHS: Final = {
    "north": 0.0, "northeast": 45.0, "east": 90.0, "southeast": 135.0,
    "south": 180.0, "southwest": 225.0, "west": 270.0, "northwest": 315.0,
}  # fmt: skip
_WIDE: Final = frozenset({"country", "region", "state", "conflict"})
_WATERS: Final = frozenset({"river", "lake", "sea", "strait"})


class Resolver:
    """Finds the place that a mention means; it remembers the last names that it looked up."""

    def __init__(self, gazetteer: Gazetteer | None = None) -> None:
        self._gazetteer = gazetteer or Gazetteer.load()
        self._by_spelling: dict[str, list[Place]] = {}
        self._by_sound: dict[str, list[Place]] = {}
        for name, places in self._gazetteer.namesakes.items():
            spots = [place for place in places if place.spot]
            self._by_spelling.setdefault(folded(name), []).extend(spots)
            if (key := loose(name)) is not None:
                self._by_sound.setdefault(key, []).extend(spots)
        self._find = lru_cache(maxsize=REMEMBERED)(self._look_up)
        self._lands = {place.country: place for place in _countries(self._gazetteer)}

    def resolve(
        self, surface: str, near: Sequence[Location] = (), home: str | None = None
    ) -> Location | None:
        """Where the mention lies; None where the tables do not have it.

        `near` are other places of the article and `home` its country (alpha-2): of several places
        of one name they choose, and where they do not, the most important is taken.
        """
        found = self._find(surface)
        if found is None:
            return None
        reading, places = found
        return _location(_chosen(places, near, home), reading)

    def locate(
        self, surfaces: Iterable[str], home: str | None = None
    ) -> dict[str, Location | None]:
        """The mentions of one article, each name once; those of one meaning choose for the rest."""
        found = {surface: self._find(surface) for surface in surfaces}
        settled = [
            _location(places[0], reading)
            for reading, places in filter(None, found.values())
            if len(places) == 1
        ]
        return {
            surface: _location(_chosen(one[1], settled, home), one[0]) if one else None
            for surface, one in found.items()
        }

    def _look_up(self, surface: str) -> tuple[Reading, list[Place]] | None:
        """The plainest reading that the tables have, with the places that it may mean."""
        for reading in readings(surface):
            places = self._places(reading)
            if reading.within is not None:
                whole = self.resolve(reading.within)
                places = [place for place in places if whole and _lies_in(place, whole)]
            if places:
                return reading, places
        return None

    def _places(self, reading: Reading) -> list[Place]:
        """The places of that name that the type words allow, the most important first."""
        if reading.land:
            code = self._gazetteer.demonyms.get(plain(reading.name))
            return [self._lands[code]] if code in self._lands else []
        places = self._by_spelling.get(folded(reading.name)) or self._heard(reading.name)
        places = _fitting(_distinct(places), reading)
        return places if reading.reach == "division" else _towns_first(places)

    def _heard(self, name: str) -> list[Place]:
        """The place whose name is written so in another transliteration, if it is one alone."""
        places = _distinct(self._by_sound.get(loose(name) or "", []))
        return places if len(places) == 1 else []


def _countries(gazetteer: Gazetteer) -> Iterator[Place]:
    """The countries among the places, each once or more."""
    for places in gazetteer.namesakes.values():
        yield from (place for place in places if place.kind == "country" and place.spot)


@lru_cache(maxsize=1)
def _resolver() -> Resolver:
    return Resolver()


def resolve(
    surface: str, near: Sequence[Location] = (), home: str | None = None
) -> Location | None:
    """As `Resolver.resolve`, by the repository's gazetteer."""
    return _resolver().resolve(surface, near, home)


def _lies_in(place: Place, whole: Location) -> bool:
    """Whether the place is of that country, and of that division where it is no country."""
    if whole.country is None or place.country != whole.country:
        return False
    return whole.kind == "country" or place.admin1 in ("", whole.admin1, whole.name)


def locate(surfaces: Iterable[str], home: str | None = None) -> dict[str, Location | None]:
    """As `Resolver.locate`, by the repository's gazetteer."""
    return _resolver().locate(surfaces, home)


def home_of(dateline: str) -> str | None:
    """The country of a dateline ("GOMA, Congo, May 24"); None where the tables do not tell."""
    parts = [part.strip() for part in dateline.split(",")][:2]
    for name in (", ".join(parts), *reversed(parts)):
        place = resolve(name)
        if place is not None and place.country is not None:
            return place.country
    return None


def _distinct(places: Sequence[Place]) -> list[Place]:
    """The places without those that the tables list twice."""
    kept: list[Place] = []
    for place in places:
        if not any(_same(place, other) for other in kept):
            kept.append(place)
    return kept


def _same(one: Place, other: Place) -> bool:
    if one.country != other.country or (one.kind in _WIDE) != (other.kind in _WIDE):
        return one == other
    return one == other or _apart(_spot(one), _spot(other)) < SAME_KM


def _towns_first(places: list[Place]) -> list[Place]:
    """The places without the regions and rivers that share a name with a town of their country."""
    towns = {place.country for place in places if place.kind in ("city", "capital")}
    wide = _WIDE - {"country"} | {"river"}
    return [place for place in places if place.kind not in wide or place.country not in towns]


def _fitting(places: list[Place], reading: Reading) -> list[Place]:
    """The places that may stand with the type words; "Kidal region" prefers a region."""
    for word in reading.words:
        if word.lower() in _WATERS:
            waters = [place for place in places if place.kind == word.lower()]
            towns = [place for place in places if place.kind not in ("country", "sea")]
            return waters or (towns if word.islower() else [])
    if reading.reach == "site":
        return [place for place in places if _spot(place).radius_km <= WIDEST_KM]
    if reading.reach == "division":
        regions = [place for place in places if place.kind in _WIDE - {"country"}]
        return regions or [place for place in places if place.kind != "country"]
    return places


def _chosen(places: list[Place], near: Sequence[Location], home: str | None) -> Place:
    """The place that the article speaks for most; else a country, a capital, the first listed."""
    if len(places) == 1:
        return places[0]
    known = [other for other in near if other.kind != "country"] or list(near)
    votes = [
        sum(_is_neighbour(place, other) for other in known)
        + (place.country == home and place.kind != "town")
        for place in places
    ]
    ranks = {"country": 2, "capital": 1}
    weights = [
        (vote, ranks.get(place.kind, 0), _spot(place).radius_km if place.kind == "country" else 0)
        for vote, place in zip(votes, places, strict=True)
    ]
    return places[max(range(len(places)), key=lambda index: (*weights[index], -index))]


def _is_neighbour(place: Place, other: Location) -> bool:
    there = Spot(other.latitude, other.longitude, other.radius_km)
    reach = NEIGHBOUR_KM + min(_spot(place).radius_km, NEIGHBOUR_KM)
    if other.kind == "country" and place.kind != "country":
        return other.country == place.country
    return _apart(_spot(place), there) < reach


def _location(place: Place, reading: Reading) -> Location:
    """The place as the reading has it: a part of it, or the wider land that is called by it."""
    spot = _spot(place)
    latitude, longitude, radius = spot.latitude, spot.longitude, spot.radius_km
    reach = reading.reach
    if reach is not None:
        radius = max(radius, REACH_KM[reach])
    if reading.modifier is not None:
        radius /= 2
        azimuth = _azimuth(reading.modifier)
        if azimuth is not None:
            latitude, longitude = shifted((latitude, longitude), azimuth, radius)
    return Location(
        name=place.name,
        kind="region" if reach == "division" and place.kind in ("city", "town") else place.kind,
        country=place.country or None,
        admin1=place.admin1 or None,
        admin1_code=place.admin1_code or None,
        latitude=round(latitude, 4),
        longitude=round(longitude, 4),
        radius_km=round(radius, 1),
        modifier=reading.modifier,
    )


def _azimuth(modifier: str) -> float | None:
    """The direction of a compass word; None for the centre."""
    return AZIMUTHS.get(modifier.replace("-", "").removesuffix("most").removesuffix("ern"))


def _spot(place: Place) -> Spot:
    assert place.spot is not None  # the resolver keeps none without
    return place.spot


def _apart(one: Spot, other: Spot) -> float:
    return inverse((one.latitude, one.longitude), (other.latitude, other.longitude))[1]
