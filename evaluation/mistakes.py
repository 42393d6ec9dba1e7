"""A model's mistakes: the surest, which labels it takes for which, and gold labels it doubts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from evaluation.doubts import doubted_rows
from evaluation.report import Report
from evaluation.rows import Row, RowMark


@dataclass(frozen=True)
class Piece:
    """A stretch of text and the names of the marks that cover it."""

    text: str
    marks: tuple[str, ...]


@dataclass(frozen=True)
class Mistake:
    """One wrong row; `sure` is the probability that the model gave to its worst error.

    Without the text in the report there are no pieces.
    """

    id: str
    pieces: tuple[Piece, ...]
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    sure: float


def confident_mistakes(report: Report, most: int = 12) -> list[Mistake]:
    """The surest wrong gold rows whose text the report holds, surest first."""
    return _surest([mistake for mistake in _mistakes(report) if mistake.pieces])[:most]


@dataclass(frozen=True)
class Confusion:
    """Rows that miss the one label and falsely have the other, and the surest of them."""

    missed: str
    added: str
    rows: int
    examples: tuple[Mistake, ...]


def confusions(report: Report, most: int = 12, examples: int = 3) -> list[Confusion]:
    """The most frequent confusions of two labels, the empty set counting as one."""
    pairs: dict[tuple[str, str], list[Mistake]] = defaultdict(list)
    for mistake in _mistakes(report):
        for missed in mistake.gold:
            for added in mistake.predicted:
                if missed not in mistake.predicted and added not in mistake.gold:
                    pairs[missed, added].append(mistake)
    ranked = sorted(pairs.items(), key=lambda pair: (-len(pair[1]), pair[0]))[:most]
    return [
        Confusion(missed, added, len(found), tuple(_surest(found)[:examples]))
        for (missed, added), found in ranked
    ]


@dataclass(frozen=True)
class Doubt:
    """A gold label that may be wrong; the margin is its probability less the suggested one's."""

    id: str
    pieces: tuple[Piece, ...]
    gold: tuple[str, ...]
    suggested: tuple[str, ...]
    margin: float


def doubts(report: Report, most: int = 20) -> list[Doubt]:
    """The doubted gold rows (`evaluation.doubts`) with their texts where kept, surest first."""
    rows = {row.id: row for row in report.rows()}
    return [
        Doubt(each.id, _pieces(rows[each.id]), each.gold, each.suggested, each.margin)
        for each in doubted_rows(report, most)
    ]


def _mistakes(report: Report) -> list[Mistake]:
    return [
        Mistake(
            id=row.id,
            pieces=_pieces(row),
            gold=row.gold or report.empty_set,
            predicted=row.predicted or report.empty_set,
            sure=_sure(row, report.multi),
        )
        for row in report.rows()
        if set(row.gold) != set(row.predicted)
    ]


def _surest(found: Sequence[Mistake]) -> list[Mistake]:
    return sorted(found, key=lambda mistake: (-mistake.sure, mistake.id))


def _sure(row: Row, multi: bool) -> float:
    if not multi:
        return row.probabilities[row.predicted[0]]
    return max(
        row.probabilities[label] if label in row.predicted else 1 - row.probabilities[label]
        for label in set(row.gold) ^ set(row.predicted)
    )


def _pieces(row: Row) -> tuple[Piece, ...]:
    return tuple(pieces_of(row.text, row.marks)) if row.text is not None else ()


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
