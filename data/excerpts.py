"""Sentences as a page shows them: chosen as examples of a label, and cut at their mentions."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from data.coverage import BYSTANDER, types_of
from data.records import Mention, Sentence

EXAMPLES = 3
SHORT, LONG = 60, 190  # characters of a sentence that shows a label well


@dataclass(frozen=True)
class Piece:
    """A stretch of a sentence: plain text, or a mention with the names of its roles."""

    text: str
    kind: str = ""
    names: tuple[str, ...] = ()  # as "source and target", or "source of ASSAULT", "target of AID"
    colour: str = ""


@dataclass(frozen=True)
class Shown:
    """A sentence as the page shows it; `hidden` are mentions that overlap a shown one."""

    sentence: Sentence
    types: tuple[str, ...]
    pieces: tuple[Piece, ...]
    hidden: tuple[Piece, ...]


def choose(rows: Sequence[Sentence], shown: set[str], most: int = EXAMPLES) -> list[Sentence]:
    """Sentences of readable length, not shown yet, each of another region if that can be.

    The order is that of a hash of the ids: by chance, but the same on every run.
    """
    order = sorted(
        rows,
        key=lambda row: (
            row.id in shown,
            not SHORT <= len(row.text) <= LONG,
            hashlib.sha256(row.id.encode()).digest(),
        ),
    )
    chosen: list[Sentence] = []
    for row in order:
        if row.region not in {other.region for other in chosen} and len(chosen) < most:
            chosen.append(row)
    rest = [row for row in order if row not in chosen]
    return [*chosen, *rest][:most]


def show(sentence: Sentence) -> Shown:
    """Cuts the text at its mentions; of overlapping ones the first and longest is drawn."""
    pieces, hidden, position = [], [], 0
    for mention in sorted(sentence.mentions, key=lambda item: (item.start, -item.end)):
        piece = _piece(sentence, mention)
        if mention.start < position:
            hidden.append(piece)
            continue
        if mention.start > position:
            pieces.append(Piece(sentence.text[position : mention.start]))
        pieces.append(piece)
        position = mention.end
    if position < len(sentence.text):
        pieces.append(Piece(sentence.text[position:]))
    return Shown(sentence, types_of(sentence), tuple(pieces), tuple(hidden))


def _piece(sentence: Sentence, mention: Mention) -> Piece:
    events: dict[str | None, list[str]] = {}
    for role in mention.roles:
        events.setdefault(role.event, []).append(role.name)
    names = tuple(
        " and ".join(roles) + (f" of {event}" if event else "") for event, roles in events.items()
    )
    both = {"source", "target"} <= set(mention.role_names)
    none = BYSTANDER if mention.kind == "actor" else "no direction"
    return Piece(
        text=sentence.text[mention.start : mention.end],
        kind=mention.kind,
        names=(*(names or (none,)), *(["by rule"] if mention.derived else [])),
        colour="both" if both else (mention.role_names or (BYSTANDER,))[0],
    )
