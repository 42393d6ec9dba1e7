"""Chance-corrected agreement of any number of annotators: Krippendorff's alpha, Cohen's kappa."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

RESAMPLES = 1000
LEVEL = 0.95

Answers = Sequence[Hashable | None]  # of one decision, an annotator each; None where none is given
Interval = tuple[float, float]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Agreement:
    """Kappa is the mean over the pairs of annotators; an undefined figure is None with a reason.

    The 95% intervals are over articles; they are None where fewer than two articles are compared.
    """

    kappa: float | None
    kappa_interval: Interval | None
    alpha: float | None
    alpha_interval: Interval | None
    agreed: float | None  # share of the pairs of answers that are equal
    decisions: int  # with two answers or more
    positive: int  # decisions that an annotator marked
    reason: str | None = None


def agreement_of(answers: Sequence[Answers], articles: Sequence[str]) -> Agreement:
    """The figures of decisions, each with its article; those of a lone answer do not count."""
    known = [sum(answer is not None for answer in row) > 1 for row in answers]
    rows = [row for row, kept in zip(answers, known, strict=True) if kept]
    places = [article for article, kept in zip(articles, known, strict=True) if kept]
    if not rows:
        return Agreement(None, None, None, None, None, 0, 0, "nothing to compare")
    codes = _codes(rows)
    counts = _counts(codes)
    kappa, kappa_interval = _figure(_confusions(codes), places, mean_kappa)
    alpha, alpha_interval = _figure(_coincidences(counts), places, krippendorff_alpha)
    reason = None
    if kappa is None:
        reason = "no pair of annotators gave more than one answer"
    if alpha is None:
        reason = "only one answer was ever given"
    given = counts.sum(axis=1)
    equal, pairs = (counts * (counts - 1)).sum(), (given * (given - 1)).sum()
    positive = sum(any(row) for row in rows)
    return Agreement(
        kappa,
        kappa_interval,
        alpha,
        alpha_interval,
        float(equal / pairs),
        len(rows),
        positive,
        reason,
    )


def krippendorff_alpha(sums: Floats) -> Floats:
    """Nominal alpha (Krippendorff, 2011) of (…, 1 + values): coinciding answers, answers a value.

    NaN where only one value occurs.
    """
    coinciding, totals = sums[..., 0], sums[..., 1:]
    n = totals.sum(axis=-1)
    observed = (n - 1) * (n - coinciding)
    expected = n**2 - (totals**2).sum(axis=-1)
    return 1 - _ratio(observed, expected)


def mean_kappa(confusions: Floats) -> Floats:
    """Cohen's kappa (1960) of (…, pairs, values, values), its mean over the pairs that have one.

    A pair has none where both its annotators gave one and the same value alone, or nothing.
    """
    n = confusions.sum(axis=(-2, -1))
    observed = np.trace(confusions, axis1=-2, axis2=-1)
    rows, columns = confusions.sum(axis=-1), confusions.sum(axis=-2)
    expected = _ratio((rows * columns).sum(axis=-1), n)
    kappas = _ratio(observed - expected, n - expected)
    known = ~np.isnan(kappas)
    return _ratio(np.where(known, kappas, 0).sum(axis=-1), known.sum(axis=-1))


def _ratio(above: Floats, below: Floats) -> Floats:
    """The quotient; NaN where nothing (but a rounding error) is below."""
    defined = np.abs(below) > 1e-9
    return np.where(defined, above / np.where(defined, below, 1), np.nan)


def _codes(rows: Sequence[Answers]) -> Ints:
    """(decisions, annotators): the number of each answer's value, -1 where none is given."""
    values = sorted({answer for row in rows for answer in row if answer is not None}, key=repr)
    index: dict[Hashable | None, int] = {value: place for place, value in enumerate(values)}
    index[None] = -1
    return np.array([[index[answer] for answer in row] for row in rows], dtype=np.int64)


def _counts(codes: Ints) -> Floats:
    """(decisions, values): how often each value was given."""
    return (
        np.stack([(codes == value).sum(axis=1) for value in range(codes.max() + 1)], axis=1) * 1.0
    )


def _coincidences(counts: Floats) -> Floats:
    """(decisions, 1 + values): the diagonal of the coincidence matrix summed, and the counts."""
    coinciding = (counts * (counts - 1)).sum(axis=1) / (counts.sum(axis=1) - 1)
    return np.column_stack([coinciding, counts])


def _confusions(codes: Ints) -> Floats:
    """(decisions, pairs, values, values): a one where the pair's two answers stand."""
    pairs = list(combinations(range(codes.shape[1]), 2))
    values = codes.max() + 1
    cells = np.zeros((len(codes), len(pairs), values, values))
    for place, (one, other) in enumerate(pairs):
        both = np.flatnonzero((codes[:, one] >= 0) & (codes[:, other] >= 0))
        cells[both, place, codes[both, one], codes[both, other]] = 1
    return cells


def _figure(
    cells: Floats, articles: Sequence[str], figure: Callable[[Floats], Floats]
) -> tuple[float | None, Interval | None]:
    """The figure of the summed cells, and its percentile interval over resampled articles."""
    value = float(figure(cells.sum(axis=0)))
    if np.isnan(value):
        return None, None
    names, places = np.unique(np.array(articles), return_inverse=True)
    if len(names) < 2:
        return value, None
    sums = np.zeros((len(names), *cells.shape[1:]))
    np.add.at(sums, places, cells)
    share = np.full(len(names), 1 / len(names))
    drawn = np.random.default_rng(0).multinomial(len(names), share, size=RESAMPLES)
    samples = figure(np.tensordot(drawn.astype(float), sums, axes=1))
    tail = (1 - LEVEL) / 2
    low, high = np.nanquantile(samples, [tail, 1 - tail])
    return value, (float(low), float(high))
