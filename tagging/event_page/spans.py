"""What is coloured in an article's text, and what is told of it on hovering."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from tagging.event_page.spots import places_of
from tagging.event_page.words import affiliated, coordinates, day, percent, situated
from tagging.events.articles import TaggedArticle
from tagging.events.record import EventRecord, Evidence, Party, Whereabouts
from tagging.tagged import TaggedMention

Kind = Literal["actor", "place", "date"]
ROLES = ("source", "target", "reporter")
NAMES = {"origin": "from", "destination": "to", "site": "at", "transit": "via"}


class Fact(NamedTuple):
    """A line of what is told of a span."""

    term: str
    value: str


@dataclass(frozen=True)
class Span:
    """A mention or a date at [start:end] of the text, with its parts in the events.

    `parts` are (number of the event, part) pairs; `facts` what is known of it besides.
    """

    start: int
    end: int
    kind: Kind
    parts: tuple[tuple[int, str], ...] = ()
    facts: tuple[Fact, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Its parts without the events, each once."""
        return tuple(dict.fromkeys(name for _, name in self.parts))


def spans_of(article: TaggedArticle) -> list[Span]:
    """All spans in order, the longer of two with one start first; one a stretch and kind."""
    merged: dict[tuple[int, int, Kind], Span] = {}
    for span in _of_events(article.events):
        _add(merged, span, article.text)
    for span in _of_mentions(article):
        if not merged.get((span.start, span.end, span.kind), span).parts:
            _add(merged, span, article.text)
    return sorted(merged.values(), key=lambda span: (span.start, -span.end, span.kind))


def parties_of(event: EventRecord) -> Iterator[tuple[str, Party]]:
    """The actors of an event, each with its role."""
    for role, parties in zip(ROLES, (event.sources, event.targets, event.reporters), strict=True):
        yield from ((role, party) for party in parties)


def _add(merged: dict[tuple[int, int, Kind], Span], span: Span, text: str) -> None:
    """Joins the span with one of its stretch and kind; one that is not in the text is left out."""
    if not 0 <= span.start < span.end <= len(text):
        return
    key = (span.start, span.end, span.kind)
    before = merged.get(key, span)
    merged[key] = replace(
        span,
        parts=tuple(dict.fromkeys((*before.parts, *span.parts))),
        facts=tuple(dict.fromkeys((*before.facts, *span.facts))),
    )


def _of_events(events: Iterable[EventRecord]) -> Iterator[Span]:
    for number, event in enumerate(events, start=1):
        for role, party in parties_of(event):
            yield _span(party.evidence, "actor", number, role, _of_party(event, role, party))
            if party.refers_to:
                behind = (Fact("stands behind", f"“{party.evidence.text}”"),)
                yield Span(party.refers_to.start, party.refers_to.end, "actor", (), behind)
        for part, place in places_of(event):
            yield _span(place.evidence, "place", number, part, _of_place(event, part, place))
        if event.date.evidence:
            facts = (Fact("day", day(event.date)), Fact("of", event.event_type))
            yield _span(event.date.evidence, "date", number, "date", facts)


def _span(evidence: Evidence, kind: Kind, number: int, part: str, facts: tuple[Fact, ...]) -> Span:
    return Span(evidence.start, evidence.end, kind, ((number, part),), facts)


def _of_party(event: EventRecord, role: str, party: Party) -> tuple[Fact, ...]:
    known = affiliated(party.affiliation)
    return (
        Fact(role, f"of {event.event_type}, {percent(party.probability)}"),
        *([Fact("refers to", party.refers_to.text)] if party.refers_to else []),
        Fact("affiliation", known or "unknown"),
    )


def _of_place(event: EventRecord, part: str, place: Whereabouts) -> tuple[Fact, ...]:
    told = Fact(part, f"of {event.event_type}, {percent(place.probability)}")
    if place.location is None:
        return told, Fact("where", "unknown")
    where = Fact("where", f"{situated(place.location)} ({place.location.kind})")
    return told, where, Fact("coordinates", coordinates(place.location))


def _of_mentions(article: TaggedArticle) -> Iterator[Span]:
    """The mentions as the models alone label them, for those that are of no event."""
    for sentence in article.sentences:
        for mention in sentence.actors:
            yield _mentioned(mention, "actor", "bystander")
        for mention in sentence.places:
            yield _mentioned(mention, "place", "background")


def _mentioned(mention: TaggedMention, kind: Kind, none: str) -> Span:
    facts = [
        Fact(label.label, f"in no event, {percent(label.probability)}")
        for label in mention.labels or ()
        if label.label != none
    ]
    told = tuple(facts) or (Fact("part", none),)  # what an event says of it comes in its place
    return Span(mention.start, mention.end, kind, (), told)


def told_parts(span: Span, several: bool) -> str:
    """What stands behind a span: 'source 1 2', or 'source' where the article has one event."""
    told = []
    for name in span.names if span.kind != "date" else ():
        numbers = (str(number) for number, part in span.parts if part == name)
        told.append(" ".join([NAMES.get(name, name), *(numbers if several else ())]))
    return ", ".join(told)
