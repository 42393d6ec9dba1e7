"""How good the probabilities are: average precision, calibration error, Brier score, log-loss."""

import numpy as np

from evaluation.bootstrap import Statistic, document_sums
from evaluation.metrics import NO_ROW, Bools, Decisions, Floats, Frozen, MetricName, Value

BINS = 15
MIN_CASES = 100  # of a calibration error; the bins of fewer hold chance alone
BIN_CASES = 10  # of a bin
CLIP = 1e-6  # the precision to which reports store probabilities
SUM_TOLERANCE = 1e-3


class Bin(Frozen):
    """One equal-mass bin: mean probability, share of cases that came true, number of cases."""

    probability: float
    share: float
    cases: int


def probability_metrics(decisions: Decisions) -> dict[MetricName, Value]:
    """PR-AUC macro, ECE, Brier score and log-loss.

    Single-label: ECE is of the most probable label, Brier sums the squared errors over the labels
    (0 to 2), log-loss is that of the gold label. Multi-label: each (row, label) is a case of its
    own and all three are means over the cases (Brier 0 to 1). Log-loss clips at 1e-6.
    """
    found: dict[MetricName, Value] = {"pr_auc_macro": pr_auc_macro(decisions)}
    if reason := _unusable(decisions):
        null = Value(value=None, reason=reason)
        return {**found, "ece": null, "brier": null, "log_loss": null}
    brier, loss = row_losses(decisions).mean(axis=0)
    return {
        **found,
        "ece": _calibration_error(decisions),
        "brier": Value(value=float(brier)),
        "log_loss": Value(value=float(loss)),
    }


def row_losses(decisions: Decisions) -> Floats:
    """Brier score and log-loss of each row, (n, 2)."""
    probabilities, gold = decisions.probabilities, decisions.gold
    squares = (probabilities - gold) ** 2
    sure = np.clip(probabilities, CLIP, 1 - CLIP)
    if decisions.none is None:
        return np.column_stack([squares.sum(axis=1), -np.log(sure[gold])])
    losses = -np.log(np.where(gold, sure, 1 - sure))
    return np.column_stack([squares.mean(axis=1), losses.mean(axis=1)])


def _calibration_error(decisions: Decisions) -> Value:
    bins = reliability(decisions)
    if bins:
        return Value(value=calibration_error(bins))
    return Value(value=None, reason=f"fewer than {MIN_CASES} probabilities to bin")


def _unusable(decisions: Decisions) -> str | None:
    """Why the probabilities allow no calibration figures, or None."""
    if not len(decisions.gold):
        return NO_ROW
    if decisions.none is None:
        off = np.abs(decisions.probabilities.sum(axis=1) - 1) > SUM_TOLERANCE
        if off.any():
            return f"the probabilities of {int(off.sum())} rows do not sum to 1"
    return None


def reliability(decisions: Decisions) -> list[Bin]:
    """At most 15 bins of equal mass, by rising probability; empty where ECE is undefined.

    Cases of equal probability share a bin, so a constant model has one bin and not fifteen noisy
    ones; a bin is to hold 10 cases, and fewer than 100 cases are not binned. Equal mass: Nguyen and
    O'Connor 2015; its bias is smaller than that of equal widths.
    """
    if _unusable(decisions):
        return []
    if decisions.none is None:
        top = decisions.probabilities.argmax(axis=1)
        rows = np.arange(len(top))
        confidence, true = decisions.probabilities[rows, top], decisions.gold[rows, top]
    else:
        confidence, true = decisions.probabilities.ravel(), decisions.gold.ravel()
    if len(confidence) < MIN_CASES:
        return []
    first_of_ties = np.searchsorted(np.sort(confidence), confidence, side="left")
    places = first_of_ties * min(BINS, len(confidence) // BIN_CASES) // len(confidence)
    return [
        Bin(
            probability=float(confidence[places == place].mean()),
            share=float(true[places == place].mean()),
            cases=int((places == place).sum()),
        )
        for place in np.unique(places)
    ]


def calibration_error(bins: list[Bin]) -> float:
    """Expected calibration error: mean distance of probability and share, weighted by cases."""
    cases = sum(item.cases for item in bins)
    return sum(item.cases * abs(item.probability - item.share) for item in bins) / cases


def pr_auc_macro(decisions: Decisions) -> Value:
    """Unweighted mean average precision over the labels where it is defined."""
    found = [
        label_average_precision(decisions.gold[:, column], decisions.probabilities[:, column]).value
        for column in range(len(decisions.labels))
    ]
    values = [value for value in found if value is not None]
    if not values:
        return Value(value=None, reason="no label has both rows with and rows without it")
    return Value(value=float(np.mean(values)))


def label_average_precision(gold: Bools, scores: Floats) -> Value:
    """Area under the precision-recall steps of one label, (n,) each; null without both classes.

    Rows of equal score count as one step, as in scikit-learn's average_precision_score.
    """
    if not gold.any():
        return Value(value=None, reason="no gold row has this label")
    if gold.all():
        return Value(value=None, reason="every gold row has this label")
    order = np.argsort(-scores, kind="stable")
    hits, ranked = gold[order].cumsum(), scores[order]
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    precision, recall = hits[ends] / (ends + 1), hits[ends] / hits[-1]
    return Value(value=float((np.diff(recall, prepend=0.0) * precision).sum()))


def precision_areas(decisions: Decisions) -> Statistic:
    """The average precision of every label on resampled documents, (resamples, labels)."""
    labels = [
        _precision_area(decisions.gold[:, column], scores, decisions)
        for column, scores in enumerate(decisions.probabilities.T)
    ]
    return lambda weights: np.stack([label(weights) for label in labels], axis=1)


def _precision_area(gold: Bools, scores: Floats, decisions: Decisions) -> Statistic:
    """At each gold row the documents' rows, and gold rows, of its score or a higher one."""
    above = scores[:, None] >= scores[gold]
    ranked = document_sums(above.astype(float), decisions.documents)
    hits = document_sums((above & gold[:, None]).astype(float), decisions.documents)
    places = np.unique(decisions.documents, return_inverse=True)[1]
    own = (np.arange(len(hits))[:, None] == places[gold]).astype(float)

    def area(weights: Floats) -> Floats:
        times = weights @ own
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.where(times > 0, (weights @ hits) / (weights @ ranked), 0.0)
            return np.asarray((times * precision).sum(axis=1) / times.sum(axis=1))

    return area
