"""The mistakes a model was most sure of, with the marks in their texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from evaluation.report import Report
from evaluation.rows import Row, RowMark


@dataclass(frozen=True)
class Piece:
    """A stretch of text and the names of the marks that cover it."""

    text: str
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Mistake:
    """One wrong row; `sure` is the probability that the model gave to its worst error."""

    id: str
    pieces: tuple[Piece, ...]
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    sure: float


def confident_mistakes(report: Report, most: int = 12) -> list[Mistake]:
    """The surest wrong gold rows whose text the report holds, surest first."""
    none = (report.codebook.none,) if report.codebook.none else ()
    found = [
        Mistake(
            id=row.id,
            pieces=tuple(pieces_of(row.text, row.marks)),
            gold=row.gold or none,
            predicted=row.predicted or none,
            sure=_sure(row, report.multi),
        )
        for row in report.rows()
        if row.text is not None and set(row.gold) != set(row.predicted)
    ]
    return sorted(found, key=lambda mistake: (-mistake.sure, mistake.id))[:most]


def _sure(row: Row, multi: bool) -> float:
    if not multi:
        return row.probabilities[row.predicted[0]]
    return max(
        row.probabilities[label] if label in row.predicted else 1 - row.probabilities[label]
        for label in set(row.gold) ^ set(row.predicted)
    )


def pieces_of(text: str, marks: Sequence[RowMark]) -> list[Piece]:
    """The text cut at the marks' ends, in order; marks may nest or cross."""
    cuts = {0, len(text)} | {end for mark in marks for end in (mark.start, mark.end)}
    ends = sorted(cut for cut in cuts if cut <= len(text))
    return [
        Piece(
            text[start:end],
            tuple(mark.name for mark in marks if mark.start <= start and end <= mark.end),
        )
        for start, end in pairwise(ends)
    ]
