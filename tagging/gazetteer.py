"""The places and demonyms that the tagger knows, from three small CSV files written by hand."""

import csv
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent
_QUOTES = str.maketrans({"’": "'", "‘": "'"})


@dataclass(frozen=True)
class Place:
    """A named place: its kind (country, capital, city, region, sea, ...) and ISO 3166 country."""

    name: str
    kind: str
    country: str


@dataclass(frozen=True)
class Gazetteer:
    """Places and demonyms by name, as written and with plain apostrophes.

    `places`: every name and alias -> its Place. `demonyms`: every adjective and every noun for
    people ("Kenyan", "Kenyans", "Dane") -> the country's alpha-2 code, or "" for peoples, faiths
    and movements that are no country's. `peoples`: the nouns among them.
    """

    places: dict[str, Place]
    demonyms: dict[str, str]
    peoples: frozenset[str]

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
    places: dict[str, Place] = {}
    demonyms: dict[str, str] = {}
    peoples: set[str] = set()
    for row in _rows("countries.csv"):
        code = row["alpha2"]
        for name in (row["name"], *_several(row["aliases"])):
            places.setdefault(plain(name), Place(row["name"], "country", code))
        for name in _several(row["capital"]):
            places.setdefault(plain(name), Place(name, "capital", code))
        for name in (*_several(row["adjectives"]), *_several(row["people"])):
            demonyms.setdefault(plain(name), code)
        peoples.update(map(plain, _several(row["people"])))
    for row in _rows("places.csv"):
        for name in (row["name"], *_several(row["aliases"])):
            places.setdefault(plain(name), Place(row["name"], row["kind"], row["country"]))
    for row in _rows("peoples.csv"):
        for name in (*_several(row["adjectives"]), *_several(row["people"])):
            demonyms.setdefault(plain(name), "")
        peoples.update(map(plain, _several(row["people"])))
    return Gazetteer(places, demonyms, frozenset(peoples))


def _rows(file: str) -> list[dict[str, str]]:
    with (FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, strict=True))


def _several(cell: str) -> list[str]:
    return [name for name in cell.split(";") if name]
