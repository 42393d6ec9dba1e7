"""Precision, recall and F1 of found mentions, exact and overlapping, with intervals."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from evaluation.bootstrap import document_sums, resampled_sums, score_interval, with_interval
from evaluation.metrics import Floats, Frozen, Value, defined

Span = tuple[int, int, str]  # start, end, kind
Match = Literal["exact", "overlapping"]
MATCHES: Final[tuple[Match, Match]] = ("exact", "overlapping")
ALL: Final = "all"
NO_GOLD, NO_FOUND = "no gold mention", "no found mention"
# of a kind in a document: same span, found, gold, found that touch gold, gold that is touched
COUNTS: Final = 5


@dataclass(frozen=True)
class SpanRow:
    """A sentence's gold and found mentions."""

    document: str
    gold: frozenset[Span]
    found: frozenset[Span]


class SpanScore(Frozen):
    """How mentions of a kind, or of all, were found.

    `exact` asks for the same span and kind, `overlapping` for a common character and the same kind;
    a mention counts once on its side, whatever number it overlaps.
    """

    kind: str
    match: Match
    gold: int
    found: int
    precision: Value
    recall: Value
    f1: Value


class SpanDifference(Frozen):
    """F1 of one less that of another on the same sentences."""

    kind: str
    match: Match
    f1: Value


@dataclass(frozen=True)
class Drawn:
    """Sums over all documents, (kinds + 1, COUNTS), and over resampled ones, (n, kinds + 1, …)."""

    kinds: tuple[str, ...]
    documents: int
    sums: Floats
    samples: Floats


def drawn(rows: Sequence[SpanRow], kinds: Sequence[str], resamples: int, seed: int) -> Drawn:
    """Counts by kind, and of all kinds together at the end."""
    cells = np.array([[_counts(row, kind) for kind in kinds] for row in rows], dtype=float)
    cells = np.concatenate([cells, cells.sum(axis=1, keepdims=True)], axis=1)
    table = document_sums(cells, np.array([row.document for row in rows]))
    flat = table.reshape(len(table), -1)
    samples = np.concatenate(list(resampled_sums(flat, resamples, seed)))
    shape = (len(samples), len(kinds) + 1, COUNTS)
    return Drawn((*kinds, ALL), len(table), table.sum(axis=0), samples.reshape(shape))


def scores_of(counts: Drawn) -> tuple[SpanScore, ...]:
    """Each kind and all together, exact and overlapping."""
    return tuple(
        _score(counts, place, match) for match in MATCHES for place in range(len(counts.kinds))
    )


def differences_of(one: Drawn, other: Drawn) -> tuple[SpanDifference, ...]:
    """One less the other on the same resampled documents. Raises ValueError for other rows."""
    if one.kinds != other.kinds or not np.array_equal(one.sums[:, 2], other.sums[:, 2]):
        raise ValueError("a paired comparison needs the same sentences with the same gold")
    found = []
    for match in MATCHES:
        gap = _figures(one.sums, match)[2] - _figures(other.sums, match)[2]
        samples = _figures(one.samples, match)[2] - _figures(other.samples, match)[2]
        for place, kind in enumerate(one.kinds):
            value = with_interval(defined(gap[place], NO_GOLD), samples[:, place], one.documents)
            found.append(SpanDifference(kind=kind, match=match, f1=value))
    return tuple(found)


def _counts(row: SpanRow, kind: str) -> tuple[int, int, int, int, int]:
    gold, found = ([one for one in side if one[2] == kind] for side in (row.gold, row.found))
    exact = len(set(gold) & set(found))
    return exact, len(found), len(gold), _touching(found, gold), _touching(gold, found)


def _touching(spans: Collection[Span], others: Collection[Span]) -> int:
    return sum(any(s < end and start < e for start, end, _ in others) for s, e, _ in spans)


def _score(counts: Drawn, place: int, match: Match) -> SpanScore:
    points, samples = _figures(counts.sums, match), _figures(counts.samples, match)
    values = [
        score_interval(defined(point[place], reason), drawn[:, place], counts.documents)
        for point, drawn, reason in zip(points, samples, (NO_FOUND, NO_GOLD, NO_GOLD), strict=True)
    ]
    own = counts.sums[place]
    return SpanScore(
        kind=counts.kinds[place],
        match=match,
        gold=int(own[2]),
        found=int(own[1]),
        precision=values[0],
        recall=values[1],
        f1=values[2],
    )


def _figures(sums: Floats, match: Match) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1, the last axis of the counts gone; NaN where undefined."""
    same, found, gold, touching, touched = np.moveaxis(sums, -1, 0)
    right, met = (same, same) if match == "exact" else (touching, touched)
    with np.errstate(invalid="ignore", divide="ignore"):
        precision, recall = right / found, met / gold
        both = 2 * precision * recall / (precision + recall)
    f1 = np.where((right + met == 0) & (gold > 0), 0.0, both)
    return precision, recall, f1
