"""Puts the gold answer in the place of one stage's, and leaves what the other stages said."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from data.records import DIRECTIONS, Mention, MentionKind
from evaluation.events.gold import Event, GoldArticle, PlacedSentence, Span
from evaluation.events.matching import overlap
from tagging.pipeline import Found
from tagging.tagged import Scored, TaggedMention, TaggedSentence

Stage = Literal["sentences", "mentions", "event types", "roles", "directions", "linking"]
STAGES: Final[tuple[Stage, ...]] = (
    "sentences",
    "mentions",
    "event types",
    "roles",
    "directions",
    "linking",
)
KINDS: Final[tuple[tuple[MentionKind, Stage, tuple[str, ...]], ...]] = (
    ("actor", "roles", ("source", "target")),
    ("place", "directions", DIRECTIONS),
)
Gold = tuple[Mention, PlacedSentence]  # a gold mention and the sentence that it stands in


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

    def corrected(
        self, sentence: TaggedSentence, events: Sequence[Event], fixed: Collection[Stage]
    ) -> list[Event]:
        """The events of one sentence with gold roles, directions or links, as far as asked for.

        Links say who takes part in which event; roles and directions, what they are in it. So with
        gold roles alone whoever the stack puts into an event has the role that the gold gives him
        there, and with gold links alone he is in the right events with what the stack takes him
        for. Parts of an event that the gold has not are linked as before.
        """
        made = []
        for event in events:
            parts = dict(event.parts)
            for kind, stage, fields in KINDS:
                if stage in fixed or "linking" in fixed:
                    choose = _Chooser(event, events, fields, stage in fixed, "linking" in fixed)
                    parts |= self._parts(sentence, kind, choose)
            if "roles" in fixed:
                parts["reporter"] = self._reporters(sentence)
            kept = {field: spans for field, spans in parts.items() if spans}
            made.append(event.model_copy(update={"parts": kept}))
        return made

    def _parts(
        self, sentence: TaggedSentence, kind: MentionKind, choose: "_Chooser"
    ) -> dict[str, tuple[Span, ...]]:
        """Who fills which field of the event, of the mentions of that kind."""
        parts: dict[str, tuple[Span, ...]] = dict.fromkeys(choose.fields, ())
        for mention in sentence.actors if kind == "actor" else sentence.places:
            for field in choose.roles(mention, self._gold(mention, kind)):
                parts[field] += ((mention.start, mention.end),)
        return parts

    def _reporters(self, sentence: TaggedSentence) -> tuple[Span, ...]:
        found = ((mention, self._gold(mention, "actor")) for mention in sentence.actors)
        return tuple(
            (mention.start, mention.end)
            for mention, gold in found
            if gold and "reporter" in gold[0].role_names
        )

    def _gold(self, mention: TaggedMention, kind: MentionKind) -> Gold | None:
        """The gold mention of that kind that this one overlaps most."""
        span = mention.start, mention.end
        shared = [
            ((overlap(place, span), place == span), gold, sentence)
            for place, gold, sentence in self._mentions
            if gold.kind == kind and overlap(place, span)
        ]
        return max(shared, key=lambda each: each[0])[1:] if shared else None


@dataclass(frozen=True)
class _Chooser:
    """Which of the fields of one of the sentence's events a mention fills."""

    event: Event
    events: Sequence[Event]
    fields: tuple[str, ...]
    gold_roles: bool
    gold_links: bool

    def roles(self, mention: TaggedMention, gold: Gold | None) -> set[str]:
        """The fields; `gold` is the mention in the gold, if it has any like it."""
        span, kind = (mention.start, mention.end), self.event.event_type
        said = [{one for one in self.fields if span in each.filling(one)} for each in self.events]
        own = said[self.events.index(self.event)]
        known = self._events(gold) if self.gold_links else frozenset()
        if self.gold_roles:
            linked = bool(len(said) == 1 or own or not any(said))
            return self._in_gold(gold) if (kind in known if known else linked) else set()
        if gold is None or not known:
            return own
        others = set().union(*said) | {one for one in self.fields if mention.has(one)}
        return {one for one in own or others if kind in (gold[1].events_of(gold[0], one) or known)}

    def _events(self, gold: Gold | None) -> frozenset[str]:
        """The events in which the gold has the mention; none where it does not know this one."""
        if gold is None or self.event.event_type not in gold[1].labelled.event_types:
            return frozenset()
        return gold[1].events_of(gold[0])

    def _in_gold(self, gold: Gold | None) -> set[str]:
        """What the mention is in this event by the gold, or else in any."""
        if gold is None:
            return set()
        mention, placed = gold
        here = {
            one for one in self.fields if self.event.event_type in placed.events_of(mention, one)
        }
        return here or {one for one in self.fields if one in mention.role_names}
