"""Event records by hand for the tests: a raid from Chad into Darfur, and whatever is changed."""

from dataclasses import replace
from typing import Any

from tagging.events.record import (
    Affiliation,
    EventDate,
    EventRecord,
    Evidence,
    Location,
    Movement,
    Party,
    Whereabouts,
)

TEXT = "Rebels from eastern Chad attacked peacekeepers in El Geneina, the governor said."


def evidence(words: str, text: str = TEXT) -> Evidence:
    """The words where they first stand in the text."""
    start = text.index(words)
    return Evidence(words, start, start + len(words), (start, start + len(words)))


def party(words: str, country: str | None, sector: str | None, inferred: bool = False) -> Party:
    return Party(evidence(words), 0.9, Affiliation(country, sector, inferred))


CHAD = Location("Chad", "country", "TD", None, None, 15.0, 21.5, 300.0, "eastern")
GENEINA = Location("El Geneina", "city", "SD", "West Darfur", "SD-DW", 13.45, 22.45, 10.0)
FROM = Whereabouts(evidence("eastern Chad"), 0.8, CHAD)
TO = Whereabouts(evidence("El Geneina"), 0.7, GENEINA)
RAID = EventRecord(
    id="0123456789abcdef",
    article="raid.txt",
    sentences=(1,),
    evidence=evidence(TEXT),
    date=EventDate("2009-03-03", "day", "article"),
    event_type="ASSAULT",
    quad_class="material conflict",
    probability=0.95,
    joint=0.4,
    sources=(party("Rebels", None, "REB"),),
    targets=(party("peacekeepers", None, "MIL"),),
    reporters=(party("governor", None, "GOV"),),
    origins=(FROM,),
    destinations=(TO,),
    sites=(),
    transits=(),
    movement=Movement(148.0, "SSE", 200.4, 310.0, True),
    cameo="19",
    acled="Battles",
    models={"event_type": "ab" * 32},
    codebooks={"event_type": "cd" * 32},
)


def raid(**changes: Any) -> EventRecord:
    return replace(RAID, **changes)


def at(longitude: float, latitude: float) -> Whereabouts:
    """A place somewhere, as origin or destination."""
    where = Location("X", "city", None, None, None, latitude, longitude, 5.0)
    return Whereabouts(evidence("El Geneina"), 0.7, where)
