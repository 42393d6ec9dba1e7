"""Precision, recall and F1 of events at every level, with intervals over articles."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np

from evaluation.bootstrap import RESAMPLES, document_weights, score_interval, with_interval
from evaluation.events.gold import Event
from evaluation.events.matching import (
    MEASURES,
    SLOTS,
    Agreement,
    LevelName,
    counts,
    filler_counts,
)
from evaluation.metrics import Floats, Frozen, Value, defined

SEED: Final = 0
NOTHING: Final = "none was there, and none was found"
Events = Mapping[str, Sequence[Event]]  # article -> its events


class Figures(Frozen):
    """How many were right of those that were there and of those that were found."""

    gold: int
    predicted: int
    matched: int
    precision: Value
    recall: Value
    f1: Value


class Score(Figures):
    """Events at one level."""

    level: LevelName
    agreement: Agreement


class FieldScore(Figures):
    """The fillers of one field."""

    field: str
    agreement: Agreement


class Difference(Frozen):
    """F1 of the first stack less that of the second on the same articles."""

    level: LevelName
    agreement: Agreement
    f1: Value


def count_table(gold: Events, predicted: Events) -> Floats:
    """Matched, gold and predicted events, (articles, measures, 3); articles in gold's order."""
    rows = [
        [counts(events, predicted.get(name, ()), *measure) for measure in MEASURES]
        for name, events in gold.items()
    ]
    return np.array(rows, dtype=float).reshape(len(rows), len(MEASURES), 3)


def filler_table(gold: Events, predicted: Events) -> Floats:
    """The same of the fillers, (articles, fields x agreements, 3)."""
    rows = [
        [filler_counts(events, predicted.get(name, ()), *slot) for slot in SLOTS]
        for name, events in gold.items()
    ]
    return np.array(rows, dtype=float).reshape(len(rows), len(SLOTS), 3)


def f1_of(sums: Floats) -> Floats:
    """F1 of counts (..., 3); NaN where there is neither a gold event nor a predicted one."""
    with np.errstate(invalid="ignore"):
        return np.asarray(2 * sums[..., 0] / (sums[..., 1] + sums[..., 2]))


def _share(sums: Floats, whole: int) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.asarray(sums[..., 0] / sums[..., whole])


def resampled(table: Floats, resamples: int = RESAMPLES) -> Floats:
    """The table's sums over articles drawn with replacement, (resamples, measures, 3)."""
    flat = table.reshape(len(table), -1)
    drawn = [weights @ flat for weights in document_weights(len(table), resamples, SEED)]
    return np.concatenate(drawn).reshape(-1, *table.shape[1:])


def scores(table: Floats, resamples: int = RESAMPLES) -> tuple[Score, ...]:
    """A score for each measure."""
    return tuple(
        Score(level=level.name, agreement=agreement, **vars(found))
        for (level, agreement), found in zip(MEASURES, _figures(table, resamples), strict=True)
    )


def field_scores(table: Floats, resamples: int = RESAMPLES) -> tuple[FieldScore, ...]:
    """A score for each field."""
    return tuple(
        FieldScore(field=field, agreement=agreement, **vars(found))
        for (field, agreement), found in zip(SLOTS, _figures(table, resamples), strict=True)
    )


def _figures(table: Floats, resamples: int) -> Iterator[Figures]:
    """The figures of each column, with intervals over articles."""
    sums, drawn = table.sum(axis=0), resampled(table, resamples)
    shares: dict[str, Callable[[Floats], Floats]] = {
        "precision": partial(_share, whole=2),
        "recall": partial(_share, whole=1),
        "f1": f1_of,
    }
    for place, (matched, gold, predicted) in enumerate(sums.astype(int).tolist()):
        figures = {
            name: score_interval(
                defined(share(sums[place]), NOTHING), share(drawn[:, place]), len(table)
            )
            for name, share in shares.items()
        }
        yield Figures(gold=gold, predicted=predicted, matched=matched, **figures)


def differences(first: Floats, second: Floats, resamples: int = RESAMPLES) -> list[Value]:
    """F1 by the first table less that by the second, paired over articles: one a measure."""
    points = f1_of(first.sum(axis=0)) - f1_of(second.sum(axis=0))
    samples = f1_of(resampled(first, resamples)) - f1_of(resampled(second, resamples))
    return [
        with_interval(defined(point, NOTHING), samples[:, place], len(first))
        for place, point in enumerate(points)
    ]


def compared(first: Floats, second: Floats, resamples: int = RESAMPLES) -> tuple[Difference, ...]:
    """The differences with the names of their measures."""
    values = differences(first, second, resamples)
    return tuple(
        Difference(level=level.name, agreement=agreement, f1=value)
        for (level, agreement), value in zip(MEASURES, values, strict=True)
    )
