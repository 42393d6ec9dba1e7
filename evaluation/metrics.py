"""Metrics of decided labels; an undefined one is null with its reason, never 0, 1 or NaN."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, model_validator

Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MetricName = Literal[
    "macro_f1",
    "micro_f1",
    "weighted_f1",
    "samples_f1",  # multi-label: mean over the rows
    "accuracy",  # single-label
    "exact_match",  # multi-label: the whole label set is right
    "mcc",  # single-label
    "pr_auc_macro",
    "ece",
    "brier",
    "log_loss",
]
NO_GOLD = "no scored row has a gold label"
NO_ROW = "no row was scored"


class Frozen(BaseModel):
    """What every shape of a report is: closed, immutable, without NaN and infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Value(Frozen):
    """A figure, with its interval (95% unless said) where drawn; if undefined, null and why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.value is None and (self.reason is None or self.low is not None):
            raise ValueError("an undefined value has a reason and no interval")
        if (self.low is None) != (self.high is None):
            raise ValueError("an interval has both ends")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("the interval's low end lies above its high end")
        return self

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends, or None where none was drawn."""
        if self.low is None or self.high is None:
            return None
        return self.low, self.high


class LabelScore(Frozen):
    """One label against all others: its 2x2 table and what follows from it."""

    label: str
    support: int
    predicted: int
    true_positives: int
    false_positives: int
    false_negatives: int
    true_negatives: int
    precision: Value
    recall: Value
    f1: Value
    average_precision: Value | None = None


@dataclass(frozen=True)
class Decisions:
    """Gold and decided labels of n rows; the arrays are (n, labels), `documents` is (n,).

    `none` is the codebook's name of the empty label set in multi-label tasks, None in single-label
    ones, where every row of `gold` and of `predicted` has exactly one True.
    """

    labels: tuple[str, ...]
    none: str | None
    gold: Bools
    predicted: Bools
    probabilities: Floats
    documents: NDArray[np.str_]

    @property
    def right(self) -> Bools:
        """Rows whose label set is exactly the gold one, (n,)."""
        return np.asarray((self.gold == self.predicted).all(axis=1))

    def take(self, rows: Bools | Ints) -> "Decisions":
        """The chosen rows alone."""
        return Decisions(
            self.labels,
            self.none,
            self.gold[rows],
            self.predicted[rows],
            self.probabilities[rows],
            self.documents[rows],
        )


def membership(sets: Sequence[Collection[str]], labels: Sequence[str]) -> Bools:
    """Label sets as a table, (rows, labels)."""
    table = [[label in chosen for label in labels] for chosen in sets]
    return np.array(table, dtype=bool).reshape(len(sets), len(labels))


def f1_scores(tp: Floats, fp: Floats, fn: Floats) -> Floats:
    """F1 of each label, any leading shape; NaN where a label has no gold row (tp + fn = 0)."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(tp + fn > 0, 2 * tp / (2 * tp + fp + fn), np.nan)


def macro_f1(tp: Floats, fp: Floats, fn: Floats) -> Floats:
    """Unweighted mean F1 over the labels with gold rows, last axis reduced; NaN without any."""
    scores = f1_scores(tp, fp, fn)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.nansum(scores, axis=-1) / (~np.isnan(scores)).sum(axis=-1))


def micro_f1(tp: Floats, fp: Floats, fn: Floats) -> Floats:
    """F1 of the counts summed over all labels, last axis reduced."""
    return f1_scores(tp.sum(axis=-1), fp.sum(axis=-1), fn.sum(axis=-1))


def weighted_f1(tp: Floats, fp: Floats, fn: Floats) -> Floats:
    """Mean F1 weighted by gold rows, last axis reduced; NaN where no label has any."""
    support = tp + fn
    with np.errstate(invalid="ignore"):
        total = np.nansum(support * f1_scores(tp, fp, fn), axis=-1)
        return np.asarray(total / support.sum(axis=-1))


def row_f1(decisions: Decisions) -> Floats:
    """F1 of each row's label set, (n,); 1 where both sets are empty: nothing was there to find."""
    hits = (decisions.gold & decisions.predicted).sum(axis=1)
    sizes = decisions.gold.sum(axis=1) + decisions.predicted.sum(axis=1)
    return np.where(sizes > 0, 2 * hits / np.maximum(sizes, 1), 1.0)


def outcome_counts(gold: Bools, predicted: Bools) -> tuple[Floats, Floats, Floats]:
    """True positives, false positives, false negatives of each column, (labels,)."""
    hits = (gold & predicted).sum(axis=0).astype(float)
    return hits, predicted.sum(axis=0) - hits, gold.sum(axis=0) - hits


def decision_metrics(decisions: Decisions) -> dict[MetricName, Value]:
    """The metrics that follow from the decided labels alone, without intervals."""
    counts = outcome_counts(decisions.gold, decisions.predicted)
    rows = len(decisions.gold)
    share: MetricName = "accuracy" if decisions.none is None else "exact_match"
    found: dict[MetricName, Value] = {
        "macro_f1": defined(macro_f1(*counts), NO_GOLD),
        "micro_f1": defined(micro_f1(*counts), NO_GOLD),
        "weighted_f1": defined(weighted_f1(*counts), NO_GOLD),
        share: ratio(int(decisions.right.sum()), rows, NO_ROW),
    }
    if decisions.none is None:
        found["mcc"] = _matthews(confusion_counts(decisions))
    else:
        found["samples_f1"] = _mean(row_f1(decisions), NO_ROW)
    return found


def defined(figure: float | np.floating | Floats, reason: str) -> Value:
    """The figure, or null with the reason where it is NaN."""
    value = float(figure)
    return Value(value=None, reason=reason) if np.isnan(value) else Value(value=value)


def _mean(figures: Floats, reason: str) -> Value:
    return Value(value=float(figures.mean())) if len(figures) else Value(value=None, reason=reason)


def ratio(part: int, whole: int, reason: str) -> Value:
    """part / whole, or null with the reason where whole is 0."""
    return Value(value=part / whole) if whole else Value(value=None, reason=reason)


def label_scores(decisions: Decisions) -> list[LabelScore]:
    """A score for each label in the codebook's order; without gold rows recall and F1 are null."""
    return [
        label_score(label, decisions.gold[:, column], decisions.predicted[:, column])
        for column, label in enumerate(decisions.labels)
    ]


def none_score(decisions: Decisions) -> LabelScore | None:
    """The empty label set as a label of its own, part of no mean; None if single-label."""
    if decisions.none is None:
        return None
    gold, predicted = decisions.gold.any(axis=1), decisions.predicted.any(axis=1)
    return label_score(decisions.none, np.logical_not(gold), np.logical_not(predicted))


def label_score(label: str, gold: Bools, predicted: Bools) -> LabelScore:
    """The 2x2 table of one label, both arrays (n,)."""
    hits, support, claimed = int((gold & predicted).sum()), int(gold.sum()), int(predicted.sum())
    unsupported = "no gold row has this label"
    return LabelScore(
        label=label,
        support=support,
        predicted=claimed,
        true_positives=hits,
        false_positives=claimed - hits,
        false_negatives=support - hits,
        true_negatives=len(gold) - claimed - support + hits,
        precision=ratio(hits, claimed, "never predicted"),
        recall=ratio(hits, support, unsupported),
        f1=ratio(2 * hits, support + claimed, unsupported)
        if support
        else Value(value=None, reason=unsupported),
    )


def confusion_counts(decisions: Decisions) -> Ints:
    """Rows by gold label (first axis) and decided label (second); single-label only."""
    return decisions.gold.T.astype(np.int64) @ decisions.predicted.astype(np.int64)


def _matthews(confusion: Ints) -> Value:
    """Multi-class Matthews correlation; null where either side is constant."""
    gold, decided = confusion.sum(axis=1), confusion.sum(axis=0)
    if (gold > 0).sum() < 2:
        return Value(value=None, reason="all scored rows have the same gold label")
    if (decided > 0).sum() < 2:
        return Value(value=None, reason="all rows got the same label")
    return Value(value=float(matthews(confusion.astype(float))))


def matthews(confusion: Floats) -> Floats:
    """Matthews correlation (Gorodkin 2004) of tables (..., gold, decided); NaN where constant."""
    gold, decided = confusion.sum(axis=-1), confusion.sum(axis=-2)
    total = gold.sum(axis=-1)
    spread = (total**2 - (gold**2).sum(axis=-1)) * (total**2 - (decided**2).sum(axis=-1))
    hits = np.trace(confusion, axis1=-2, axis2=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        covariance = hits * total - (gold * decided).sum(axis=-1)
        return np.where(spread > 0, covariance / np.sqrt(spread), np.nan)
