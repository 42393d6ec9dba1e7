"""How sure a found mention is: its span and kind are right as often as its probability says."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import GroupKFold

from data.codebook import Codebook
from data.errors import BadInput
from data.records import Example
from tagging.calibrated import Scaling, rescaled
from tagging.mention_answers import found_in
from tagging.mention_words import stretches, sureness
from training.calibration import FEW, Method, platt, yes_or_no_loss
from training.families.spans import FittedSpans, f1_by_kind

FOLDS = 5


@dataclass(frozen=True)
class Judged:
    """Found mentions: (n,) how sure, of which kind, whether right, and their articles."""

    sure: NDArray[np.float32]
    kind: NDArray[np.int64]
    right: NDArray[np.int64]
    article: NDArray[np.str_]

    def part(self, rows: NDArray[np.int64]) -> "Judged":
        return Judged(self.sure[rows], self.kind[rows], self.right[rows], self.article[rows])


def calibrate_spans(
    fitted: FittedSpans, validation: Sequence[Example], codebook: Codebook, method: Method
) -> tuple[Scaling | None, dict[str, float | None]]:
    """The scaling of each kind's logits (Platt), and the scores on validation.

    `auto` takes it where it lowers the log-loss of articles that it was not fitted on.
    """
    if method == "isotonic":
        wanted = "calibration auto, scaling or none where mentions are found"
        raise BadInput(wanted, "'isotonic'", "change calibration in the config")
    rows = fitted.prepared(validation)
    table = fitted.probabilities(rows) if rows else np.zeros((0, 0, 0), np.float32)
    gold, kinds = fitted.gold(rows), codebook.labels
    f1 = f1_by_kind(gold, table, len(kinds))
    known = [one for one in f1 if one is not None]
    scores: dict[str, float | None] = {"macro_f1": float(np.mean(known)) if known else None}
    scores |= {f"f1/{kind}": one for kind, one in zip(kinds, f1, strict=True)}
    found = _judged(rows, gold, table, kinds)
    losses = _losses(found, len(kinds))
    better = bool(losses) and losses["scaling"] < losses["none"]
    fits = len(found.sure) >= FEW and (method == "scaling" or (method == "auto" and better))
    fit = _fit(found, len(kinds)) if fits else None
    return fit, scores | {f"log_loss/{name}": value for name, value in losses.items()}


def _judged(
    rows: Sequence[Example],
    gold: Sequence[NDArray[np.int64]],
    table: NDArray[np.float32],
    kinds: Sequence[str],
) -> Judged:
    sure, kind, right, article = [], [], [], []
    for row, tags, words in zip(rows, gold, table, strict=True):
        words = words[: len(tags)]
        wanted = set(stretches(tags))
        for one in found_in(row.text, words, kinds):
            sure.append(sureness(words, one))
            kind.append(one[2])
            right.append(one in wanted)
            article.append(row.doc_id)
    return Judged(
        np.array(sure, np.float32),
        np.array(kind, int),
        np.array(right, int),
        np.array(article, str),
    )


def _fit(found: Judged, kinds: int) -> Scaling:
    pairs = [
        platt(found.right[own][:, None], found.sure[own][:, None]) if own.any() else (1.0, 0.0)
        for own in (found.kind == kind for kind in range(kinds))
    ]
    slopes, shifts = zip(*pairs, strict=True)
    return Scaling(slope=slopes, shift=shifts)


def scaled(found: Judged, by: Scaling) -> NDArray[np.float64]:
    """The probabilities after the scaling, (n,)."""
    slope, shift = np.array(by.slope)[found.kind], np.array(by.shift)[found.kind]
    return rescaled(found.sure, slope, shift, True)


def _losses(found: Judged, kinds: int) -> dict[str, float]:
    """Log-loss without and with scaling, where it was not fitted: five folds of articles."""
    if len(found.sure) < FEW or len(set(found.article.tolist())) < FOLDS:
        return {}
    sure = np.zeros(len(found.sure))
    for rest, held in GroupKFold(FOLDS).split(found.sure, groups=found.article):
        sure[held] = scaled(found.part(held), _fit(found.part(rest), kinds))
    return {
        "none": yes_or_no_loss(found.right, found.sure),
        "scaling": yes_or_no_loss(found.right, sure),
    }
