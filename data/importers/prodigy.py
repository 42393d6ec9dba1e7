"""Prodigy's JSON Lines (`db-out`): spans, relations, text categories, choices.

A row is a sentence; `_task_hash` makes its id and `_input_hash` its article, unless the mapping's
column `doc_id` names a key of `meta` that holds the article. Only accepted rows are read: a
rejected or ignored one is refused with that reason, since our records hold no single negative. An
accepted `label` says that this type is there and nothing of the others: the row is incomplete. An
accepted choice (`options`, `accept`) was asked about all: none chosen is no event. Offsets count
code points unless the mapping states another unit; the quoted text of a span is checked.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, StrictInt, StrictStr

from data.errors import BadInput
from data.importers.doccano import Name, Offset, Text
from data.mapping import Mapping
from data.reading import Refuse, Seen, as_model, parse_json, read_lines
from data.records import Sentence
from data.spans import Labelled, Relation, article_of, located, meaning_of, unit_of

EXPECTED = "a row of Prodigy's db-out"
Id = StrictInt | StrictStr
Key = tuple[int, int, str] | tuple[int, int] | int | None  # what a relation's end is found by


class Span(BaseModel):
    """A labelled stretch; the tokens are those it starts and ends with."""

    model_config = ConfigDict(frozen=True)
    start: Offset
    end: Offset
    label: Name
    text: str | None = None
    token_start: Offset | None = None
    token_end: Offset | None = None


class End(BaseModel):
    """Where a relation starts or ends; without a label where it is no span but a token."""

    model_config = ConfigDict(frozen=True)
    start: Offset
    end: Offset
    label: Name | None = None


class Edge(BaseModel):
    """A relation; `head` and `child` are tokens."""

    model_config = ConfigDict(frozen=True)
    head: Offset
    child: Offset
    label: Name
    head_span: End | None = None
    child_span: End | None = None


class Option(BaseModel):
    """A possible answer of the choice interface."""

    model_config = ConfigDict(frozen=True)
    id: Id


class ProdigyRow(BaseModel):
    """One annotated task."""

    model_config = ConfigDict(frozen=True)
    text: Text
    answer: Literal["accept", "reject", "ignore"]
    input_hash: StrictInt = Field(alias="_input_hash")
    task_hash: StrictInt = Field(alias="_task_hash")
    annotator: str | None = Field(
        default=None, validation_alias=AliasChoices("_annotator_id", "_session_id")
    )
    meta: dict[str, Any] = Field(default_factory=dict)
    spans: Annotated[tuple[Span, ...], Field(fail_fast=True)] = ()
    relations: Annotated[tuple[Edge, ...], Field(fail_fast=True)] = ()
    label: Name | None = None
    options: Annotated[tuple[Option, ...], Field(fail_fast=True)] | None = None
    accept: Annotated[tuple[Id, ...], Field(fail_fast=True)] = ()


def read(path: Path, refuse: Refuse, mapping: Mapping) -> Iterator[Sentence]:
    """Streams the accepted rows; each other line goes to `refuse` with file:line and its reason."""
    seen = Seen()
    for number, line in read_lines(path, refuse):
        if not line.strip(" \t\r"):
            continue
        try:
            row = as_model(parse_json(line, EXPECTED), ProdigyRow, EXPECTED, "check the export")
            sentence = _sentence(row, mapping, f"{path}:{number}")
            if not seen.add(sentence.id):
                found = f"{row.task_hash} again, by {row.annotator!r}"
                raise BadInput("each task once", found, "import one annotator's rows at a time")
        except BadInput as error:
            refuse(error.at(path, number))
            continue
        yield sentence


def _sentence(row: ProdigyRow, mapping: Mapping, where: str) -> Sentence:
    if row.answer != "accept":
        raise BadInput("an accepted row", f"answer {row.answer!r}", "only accepted ones are read")
    spans = [_labelled(span, place, row.text, mapping) for place, span in enumerate(row.spans)]
    relations = list(_relations(row))
    asked = row.options is not None
    labels = [*_chosen(row), *([row.label] if row.label else [])]
    meaning = meaning_of(labels, spans, relations, mapping, asked)
    source = mapping.source or "prodigy"
    return Sentence(
        id=f"{source}-{row.task_hash}",
        doc_id=article_of(row.meta, mapping, "meta") or f"{source}-{row.input_hash}",
        text=row.text,
        mentions=meaning.mentions,
        event_types=meaning.event_types,
        complete=meaning.complete and (asked or row.label is None),
        source=source,
        where=where,
    )


def _chosen(row: ProdigyRow) -> list[str]:
    known = None if row.options is None else [str(option.id) for option in row.options]
    chosen = [str(name) for name in row.accept]
    for name in chosen:
        if known is not None and name not in known:
            raise BadInput(f"a choice of {', '.join(known)}", repr(name), "check `options`")
    return chosen


def _labelled(span: Span, place: int, text: str, mapping: Mapping) -> Labelled:
    unit = unit_of(mapping, "code_points")
    return Labelled(str(place), *located(text, span.start, span.end, unit, span.text), span.label)


def _relations(row: ProdigyRow) -> Iterator[Relation]:
    """The relations between spans, which are named by their places in the row."""
    places: dict[Key, list[int]] = defaultdict(list)
    for place, span in enumerate(row.spans):
        stretch = span.start, span.end
        for key in {stretch, (*stretch, span.label), span.token_start, span.token_end}:
            places[key].append(place)
    for edge in row.relations:
        head = _end(edge.head, edge.head_span, places)
        yield Relation(edge.label, head, _end(edge.child, edge.child_span, places))


def _end(token: int, end: End | None, places: dict[Key, list[int]]) -> str:
    """The id of the one span that a relation's end is."""
    key: Key = token
    if end:
        key = (end.start, end.end, end.label) if end.label else (end.start, end.end)
    if len(found := places.get(key, [])) != 1:
        where = f"{end.start}:{end.end}" if end else f"token {token}"
        fix = "label it, or give the relation its span"
        raise BadInput("a labelled span at a relation's end", f"{len(found)} at {where}", fix)
    return str(found[0])
