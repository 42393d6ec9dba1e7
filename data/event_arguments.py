"""What public event sets share: packed JSON Lines, and event arguments that a mapping reads.

A key of such a mapping is an event type or the first parts of its name (`conflict.attack`; a part
ends at a dot or slash), a role of it after a bar (`conflict.attack|target`), an entity type after
another (`conflict.attack|target|FAC`), or a role of any event (`target`, `target|FAC`). The most
telling key counts. Among the event types, a key with a role holds where an argument of that role is
named: `life.die|killer`. Among the spans, a second meaning of one argument ends in `|also`.
"""

import gzip
import re
import zlib
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, Field

from data.errors import BadInput
from data.mapping import Mapping
from data.reading import Refuse, as_model, decode, existing, parse_json, read_lines
from data.spans import Stretch

MAX_LINE = 2_000_000  # bytes; a document of WikiEvents comes to some 150,000
MAX_UNPACKED = 1_000_000_000  # bytes that a packed file may come to
PARTS = re.compile("[./]")  # where the name of an event type may be cut
LEVELS = 4
_PRONOUNS = """
i me my mine myself we us our ours ourselves you your yours yourself yourselves he him his himself
she her hers herself it its itself they them their theirs themselves who whom whose which that this
these those one ones other others another anyone
"""
PRONOUNS = frozenset(_PRONOUNS.split())
Name = Annotated[str, Field(min_length=1, max_length=500)]
Index = Annotated[int, Field(ge=0, le=MAX_LINE, strict=True)]
Row = TypeVar("Row", bound=BaseModel)


@dataclass(frozen=True)
class Argument:
    """What plays a role in an event: code points of the sentence, and the entity's type if told."""

    event: str
    role: str
    start: int
    end: int
    entity: str = ""


def read_rows(path: Path, refuse: Refuse, model: type[Row]) -> Iterator[tuple[int, Row]]:
    """Yields (line number, row) of JSON Lines, packed by gzip or plain; bad lines are refused."""
    wanted = f"a row of {', '.join(model.model_fields)}"
    for number, line in _lines(path, refuse):
        if not line.strip():
            continue
        try:
            content = parse_json(line, "one JSON object a line")
            row = as_model(content, model, wanted, "check the format", "the line")
        except BadInput as error:
            refuse(error.at(path, number))
            continue
        yield number, row


def key_of(known: Container[str], event: str, role: str = "", entity: str = "") -> str:
    """The most telling key that is known, or else the least telling, for the mapping to refuse."""
    ends = [part.start() for part in islice(PARTS.finditer(event), LEVELS)]
    keys = [event, *(event[:end] for end in reversed(ends))]
    if role:
        roles = (f"{role}|{entity}", role)
        keys = [f"{key}|{name}" for key in keys for name in roles] + [*roles]
    return next((key for key in keys if key in known), keys[-1])


def types_of(event: str, roles: Iterable[str], mapping: Mapping) -> tuple[str, ...]:
    """The event types of an event and of the roles that it names. Raises BadInput if unknown."""
    found = mapping.types_of(key_of(mapping.event_types, event)) or ()
    for role in dict.fromkeys(roles):
        key = key_of(mapping.event_types, event, role)
        if "|" in key and key in mapping.event_types:
            found += mapping.types_of(key) or ()
    return found


def stretches_of(argument: Argument, text: str, mapping: Mapping) -> Iterator[Stretch]:
    """The mentions that an argument makes; a pronoun is no actor. Raises BadInput if unknown."""
    key = key_of(mapping.spans, argument.event, argument.role, argument.entity)
    also = f"{key}|also"
    for name in (key, also) if also in mapping.spans else (key,):
        if (found := mapping.span_of(name)) is None:
            continue
        kind, roles = found
        surface = text[argument.start : argument.end]
        if kind == "actor" and surface.lower() in PRONOUNS:  # "US" too, as in the published counts
            continue
        meaning = mapping.spans[name]
        derived = meaning is not None and meaning.derived
        yield Stretch(argument.start, argument.end, kind, roles, derived)


def _lines(path: Path, refuse: Refuse) -> Iterator[tuple[int, str]]:
    if existing(path).is_file():
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        if packed:
            return _unpacked(path, refuse)
    return read_lines(path, refuse, MAX_LINE)


def _unpacked(path: Path, refuse: Refuse) -> Iterator[tuple[int, str]]:
    for number, raw in enumerate(_raw_lines(path), start=1):
        try:
            if raw is None:
                wanted = f"lines of at most {MAX_LINE} bytes"
                raise BadInput(wanted, "a longer one", path=path, line=number)
            text = decode(raw, path, number)
        except BadInput as error:
            refuse(error)
            continue
        yield number, text.removesuffix("\n").removesuffix("\r")


def _raw_lines(path: Path) -> Iterator[bytes | None]:
    """The lines of a gzip file, None for one that is too long; a bomb costs one line's memory."""
    number, unpacked, within = 1, 0, False  # within: inside a line that is too long
    with gzip.open(path, "rb") as file:
        while raw := _piece(file, path, number):
            unpacked += len(raw)
            if unpacked > MAX_UNPACKED:
                raise BadInput(f"at most {MAX_UNPACKED} bytes unpacked", "more", path=path)
            whole = len(raw) <= MAX_LINE
            if not within:
                yield raw if whole else None
            ended = raw.endswith(b"\n")
            within = (within or not whole) and not ended
            number += ended


def _piece(file: gzip.GzipFile, path: Path, number: int) -> bytes:
    try:
        return file.readline(MAX_LINE + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput("a whole gzip file", str(error), path=path, line=number) from None
