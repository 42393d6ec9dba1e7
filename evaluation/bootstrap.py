"""Uncertainty over documents: bootstrap intervals of one model's figures and of differences."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import (
    NO_GOLD,
    Decisions,
    Floats,
    Value,
    defined,
    f1_scores,
    macro_f1,
    micro_f1,
    outcome_counts,
    weighted_f1,
)
from evaluation.phrases import count

RESAMPLES = 5000
LEVEL = 0.95
# Of shares right in documents of 3 to 11 rows, "95%" holds 83% over 5 documents, 90% over 8 and 93%
# over 36: fewer than 8 have no interval.
MIN_DOCUMENTS = 8
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
    """A figure a resample, (resamples,), of each label (resamples, labels); NaN where undefined."""

    macro: Floats
    micro: Floats
    weighted: Floats
    right: Floats
    f1: Floats
    precision: Floats
    recall: Floats


# Weights of the documents, (resamples, documents) -> a figure or more a resample, (resamples, ...).
Statistic = Callable[[Floats], Floats]


def document_counts(decisions: Decisions) -> DocumentCounts:
    """Counts by document, documents in the order of their ids."""
    gold, predicted, documents = decisions.gold, decisions.predicted, decisions.documents
    return DocumentCounts(
        tp=document_sums((gold & predicted).astype(float), documents),
        fp=document_sums((~gold & predicted).astype(float), documents),
        fn=document_sums((gold & ~predicted).astype(float), documents),
        rows=document_sums(np.ones(len(gold)), documents),
        right=document_sums(decisions.right.astype(float), documents),
    )


def document_sums(cells: Floats, documents: NDArray[np.str_]) -> Floats:
    """Sums of the rows' cells (n, ...) by document, (documents, ...), in the order of their ids."""
    names, place = np.unique(documents, return_inverse=True)
    sums = np.zeros((len(names), *cells.shape[1:]))
    np.add.at(sums, place, cells)
    return sums


def document_weights(documents: int, resamples: int, seed: int) -> Iterator[Floats]:
    """How often each document is drawn, with replacement, in chunks of (at most 500, documents)."""
    rng = np.random.default_rng(seed)
    for start in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - start)
        drawn = rng.integers(0, documents, size=(size, documents))
        flat = (drawn + np.arange(size)[:, None] * documents).ravel()
        weights = np.bincount(flat, minlength=size * documents).reshape(size, documents)
        yield weights.astype(float)


def resampled_sums(table: Floats, resamples: int, seed: int) -> Iterator[Floats]:
    """Column sums of documents drawn with replacement, in chunks of (at most 500, columns)."""
    for weights in document_weights(len(table), resamples, seed):
        yield weights @ table


def drawn(
    statistics: Mapping[str, Statistic], documents: int, resamples: int, seed: int
) -> dict[str, Floats]:
    """Every statistic on the same resampled documents, (resamples, ...)."""
    parts: dict[str, list[Floats]] = {name: [] for name in statistics}
    for weights in document_weights(documents, resamples, seed):
        for name, statistic in statistics.items():
            parts[name].append(statistic(weights))
    return {name: np.concatenate(found) for name, found in parts.items()}


def sample(counts: DocumentCounts, resamples: int = RESAMPLES, seed: int = 0) -> Samples:
    """The metrics of `resamples` resampled sets of documents."""
    return samples_of(np.concatenate(list(resampled_sums(counts.table, resamples, seed))))


def samples_of(sums: Floats) -> Samples:
    """The metrics of resampled sums of a `DocumentCounts.table`, (resamples, columns)."""
    tp, fp, fn = np.split(sums[:, :-2], 3, axis=1)
    with np.errstate(invalid="ignore"):
        return Samples(
            macro=macro_f1(tp, fp, fn),
            micro=micro_f1(tp, fp, fn),
            weighted=weighted_f1(tp, fp, fn),
            right=sums[:, -1] / sums[:, -2],
            f1=f1_scores(tp, fp, fn),
            precision=tp / (tp + fp),
            recall=tp / (tp + fn),
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

    Resamples in which the metric is undefined (no gold label drawn) do not count. Fewer than
    MIN_DOCUMENTS documents allow no interval, and the value says so.
    """
    if value.value is None:
        return value
    usable = samples[~np.isnan(samples)]
    if documents < MIN_DOCUMENTS:
        few = f"no interval: {count(documents, 'document')}, and one takes {MIN_DOCUMENTS}"
        return Value(value=value.value, reason=few)
    if not len(usable):
        return Value(value=value.value, reason="no interval: undefined in every resample")
    low, high = np.quantile(usable, [(1 - level) / 2, (1 + level) / 2])
    return Value(value=value.value, low=float(low), high=float(high))


def score_interval(value: Value, samples: Floats, documents: int) -> Value:
    """The same for one model's score, where an interval of no width would feign certainty."""
    found = with_interval(value, samples, documents)
    if found.interval is None or found.low != found.high:
        return found
    return Value(value=found.value, reason="no interval: the same in every resample")


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
    check_paired(first, second)
    points = [macro_f1(*outcome_counts(model.gold, model.predicted)) for model in (first, second)]
    value = defined(points[0] - points[1], NO_GOLD)
    if value.value is None:
        return value
    counts = [document_counts(model) for model in (first, second)]
    samples = macro_samples(counts, resamples, seed)
    return with_interval(value, samples[0] - samples[1], len(counts[0].rows), level)


def check_paired(first: Decisions, second: Decisions) -> None:
    """Raises ValueError unless both are of the same rows, labels and gold."""
    same = (
        first.labels == second.labels
        and np.array_equal(first.documents, second.documents)
        and np.array_equal(first.gold, second.gold)
    )
    if not same:
        raise ValueError("a paired comparison needs the same rows, labels and gold in both models")
