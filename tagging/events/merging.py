"""Records of one article that tell of one event -> one record of it."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from math import prod
from typing import Final, Literal

from tagging.events.codes import FIGHT, acled_of, cameo_of
from tagging.events.record import EventDate, EventRecord, Location, Movement, Party, Whereabouts
from tagging.geography.movement import inverse, movement

Likeness = Literal["same", "open", "other"]
_DAYS: Final = {"day": 1, "week": 7, "month": 31, "season": 92, "year": 366}
_CLOSE: Final = 2  # sentences
_FAR: Final = 50  # earlier events that are looked at; it bounds the time on very long pages
_REMOTE: Final = "Explosions/Remote violence"  # ACLED's type for what the words alone tell
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
    is enough; the joint one is that times those of all fields. The codes are of all of it.
    """
    kept: list[EventRecord] = []
    for event in sorted(events, key=lambda one: (one.sentences[0], one.event_type)):
        near = range(len(kept) - 1, max(-1, len(kept) - 1 - _FAR), -1)
        place = next((i for i in near if is_same(kept[i], event)), None)
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
    if "other" in (sources, targets):
        return False
    alike = (sources, targets).count("same")
    enough = bool(_AGAIN.match(later.evidence.text)) or _goes_on(event, later, sources)
    if not (enough or alike):
        return False  # the places, which take most of the time, cannot help it
    places = _places(event, later)
    return places != "other" and (enough or alike + (places == "same") > 1)


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
    if _spans(event) & _spans(later):
        return "same"
    return "open" if set(map(_head, event)) & set(map(_head, later)) else "other"


def _spans(parties: Sequence[Party]) -> set[tuple[int, int]]:
    """Where the parties are named: by themselves, and by what they refer to."""
    named = (one for party in parties for one in (party.evidence, party.refers_to))
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
    if {one.evidence.text.lower() for one in event} & {two.evidence.text.lower() for two in later}:
        return "same"
    near = any(_near(one.location, two.location) for one in event for two in later)
    return "open" if near else "other"


def _near(one: Location | None, two: Location | None) -> bool:
    """Whether one place may lie in the other, as it may where one of them is unknown."""
    if one is None or two is None:
        return True
    _, km = inverse((one.latitude, one.longitude), (two.latitude, two.longitude))
    return km <= max(one.radius_km, two.radius_km)


def _united(event: EventRecord, later: EventRecord) -> EventRecord:
    """The record with the later one's sentences, and its fields where there was none."""
    filled = {name: getattr(event, name) or getattr(later, name) for name in (*_PARTIES, *_PLACES)}
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
        cameo=_cameo(one, later),
        acled=_acled(one, later),
    )


def _cameo(event: EventRecord, later: EventRecord) -> str | None:
    """The united record's code; what one of the sentences tells to be a fight is one."""
    if FIGHT in (event.cameo, later.cameo):
        return FIGHT
    return cameo_of(event.event_type, _words(event, later), event.sources)


def _acled(event: EventRecord, later: EventRecord) -> str | None:
    """The united record's code; the words of a sentence united earlier are no longer at hand."""
    if _REMOTE in (event.acled, later.acled):
        return _REMOTE
    return acled_of(event.event_type, _words(event, later), event.sources, event.targets)


def _words(event: EventRecord, later: EventRecord) -> str:
    return f"{event.evidence.text}\n{later.evidence.text}"


def _way(event: EventRecord) -> Movement | None:
    start = next((each.location for each in event.origins if each.location), None)
    end = next((each.location for each in event.destinations if each.location), None)
    return movement(start, end) if start and end else None
