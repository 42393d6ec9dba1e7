"""Uncertainty over documents: bootstrap intervals of one model and of pairs, McNemar, Holm."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from evaluation.metrics import (
    NO_GOLD,
    Decisions,
    Floats,
    Frozen,
    Value,
    defined,
    f1_scores,
    macro_f1,
    micro_f1,
    outcome_counts,
    weighted_f1,
)

RESAMPLES = 5000
LEVEL = 0.95
CHUNK = 500  # resamples drawn at once; bounds memory, not the result


@dataclass(frozen=True)
class DocumentCounts:
    """Sums a document: tp, fp, fn (documents, labels); rows and right (documents,)."""

    tp: Floats
    fp: Floats
    fn: Floats
    rows: Floats
    right: Floats

    @property
    def table(self) -> Floats:
        """All columns side by side, (documents, 3 x labels + 2)."""
        return np.column_stack([self.tp, self.fp, self.fn, self.rows, self.right])


@dataclass(frozen=True)
class Samples:
    """A figure a resample, (resamples,), `f1` (resamples, labels); NaN where undefined."""

    macro: Floats
    micro: Floats
    weighted: Floats
    right: Floats
    f1: Floats


class McNemar(Frozen):
    """Rows that only one of two models got wholly right, and the exact two-sided p-value.

    The test takes rows as independent, which rows of one document are not quite; the interval over
    documents is the figure to decide by.
    """

    only_first: int
    only_second: int
    p: Value


def document_counts(decisions: Decisions) -> DocumentCounts:
    """Counts by document, documents in the order of their ids."""
    names, place = np.unique(decisions.documents, return_inverse=True)

    def total(cells: Floats) -> Floats:
        sums = np.zeros((len(names), *cells.shape[1:]))
        np.add.at(sums, place, cells)
        return sums

    gold, predicted = decisions.gold, decisions.predicted
    return DocumentCounts(
        tp=total((gold & predicted).astype(float)),
        fp=total((~gold & predicted).astype(float)),
        fn=total((gold & ~predicted).astype(float)),
        rows=total(np.ones(len(gold))),
        right=total(decisions.right.astype(float)),
    )


def resampled_sums(table: Floats, resamples: int, seed: int) -> Iterator[Floats]:
    """Column sums of documents drawn with replacement, in chunks of (at most 500, columns)."""
    rng = np.random.default_rng(seed)
    documents = len(table)
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        drawn = rng.integers(0, documents, size=(size, documents))
        flat = (drawn + np.arange(size)[:, None] * documents).ravel()
        weights = np.bincount(flat, minlength=size * documents).reshape(size, documents)
        yield weights.astype(float) @ table


def sample(counts: DocumentCounts, resamples: int = RESAMPLES, seed: int = 0) -> Samples:
    """The metrics of `resamples` resampled sets of documents."""
    sums = np.concatenate(list(resampled_sums(counts.table, resamples, seed)))
    tp, fp, fn = np.split(sums[:, :-2], 3, axis=1)
    rows, right = sums[:, -2], sums[:, -1]
    return Samples(
        macro=macro_f1(tp, fp, fn),
        micro=micro_f1(tp, fp, fn),
        weighted=weighted_f1(tp, fp, fn),
        right=right / rows,
        f1=f1_scores(tp, fp, fn),
    )


def macro_samples(
    models: Sequence[DocumentCounts], resamples: int = RESAMPLES, seed: int = 0
) -> Floats:
    """Macro-F1 of several models on the same resampled documents, (models, resamples)."""
    widths = np.cumsum([model.table.shape[1] for model in models])[:-1]
    table = np.column_stack([model.table for model in models])
    chunks = []
    for sums in resampled_sums(table, resamples, seed):
        parts = np.split(sums, widths, axis=1)
        chunks.append([macro_f1(*np.split(part[:, :-2], 3, axis=1)) for part in parts])
    return np.concatenate(chunks, axis=1)


def with_interval(value: Value, samples: Floats, documents: int, level: float = LEVEL) -> Value:
    """The value with the percentile interval of its samples.

    Resamples in which the metric is undefined (no gold label drawn) do not count. A single document
    allows no interval, and the value says so.
    """
    if value.value is None:
        return value
    usable = samples[~np.isnan(samples)]
    if documents < 2 or not len(usable):
        return Value(value=value.value, reason="no interval: fewer than two documents")
    low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2])
    return Value(value=value.value, low=float(low), high=float(high))


def macro_interval(decisions: Decisions, resamples: int = RESAMPLES, seed: int = 0) -> Value:
    """Macro-F1 of one model with its 95% interval over documents."""
    point = macro_f1(*outcome_counts(decisions.gold, decisions.predicted))
    value = defined(point, NO_GOLD)
    if value.value is None:
        return value
    counts = document_counts(decisions)
    samples = macro_samples([counts], resamples, seed)[0]
    return with_interval(value, samples, len(counts.rows))


def paired_difference(
    first: Decisions,
    second: Decisions,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = LEVEL,
) -> Value:
    """Macro-F1 of the first model minus the second's on the same rows, with its interval.

    Both models see the same resampled documents. Raises ValueError if the rows differ.
    """
    _same_rows(first, second)
    points = [macro_f1(*outcome_counts(model.gold, model.predicted)) for model in (first, second)]
    value = defined(points[0] - points[1], NO_GOLD)
    if value.value is None:
        return value
    counts = [document_counts(model) for model in (first, second)]
    samples = macro_samples(counts, resamples, seed)
    return with_interval(value, samples[0] - samples[1], len(counts[0].rows), level)


def mcnemar(first: Decisions, second: Decisions) -> McNemar:
    """Exact McNemar test on rows wholly right; p is null where both are right on the same rows."""
    _same_rows(first, second)
    only_first = int((first.right & ~second.right).sum())
    only_second = int((second.right & ~first.right).sum())
    trials = only_first + only_second
    if trials:
        p = Value(value=float(binomtest(only_first, trials, 0.5).pvalue))
    else:
        p = Value(value=None, reason="both models are right on the same rows")
    return McNemar(only_first=only_first, only_second=only_second, p=p)


def _same_rows(first: Decisions, second: Decisions) -> None:
    same = (
        first.labels == second.labels
        and np.array_equal(first.documents, second.documents)
        and np.array_equal(first.gold, second.gold)
    )
    if not same:
        raise ValueError("a paired comparison needs the same rows, labels and gold in both models")


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction (1979) over the p-values that are not None."""
    order = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - rank)))
        corrected[place] = highest
    return corrected
