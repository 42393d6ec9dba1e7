"""doccano's JSON Lines: text classification, sequence labelling and relation exports.

A row is a sentence. Labels stand in `label` or `labels` (event types, or [start, end, label]),
`entities` with `relations`, and `cats`; the further keys are the row's meta data, and the mapping's
column `doc_id` names the one that holds the article (without it a row is its own article).
doccano counts UTF-16 units unless the mapping states `offsets`. A row without any event label
counts as incomplete, since doccano writes the same for "not yet seen"; comments are read over.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from data.errors import BadInput
from data.mapping import Mapping
from data.reading import MAX_LINE, Refuse, Seen, as_model, parse_json, read_lines
from data.records import Sentence
from data.spans import Labelled, Relation, article_of, located, meaning_of, unit_of

Name = Annotated[str, Field(min_length=1)]
Text = Annotated[str, Field(pattern=r"\S")]
Offset = Annotated[int, Field(ge=0, le=MAX_LINE, strict=True)]
Id = StrictInt | StrictStr
Triple = tuple[Offset, Offset, Name]
EXPECTED = "a row of doccano's JSONL export"
LABELS = ("label", "labels", "entities", "cats")


class Entity(BaseModel):
    """A labelled stretch of the relation export."""

    model_config = ConfigDict(frozen=True)
    id: Id
    label: Name
    start_offset: Offset
    end_offset: Offset


class Edge(BaseModel):
    """A relation between two entities."""

    model_config = ConfigDict(frozen=True)
    from_id: Id
    to_id: Id
    type: Name


class DoccanoRow(BaseModel):
    """One line of an export; which label keys it has depends on the project."""

    model_config = ConfigDict(frozen=True, extra="allow")
    id: Id | None = None
    text: Text
    label: Annotated[tuple[Name | Triple, ...], Field(fail_fast=True)] | None = None
    labels: Annotated[tuple[Name | Triple, ...], Field(fail_fast=True)] | None = None
    entities: Annotated[tuple[Entity | Triple, ...], Field(fail_fast=True)] | None = None
    relations: Annotated[tuple[Edge, ...], Field(fail_fast=True)] = ()
    cats: Annotated[tuple[Name, ...], Field(fail_fast=True)] | None = None


def read(path: Path, refuse: Refuse, mapping: Mapping) -> Iterator[Sentence]:
    """Streams the rows; each bad line goes to `refuse` with file:line and its reason."""
    seen = Seen()
    for number, line in read_lines(path, refuse):
        if not line.strip(" \t\r"):
            continue
        try:
            row = as_model(parse_json(line, EXPECTED), DoccanoRow, EXPECTED, "check the export")
            sentence = _sentence(row, mapping, f"{path}:{number}", number)
            if not seen.add(sentence.id):
                raise BadInput("each id once", f"{sentence.id!r} again", "import one annotator")
        except BadInput as error:
            refuse(error.at(path, number))
            continue
        yield sentence


def _sentence(row: DoccanoRow, mapping: Mapping, where: str, number: int) -> Sentence:
    if not row.model_fields_set.intersection(LABELS):
        raise BadInput(f"labels under {', '.join(LABELS)}", "none of these keys", "export JSONL")
    marked = (*(row.label or ()), *(row.labels or ()), *(row.entities or ()))
    labels = [item for item in marked if isinstance(item, str)]
    spans = [
        _labelled(item, place, row.text, mapping)
        for place, item in enumerate(marked)
        if not isinstance(item, str)
    ]
    relations = [Relation(edge.type, str(edge.from_id), str(edge.to_id)) for edge in row.relations]
    meaning = meaning_of([*labels, *(row.cats or ())], spans, relations, mapping)
    source = mapping.source or "doccano"
    row_id = f"{source}-line-{number}" if row.id is None else f"{source}-{row.id}"
    return Sentence(
        id=row_id,
        doc_id=article_of(row.model_extra or {}, mapping) or row_id,
        text=row.text,
        mentions=meaning.mentions,
        event_types=meaning.event_types,
        complete=meaning.complete,
        source=source,
        where=where,
    )


def _labelled(item: Entity | Triple, place: int, text: str, mapping: Mapping) -> Labelled:
    if isinstance(item, Entity):
        name, start, end, label = str(item.id), item.start_offset, item.end_offset, item.label
    else:
        name, (start, end, label) = f"#{place}", item
    return Labelled(name, *located(text, start, end, unit_of(mapping, "utf16")), label)
