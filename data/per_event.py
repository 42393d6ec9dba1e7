"""Examples that ask for one event of a sentence: its name stands in front of the text."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from data.codebook import Codebook
from data.examples import examples_in
from data.records import Example, Mention, Role, Sentence, asked

EVENTLESS: Final = ("reporter", "background")  # roles that belong to no event
JOINTS: Final = (", while ", "; ", " and ", ", after ", ", but ", ", and ")


def per_event_examples(
    sentences: Iterable[Sentence],
    codebook: Codebook,
    weights: Mapping[str, float] | None = None,
    joining: bool = True,
) -> Iterator[Example]:
    """The rows that teach a model of mentions what an event in front of the text means.

    A sentence of several events is asked for each, if its roles name theirs. Such sentences are
    few: so `joining` joins two neighbours of one event each as well, and asks for one of the two.
    `weights` are by sentence; all rows of an article have that of its first.
    """
    for _, article in groupby(sentences, key=lambda sentence: sentence.doc_id):
        rows = list(article)
        weight = (weights or {}).get(rows[0].id, 1.0)
        asking = _asking(rows, joining) if codebook.example != "sentence" else ()
        for sentence, event in asking:
            about = replace(sentence, mentions=tuple(_within(m, event) for m in sentence.mentions))
            for row in examples_in(about, codebook):
                if isinstance(row, Example) and not row.derived:
                    yield replace(asked(row, event), weight=weight)


def _asking(sentences: Sequence[Sentence], joining: bool) -> Iterator[tuple[Sentence, str]]:
    """Which sentences of an article are asked for which event."""
    for sentence in sentences:
        if len(sentence.event_types) > 1 and sentence.complete and _names_events(sentence):
            for event in sentence.event_types:
                yield sentence, event
    for sentence in _joined(sentences) if joining else ():
        yield sentence, sentence.event_types[_drawn(sentence.id, 2)]


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
        if waiting and _may_join(waiting, sentence):
            yield _joint(waiting, sentence)
            waiting = None
        else:
            waiting = sentence


def _may_join(first: Sentence, second: Sentence) -> bool:
    """Whether they tell of two types, and not in half the same words, as minimal pairs do."""
    one, two = (set(sentence.text.split()) for sentence in (first, second))
    return first.event_types != second.event_types and 2 * len(one & two) < min(len(one), len(two))


def _joint(first: Sentence, second: Sentence) -> Sentence:
    """The two as one; a mention that holds the first one's full stop is left out."""
    name = f"{first.id}+{second.id}"
    head = first.text.removesuffix(".")
    shift = len(head + (joint := JOINTS[_drawn(name[::-1], len(JOINTS))]))
    kept = [mention for mention in first.mentions if mention.end <= len(head)]
    mentions = [_moved(mention, 0, first.event_types[0]) for mention in kept]
    mentions += [_moved(mention, shift, second.event_types[0]) for mention in second.mentions]
    return replace(
        first,
        id=name,
        text=head + joint + second.text,
        mentions=tuple(mentions),
        event_types=(*first.event_types, *second.event_types),
    )


def _moved(mention: Mention, by: int, event: str) -> Mention:
    roles = tuple(
        role if role.name in EVENTLESS else Role(role.name, event) for role in mention.roles
    )
    return replace(mention, start=mention.start + by, end=mention.end + by, roles=roles)


def _drawn(name: str, below: int) -> int:
    """A number below that: by chance, but always the same for one name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % below
