"""Puts the gold answer in the place of one stage's, and leaves what the other stages said."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from data.records import Mention, MentionKind
from evaluation.events.gold import FIELDS, Event, GoldArticle, PlacedSentence, Span
from evaluation.events.matching import overlap
from tagging.pipeline import Found, Scored, TaggedMention, TaggedSentence

Stage = Literal["sentences", "mentions", "event types", "roles", "directions", "linking"]
STAGES: Final[tuple[Stage, ...]] = (
    "sentences",
    "mentions",
    "event types",
    "roles",
    "directions",
    "linking",
)
ROLES: Final = ("source", "target", "reporter")
BACKGROUND: Final = "background"


@dataclass(frozen=True)
class Oracle:
    """The gold answers of one article, asked for by what the stack found in it."""

    article: GoldArticle

    @cached_property
    def _mentions(self) -> list[tuple[Span, Mention, PlacedSentence]]:
        return [
            (sentence.span_of(mention), mention, sentence)
            for sentence in self.article.sentences
            for mention in sentence.labelled.mentions
        ]

    def sentences(self) -> list[Found]:
        """The article cut as in the gold, without mentions."""
        return [
            Found(self.article.id, number, placed.start, placed.labelled.text, ())
            for number, placed in enumerate(self.article.sentences, start=1)
        ]

    def mentions(self, start: int, end: int) -> tuple[Mention, ...]:
        """The gold mentions that lie wholly in that stretch, with offsets into it."""
        return tuple(
            replace(mention, start=span[0] - start, end=span[1] - start, roles=())
            for span, mention, _ in self._mentions
            if start <= span[0] and span[1] <= end
        )

    def with_types(self, found: Sequence[TaggedSentence]) -> list[TaggedSentence]:
        """Each gold sentence gives its types to the sentence that holds most of it."""
        types: list[dict[str, None]] = [{} for _ in found]
        for placed in self.article.sentences:
            shared = [overlap(placed.span, (each.start, each.end)) for each in found]
            if any(shared):
                types[shared.index(max(shared))] |= dict.fromkeys(placed.labelled.event_types)
        return [
            replace(sentence, event_types=tuple(Scored(name, 1.0) for name in names))
            for sentence, names in zip(found, types, strict=True)
        ]

    def with_roles(self, found: Iterable[TaggedSentence]) -> list[TaggedSentence]:
        """Actors with the roles of the gold mention that they overlap most, or none."""
        return [
            replace(sentence, actors=_relabelled(sentence.actors, self._roles))
            for sentence in found
        ]

    def with_directions(self, found: Iterable[TaggedSentence]) -> list[TaggedSentence]:
        """Places with the direction of the gold mention that they overlap most, or background."""
        return [
            replace(sentence, places=_relabelled(sentence.places, self._direction))
            for sentence in found
        ]

    def linked(self, sentence: TaggedSentence, events: Sequence[Event]) -> list[Event]:
        """The events of one sentence, with each mention in those that the gold puts it in.

        Roles and directions are those decided for the mention; where the gold has it in another
        role, its events in that role count. What the gold has in no event stays where it was, and
        so do the parts of an event that the gold has not.
        """
        return [self._linked(sentence, event) for event in events]

    def _linked(self, sentence: TaggedSentence, event: Event) -> Event:
        parts: dict[str, tuple[Span, ...]] = {}
        for field in FIELDS:
            kind: MentionKind = "actor" if field in ROLES else "place"
            spans = tuple(
                (mention.start, mention.end)
                for mention in (sentence.actors if kind == "actor" else sentence.places)
                if self._takes_part(mention, kind, field, event)
            )
            if spans:
                parts[field] = spans
        return event.model_copy(update={"parts": parts})

    def _takes_part(
        self, mention: TaggedMention, kind: MentionKind, field: str, event: Event
    ) -> bool:
        gold = self._gold(mention, kind) if field != "reporter" else None
        if gold is not None and event.event_type in gold[1].labelled.event_types:
            named, placed = gold
            events = placed.events_of(named, field) or placed.events_of(named)
            if events:
                return mention.has(field) and event.event_type in events
        return (mention.start, mention.end) in event.filling(field)

    def _gold(
        self, mention: TaggedMention, kind: MentionKind
    ) -> tuple[Mention, PlacedSentence] | None:
        """The gold mention of that kind that this one overlaps most."""
        span = mention.start, mention.end
        shared = [
            (overlap(place, span), gold, sentence)
            for place, gold, sentence in self._mentions
            if gold.kind == kind and overlap(place, span)
        ]
        return max(shared, key=lambda each: each[0])[1:] if shared else None

    def _roles(self, mention: TaggedMention) -> tuple[str, ...]:
        gold = self._gold(mention, "actor")
        return tuple(name for name in ROLES if gold and name in gold[0].role_names)

    def _direction(self, mention: TaggedMention) -> tuple[str, ...]:
        gold = self._gold(mention, "place")
        return gold[0].role_names if gold and gold[0].role_names else (BACKGROUND,)


def _relabelled(
    mentions: Iterable[TaggedMention], labels_of: Callable[[TaggedMention], tuple[str, ...]]
) -> tuple[TaggedMention, ...]:
    """The mentions with certain labels."""
    made = []
    for mention in mentions:
        labels = labels_of(mention)
        chances = dict.fromkeys((*mention.probabilities, *FIELDS), 0.0) | dict.fromkeys(labels, 1.0)
        scored = tuple(Scored(label, 1.0) for label in labels)
        made.append(replace(mention, labels=scored, probabilities=chances))
    return tuple(made)
