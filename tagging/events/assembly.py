"""Tagged sentences of an article -> its event records."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from math import prod

from data.articles import Page
from tagging.events.affiliation import affiliation, at_home, joined
from tagging.events.articles import TaggedArticle
from tagging.events.codes import acled_of, cameo_of
from tagging.events.dates import Dated, date_event
from tagging.events.linking import Judge, LinkedEvent, Part, link
from tagging.events.merging import merge
from tagging.events.record import (
    EventDate,
    EventRecord,
    Evidence,
    Movement,
    Party,
    Whereabouts,
)
from tagging.events.references import find_references, referent
from tagging.geography.movement import movement
from tagging.geography.places import Places
from tagging.pipeline import Refuse, Tagger
from tagging.tagged import TaggedMention, TaggedSentence


@dataclass(frozen=True)
class Stamp:
    """What every record of a run carries: the models, their codebooks, and the quad classes."""

    models: dict[str, str]
    codebooks: dict[str, str]
    quad_classes: dict[str, str]

    @staticmethod
    def of(tagger: Tagger) -> "Stamp":
        """Those of the tagger's artifacts."""
        artifacts = tagger.artifacts
        groups = (artifact.codebook.groups for artifact in artifacts)
        return Stamp(
            models={artifact.card.task: artifact.manifest_hash for artifact in artifacts},
            codebooks={artifact.card.task: artifact.card.codebook_hash for artifact in artifacts},
            quad_classes={name: group for each in groups for name, group in each.items()},
        )


def read_articles(
    tagger: Tagger, pages: Iterable[tuple[str, str]], refused: Refuse | None = None
) -> Iterator[TaggedArticle]:
    """The articles of (page id, text) pairs, in order, with their events.

    Models are asked for batches of sentences of several pages. A page without an article raises
    BadInput, or is told to `refused` if given.
    """
    stamp = Stamp.of(tagger)
    for page_id, page, sentences in tagger.tag_articles(pages, refused):
        yield TaggedArticle(
            id=page_id,
            title=page.title,
            date=page.date,
            text=page.text,
            sentences=tuple(sentences),
            events=events_of(page, sentences, stamp, tagger.judge),
        )


def events_of(
    page: Page, sentences: Sequence[TaggedSentence], stamp: Stamp, judge: Judge | None = None
) -> tuple[EventRecord, ...]:
    """The article's events in the order of their first sentences, each told once."""
    events = link(sentences, judge)
    article = _Article(page, sentences, events, stamp)
    return merge([article.record(event) for event in events])


class _Article:
    """What the records of one article share: its day, its places, who stands for whom."""

    def __init__(
        self,
        page: Page,
        sentences: Sequence[TaggedSentence],
        events: Sequence[LinkedEvent],
        stamp: Stamp,
    ) -> None:
        self.page, self.stamp = page, stamp
        self.references = find_references(sentences)
        surfaces = [place.surface for sentence in sentences for place in sentence.places]
        self.places = Places.of(surfaces, page.dateline.place if page.dateline else None)
        self.dates = _dates(page, sentences, events)

    def record(self, event: LinkedEvent) -> EventRecord:
        """The event of one sentence."""
        sentence, kind = event.sentence, event.event.label
        origins, destinations = (
            self._whereabouts(parts) for parts in (event.origins, event.destinations)
        )
        sites, transits = (self._whereabouts(parts) for parts in (event.sites, event.transits))
        sources, targets, reporters = (
            tuple(map(self._party, parts))
            for parts in (event.sources, event.targets, event.reporters)
        )
        fillers: list[Party | Whereabouts] = [*sources, *targets, *reporters]
        fillers += [*origins, *destinations, *sites, *transits]
        return EventRecord(
            id=_id(sentence, kind),
            article=sentence.page_id,
            sentences=(sentence.number,),
            evidence=Evidence(sentence.text, sentence.start, sentence.end, sentence.source),
            date=self.dates[sentence.number, kind],
            event_type=kind,
            quad_class=self.stamp.quad_classes[kind],
            probability=event.event.probability,
            joint=event.event.probability * prod(filler.probability for filler in fillers),
            sources=sources,
            targets=targets,
            reporters=reporters,
            origins=origins,
            destinations=destinations,
            sites=sites,
            transits=transits,
            movement=_movement(origins, destinations),
            cameo=cameo_of(kind, sentence.text, sources),
            acled=acled_of(kind, sentence.text, sources, targets),
            models=self.stamp.models,
            codebooks=self.stamp.codebooks,
        )

    def _party(self, part: Part) -> Party:
        mention = part.mention
        own = affiliation(mention.surface)
        named = referent(self.references, (mention.start, mention.end))
        if named is not None:
            own = joined(own, affiliation(named.surface))
        whole = at_home(own, mention.surface, self.places.home)
        reference = _evidence(named) if named else None
        return Party(_evidence(mention), part.probability, whole, reference)

    def _whereabouts(self, parts: Sequence[Part]) -> tuple[Whereabouts, ...]:
        return tuple(
            Whereabouts(
                _evidence(part.mention), part.probability, self.places.find(part.mention.surface)
            )
            for part in parts
        )


def _dates(
    page: Page, sentences: Sequence[TaggedSentence], events: Sequence[LinkedEvent]
) -> dict[tuple[int, str], EventDate]:
    """When each event took place, by its sentence's number and its type."""
    own: dict[int, list[LinkedEvent]] = {}
    for event in events:
        own.setdefault(event.sentence.number, []).append(event)
    found: dict[tuple[int, str], EventDate] = {}
    before: Dated | None = None
    for sentence in sentences:
        told, previous = own.get(sentence.number, []), before
        before = date_event(sentence.text, page.date, previous)
        for event in told:
            near = _starts(event) if len(told) > 1 else []
            kind = event.event.label
            dated = date_event(sentence.text, page.date, previous, near, kind)
            found[sentence.number, kind] = _event_date(page, sentence, dated)
    return found


def _starts(event: LinkedEvent) -> list[int]:
    """Where in the sentence the mentions start that take part in the event."""
    actors, ways = (*event.sources, *event.targets), (*event.origins, *event.destinations)
    parts = (*actors, *ways, *event.sites, *event.transits)
    return [part.mention.start - event.sentence.start for part in parts]


def _event_date(page: Page, sentence: TaggedSentence, dated: Dated) -> EventDate:
    evidence = None
    if dated.start is not None and dated.end is not None:
        start, end = sentence.start + dated.start, sentence.start + dated.end
        evidence = Evidence(page.text[start:end], start, end, page.source_offsets(start, end))
    return EventDate(dated.first_day, dated.precision, dated.basis, evidence, dated.background)


def _movement(
    origins: Sequence[Whereabouts], destinations: Sequence[Whereabouts]
) -> Movement | None:
    start = next((place.location for place in origins if place.location), None)
    end = next((place.location for place in destinations if place.location), None)
    return movement(start, end) if start and end else None


def _evidence(mention: TaggedMention) -> Evidence:
    return Evidence(mention.surface, mention.start, mention.end, mention.source)


def _id(sentence: TaggedSentence, kind: str) -> str:
    """The same for the same event of the same article, whatever else was tagged with it."""
    content = f"{sentence.page_id}\n{sentence.number}\n{kind}"
    return sha256(content.encode()).hexdigest()[:16]
