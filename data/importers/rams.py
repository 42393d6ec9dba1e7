"""RAMS 1.0 (Ebner et al., ACL 2020): an event a row, with its arguments in five sentences.

A row becomes the sentence of its trigger; arguments in the other sentences are left out. The text
is put together from the tokens. JSON Lines, packed by gzip or plain.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, FailFast, Field

from data.errors import BadInput
from data.event_arguments import Argument, Index, Name, read_rows, stretches_of, types_of
from data.mapping import Mapping
from data.reading import Refuse, Seen
from data.records import Sentence
from data.spans import mentions_of

NO_SPACE_BEFORE = re.compile(r"[.,:;!?%)\]”'’/-]|['’][A-Za-z]+|n['’]t")
NO_SPACE_AFTER = frozenset("$#([“‘-/")
CODE = re.compile(r"evt\d{3}arg\d{2}")  # before the name of a role

Token = Annotated[str, Field(pattern=r"\S")]
Tokens = Annotated[tuple[Token, ...], FailFast(), Field(min_length=1)]
Span = tuple[Index, Index]  # first and last token, counted through all sentences


class RamsRow(BaseModel):
    """One line of a split; further keys are read over."""

    model_config = ConfigDict(frozen=True)
    doc_key: Name
    source_url: Name
    split: Name
    sentences: Annotated[tuple[Tokens, ...], FailFast()]
    evt_triggers: Annotated[
        tuple[tuple[Index, Index, tuple[tuple[Name, float]]], ...],
        Field(min_length=1, max_length=1),
    ]
    gold_evt_links: Annotated[tuple[tuple[Span, Span, Name], ...], FailFast()]


def read(path: Path, refuse: Refuse, mapping: Mapping) -> Iterator[Sentence]:
    """Streams the triggers' sentences; each bad line goes to `refuse` with file:line."""
    seen = Seen()
    for number, row in read_rows(path, refuse, RamsRow):
        try:
            sentence = _sentence(row, mapping, f"{path}:{number}")
            if not seen.add(sentence.id):
                raise BadInput("each doc_key once", repr(row.doc_key), "make them unique")
        except BadInput as error:
            refuse(error.at(path, number))
            continue
        yield sentence


def text_of(tokens: Sequence[str]) -> tuple[str, list[int]]:
    """The tokens as running text and where each starts; straight quotes open and close in turn."""
    parts: list[str] = []
    starts: list[int] = []
    length, glued, quoted = 0, True, False
    for token in tokens:
        quote = token == '"'
        joined = glued or (quoted if quote else bool(NO_SPACE_BEFORE.fullmatch(token)))
        quoted ^= quote
        glued = quoted if quote else token in NO_SPACE_AFTER
        length += not joined
        parts += ("" if joined else " ", token)
        starts.append(length)
        length += len(token)
    return "".join(parts), starts


def _sentence(row: RamsRow, mapping: Mapping, where: str) -> Sentence:
    first, last, ((event, _),) = row.evt_triggers[0]
    tokens, offset = _tokens_of(row, first, last)
    text, starts = text_of(tokens)
    links = _links(row, (first, last))
    inside = [
        Argument(event, role, starts[a - offset], starts[b - offset] + len(tokens[b - offset]))
        for role, (a, b) in links
        if offset <= a and b < offset + len(tokens)
    ]
    stretches = [one for argument in inside for one in stretches_of(argument, text, mapping)]
    return Sentence(
        id=f"rams-{row.split}-{row.doc_key}",
        doc_id=row.source_url,
        text=text,
        mentions=mentions_of(sorted(stretches, key=lambda one: one[:2])),
        event_types=tuple(dict.fromkeys(types_of(event, (role for role, _ in links), mapping))),
        complete=mapping.complete,
        source=mapping.source,
        where=where,
    )


def _tokens_of(row: RamsRow, first: int, last: int) -> tuple[Sequence[str], int]:
    """The sentence in which these tokens lie, and how many tokens stand before it."""
    offset = 0
    for tokens in row.sentences:
        if offset <= first <= last < offset + len(tokens):
            return tokens, offset
        offset += len(tokens)
    raise BadInput(f"a trigger within one sentence of the {offset} tokens", f"{first}:{last}")


def _links(row: RamsRow, trigger: Span) -> list[tuple[str, Span]]:
    """The event's arguments: role and tokens, also of those outside the trigger's sentence."""
    count = sum(map(len, row.sentences))
    for event, (first, last), role in row.gold_evt_links:
        if event != trigger:
            raise BadInput(f"links from the trigger {trigger}", f"{role} from {event}")
        if not first <= last < count:
            raise BadInput(f"an argument within the {count} tokens", f"{role} at {first}:{last}")
    return [(CODE.sub("", role, count=1), span) for _, span, role in row.gold_evt_links]
