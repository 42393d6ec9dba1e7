"""How good the probabilities are: average precision, calibration error, Brier score, log-loss."""

import numpy as np

from evaluation.metrics import Bools, Decisions, Floats, Frozen, MetricName, Value

BINS = 15
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
    reason = _unusable(decisions)
    if reason:
        null = Value(value=None, reason=reason)
        return {
            "pr_auc_macro": pr_auc_macro(decisions),
            "ece": null,
            "brier": null,
            "log_loss": null,
        }
    probabilities, gold = decisions.probabilities, decisions.gold
    squares = (probabilities - gold) ** 2
    sure = np.clip(probabilities, CLIP, 1 - CLIP)
    if decisions.none is None:
        brier, loss = squares.sum(axis=1).mean(), -np.log(sure[gold]).mean()
    else:
        brier, loss = squares.mean(), -np.log(np.where(gold, sure, 1 - sure)).mean()
    return {
        "pr_auc_macro": pr_auc_macro(decisions),
        "ece": Value(value=calibration_error(reliability(decisions))),
        "brier": Value(value=float(brier)),
        "log_loss": Value(value=float(loss)),
    }


def _unusable(decisions: Decisions) -> str | None:
    """Why the probabilities allow no calibration figures, or None."""
    if not len(decisions.gold):
        return "no row was scored"
    if decisions.none is None:
        off = np.abs(decisions.probabilities.sum(axis=1) - 1) > SUM_TOLERANCE
        if off.any():
            return f"the probabilities of {int(off.sum())} rows do not sum to 1"
    return None


def reliability(decisions: Decisions) -> list[Bin]:
    """At most 15 bins of equal mass, by rising probability; empty where ECE is undefined.

    Cases of equal probability share a bin, so a constant model has one bin and not fifteen noisy
    ones. Equal mass: Nguyen and O'Connor 2015; its bias is smaller than that of equal widths.
    """
    if _unusable(decisions):
        return []
    if decisions.none is None:
        top = decisions.probabilities.argmax(axis=1)
        rows = np.arange(len(top))
        confidence, true = decisions.probabilities[rows, top], decisions.gold[rows, top]
    else:
        confidence, true = decisions.probabilities.ravel(), decisions.gold.ravel()
    first_of_ties = np.searchsorted(np.sort(confidence), confidence, side="left")
    places = first_of_ties * BINS // len(confidence)
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
