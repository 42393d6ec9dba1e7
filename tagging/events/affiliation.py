"""An actor's country and PLOVER sector, from its own words; what the words do not tell is None."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from tagging.events.record import Affiliation
from tagging.gazetteer import Gazetteer

_FILE: Final = Path(__file__).parent / "sectors.txt"
_WORD: Final = re.compile(r"(?:[A-Z]\.){2,}(?![\w-])|[^\W_](?:[\w.'’-]*\w)?")
_COMPLEMENT: Final = re.compile(r"\s(?:of|from|in|for|at|with)\s")
_NO_COUNTRY: Final = frozenset({"IGO", "NGO", "IMG", "MNC"})
_OFFICE: Final = frozenset({"GOV", "LEG", "JUD", "MIL", "COP", "SPY"})
_OF_SEVERAL: Final = frozenset({"governments", "countries", "nations"})
_LONGEST: Final = 6  # words of a phrase in the table
# What the words of a section say where those around them tell no more; None: no such word.
_VAGUE: Final[dict[str | None, str | None]] = {None: None, "rank": None, "office": "GOV"}


@dataclass(frozen=True)
class Sectors:
    """`phrases`: words -> their section; `first` and `lead`: a word in front -> a sector.

    `bands` are of the sector of those that they are made of.
    """

    phrases: dict[str, str]
    first: dict[str, str]
    lead: dict[str, str]
    bands: frozenset[str]


def affiliation(surface: str) -> Affiliation:
    """Country and sector of an actor mention."""
    surface = " ".join(surface.split())
    head, *rest = _COMPLEMENT.split(surface, maxsplit=1)
    words, complement = _words(head), _words(" ".join(rest))
    place = Gazetteer.load().places.get(surface)
    sector = _sector(words, complement)
    if sector is None and place is not None and place.kind in ("country", "capital"):
        sector = "GOV"
    if sector is None and surface in Gazetteer.load().peoples:
        sector = "CVL"
    if sector in _NO_COUNTRY:
        return Affiliation(None, sector)
    country = _country(words) or _country(complement)
    return Affiliation(country, sector)


def joined(own: Affiliation, named: Affiliation) -> Affiliation:
    """What the words tell, and where they do not, what the name tells that they stand for."""
    return Affiliation(own.country or named.country, own.sector or named.sector)


def at_home(told: Affiliation, surface: str, home: str | None) -> Affiliation:
    """With the article's country where no words name one and the sector belongs to a country."""
    if told.country or told.sector is None or told.sector in _NO_COUNTRY or home is None:
        return told
    words = _words(surface)
    several = _countries(words) or not _OF_SEVERAL.isdisjoint(map(str.lower, words))
    return told if several else Affiliation(home, told.sector, inferred=True)


def _sector(words: Sequence[str], complement: Sequence[str]) -> str | None:
    table = _table()
    if (known := next(_known(words, table), None)) is not None:
        return known
    at, found = _rightmost(words, table.phrases)
    if found in _VAGUE:
        front = words[: at if found else len(words)]
        found = _in_front(front, table) or _told(complement, table) or _VAGUE[found]
    elif complement and words and words[-1].lower() in table.bands:
        found = _told(complement, table) or found
    if found == "UAF" and _told(complement, table) == "REB":
        return "REB"
    former = any(word.lower() in ("former", "ex") or word.startswith("ex-") for word in words)
    return "ELI" if former and found in _OFFICE else found


def _known(words: Sequence[str], table: Sectors) -> Iterator[str]:
    """Sectors of known organisations, and those that a word in front decides alone."""
    for name in _names(words, table.phrases):
        if table.phrases[name] in _NO_COUNTRY and name != name.lower():
            yield table.phrases[name]
    for word in words[:-1]:
        if (sector := table.first.get(word.lower())) is not None:
            yield sector


def _rightmost(words: Sequence[str], phrases: dict[str, str]) -> tuple[int, str | None]:
    """Where the last phrase of the table begins, and what it says; the longest that ends there."""
    for end in range(len(words), 0, -1):
        for start in range(max(0, end - _LONGEST), end):
            if (found := _found(words[start:end], phrases)) is not None:
                return start, found
    return 0, None


def _found(words: Sequence[str], phrases: dict[str, str]) -> str | None:
    *front, last = words
    for form in _forms(last):
        for name in (" ".join([*front, form]), " ".join([*map(str.lower, front), form.lower()])):
            if name in phrases:
                return phrases[name]
    return None


def _in_front(words: Sequence[str], table: Sectors) -> str | None:
    """What the words in front of a rank say: "police" of a chief, "council" of a chairman."""
    _, found = _rightmost(words, table.phrases)
    if found not in _VAGUE:
        return found
    leads = (table.lead[word.lower()] for word in words if word.lower() in table.lead)
    return next(leads, _VAGUE[found])


def _told(complement: Sequence[str], table: Sectors) -> str | None:
    """What "of the council" says of its chairman."""
    _, found = _rightmost(complement, table.phrases)
    return _VAGUE.get(found, found)


def _country(words: Sequence[str]) -> str | None:
    """The one country that the words name; None if several."""
    found = _countries(words)
    return found.pop() if len(found) == 1 else None


def _countries(words: Sequence[str]) -> set[str]:
    """The countries that the words name, by demonym or else by place."""
    gazetteer = Gazetteer.load()
    for known in (gazetteer.demonyms, gazetteer.places):
        found = {code for name in _names(words, known) if (code := gazetteer.country(name))}
        if found:
            return found
    return set()


def _names(words: Sequence[str], known: Container[str]) -> Iterator[str]:
    """The longest known names among the words, from the left."""
    start = 0
    while start < len(words):
        for end in range(min(len(words), start + _LONGEST), start, -1):
            if (name := " ".join(words[start:end])) in known:
                yield name
                start = end - 1
                break
        start += 1


def _words(text: str) -> list[str]:
    return [re.sub(r"['’]s?$", "", word) for word in _WORD.findall(text)]


def _forms(word: str) -> Iterator[str]:
    """The word and what its singular may be."""
    yield word
    for ending, singular in (("ies", "y"), ("es", ""), ("s", "")):
        if word.endswith(ending):
            yield word[: -len(ending)] + singular


@lru_cache(maxsize=1)
def _table() -> Sectors:
    """sectors.txt, read once."""
    phrases: dict[str, str] = {}
    fronts: dict[str, dict[str, str]] = {"first": {}, "lead": {}}
    bands: set[str] = set()
    section = ""
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif not line.startswith("#"):
            for entry in line.split():
                name, _, sector = entry.partition("=")
                if section in fronts:
                    fronts[section][name] = sector
                elif section == "band":
                    bands.add(name)
                else:
                    phrases.setdefault(name.replace("_", " "), section)
    return Sectors(phrases, fronts["first"], fronts["lead"], frozenset(bands))
