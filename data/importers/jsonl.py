"""JSON Lines of labelled sentences: the format in which they travel between the stages."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data.errors import BadInput
from data.mapping import NO_EVENT, ROLES_OF
from data.reading import read_lines
from data.records import ACTOR_ROLES, PLACE_ROLES, Mention, Role, Sentence

Name = Annotated[str, Field(min_length=1)]
NO_TEXT = re.compile("[\0\ud800-\udfff]")  # may stand in a line as an escape


class SpanRow(BaseModel):
    """One span of one role; the same stretch may stand in several rows. Offsets are code points."""

    model_config = ConfigDict(frozen=True)
    start: Annotated[int, Field(ge=0, strict=True)]
    end: Annotated[int, Field(strict=True)]
    kind: Literal["actor", "place", "trigger"]
    role: Name
    surface: str | None = None
    derived: bool = False
    event_type: str | None = None


class SentenceRow(BaseModel):
    """One line; further keys are allowed, since public sets carry their own."""

    model_config = ConfigDict(frozen=True)
    id: Name
    doc_id: Name
    text: Name
    spans: tuple[SpanRow, ...]
    event_types: tuple[Name, ...]
    event_types_complete: bool = True
    source: str = ""
    tags: tuple[str, ...] = ()
    region: str | None = None
    style: str | None = None
    date: str | None = None


def read(path: Path, refuse: Callable[[BadInput], None]) -> Iterator[Sentence]:
    """Streams the sentences; each bad line goes to `refuse` with file:line and its reason."""
    seen: set[str] = set()
    for number, line in read_lines(path):
        if not line.strip():
            continue
        try:
            sentence = _sentence(_parse(line), f"{path}:{number}")
            if sentence.id in seen:
                raise BadInput("each id once", f"{sentence.id!r} again", "make the ids unique")
        except BadInput as error:
            refuse(BadInput(error.expected, error.found, error.fix, path=path, line=number))
            continue
        seen.add(sentence.id)
        yield sentence


def write(sentences: Iterable[Sentence], path: Path) -> int:
    """Writes the sentences a line each, whole file or none; returns how many."""
    if path.is_dir():
        raise BadInput("a file to write", "a folder", "name a file", path=path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    count = 0
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            for sentence in sentences:
                file.write(json.dumps(to_row(sentence), ensure_ascii=False) + "\n")
                count += 1
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return count


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
    optional = {
        key: getattr(sentence, key) for key in ("source", "tags", "region", "style", "date")
    }
    return row | {key: value for key, value in optional.items() if value}


def _parse(line: str) -> SentenceRow:
    try:
        content = json.loads(line, object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
        return SentenceRow.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(str(part) for part in problem["loc"]) or "the line"
        raise BadInput(
            "a labelled sentence (id, doc_id, text, spans, event_types)",
            f"{place}: {problem['msg']}",
            "see the schema in docs/data.md",
        ) from None
    except (ValueError, RecursionError) as error:
        raise BadInput("one JSON object a line", str(error) or "deep nesting") from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key twice in one object")
    for text in _strings(pairs):
        if found := NO_TEXT.search(text):
            raise ValueError("a NUL character" if found[0] == "\0" else "a lone surrogate")
    return content


def _strings(value: Any) -> Iterator[str]:
    """The strings in it; those of nested objects were checked when these were read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _strings(item)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"the number {name}")


def _sentence(row: SentenceRow, where: str) -> Sentence:
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
            f"the quoted text {span.surface!r} at {span.start}:{span.end}",
            repr(text[span.start : span.end]),
            "check the unit of the offsets: code points are wanted",
        )
    known = {"actor": (*ACTOR_ROLES, *ROLES_OF), "place": PLACE_ROLES}.get(span.kind)
    if known and span.role not in known:
        raise BadInput(f"a role of {', '.join(known)}", repr(span.role), f"kind is {span.kind}")


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
