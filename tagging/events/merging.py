"""Records of one article that tell of one event -> one record of it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import prod
from typing import Final, Literal

from tagging.events.record import EventDate, EventRecord, Location, Movement, Party, Whereabouts
from tagging.geography.movement import inverse, movement

Likeness = Literal["same", "open", "other"]
_DAYS: Final = {"day": 1, "week": 7, "month": 31, "season": 92, "year": 366}
_CLOSE: Final = 2  # sentences
_PLACES: Final = ("origins", "destinations", "sites", "transits")
_PARTIES: Final = ("sources", "targets", "reporters")
_CLOCK: Final = r"(?:[\d:.apm GMT]+ - )?"  # of a live report
# a sentence that opens with "The bombing of", "The pull-out by": it goes on about an act told of
_AGAIN: Final = re.compile(
    rf"{_CLOCK}(?:The|This|That) (?:[a-z]+ )?(?:bombing|shelling|killing|fighting|shooting|attack"
    r"|raid|assault|strike|ambush|siege|clash|duel|battle|blast|abduction|kidnapping|seizure|march"
    r"|protest|rally|sit-in|blockade|walkout|stoppage|meeting|talks|visit|deal|accord|pact|signing"
    r"|agreement|arrest|expulsion|deportation|eviction|sweep|withdrawal|pull-out|departure|retreat"
    r"|surrender|handover|release|airlift|rescue|delivery|deployment|embargo|ban|exchange)\b"
)
# "In the gorge they had broken a roadblock": who acts is who acted in the sentence before
_PRONOUN: Final = re.compile(
    rf"{_CLOCK}(?:(?:In|At|On|By|From|After|Before|Near|Outside|Then|Later)\b[^,.;]{{0,40}}?,? )?"
    r"(?:[Tt]hey|[Hh]e|[Ss]he)\b"
)


def merge(events: Sequence[EventRecord]) -> tuple[EventRecord, ...]:
    """The events of one article in the order of their first sentences, each told once.

    The first record of an event keeps its id, evidence and fields; fields that it has not are
    those of the next. The type's probability is the highest of them, since any of the sentences
    is enough; the joint one is that times those of all fields.
    """
    kept: list[EventRecord] = []
    for event in sorted(events, key=lambda one: (one.sentences[0], one.event_type)):
        place = next((i for i in range(len(kept) - 1, -1, -1) if is_same(kept[i], event)), None)
        if place is None:
            kept.append(event)
        else:
            kept[place] = _united(kept[place], event)
    return tuple(kept)


def is_same(event: EventRecord, later: EventRecord) -> bool:
    """Whether a later record tells of the event: nothing speaks against it, and enough for it."""
    if event.event_type != later.event_type or event.sentences == later.sentences:
        return False
    if event.date.background != later.date.background or not _same_time(event.date, later.date):
        return False
    sources = _parties(event.sources, later.sources)
    targets = _parties(event.targets, later.targets)
    places = _places(event, later)
    if "other" in (sources, targets, places):
        return False
    if (sources, targets, places).count("same") > 1 or _AGAIN.match(later.evidence.text):
        return True
    return _goes_on(event, later, sources)


def _goes_on(event: EventRecord, later: EventRecord, sources: Likeness) -> bool:
    """Whether those who acted go on: named again close by, or as "they" in the next sentence.

    A state does not: it acts too often, and one act of it stands beside another.
    """
    way = later.sentences[0] - event.sentences[-1]
    if any(party.affiliation.sector == "GOV" for party in (*event.sources, *later.sources)):
        return False
    if not later.sources:
        return way == 1 and bool(event.sources and _PRONOUN.match(later.evidence.text))
    return way <= _CLOSE and sources == "same"


def _same_time(event: EventDate, later: EventDate) -> bool:
    """Whether both may be of one day; a date that is only the article's tells nothing."""
    if event.basis != "expression" or later.basis != "expression":
        return True
    spans = [
        (day := date.fromisoformat(each.first_day), day + timedelta(_DAYS[each.precision]))
        for each in (event, later)
        if each.first_day and each.precision != "unknown"
    ]
    if len(spans) < 2:
        return True
    return max(start for start, _ in spans) < min(end for _, end in spans)


def _parties(event: Sequence[Party], later: Sequence[Party]) -> Likeness:
    """Same where a party stands for one of the other record's, open where one is not known."""
    if not event or not later:
        return "open"
    pairs = [(one, two) for one in event for two in later]
    if any(_spans(one) & _spans(two) for one, two in pairs):
        return "same"
    return "open" if any(_head(one) == _head(two) for one, two in pairs) else "other"


def _spans(party: Party) -> set[tuple[int, int]]:
    """Where the party is named: by itself, and by what it refers to."""
    named = (party.evidence, party.refers_to)
    return {(one.start, one.end) for one in named if one}


def _head(party: Party) -> str:
    return party.evidence.text.split(" of ")[0].split()[-1].lower()


def _places(event: EventRecord, later: EventRecord) -> Likeness:
    """Same where an origin is one, or a destination or site; other where neither is."""
    ends = [(*each.destinations, *each.sites) for each in (event, later)]
    likenesses = [_whereabouts(event.origins, later.origins), _whereabouts(ends[0], ends[1])]
    if "other" in likenesses:
        return "other"
    return "same" if "same" in likenesses else "open"


def _whereabouts(event: Sequence[Whereabouts], later: Sequence[Whereabouts]) -> Likeness:
    if not event or not later:
        return "open"
    pairs = [(one, two) for one in event for two in later]
    if any(one.evidence.text.lower() == two.evidence.text.lower() for one, two in pairs):
        return "same"
    near = [_near(one.location, two.location) for one, two in pairs]
    return "open" if any(near) or None in near else "other"


def _near(one: Location | None, two: Location | None) -> bool | None:
    """Whether one place may lie in the other; None where one of them is unknown."""
    if one is None or two is None:
        return None
    _, km = inverse((one.latitude, one.longitude), (two.latitude, two.longitude))
    return km <= max(one.radius_km, two.radius_km)


def _united(event: EventRecord, later: EventRecord) -> EventRecord:
    """The record with the later one's sentences, and its fields where there was none."""
    filled = {
        name: getattr(event, name) or getattr(later, name)
        for name in (*_PARTIES, *_PLACES, "cameo", "acled")
    }
    one = replace(event, **filled)
    telling = later.date if event.date.basis != "expression" == later.date.basis else event.date
    probability = max(event.probability, later.probability)
    parts = [part for name in (*_PARTIES, *_PLACES) for part in getattr(one, name)]
    return replace(
        one,
        sentences=tuple(sorted({*event.sentences, *later.sentences})),
        date=telling,
        probability=probability,
        joint=probability * prod(part.probability for part in parts),
        movement=_way(one),
    )


def _way(event: EventRecord) -> Movement | None:
    start = next((each.location for each in event.origins if each.location), None)
    end = next((each.location for each in event.destinations if each.location), None)
    return movement(start, end) if start and end else None
