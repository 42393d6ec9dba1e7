"""What is fitted on validation after training: decision thresholds of multi-label tasks."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from data.codebook import Codebook
from training.families.base import Probabilities

GRID = np.round(np.arange(0.05, 0.96, 0.05), 2)
ENOUGH = 8  # positives below which a label takes the common threshold, its own would be noise


def macro_f1(gold: NDArray[np.int64], probabilities: Probabilities, codebook: Codebook) -> float:
    """Macro-F1 over the labels that occur in gold; multi-label at the best common threshold."""
    if not codebook.multi:
        present = sorted(set(gold.tolist()))
        predicted = probabilities.argmax(axis=1)
        return float(f1_score(gold, predicted, labels=present, average="macro", zero_division=0))
    return max(_macro(gold, probabilities >= cut) for cut in GRID)


def choose_thresholds(
    gold: NDArray[np.int64], probabilities: Probabilities, codebook: Codebook
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


def _macro(gold: NDArray[np.int64], predicted: NDArray[np.bool_]) -> float:
    present = np.flatnonzero(gold.sum(axis=0))
    if not len(present):
        return 0.0
    return float(f1_score(gold, predicted, labels=present, average="macro", zero_division=0))


def _best_cut(scores: list[float]) -> float:
    """The middle of the grid cuts whose score is best: the plateau's edge would overfit."""
    best = np.flatnonzero(np.isclose(scores, max(scores)))
    return float(GRID[best[len(best) // 2]])
