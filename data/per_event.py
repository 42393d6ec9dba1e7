"""Examples that ask for one event of a sentence: its name stands in front of the text."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from data.codebook import Codebook
from data.examples import examples_in
from data.records import Example, Mark, Mention, Role, Sentence

EVENTLESS: Final = ("reporter", "background")  # roles that belong to no event
JOINTS: Final = (", while ", "; ", " and ", ", after ", ", but ", ", and ")


def asked(example: Example, event: str) -> Example:
    """The example, asked for that event alone: "ASSAULT: The army …", its marks shifted."""
    lead = f"{event}: "
    marks = tuple(
        Mark(mark.name, mark.start + len(lead), mark.end + len(lead)) for mark in example.marks
    )
    return replace(example, id=f"{example.id}:{event}", text=lead + example.text, marks=marks)


def per_event_examples(sentences: Iterable[Sentence], codebook: Codebook) -> Iterator[Example]:
    """The rows that teach a model of mentions what an event in front of the text means.

    A sentence of several events is asked for each, if its roles name theirs. Such sentences are
    few: so two neighbours of one event each are joined as well, and asked for one of the two.
    """
    if codebook.example == "sentence":
        return
    for _, article in groupby(sentences, key=lambda sentence: sentence.doc_id):
        rows = list(article)
        for sentence in rows:
            if len(sentence.event_types) > 1 and sentence.complete and _names_events(sentence):
                for event in sentence.event_types:
                    yield from _rows(sentence, codebook, event)
        for sentence in _joined(rows):
            yield from _rows(sentence, codebook, sentence.event_types[_drawn(sentence.id, 2)])


def _rows(sentence: Sentence, codebook: Codebook, event: str) -> Iterator[Example]:
    """The sentence's mentions with their roles in that event."""
    about = replace(sentence, mentions=tuple(_within(one, event) for one in sentence.mentions))
    for row in examples_in(about, codebook):
        if isinstance(row, Example) and not row.derived:
            yield asked(row, event)


def _within(mention: Mention, event: str) -> Mention:
    """The mention with the roles that it has in that event; a place without one is background."""
    roles = tuple(role for role in mention.roles if role.name in EVENTLESS or role.event == event)
    if mention.roles and not roles and mention.kind == "place":
        roles = (Role("background"),)
    return replace(mention, roles=roles)


def _names_events(sentence: Sentence) -> bool:
    """Whether each role that belongs to an event says to which."""
    roles = [role for mention in sentence.mentions for role in mention.roles]
    return all(role.event or role.name in EVENTLESS for role in roles)


def _joined(sentences: Sequence[Sentence]) -> Iterator[Sentence]:
    """Pairs of an article's sentences of one event each, of two types, as one sentence."""
    waiting: Sentence | None = None
    for sentence in sentences:
        if not sentence.complete or len(sentence.event_types) != 1:
            continue
        if waiting and waiting.event_types != sentence.event_types:
            yield _joint(waiting, sentence)
            waiting = None
        else:
            waiting = sentence


def _joint(first: Sentence, second: Sentence) -> Sentence:
    name = f"{first.id}+{second.id}"
    head = first.text.removesuffix(".") + JOINTS[_drawn(name[::-1], len(JOINTS))]
    mentions = [_moved(one, 0, first.event_types[0]) for one in first.mentions if one.end < len(head)]
    mentions += [_moved(one, len(head), second.event_types[0]) for one in second.mentions]
    types = (*first.event_types, *second.event_types)
    return replace(
        first, id=name, text=head + second.text, mentions=tuple(mentions), event_types=types
    )


def _moved(mention: Mention, by: int, event: str) -> Mention:
    roles = tuple(
        role if role.name in EVENTLESS else Role(role.name, event) for role in mention.roles
    )
    return replace(mention, start=mention.start + by, end=mention.end + by, roles=roles)


def _drawn(name: str, below: int) -> int:
    """A number below that: by chance, but always the same for one name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % below
