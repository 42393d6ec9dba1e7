"""Selective prediction: what the model keeps when it may abstain, and how its label sets cover."""

from collections.abc import Sequence

import numpy as np

from evaluation.bootstrap import resampled_sums, score_interval
from evaluation.metrics import Bools, Floats, Frozen, Value, membership
from evaluation.rows import Row


class Selective(Frozen):
    """Figures of gold rows. A set covers a gold label if it holds it; `set_size` is a mean."""

    kept: Value  # share of the rows decided without abstaining
    right_kept: Value  # share of those that is wholly right
    covered: Value  # share of the gold labels that the sets hold
    label_covered: dict[str, Value]
    set_size: Value


def selective(
    rows: Sequence[Row], labels: tuple[str, ...], resamples: int, seed: int
) -> Selective | None:
    """The figures with 95% intervals over documents; None if the model has no label sets."""
    if not rows or any(row.possible is None for row in rows):
        return None
    documents = np.unique([row.doc_id for row in rows], return_inverse=True)[1]
    gold = membership([row.gold for row in rows], labels)
    sets = membership([row.possible or () for row in rows], labels)
    kept = np.array([not row.abstains for row in rows])
    right = np.array([set(row.gold) == set(row.predicted) for row in rows])

    def share(part: Bools | Floats, whole: Bools | Floats, reason: str) -> Value:
        return _share(part.astype(float), whole.astype(float), documents, reason, resamples, seed)

    held, everywhere = gold & sets, np.ones(len(rows))
    return Selective(
        kept=share(kept, everywhere, "no row"),
        right_kept=share(kept & right, kept, "the model abstained everywhere"),
        covered=share(held.sum(axis=1), gold.sum(axis=1), "no gold label"),
        label_covered={
            label: share(held[:, place], gold[:, place], "no gold row has this label")
            for place, label in enumerate(labels)
        },
        set_size=share(sets.sum(axis=1), everywhere, "no row"),
    )


def _share(
    part: Floats, whole: Floats, documents: np.ndarray, reason: str, resamples: int, seed: int
) -> Value:
    """Sum of `part` over sum of `whole`, (n,) each, with its interval over documents."""
    if not whole.sum():
        return Value(value=None, reason=reason)
    count = int(documents.max()) + 1
    table = np.stack(
        [np.bincount(documents, each, count) for each in (part, whole)], axis=1
    ).astype(float)
    sums = np.concatenate(list(resampled_sums(table, resamples, seed)))
    with np.errstate(invalid="ignore"):
        samples = sums[:, 0] / sums[:, 1]
    return score_interval(Value(value=float(part.sum() / whole.sum())), samples, count)
