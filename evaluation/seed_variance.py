"""How much of a score's spread comes from the seed and how much from the test articles."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field
from scipy.stats import chi2, t

from data.errors import BadInput
from evaluation.bootstrap import (
    LEVEL,
    MIN_DOCUMENTS,
    RESAMPLES,
    document_counts,
    macro_samples,
    score_interval,
)
from evaluation.metrics import (
    NO_GOLD,
    Decisions,
    Floats,
    Frozen,
    Value,
    defined,
    f1_scores,
    macro_f1,
    outcome_counts,
)
from evaluation.pairing import check_codebooks, check_rows
from evaluation.phrases import count
from evaluation.report import Report
from evaluation.rows import Count

MIN_SEEDS = 3


class SeedVariance(Frozen):
    """Macro-F1 of one recipe trained with several seeds, scored on the same rows.

    The three components are standard deviations of one model's macro-F1: by its `seed`, by the
    test sample (`articles`: the same for all seeds), and by what seeds do differently on different
    articles (`joint`). A component that is estimated below zero is 0, and says so.
    """

    seeds: Count
    documents: Count
    scores: tuple[Annotated[float, Field(ge=0, le=1)], ...]  # of each report
    macro_f1: Value  # mean over the seeds; 95% for new seeds and new articles
    between: Value  # standard deviation of the scores on these articles
    seed: Value
    articles: Value
    joint: Value


def seed_variance(reports: Sequence[Report]) -> SeedVariance:
    """Variance components of seeds crossed with documents.

    Each seed's macro-F1 is split over the documents by its influence function (the infinitesimal
    jackknife, Jaeckel 1972), which makes a table of seeds by documents; its mean squares give the
    components of the two-way random model without replication (Searle, Casella and McCulloch 1992,
    ch. 4). The interval of the mean has Satterthwaite's (1946) degrees of freedom, that of
    `between` is the chi-square one. Fewer than 3 seeds or 8 documents have no components. Raises
    BadInput where the reports differ in codebook or rows, or have no macro-F1.
    """
    if len(reports) < 2:
        raise BadInput("two reports or more of the same rows", count(len(reports), "report"))
    for report in reports[1:]:
        check_codebooks(reports[0], report)
        check_rows(reports[0], report)
    undefined = next((each for each in reports if each.macro_f1.value is None), None)
    if undefined:
        raise BadInput("reports with macro-F1", f"none: {undefined.macro_f1.reason}")
    table = np.stack([_shares(report.decisions()) for report in reports])
    seeds, documents = table.shape
    if seeds < MIN_SEEDS or documents < MIN_DOCUMENTS:
        return _too_few(table)
    by_seed, by_document, rest = _mean_squares(table)
    return SeedVariance(
        seeds=seeds,
        documents=documents,
        scores=_scores(table),
        macro_f1=mean_with_interval(table),
        between=_deviation_with_interval(by_seed / documents, seeds - 1),
        seed=_deviation((by_seed - rest) / documents),
        articles=_deviation((by_document - rest) / table.size),
        joint=_deviation(rest / documents),
    )


def _shares(decisions: Decisions) -> Floats:
    """A figure a document whose mean is macro-F1: the score plus the document's influence on it."""
    counts = document_counts(decisions)
    tp, sizes = counts.tp, 2 * counts.tp + counts.fp + counts.fn
    scores = f1_scores(counts.tp.sum(axis=0), counts.fp.sum(axis=0), counts.fn.sum(axis=0))
    known = ~np.isnan(scores)
    influence = (2 * tp - scores * sizes)[:, known] / sizes.sum(axis=0)[known]
    return np.asarray(scores[known].mean() + len(tp) * influence.mean(axis=1))


def mean_macro_f1(
    decisions: Sequence[Decisions], resamples: int = RESAMPLES, seed: int = 0
) -> Value:
    """Mean macro-F1 of one recipe's seeds on the same rows, with its 95% interval.

    The interval of 3 seeds and 8 documents or more is for new seeds and new documents; that of
    fewer seeds is the bootstrap over documents of their mean, and speaks of these seeds alone.
    """
    scores = [macro_f1(*outcome_counts(each.gold, each.predicted)) for each in decisions]
    value = defined(np.mean(scores), NO_GOLD)
    if value.value is None:
        return value
    counts = [document_counts(each) for each in decisions]
    documents = len(counts[0].rows)
    if len(decisions) >= MIN_SEEDS and documents >= MIN_DOCUMENTS:
        return mean_with_interval(np.stack([_shares(each) for each in decisions]))
    return score_interval(value, macro_samples(counts, resamples, seed).mean(axis=0), documents)


def seed_reach(decisions: Sequence[Decisions]) -> float:
    """How far, at 95%, the mean over these seeds may lie from that over all seeds.

    0 where fewer than 3 seeds or 8 documents cannot tell.
    """
    return reach_of_seeds(np.stack([_shares(each) for each in decisions]))


def reach_of_seeds(table: Floats) -> float:
    """The same for a table (seeds, documents): the t-interval of the seed component alone."""
    seeds, documents = table.shape
    if seeds < MIN_SEEDS or documents < MIN_DOCUMENTS:
        return 0.0
    by_seed, _, rest = _mean_squares(table)
    variance = max(0.0, by_seed - rest) / table.size  # of the mean over the seeds
    return float(t.ppf((1 + LEVEL) / 2, seeds - 1) * variance**0.5)


def _mean_squares(table: Floats) -> tuple[float, float, float]:
    """Mean squares of seeds, documents and remainder; the table is (seeds, documents)."""
    seeds, documents = table.shape
    of_seeds, of_documents = table.mean(axis=1), table.mean(axis=0)
    rest = table - of_seeds[:, None] - of_documents + table.mean()
    return (
        float(documents * of_seeds.var(ddof=1)),
        float(seeds * of_documents.var(ddof=1)),
        float((rest**2).sum() / ((seeds - 1) * (documents - 1))),
    )


def mean_with_interval(table: Floats) -> Value:
    """The mean of a table (seeds, documents) of shares, its interval for new ones of both."""
    mean, (by_seed, by_document, rest) = float(table.mean()), _mean_squares(table)
    total = by_seed + by_document - rest
    if total <= 0:
        return Value(value=mean, reason="no interval: seeds and articles do not differ")
    seeds, documents = table.shape
    freedom = total**2 / (
        by_seed**2 / (seeds - 1)
        + by_document**2 / (documents - 1)
        + rest**2 / ((seeds - 1) * (documents - 1))
    )
    reach = float(t.ppf((1 + LEVEL) / 2, max(1.0, freedom))) * (total / table.size) ** 0.5
    low, high = max(0.0, mean - reach), min(1.0, mean + reach)
    return Value(value=mean, low=min(low, mean), high=max(high, mean))  # a mean may be 1 + 1e-16


def _deviation(variance: float) -> Value:
    if variance < 0:
        return Value(value=0.0, reason="estimated below zero: too small to be seen here")
    return Value(value=variance**0.5)


def _deviation_with_interval(variance: float, freedom: int) -> Value:
    """With the chi-square interval of a normal sample's standard deviation."""
    many, few = (float(chi2.ppf((1 + side * LEVEL) / 2, freedom)) for side in (1, -1))
    squares = variance * freedom
    return Value(value=variance**0.5, low=(squares / many) ** 0.5, high=(squares / few) ** 0.5)


def _scores(table: Floats) -> tuple[float, ...]:
    return tuple(float(score) for score in np.clip(table.mean(axis=1), 0, 1))


def _too_few(table: Floats) -> SeedVariance:
    seeds, documents = table.shape
    found = f"{count(seeds, 'seed')} and {count(documents, 'document')}"
    reason = f"{found}: components take {MIN_SEEDS} and {MIN_DOCUMENTS}"
    null = Value(value=None, reason=reason)
    return SeedVariance(
        seeds=seeds,
        documents=documents,
        scores=_scores(table),
        macro_f1=Value(value=float(table.mean()), reason=f"no interval: {reason}"),
        between=null,
        seed=null,
        articles=null,
        joint=null,
    )
