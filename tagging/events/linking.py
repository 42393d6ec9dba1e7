"""Which mentions take part in which event of a sentence."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from data.records import Example, MentionKind, asked
from tagging.artifact import Prediction
from tagging.events.nearest import places_by_event
from tagging.questions import about
from tagging.tagged import Scored, TaggedMention, TaggedSentence

# Who has a role takes part in the events where it is at least so probable, or else in the most
# probable one. Asked for one event a model says no more often than plainly, so its own thresholds
# miss many (benchmarks/linking.py).
TAKES_PART: Final = 0.3

# What the artifact for mentions of that kind answers; None if it cannot be asked for one event.
Judge = Callable[[MentionKind, Sequence[Example]], Sequence[Prediction] | None]
Question = tuple[int, str, int, int]  # the sentence's place, the event, where the mention stands
Answers = dict[Question, Prediction]


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


def link(
    sentences: Sequence[TaggedSentence], tagger_judge: Judge | None = None
) -> list[LinkedEvent]:
    """The events of the sentences in reading order, each with its parts.

    In a sentence of several events the judge is asked about each mention and event, all at once:
    the roles are those of the plain answer, and the judge tells in which events.
    Without an answer an actor that has a part in the sentence has it in each of its events, and a
    place in the one of which a word stands nearest.
    """
    actors = _answers("actor", sentences, tagger_judge)
    places = _answers("place", sentences, tagger_judge)
    linked = []
    for place, sentence in enumerate(sentences):
        several = len(sentence.event_types or ()) > 1
        nearest = places_by_event(sentence) if several and not places else {}
        for event in sentence.event_types or ():
            own = nearest.get(event.label, sentence.places)
            linked.append(_event(place, sentence, event, own, actors, places))
    return linked


def _answers(
    kind: MentionKind, sentences: Sequence[TaggedSentence], judge: Judge | None
) -> Answers:
    """The judge's answers about the mentions of that kind; none where it cannot be asked."""
    asking = dict(_questions(kind, sentences)) if judge else {}
    said = judge(kind, list(asking.values())) if judge and asking else None
    return {} if said is None else dict(zip(asking, said, strict=True))


def _questions(
    kind: MentionKind, sentences: Sequence[TaggedSentence]
) -> Iterator[tuple[Question, Example]]:
    """An example for each event and mention of each sentence of several events."""
    for place, sentence in enumerate(sentences):
        events = sentence.event_types or ()
        mentions = sentence.actors if kind == "actor" else sentence.places
        for event in events if len(events) > 1 else ():
            for mention in mentions:
                if mention.labels is not None:
                    question = (place, event.label, mention.start, mention.end)
                    yield question, asked(_example(sentence, mention), event.label)


def _example(sentence: TaggedSentence, mention: TaggedMention) -> Example:
    """What the artifact was asked of the mention in the first place."""
    name, start = f"{sentence.page_id}-{sentence.number}", sentence.start
    text = sentence.text
    return about(name, sentence.page_id, text, mention.start - start, mention.end - start)


def _event(
    place: int,
    sentence: TaggedSentence,
    event: Scored,
    own: Sequence[TaggedMention],
    actors: Answers,
    places: Answers,
) -> LinkedEvent:
    """The event; `own` are the places that may have a part in it."""
    labels = [each.label for each in sentence.event_types or ()]

    def parts(mentions: Sequence[TaggedMention], answers: Answers, name: str) -> tuple[Part, ...]:
        """The mentions that have the role or direction, with the probability of it."""
        found = []
        for one in mentions:
            if not one.has(name):
                continue
            said = {label: answers.get((place, label, one.start, one.end)) for label in labels}
            in_event = {label: each.probabilities[name] for label, each in said.items() if each}
            if not in_event:
                found.append(Part(one, one.probabilities[name]))
            elif in_event[event.label] >= min(TAKES_PART, max(in_event.values())):
                found.append(Part(one, in_event[event.label]))
        return tuple(found)

    return LinkedEvent(
        sentence,
        event,
        sources=parts(sentence.actors, actors, "source"),
        targets=parts(sentence.actors, actors, "target"),
        reporters=parts(sentence.actors, {}, "reporter"),
        origins=parts(own, places, "origin"),
        destinations=parts(own, places, "destination"),
        sites=parts(own, places, "site"),
        transits=parts(own, places, "transit"),
    )
