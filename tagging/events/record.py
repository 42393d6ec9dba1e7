"""The event record: what happened, who, to whom, who says so, when, from where to where."""

from dataclasses import dataclass
from typing import Literal

SCHEMA_VERSION = 1
Precision = Literal["day", "week", "month", "season", "year", "unknown"]


@dataclass(frozen=True)
class Evidence:
    """The words that a field rests on, at [start:end] of the article's text in code points.

    `source` is their place in the page as handed in; None where that was HTML with other words.
    """

    text: str
    start: int
    end: int
    source: tuple[int, int] | None


@dataclass(frozen=True)
class Affiliation:
    """An actor's country (ISO 3166 alpha-2) and PLOVER sector (GOV, MIL, REB …); None: unknown.

    `inferred` says that no words name the country: it is the one that the article is about.
    """

    country: str | None
    sector: str | None
    inferred: bool = False


@dataclass(frozen=True)
class Party:
    """An actor in one role of one event, with the probability of that role.

    `refers_to` is the actor that the words stand for ("the movement"), as named elsewhere in the
    article; the affiliation is then that actor's.
    """

    evidence: Evidence
    probability: float
    affiliation: Affiliation
    refers_to: Evidence | None = None


@dataclass(frozen=True)
class Location:
    """A place on the earth, degrees of WGS 84; the true place lies within about `radius_km`.

    `name` is the gazetteer's, `country` ISO 3166 alpha-2, `admin1` the first-level division by
    name and `admin1_code` by ISO 3166-2, None where unknown or where the place lies in several.
    `modifier` is a part of it ("eastern"), which the coordinates take into account.
    """

    name: str
    kind: str
    country: str | None
    admin1: str | None
    admin1_code: str | None
    latitude: float
    longitude: float
    radius_km: float
    modifier: str | None = None


@dataclass(frozen=True)
class Whereabouts:
    """A place mention in one direction of one event; `location` is None where it is unknown."""

    evidence: Evidence
    probability: float
    location: Location | None


@dataclass(frozen=True)
class EventDate:
    """The day that an event took place, or the first day of its week, month, season or year.

    `basis` tells how it is known: words of the sentence (`evidence`), or the article's own day.
    `background` says that the words put it well before what the article is about.
    """

    first_day: str | None  # YYYY-MM-DD
    precision: Precision
    basis: Literal["expression", "article", "none"]
    evidence: Evidence | None = None
    background: bool = False


@dataclass(frozen=True)
class Movement:
    """The shortest way from the first origin to the first destination that are both known.

    `azimuth` is the heading at the origin in degrees clockwise from north, `compass` one of
    sixteen points; both are None where the way is shorter than the places are uncertain.
    `cross_border` is None where a country is unknown.
    """

    azimuth: float | None
    compass: str | None
    distance_km: float
    uncertainty_km: float
    cross_border: bool | None


@dataclass(frozen=True)
class EventRecord:
    """One event of one article. Probabilities are the models'; `joint` is the product of all.

    `sentences` are the numbers, from 1, of those that tell of it; the fields are those of the
    first, with what the others add. `models` and `codebooks` map a task to a hash.
    """

    id: str
    article: str
    sentences: tuple[int, ...]
    evidence: Evidence
    date: EventDate
    event_type: str
    quad_class: str
    probability: float
    joint: float
    sources: tuple[Party, ...]
    targets: tuple[Party, ...]
    reporters: tuple[Party, ...]
    origins: tuple[Whereabouts, ...]
    destinations: tuple[Whereabouts, ...]
    sites: tuple[Whereabouts, ...]
    transits: tuple[Whereabouts, ...]
    movement: Movement | None
    cameo: str | None
    acled: str | None
    models: dict[str, str]
    codebooks: dict[str, str]
    schema_version: int = SCHEMA_VERSION
