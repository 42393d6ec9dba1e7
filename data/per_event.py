"""Examples that ask for one event of a sentence: its name stands in front of the text."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from data.codebook import Codebook
from data.examples import examples_in
from data.records import Example, Mark, Mention, Role, Sentence

EVENTLESS: Final = ("reporter", "background")  # roles that belong to no event
ONE_IN: Final = 4  # of the sentences of one event, this share is asked for it, and for another


def asked(example: Example, event: str) -> Example:
    """The example, asked for that event alone: "ASSAULT: The army …", its marks shifted."""
    lead = f"{event}: "
    marks = tuple(
        Mark(mark.name, mark.start + len(lead), mark.end + len(lead)) for mark in example.marks
    )
    return replace(example, id=f"{example.id}:{event}", text=lead + example.text, marks=marks)


def per_event_examples(
    sentences: Iterable[Sentence], codebook: Codebook, events: Sequence[str]
) -> Iterator[Example]:
    """The rows that teach a model of mentions what an event in front of the text means.

    A sentence of several events is asked for each, if its roles name theirs. Of the others some
    are asked for their own, and some for one of `events` that they do not tell of, in which nobody
    takes part: else the model would never look for the event in the text.
    """
    if codebook.example == "sentence":
        return
    for sentence in sentences:
        for event in _asked_for(sentence, events):
            about = replace(
                sentence, mentions=tuple(_within(one, sentence, event) for one in sentence.mentions)
            )
            for row in examples_in(about, codebook):
                if isinstance(row, Example) and not row.derived:
                    yield asked(row, event)


def _asked_for(sentence: Sentence, events: Sequence[str]) -> tuple[str, ...]:
    """Which events the sentence is asked for: drawn, but always the same for one sentence."""
    types = sentence.event_types
    if not sentence.complete:
        return ()
    if len(types) > 1:
        return types if _names_events(sentence) else ()
    drawn = int.from_bytes(hashlib.sha256(sentence.id.encode()).digest()[:8], "big")
    share, which = drawn % ONE_IN, drawn // ONE_IN
    others = [event for event in events if event not in types]
    if share == 0:
        return types
    return (others[which % len(others)],) if share == 1 and others else ()


def _names_events(sentence: Sentence) -> bool:
    """Whether each role that belongs to an event says to which."""
    roles = [role for mention in sentence.mentions for role in mention.roles]
    return all(role.event or role.name in EVENTLESS for role in roles)


def _within(mention: Mention, sentence: Sentence, event: str) -> Mention:
    """The mention with the roles that it has in that event; a place without one is background."""
    roles = tuple(role for role in mention.roles if _is_in(role, sentence, event))
    if mention.roles and not roles and mention.kind == "place":
        roles = (Role("background"),)
    return replace(mention, roles=roles)


def _is_in(role: Role, sentence: Sentence, event: str) -> bool:
    if role.name in EVENTLESS or role.event == event:
        return True
    return role.event is None and sentence.event_types == (event,)
