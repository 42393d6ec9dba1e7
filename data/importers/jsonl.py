"""JSON Lines of labelled sentences: the format in which they travel between the stages."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from data.errors import BadInput, refuse_folder
from data.mapping import NO_EVENT, ROLES_OF
from data.reading import MAX_LINE, Refuse, Seen, as_model, parse_json, read_lines
from data.records import ACTOR_ROLES, PLACE_ROLES, Mention, Role, Sentence

Name = Annotated[str, Field(min_length=1)]
Offset = Annotated[int, Field(ge=0, le=MAX_LINE, strict=True)]
KNOWN_ROLES = {"actor": (*ACTOR_ROLES, *ROLES_OF), "place": PLACE_ROLES}
SHOWN = 80  # characters of a text that a message quotes
OPTIONAL = ("source", "license", "tags", "region", "style", "date")


class SpanRow(BaseModel):
    """One span of one role; the same stretch may stand in several rows. Offsets are code points."""

    model_config = ConfigDict(frozen=True)
    start: Offset
    end: Offset
    kind: Literal["actor", "place", "trigger"]
    role: Name
    surface: str | None = None
    derived: StrictBool = False
    event_type: str | None = None


class SentenceRow(BaseModel):
    """One line; further keys are allowed, since public sets carry their own."""

    model_config = ConfigDict(frozen=True)
    id: Name
    doc_id: Name
    text: Name
    spans: Annotated[tuple[SpanRow, ...], Field(fail_fast=True)]  # a line may hold 300,000
    event_types: Annotated[tuple[Name, ...], Field(fail_fast=True)]
    event_types_complete: StrictBool = True
    source: str = ""
    license: str = ""
    tags: Annotated[tuple[str, ...], Field(fail_fast=True)] = ()
    region: str | None = None
    style: str | None = None
    date: str | None = None


def read(path: Path, refuse: Refuse) -> Iterator[Sentence]:
    """Streams the sentences; each bad line goes to `refuse` with file:line and its reason."""
    seen = Seen()
    for number, line in read_lines(path, refuse):
        if not line.strip(" \t\r"):
            continue
        try:
            sentence = parse(line, f"{path}:{number}")
            if not seen.add(sentence.id):
                found = f"{_quoted(sentence.id)} again"
                raise BadInput("each id once", found, "make the ids unique")
        except BadInput as error:
            refuse(error.at(path, number))
            continue
        yield sentence


def parse(line: str, where: str = "") -> Sentence:
    """The sentence of one line. Raises BadInput, which knows no path."""
    return _sentence(_row(line), where)


def write(sentences: Iterable[Sentence], path: Path) -> int:
    """Writes the sentences a line each, whole file or none; returns how many."""
    refuse_folder(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    count = 0
    try:
        with part.open("wb") as file:
            for sentence in sentences:
                file.write(to_line(sentence))
                count += 1
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


def to_line(sentence: Sentence) -> bytes:
    """The sentence as one line of UTF-8 with its end. Raises BadInput for a lone surrogate."""
    try:
        return json.dumps(to_row(sentence), ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        where = sentence.where or None
        raise BadInput("text", "a lone surrogate", "remove it", path=where) from None


def to_row(sentence: Sentence) -> dict[str, Any]:
    """The sentence as one JSON object of the shared schema; empty optional keys are left out."""
    row: dict[str, Any] = {
        "id": sentence.id,
        "doc_id": sentence.doc_id,
        "text": sentence.text,
        "spans": [span for mention in sentence.mentions for span in _spans(sentence.text, mention)],
        "event_types": list(sentence.event_types),
        "event_types_complete": sentence.complete,
    }
    optional = {key: getattr(sentence, key) for key in OPTIONAL}
    return row | {key: value for key, value in optional.items() if value}


def _row(line: str) -> SentenceRow:
    return as_model(
        parse_json(line, "one JSON object a line"),
        SentenceRow,
        "a labelled sentence (id, doc_id, text, spans, event_types)",
        "see the schema in docs/data.md",
        "the line",
    )


def _sentence(row: SentenceRow, where: str) -> Sentence:
    if row.text.isspace():
        raise BadInput("a sentence", "blanks alone", "remove the row")
    spans: dict[tuple[int, int, str], list[SpanRow]] = {}
    for span in row.spans:
        _check_span(span, row.text)
        if span.kind != "trigger":
            spans.setdefault((span.start, span.end, span.kind), []).append(span)
    types = tuple(dict.fromkeys(name for name in row.event_types if name != NO_EVENT))
    return Sentence(
        id=row.id,
        doc_id=row.doc_id,
        text=row.text,
        mentions=tuple(_mention(group) for group in spans.values()),
        event_types=types,
        complete=row.event_types_complete,
        source=row.source,
        license=row.license,
        tags=row.tags,
        region=row.region,
        style=row.style,
        date=row.date,
        where=where,
    )


def _check_span(span: SpanRow, text: str) -> None:
    if not span.start < span.end <= len(text):
        raise BadInput(
            f"a span within the text's {len(text)} code points",
            f"{span.start}:{span.end}",
            "offsets count code points from 0, the end is exclusive",
        )
    if span.surface is not None and text[span.start : span.end] != span.surface:
        raise BadInput(
            f"the quoted text {_quoted(span.surface)} at {span.start}:{span.end}",
            _quoted(text[span.start : span.end]),
            "check the unit of the offsets: code points are wanted",
        )
    known = KNOWN_ROLES.get(span.kind)
    if known and span.role not in known:
        raise BadInput(f"a role of {', '.join(known)}", _quoted(span.role), f"kind is {span.kind}")


def _quoted(text: str) -> str:
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def _mention(group: list[SpanRow]) -> Mention:
    first = group[0]
    roles = tuple(
        dict.fromkeys(
            Role(name, span.event_type)
            for span in group
            for name in ROLES_OF.get(span.role, (span.role,))
        )
    )
    kind: Literal["actor", "place"] = "actor" if first.kind == "actor" else "place"
    return Mention(first.start, first.end, kind, roles, all(span.derived for span in group))


def _spans(text: str, mention: Mention) -> Iterator[dict[str, Any]]:
    base = {
        "start": mention.start,
        "end": mention.end,
        "kind": mention.kind,
        "surface": text[mention.start : mention.end],
    }
    if mention.derived:
        base["derived"] = True
    for role in mention.roles or (Role("other"),):
        event = {"event_type": role.event} if role.event else {}
        yield base | {"role": role.name} | event
