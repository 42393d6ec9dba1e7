"""Labelled sentences -> articles as pages of text, and the gold events in them."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from data.records import Mention, Sentence
from evaluation.metrics import Frozen

FIELDS: Final = ("source", "target", "reporter", "origin", "destination", "site", "transit")
Span = tuple[int, int]  # code points of the article's text


class Event(Frozen):
    """One event of one sentence, with the spans that fill its fields; an empty field is absent."""

    event_type: str
    sentence: Span
    parts: dict[str, tuple[Span, ...]]

    def filling(self, field: str) -> frozenset[Span]:
        """The spans in that field."""
        return frozenset(self.parts.get(field, ()))


@dataclass(frozen=True)
class PlacedSentence:
    """A labelled sentence that starts at `start` of its article's text."""

    start: int
    labelled: Sentence

    @property
    def span(self) -> Span:
        return self.start, self.start + len(self.labelled.text)

    def span_of(self, mention: Mention) -> Span:
        """The mention's place in the article's text."""
        return self.start + mention.start, self.start + mention.end

    def events_of(self, mention: Mention, field: str | None = None) -> frozenset[str]:
        """The types of the events in which the mention has that role, or any but reporter."""
        types = self.labelled.event_types
        return frozenset(
            event
            for role in mention.roles
            if (role.name == field if field else role.name in FIELDS and role.name != "reporter")
            for event in ((role.event,) if role.event else types)
        )


@dataclass(frozen=True)
class GoldArticle:
    """An article's text, which is its sentences in order with one blank between two."""

    id: str
    text: str
    sentences: tuple[PlacedSentence, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        """The gold events in reading order."""
        return tuple(
            _event(sentence, name)
            for sentence in self.sentences
            for name in sentence.labelled.event_types
        )


def gold_articles(
    sentences: Iterable[Sentence], merges: Mapping[str, str] | None = None
) -> tuple[list[GoldArticle], dict[str, int]]:
    """The articles in the order of the file, and why others were left out: reason -> articles.

    `merges` are the codebook's: event type -> the type that it counts as.
    """
    by_article: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        by_article.setdefault(sentence.doc_id, []).append(_merged(sentence, merges or {}))
    made, left_out = [], Counter[str]()
    for name, members in by_article.items():
        if reason := next(filter(None, map(_unusable, members)), None):
            left_out[reason] += 1
        else:
            made.append(_placed(name, members))
    return made, dict(left_out)


def _unusable(sentence: Sentence) -> str | None:
    """Why a sentence's events are not known in full."""
    if not sentence.complete:
        return "event types incomplete: an absent type is not a negative"
    if any(mention.derived for mention in sentence.mentions):
        return "roles found by rule"
    several = len(sentence.event_types) > 1
    roles = (role for mention in sentence.mentions for role in mention.roles)
    if several and any(r.name not in ("reporter", "background") and not r.event for r in roles):
        return "a role that names none of its sentence's events"
    return None


def _merged(sentence: Sentence, merges: Mapping[str, str]) -> Sentence:
    """The sentence with the types that its labels count as, and each span a mention once."""
    types = dict.fromkeys(merges.get(name, name) for name in sentence.event_types)
    mentions: dict[tuple[int, int, str], Mention] = {}
    for each in sentence.mentions:
        place = each.start, each.end, each.kind
        before = mentions[place].roles if place in mentions else ()
        roles = [replace(one, event=merges.get(one.event or "", one.event)) for one in each.roles]
        mentions[place] = replace(each, roles=tuple(dict.fromkeys([*before, *roles])))
    return replace(sentence, event_types=tuple(types), mentions=tuple(mentions.values()))


def _placed(name: str, members: list[Sentence]) -> GoldArticle:
    placed, start = [], 0
    for sentence in members:
        placed.append(PlacedSentence(start, sentence))
        start += len(sentence.text) + 1
    text = " ".join(sentence.text for sentence in members)  # one line: no part is a headline
    return GoldArticle(name, text.translate({10: " ", 13: " "}), tuple(placed))


def _event(sentence: PlacedSentence, name: str) -> Event:
    """Reporters are of the sentence, all others of the events that their roles name."""
    parts: dict[str, tuple[Span, ...]] = {}
    for field in FIELDS:
        spans = tuple(
            sentence.span_of(mention)
            for mention in sentence.labelled.mentions
            if field in mention.role_names
            and (field == "reporter" or name in sentence.events_of(mention, field))
        )
        if spans:
            parts[field] = spans
    return Event(event_type=name, sentence=sentence.span, parts=parts)
