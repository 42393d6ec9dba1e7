"""What is known of a row besides its labels: the features by which rows are sliced."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, Literal

from data.codebook import Codebook
from data.records import Sentence
from tagging.gazetteer import Gazetteer

Trait = Literal[
    "publisher", "region", "country", "style", "length", "position", "frequency", "period"
]
Traits = dict[Trait, tuple[str, ...]]

LENGTHS: Final = (15, 25, 40)  # the most words of each bin but the last
BANDS: Final = ("rare", "middle", "frequent")
EVENT_PLACES: Final = ("site", "destination", "origin")  # the first that is known decides
# The publisher and the day in the names of collections: nyt_2016-09-12_…, VOA_EN_NW_2014.07.21.1.
_NAMED = re.compile(r"(?:^|_)([A-Za-z][A-Za-z-]*)(?:_[A-Z]{2})*_((?:19|20)\d\d)[-.]\d\d[-.]\d\d")
_HOST = re.compile(r"https?://(?:www\.)?([^/:]+)")
_YEAR = re.compile(r"(?:19|20)\d\d(?!\d)")


def traits_of(sentences: Sequence[Sentence]) -> list[Traits]:
    """Each sentence's traits; what is not known is left out."""
    countries, first = _countries(sentences), _first_numbers(sentences)
    return [
        _known(
            {
                "publisher": _publisher(sentence.doc_id),
                "region": sentence.region,
                "style": sentence.style,
                "length": _length(sentence.text),
                "position": _position(sentence, first[sentence.source]),
                "period": _decade(sentence),
            },
            country,
        )
        for sentence, country in zip(sentences, countries, strict=True)
    ]


def frequency_bands(training_rows: Mapping[str, int], codebook: Codebook) -> dict[str, str]:
    """Label -> the third of the labels that it belongs to, by its rows in training."""
    ranked = sorted(codebook.labels, key=lambda label: (training_rows.get(label, 0), label))
    return {
        label: f"{BANDS[place * len(BANDS) // len(ranked)]} labels"
        for place, label in enumerate(ranked)
    }


def with_frequency(traits: Traits, gold: Sequence[str], bands: Mapping[str, str]) -> Traits:
    """The traits with the band of the row's rarest gold label; rows without a label have none."""
    found = {bands[label] for label in gold if label in bands}
    names = (f"{band} labels" for band in BANDS)
    rarest = next((name for name in names if name in found), None)
    return {**traits, "frequency": (rarest,)} if rarest else traits


def _known(traits: Mapping[Trait, str | None], countries: Sequence[str]) -> Traits:
    found: Traits = {name: (value,) for name, value in traits.items() if value}
    return {**found, "country": tuple(countries)} if countries else found


def _publisher(doc_id: str) -> str | None:
    """The site of an address, or the name before the day in a collection's file name."""
    found = _HOST.match(doc_id) or _NAMED.search(doc_id)
    return found[1].lower() if found else None


def _length(text: str) -> str:
    words = len(text.split())
    low = 1
    for most in LENGTHS:
        if words <= most:
            return f"{low} to {most} words"
        low = most + 1
    return f"{low} words or more"


def _decade(sentence: Sentence) -> str | None:
    named = _NAMED.search(sentence.doc_id)
    found = _YEAR.match(sentence.date or (named[2] if named else ""))
    return f"{found[0][:3]}0s" if found else None


def _number(sentence: Sentence) -> int | None:
    """The number behind the article's id in the sentence's, as importers write it."""
    _, doc_id, rest = sentence.id.rpartition(sentence.doc_id)
    number = re.fullmatch(r"[-_#:.](\d{1,4})", rest)
    return int(number[1]) if doc_id and number else None


def _first_numbers(sentences: Sequence[Sentence]) -> dict[str, int]:
    """Source -> the number at which its articles start, 0 or 1."""
    numbers: dict[str, int] = defaultdict(lambda: 1)
    for sentence in sentences:
        if _number(sentence) == 0:
            numbers[sentence.source] = 0
    return numbers


def _position(sentence: Sentence, first: int) -> str | None:
    number = _number(sentence)
    if "headline" in sentence.tags:
        return "headline"
    if number is None:
        return None
    return "lead" if number == first else "body"


def _countries(sentences: Sequence[Sentence]) -> list[tuple[str, ...]]:
    """Each sentence's countries: those of the event, or the one its article names most often.

    The event's are those of its labelled site, else destination, else origin.
    """
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for sentence in sentences:
        named[sentence.doc_id].update(_of_places(sentence, None))
    return [
        next(filter(None, (_of_places(sentence, role) for role in EVENT_PLACES)), ())
        or tuple(name for name, _ in named[sentence.doc_id].most_common(1))
        for sentence in sentences
    ]


def _of_places(sentence: Sentence, role: str | None) -> tuple[str, ...]:
    """The countries of the sentence's places with that role, or of all of them."""
    surfaces = (
        sentence.text[mention.start : mention.end]
        for mention in sentence.mentions
        if mention.kind == "place" and (role is None or role in mention.role_names)
    )
    return tuple(dict.fromkeys(filter(None, map(_country, surfaces))))


def _country(surface: str) -> str | None:
    """The country of the longest name within the surface that the gazetteer knows."""
    gazetteer, words = Gazetteer.load(), surface.split()
    for length in range(len(words), 0, -1):
        for start in range(len(words) - length + 1):
            if code := gazetteer.country(" ".join(words[start : start + length])):
                return code
    return None
