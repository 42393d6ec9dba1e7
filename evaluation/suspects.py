"""Rows whose given label a model doubts: confident learning (Northcutt et al., JAIR 2021)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.metrics import Floats, Ints

UNSURE = -1


@dataclass(frozen=True)
class Suspect:
    """A row whose given class is doubted. The margin is p(given) - p(suggested), below 0."""

    row: int
    given: int
    suggested: int
    margin: float


def confident_joint(gold: Ints, probabilities: Floats) -> Floats:
    """(classes, classes) rows by given and by confident class, scaled to the counts given.

    `gold` (n,) are the given classes, `probabilities` (n, classes) come from models that have not
    seen the row. Off the diagonal stands an estimate of how many rows given i belong to j.
    """
    classes = probabilities.shape[1]
    believed = _confident_classes(gold, probabilities)
    joint = np.zeros((classes, classes))
    sure = believed != UNSURE
    np.add.at(joint, (gold[sure], believed[sure]), 1)
    given = np.bincount(gold, minlength=classes)
    empty = joint.sum(axis=1) == 0
    joint[empty, empty] = 1  # nobody is sure of any of them: the labels stand
    return np.asarray(joint * (given / joint.sum(axis=1))[:, None])


def suspects(gold: Ints, probabilities: Floats) -> list[Suspect]:
    """The confident joint's off-diagonal rows, by margin; surest first.

    A row that reaches another class's threshold while its given class stays the more probable one
    is left out.
    """
    believed = _confident_classes(gold, probabilities)
    rows = np.flatnonzero((believed != UNSURE) & (believed != gold))
    margins = probabilities[rows, gold[rows]] - probabilities[rows, believed[rows]]
    found = [
        Suspect(int(row), int(gold[row]), int(believed[row]), float(margin))
        for row, margin in zip(rows, margins, strict=True)
        if margin < 0
    ]
    return sorted(found, key=lambda suspect: (suspect.margin, suspect.row))


def label_suspects(gold: Ints, probabilities: Floats) -> list[list[Suspect]]:
    """Multi-label: the suspects of each label by itself, as a question of 0 (absent) and 1."""
    return [suspects(given, yes_or_no(p)) for given, p in zip(gold.T, probabilities.T, strict=True)]


def doubted_labels(
    gold: Ints, probabilities: Floats, labels: Sequence[str]
) -> dict[int, dict[str, float]]:
    """Row -> the labels that would change, each with its margin.

    `gold` is (n,) of a single-label task and (n, labels) of 0 and 1 of a multi-label one.
    """
    found: dict[int, dict[str, float]] = defaultdict(dict)
    if gold.ndim == 1:
        for one in suspects(gold, probabilities):
            found[one.row] = {labels[one.suggested]: one.margin}
        return found
    for label, doubted in zip(labels, label_suspects(gold, probabilities), strict=True):
        for one in doubted:
            found[one.row][label] = one.margin
    return found


def yes_or_no(probabilities: Floats) -> Floats:
    """(n,) of one label -> (n, 2) of its absence and presence."""
    return np.column_stack([1 - probabilities, probabilities])


def _confident_classes(gold: Ints, probabilities: Floats) -> Ints:
    """Each row's class among those whose mean self-confidence it reaches, or UNSURE.

    A class's threshold is its mean probability over the rows that it is given to; of several
    classes the most probable is taken. A class that no row is given to is never believed.
    """
    classes = range(probabilities.shape[1])
    thresholds = np.array(
        [probabilities[gold == k, k].mean() if (gold == k).any() else np.inf for k in classes]
    )
    reached = np.where(probabilities >= thresholds, probabilities, -np.inf)
    return np.where(np.isinf(reached).all(axis=1), UNSURE, reached.argmax(axis=1))
