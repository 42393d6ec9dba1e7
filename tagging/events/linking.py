"""Which mentions take part in which event of a sentence."""

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
