"""The places and demonyms that the tagger knows, from small CSV files written by hand."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
CAPITAL_KM = "15"  # how far from its middle a capital's quarters are
_QUOTES = str.maketrans({"’": "'", "‘": "'"})


@dataclass(frozen=True)
class Spot:
    """Where a place lies: degrees of WGS 84, and how far from there its far parts are."""

    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True)
class Place:
    """A named place: its kind (country, capital, city, region, sea, ...) and ISO 3166 country.

    `admin1` and its ISO 3166-2 code are "" and `spot` is None where the tables do not tell.
    """

    name: str
    kind: str
    country: str
    admin1: str = ""
    admin1_code: str = ""
    spot: Spot | None = None


@dataclass(frozen=True)
class Gazetteer:
    """Places and demonyms by name, as written and with plain apostrophes.

    `places`: every name and alias -> its Place. `demonyms`: every adjective and every noun for
    people ("Kenyan", "Kenyans", "Dane") -> the country's alpha-2 code, or "" for peoples, faiths
    and movements that are no country's. `peoples`: the nouns among them. `namesakes`: every name
    -> all the places that bear it, that of `places` first.
    """

    places: dict[str, Place]
    demonyms: dict[str, str]
    peoples: frozenset[str]
    namesakes: dict[str, tuple[Place, ...]] = field(default_factory=dict)

    @staticmethod
    def load() -> "Gazetteer":
        """The gazetteer of the repository (countries.csv, places.csv, peoples.csv), read once."""
        return _load()

    def is_place(self, name: str) -> bool:
        """Whether the name, an alias included, is a place that the gazetteer has."""
        return plain(name) in self.places

    def country(self, name: str) -> str | None:
        """The ISO 3166 alpha-2 code of a place or demonym; None if unknown or of no one country."""
        place = self.places.get(plain(name))
        return (place.country if place else self.demonyms.get(plain(name))) or None

    @cached_property
    def openings(self) -> dict[str, int]:
        """First word of the names of several words -> the most words that such a name has."""
        longest: dict[str, int] = {}
        for name in (*self.places, *self.demonyms):
            words = name.split()
            longest[words[0]] = max(longest.get(words[0], 0), len(words))
        return longest


def plain(name: str) -> str:
    """The name with plain apostrophes."""
    return name.translate(_QUOTES)


@lru_cache(maxsize=1)
def _load() -> Gazetteer:
    demonyms: dict[str, str] = {}
    peoples: set[str] = set()
    countries = _rows("countries.csv")
    for row in (*countries, *_rows("peoples.csv")):
        for name in (*_several(row["adjectives"]), *_several(row["people"])):
            demonyms.setdefault(plain(name), row.get("alpha2", ""))
        peoples.update(map(plain, _several(row["people"])))
    namesakes: dict[str, list[Place]] = {}
    for row in countries:
        for name, place in _country(row):
            namesakes.setdefault(plain(name), []).append(place)
    for row in _rows("places.csv"):
        place = _place(row)
        for name in (row["name"], *_several(row["aliases"])):
            namesakes.setdefault(plain(name), []).append(place)
    places = {name: several[0] for name, several in namesakes.items()}
    for row in _rows("world.csv"):
        for name in (row["name"], *_several(row["aliases"])):
            namesakes.setdefault(plain(name), []).append(_place(row))
    return Gazetteer(
        places,
        demonyms,
        frozenset(peoples),
        {name: tuple(dict.fromkeys(several)) for name, several in namesakes.items()},
    )


def _country(row: dict[str, str]) -> Iterator[tuple[str, Place]]:
    """The names of a country and of its capitals, each with its place."""
    code = row["alpha2"]
    spot = _spot(row["latitude"], row["longitude"], row["radius_km"])
    country = Place(row["name"], "country", code, spot=spot)
    for name in (row["name"], *_several(row["aliases"])):
        yield name, country
    cells = ("capital", "capital_latitude", "capital_longitude", "capital_admin1")
    columns = [row[cell].split(";") for cell in (*cells, "capital_admin1_code")]
    for name, latitude, longitude, admin1, admin1_code in zip(*columns, strict=True):
        spot = _spot(latitude, longitude, CAPITAL_KM)
        yield name, Place(name, "capital", code, admin1, admin1_code, spot)


def _place(row: dict[str, str]) -> Place:
    spot = _spot(row.get("latitude", ""), row.get("longitude", ""), row.get("radius_km", ""))
    admin1, admin1_code = row.get("admin1", ""), row.get("admin1_code", "")
    return Place(row["name"], row["kind"], row["country"], admin1, admin1_code, spot)


def _spot(latitude: str, longitude: str, radius_km: str) -> Spot | None:
    return Spot(float(latitude), float(longitude), float(radius_km)) if latitude else None


def _rows(file: str) -> list[dict[str, str]]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def _several(cell: str) -> list[str]:
    return [name for name in cell.split(";") if name]
