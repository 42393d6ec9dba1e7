"""Scored rows: gold, decided labels and how sure; without texts unless asked to keep them."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Annotated, Protocol

import numpy as np
from pydantic import Field

from data.records import Example
from evaluation.metrics import Decisions, Frozen, membership
from evaluation.traits import Traits

DIGITS = 6  # of a stored probability

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class RowMark(Frozen):
    """A marked stretch, code points into the row's text."""

    name: str
    start: Count
    end: Count


class Row(Frozen):
    """One scored example; its text is left out unless the report was asked to keep it."""

    id: str
    doc_id: str
    source: str = ""
    tags: tuple[str, ...] = ()
    traits: Traits = Field(default_factory=dict)
    derived: bool = False
    marks: tuple[RowMark, ...] = ()
    text_sha256: str = Field(pattern="^[0-9a-f]{16}$")  # the first 16 hex digits
    text: str | None = None
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    probabilities: dict[str, Share]  # rounded to 6 digits
    abstains: bool = False
    possible: tuple[str, ...] | None = None  # the conformal set; None if the model has none


class Prediction(Protocol):
    """What a model says of one example: its labels, their probabilities, and how sure it is."""

    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def probabilities(self) -> dict[str, float]: ...
    @property
    def abstains(self) -> bool: ...
    @property
    def possible(self) -> tuple[str, ...] | None: ...


def row_of(
    example: Example,
    traits: Traits,
    predicted: Sequence[str],
    probabilities: dict[str, float],
    said: Prediction,
    with_text: bool,
) -> Row:
    """The row that a report keeps of one example: what was decided, and what else was said."""
    return Row(
        id=example.id,
        doc_id=example.doc_id,
        source=example.source,
        tags=example.tags,
        traits=traits,
        derived=example.derived,
        marks=tuple(RowMark(name=m.name, start=m.start, end=m.end) for m in example.marks),
        text_sha256=text_digest(example.text),
        text=example.text if with_text else None,
        gold=example.labels,
        predicted=tuple(predicted),
        probabilities={label: round(p, DIGITS) for label, p in probabilities.items()},
        abstains=said.abstains,
        possible=None
        if said.possible is None
        else tuple(label for label in said.possible if label in probabilities),
    )


def decisions_of(rows: Sequence[Row], labels: tuple[str, ...], none: str | None) -> Decisions:
    """Rows as arrays, in the order given."""
    table = [[row.probabilities[label] for label in labels] for row in rows]
    return Decisions(
        labels=labels,
        none=none,
        gold=membership([row.gold for row in rows], labels),
        predicted=membership([row.predicted for row in rows], labels),
        probabilities=np.array(table, dtype=float).reshape(len(rows), len(labels)),
        documents=np.array([row.doc_id for row in rows], dtype=np.str_),
    )


def text_digest(text: str) -> str:
    """The first 16 hex digits of the text's sha256: tells texts apart without telling them."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rows_hash(rows: Iterable[Row], labels: Sequence[str]) -> str:
    """sha256 of what was scored: ids, documents, texts, marks, gold and the scored labels.

    Order, predictions, sources, tags and traits do not count: reports of one hash can be paired
    row by row.
    """
    digest = hashlib.sha256(json.dumps(list(labels), ensure_ascii=False).encode() + b"\n")
    for row in sorted(rows, key=lambda row: row.id):
        marks = [[mark.name, mark.start, mark.end] for mark in row.marks]
        parts = [row.id, row.doc_id, row.text_sha256, marks, list(row.gold), row.derived]
        digest.update(json.dumps(parts, ensure_ascii=False).encode() + b"\n")
    return digest.hexdigest()
