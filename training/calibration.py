"""What is fitted on validation after training: calibration, thresholds, abstention, conformal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold

from data.codebook import Codebook
from tagging.calibrated import (
    CLIP,
    Abstention,
    Conformal,
    Isotonic,
    Scaling,
    calibrated,
    confidence,
    rescaled,
)
from training.families.base import Probabilities

GRID = np.round(np.arange(0.05, 0.96, 0.05), 2)
ENOUGH = 8  # positives below which a label takes the common threshold, its own would be noise
FEW = 100  # validation rows below which no calibration is fitted
COVERAGE = 0.9
Method = Literal["auto", "scaling", "isotonic", "none"]
Gold = NDArray[np.int64]
Fit = Callable[[Gold, Probabilities, Codebook], Scaling | Isotonic | None]


@dataclass(frozen=True)
class Calibrated:
    """What the artifact's card says of decisions, and the log-loss of each method tried."""

    calibration: Scaling | Isotonic | None
    thresholds: dict[str, float] | None
    abstention: Abstention | None
    conformal: Conformal | None
    log_loss: dict[str, float]  # of each method, on held-out folds of validation


def calibrate(
    gold: Gold,
    probabilities: Probabilities,
    groups: Sequence[str],
    codebook: Codebook,
    method: Method = "auto",
    precision: float = 0.9,
) -> Calibrated:
    """Fits all on validation. `groups` are the rows' articles: methods are compared over them."""
    losses = compare_methods(gold, probabilities, groups, codebook)
    chosen = min(losses, key=lambda name: losses[name]) if method == "auto" and losses else method
    fit = METHODS.get(chosen, _nothing)
    calibration = fit(gold, probabilities, codebook) if len(gold) >= FEW else None
    table = calibrated(probabilities, calibration, codebook.multi)
    thresholds = choose_thresholds(gold, table, codebook)
    return Calibrated(
        calibration=calibration,
        thresholds=thresholds,
        abstention=_abstention(gold, table, thresholds, codebook, precision),
        conformal=_conformal(gold, table, codebook),
        log_loss=losses,
    )


def compare_methods(
    gold: Gold, probabilities: Probabilities, groups: Sequence[str], codebook: Codebook
) -> dict[str, float]:
    """Log-loss of each method where it was not fitted: five folds of articles."""
    if len(gold) < FEW or len(set(groups)) < 5:
        return {}
    tables = {name: np.array(probabilities) for name in METHODS}
    for rest, held in GroupKFold(5).split(gold, groups=np.array(groups)):
        for name, fit in METHODS.items():
            fitted = fit(gold[rest], probabilities[rest], codebook)
            tables[name][held] = calibrated(probabilities[held], fitted, codebook.multi)
    return {name: log_loss(gold, table, codebook) for name, table in tables.items()}


def log_loss(gold: Gold, probabilities: NDArray[np.floating], codebook: Codebook) -> float:
    """Mean over rows (single-label) or over pairs of row and label (multi-label), in nats."""
    if codebook.multi:
        return yes_or_no_loss(gold, probabilities)
    sure = np.clip(np.asarray(probabilities, dtype=np.float64), CLIP, 1 - CLIP)
    return float(-np.log(sure[np.arange(len(gold)), gold]).mean())


def yes_or_no_loss(gold: Gold, probabilities: NDArray[np.floating]) -> float:
    """Mean over all cells, of any shape, in nats."""
    sure = np.clip(np.asarray(probabilities, dtype=np.float64), CLIP, 1 - CLIP)
    return float(-np.log(np.where(gold > 0, sure, 1 - sure)).mean())


def _nothing(gold: Gold, probabilities: Probabilities, codebook: Codebook) -> None:
    return None


def _scaling(gold: Gold, probabilities: Probabilities, codebook: Codebook) -> Scaling:
    """One slope in single-label tasks; slope and shift a label in multi-label ones (Platt)."""
    if codebook.multi:
        pairs = [
            platt(gold[:, [column]], probabilities[:, [column]]) for column in range(gold.shape[1])
        ]
        slopes, shifts = zip(*pairs, strict=True)
        return Scaling(slope=slopes, shift=shifts)

    def loss(power: float) -> float:
        slope = np.array([np.exp(power)])
        return log_loss(gold, rescaled(probabilities, slope, np.zeros(1), False), codebook)

    found = minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded")
    return Scaling(slope=(float(np.exp(found.x)),))


def platt(gold: Gold, column: Probabilities) -> tuple[float, float]:
    """Slope and shift of one label's logits, held near 1 and 0 where it is rare; (n, 1) each."""

    def loss(values: NDArray[np.float64]) -> float:
        made = rescaled(column, np.exp(values[:1]), values[1:], True)
        return yes_or_no_loss(gold, made) + float((values**2).sum()) / len(gold)

    found = minimize(loss, np.zeros(2), method="Nelder-Mead")
    return float(np.exp(found.x[0])), float(found.x[1])


def _isotonic(gold: Gold, probabilities: Probabilities, codebook: Codebook) -> Isotonic:
    """A rising line a label, one against the rest."""
    width = probabilities.shape[1]
    table = gold if codebook.multi else np.eye(width, dtype=np.int64)[gold]
    said, true = [], []
    for column in range(width):
        line = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip")
        line.fit(probabilities[:, column], table[:, column])
        said.append(tuple(float(value) for value in np.clip(line.X_thresholds_, 0, 1)))
        true.append(tuple(float(value) for value in np.clip(line.y_thresholds_, 0, 1)))
    return Isotonic(said=tuple(said), true=tuple(true))


METHODS: dict[str, Fit] = {"none": _nothing, "scaling": _scaling, "isotonic": _isotonic}


def _conformal(gold: Gold, probabilities: Probabilities, codebook: Codebook) -> Conformal | None:
    """The ceil((n + 1) * 0.9)-th smallest 1 - p of each label's rows; 1 where n is too small."""
    if len(gold) < FEW:
        return None
    quantiles = []
    for column in range(probabilities.shape[1]):
        has = gold[:, column] > 0 if codebook.multi else gold == column
        scores = np.sort(1 - probabilities[has, column].astype(float))
        rank = ceil((len(scores) + 1) * COVERAGE)
        quantiles.append(float(scores[rank - 1]) if rank <= len(scores) else 1.0)
    return Conformal(coverage=COVERAGE, quantiles=tuple(min(1.0, max(0.0, q)) for q in quantiles))


def _abstention(
    gold: Gold,
    probabilities: Probabilities,
    thresholds: dict[str, float] | None,
    codebook: Codebook,
    precision: float,
) -> Abstention | None:
    """The least confidence above which the wanted share of rows is wholly right, if there is."""
    if len(gold) < FEW:
        return None
    if thresholds is None:
        decided = probabilities == probabilities.max(axis=1, keepdims=True)
        right = probabilities.argmax(axis=1) == gold
    else:
        decided = probabilities >= np.array([thresholds[name] for name in codebook.labels])
        right = (decided == (gold > 0)).all(axis=1)
    sure = confidence(probabilities, decided, codebook.multi)
    order = np.argsort(-sure, kind="stable")
    shares = right[order].cumsum() / np.arange(1, len(order) + 1)
    good = np.flatnonzero(shares >= precision)
    if not len(good) or good[-1] + 1 < FEW // 5:
        return None
    last = int(good[-1])
    return Abstention(
        precision=precision,
        confidence=float(sure[order[last]]),
        kept=(last + 1) / len(order),
    )


def macro_f1(gold: Gold, probabilities: Probabilities, codebook: Codebook) -> float:
    """Macro-F1 over the labels that occur in gold; multi-label at the best common threshold."""
    if not codebook.multi:
        present = sorted(set(gold.tolist()))
        predicted = probabilities.argmax(axis=1)
        return float(f1_score(gold, predicted, labels=present, average="macro", zero_division=0))
    return max(_macro(gold, probabilities >= cut) for cut in GRID)


def decided_macro_f1(
    gold: Gold, probabilities: Probabilities, cuts: dict[str, float] | None, codebook: Codebook
) -> float:
    """Macro-F1 of the decisions at those thresholds, over the labels that occur in gold."""
    if cuts is None:
        return macro_f1(gold, probabilities, codebook)
    return _macro(gold, probabilities >= np.array([cuts[name] for name in codebook.labels]))


def choose_thresholds(
    gold: Gold, probabilities: Probabilities, codebook: Codebook
) -> dict[str, float] | None:
    """A threshold a label: the one of best F1 on validation; None for a single-label task."""
    if not codebook.multi:
        return None
    if not len(gold):
        return dict.fromkeys(codebook.labels, 0.5)
    common = _best_cut([_macro(gold, probabilities >= cut) for cut in GRID])
    cuts = {}
    for place, name in enumerate(codebook.labels):
        own = [
            f1_score(gold[:, place], probabilities[:, place] >= cut, zero_division=0)
            for cut in GRID
        ]
        cuts[name] = _best_cut(own) if gold[:, place].sum() >= ENOUGH else common
    return cuts


def _macro(gold: Gold, predicted: NDArray[np.bool_]) -> float:
    present = np.flatnonzero(gold.sum(axis=0))
    if not len(present):
        return 0.0
    return float(f1_score(gold, predicted, labels=present, average="macro", zero_division=0))


def _best_cut(scores: list[float]) -> float:
    """The middle of the grid cuts whose score is best: the plateau's edge would overfit."""
    best = np.flatnonzero(np.isclose(scores, max(scores)))
    return float(GRID[best[len(best) // 2]])
