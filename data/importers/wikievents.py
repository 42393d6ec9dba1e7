"""WikiEvents (Li et al., NAACL 2021): documents with events, their arguments and all entities.

The sentences with an event's trigger are read, with the arguments that stand in them. Entities
without an event become mentions too, marked as derived. JSON Lines, packed by gzip or plain.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, FailFast, Field

from data.errors import BadInput
from data.event_arguments import (
    Argument,
    Index,
    Name,
    read_rows,
    stretches_of,
    types_of,
)
from data.mapping import Mapping
from data.reading import Refuse, Seen
from data.records import Sentence
from data.spans import Stretch, located, mentions_of, unit_of

STATEMENT = "Contact.Contact.Broadcast"
NO_EVENT = "(no event)"  # the mapping's role of an entity that is no argument
NEAR = 25  # characters; a place this close to an event's place mostly belongs to it
_ADJECTIVES = """
Afghan, African, American, Arab, Asian, Australian, British, Canadian, Chinese, Dutch, Egyptian,
European, French, German, Greek, Indian, Iranian, Iraqi, Irish, Israeli, Italian, Japanese, Korean,
Lebanese, Mexican, Nigerian, North American, North Korean, Pakistani, Palestinian, Polish, Russian,
Saudi, Scottish, Somali, South American, South Korean, Spanish, Syrian, Turkish, Ukrainian, Welsh,
Western, Yemeni
"""
ADJECTIVES = frozenset(name.strip() for name in _ADJECTIVES.split(","))  # that name no place
UNTELLING = frozenset({"people", "person", "being"})

Token = tuple[str, Index, Index]  # offsets into the document's text
Tokens = Annotated[tuple[Token, ...], FailFast(), Field(min_length=1)]


class EntityRow(BaseModel):
    """An entity mention; start and end count the document's tokens."""

    model_config = ConfigDict(frozen=True)
    id: Name
    sent_idx: Index
    start: Index
    end: Index
    entity_type: Name
    text: str


class TriggerRow(BaseModel):
    """The word that names an event."""

    model_config = ConfigDict(frozen=True)
    sent_idx: Index


class ArgumentRow(BaseModel):
    """An entity that plays a role in an event."""

    model_config = ConfigDict(frozen=True)
    entity_id: Name
    role: Name


class EventRow(BaseModel):
    """An event with its arguments, of which some may stand in other sentences."""

    model_config = ConfigDict(frozen=True)
    event_type: Name
    trigger: TriggerRow
    arguments: Annotated[tuple[ArgumentRow, ...], FailFast()]


class DocumentRow(BaseModel):
    """One line: a document; further keys are read over."""

    model_config = ConfigDict(frozen=True)
    doc_id: Name
    sentences: Annotated[tuple[tuple[Tokens, str], ...], FailFast()]
    entity_mentions: Annotated[tuple[EntityRow, ...], FailFast()]
    event_mentions: Annotated[tuple[EventRow, ...], FailFast()]


@dataclass(frozen=True)
class Part:
    """A sentence of a document with what stands in it."""

    index: int
    tokens: Sequence[Token]
    text: str
    before: int  # tokens of the document before it
    entities: Sequence[EntityRow]
    events: Sequence[EventRow]
    linked: Collection[str]  # entities that are arguments anywhere in the document


def read(path: Path, refuse: Refuse, mapping: Mapping) -> Iterator[Sentence]:
    """Streams the sentences with a trigger; bad lines and bad sentences go to `refuse`."""
    seen = Seen()
    split = path.name.partition(".")[0]
    for number, row in read_rows(path, refuse, DocumentRow):
        where = f"{path}:{number}"
        try:
            if not seen.add(row.doc_id):
                raise BadInput("each doc_id once", repr(row.doc_id), "make them unique")
            entities, parts = _entities(row), _parts(row)
        except BadInput as error:
            refuse(error.at(path, number))
            continue
        for part in parts:
            try:
                sentence = _sentence(part, entities, mapping)
            except BadInput as error:
                found = f"{error.found} in sentence {part.index}"
                refuse(BadInput(error.expected, found, error.fix, path=path, line=number))
                continue
            name = f"wikievents-{split}-{row.doc_id}-{part.index}"
            yield replace(sentence, id=name, doc_id=row.doc_id, where=where)


def _entities(row: DocumentRow) -> dict[str, EntityRow]:
    found = {entity.id: entity for entity in row.entity_mentions}
    if len(found) != len(row.entity_mentions):
        raise BadInput("each entity's id once", "one again", "make the ids unique")
    for event in row.event_mentions:
        for argument in event.arguments:
            if argument.entity_id not in found:
                raise BadInput("an entity of the document", repr(argument.entity_id))
    return found


def _parts(row: DocumentRow) -> list[Part]:
    """The sentences with a trigger."""
    entities: dict[int, list[EntityRow]] = defaultdict(list)
    events: dict[int, list[EventRow]] = defaultdict(list)
    for entity in row.entity_mentions:
        entities[entity.sent_idx].append(entity)
    for event in row.event_mentions:
        events[event.trigger.sent_idx].append(event)
    count = len(row.sentences)
    if outside := [index for index in (*entities, *events) if index >= count]:
        raise BadInput(f"a sent_idx below {count}", str(outside[0]))
    before = [0, *accumulate(len(tokens) for tokens, _ in row.sentences)]
    linked = {one.entity_id for event in row.event_mentions for one in event.arguments}
    return [
        Part(index, *row.sentences[index], before[index], entities[index], events[index], linked)
        for index in sorted(events)
    ]


def _sentence(part: Part, entities: dict[str, EntityRow], mapping: Mapping) -> Sentence:
    """The sentence without the names that its document gives it."""
    if not part.text.strip():
        raise BadInput("a sentence", "blanks alone")
    stretches = _stretches(part, entities, mapping)
    types = {
        name
        for event in part.events
        for name in types_of(event.event_type, (one.role for one in event.arguments), mapping)
    }
    return Sentence(
        id="",
        doc_id="",
        text=part.text,
        mentions=mentions_of(sorted(stretches, key=lambda one: one[:2])),
        event_types=tuple(sorted(types)),
        complete=mapping.complete,
        source=mapping.source,
    )


def _stretches(part: Part, entities: dict[str, EntityRow], mapping: Mapping) -> list[Stretch]:
    """The mentions of the events' arguments, and those of the entities without an event."""
    places = {entity.id: _located(part, entity, mapping) for entity in part.entities}
    found: list[Stretch] = []
    # where nothing but a statement happens, its speaker is its source and no reporter
    alone = {event.event_type for event in part.events} == {STATEMENT}
    for event in part.events:
        name = "" if alone else event.event_type
        for one in event.arguments:
            if place := places.get(one.entity_id):
                kind = entities[one.entity_id].entity_type
                found += stretches_of(Argument(name, one.role, *place, kind), part.text, mapping)
    taken = {(one.start, one.end) for one in found if one.kind == "place"}
    for entity in part.entities:
        if entity.id not in part.linked:
            free = Argument("", NO_EVENT, *places[entity.id], entity.entity_type)
            made = stretches_of(free, part.text, mapping)
            found += [one for one in made if _tells(one, part.text, taken)]
    return found


def _located(part: Part, entity: EntityRow, mapping: Mapping) -> tuple[int, int]:
    first, last = entity.start - part.before, entity.end - part.before - 1
    if not 0 <= first <= last < len(part.tokens):
        raise BadInput(
            f"an entity within the sentence's tokens {part.before} to "
            f"{part.before + len(part.tokens)}",
            f"{entity.id!r} at {entity.start}:{entity.end}",
        )
    origin = part.tokens[0][1]
    start, end = part.tokens[first][1] - origin, part.tokens[last][2] - origin
    return located(part.text, start, end, unit_of(mapping, "code_points"), entity.text)


def _tells(stretch: Stretch, text: str, taken: set[tuple[int, int]]) -> bool:
    """Whether an entity without an event is worth a mention."""
    surface = text[stretch.start : stretch.end]
    if stretch.kind == "actor":
        return len(surface) > 2 and surface.lower() not in UNTELLING
    return surface not in ADJECTIVES and all(
        stretch.start - end > NEAR or start - stretch.end > NEAR for start, end in taken
    )
