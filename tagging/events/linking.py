"""Which mentions take part in which event of a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from tagging.pipeline import Scored, TaggedMention, TaggedSentence


@dataclass(frozen=True)
class Part:
    """A mention in one role or direction of one event, and the probability of that."""

    mention: TaggedMention
    probability: float


@dataclass(frozen=True)
class LinkedEvent:
    """One event of a sentence with those who take part in it; reporters are of the sentence."""

    sentence: TaggedSentence
    event: Scored
    sources: tuple[Part, ...] = ()
    targets: tuple[Part, ...] = ()
    reporters: tuple[Part, ...] = ()
    origins: tuple[Part, ...] = ()
    destinations: tuple[Part, ...] = ()
    sites: tuple[Part, ...] = ()
    transits: tuple[Part, ...] = ()


def link(sentences: Sequence[TaggedSentence], tagger_judge: None = None) -> list[LinkedEvent]:
    """The events of the sentences in reading order, each with its parts."""
    return [
        _event(sentence, event) for sentence in sentences for event in sentence.event_types or ()
    ]


def _event(sentence: TaggedSentence, event: Scored) -> LinkedEvent:
    """Everyone takes part in it."""
    return LinkedEvent(
        sentence,
        event,
        sources=_parts(sentence.actors, "source"),
        targets=_parts(sentence.actors, "target"),
        reporters=_parts(sentence.actors, "reporter"),
        origins=_parts(sentence.places, "origin"),
        destinations=_parts(sentence.places, "destination"),
        sites=_parts(sentence.places, "site"),
        transits=_parts(sentence.places, "transit"),
    )


def _parts(mentions: Sequence[TaggedMention], name: str) -> tuple[Part, ...]:
    """The mentions that have the role or direction, with the probability of it."""
    return tuple(Part(one, one.probabilities[name]) for one in mentions if one.has(name))
