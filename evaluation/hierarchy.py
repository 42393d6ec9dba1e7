"""The same decisions one level up: groups of labels, as PLOVER's four quad classes are."""

from collections.abc import Mapping

import numpy as np

from evaluation.bootstrap import (
    document_counts,
    document_sums,
    drawn,
    samples_of,
    score_interval,
)
from evaluation.confusion import CoConfusion, co_confusion
from evaluation.metrics import (
    NO_GOLD,
    NO_ROW,
    Bools,
    Decisions,
    Floats,
    Frozen,
    LabelScore,
    Value,
    confusion_counts,
    defined,
    label_scores,
    macro_f1,
    none_score,
    outcome_counts,
    ratio,
)
from evaluation.rows import Count


class Hierarchy(Frozen):
    """Scores of the groups that the decided labels belong to.

    `hierarchical_f1` counts each label together with its group (Kiritchenko et al. 2006): a wrong
    label of the right group is half right. `near` is the share of the wrong rows whose groups are
    right.
    """

    macro_f1: Value
    right: Value  # rows whose groups are exactly the gold ones
    hierarchical_f1: Value
    near: Value
    labels: tuple[LabelScore, ...]  # a score a group
    none_label: LabelScore | None = None
    confusion: tuple[tuple[Count, ...], ...] | None = None  # single-label: gold rows, decided ones
    co_confusion: CoConfusion | None = None  # multi-label


def hierarchy(
    decisions: Decisions, groups: Mapping[str, str], resamples: int, seed: int
) -> Hierarchy | None:
    """The scores with 95% intervals over documents; None where the groups say nothing new.

    That is where every label is a group of its own, or all are one. `groups` may know more labels
    than were scored.
    """
    known = {label: groups[label] for label in decisions.labels}
    if not 1 < len(set(known.values())) < len(known):
        return None
    found = _points(decisions, known)
    if not len(decisions.gold):
        return found
    counts = document_counts(grouped(decisions, known))
    shares = document_sums(_share_columns(decisions, known), decisions.documents)
    draws = drawn(
        {"counts": lambda w: w @ counts.table, "shares": lambda w: w @ shares},
        len(counts.rows),
        resamples,
        seed,
    )
    samples, sums, documents = samples_of(draws["counts"]), draws["shares"], len(counts.rows)
    with np.errstate(invalid="ignore"):
        joint, near = 2 * sums[:, 0] / sums[:, 1], sums[:, 2] / sums[:, 3]
    labels = [
        score.model_copy(update={"f1": score_interval(score.f1, samples.f1[:, place], documents)})
        for place, score in enumerate(found.labels)
    ]
    return found.model_copy(
        update={
            "macro_f1": score_interval(found.macro_f1, samples.macro, documents),
            "right": score_interval(found.right, samples.right, documents),
            "hierarchical_f1": score_interval(found.hierarchical_f1, joint, documents),
            "near": score_interval(found.near, near, documents),
            "labels": tuple(labels),
        }
    )


def _points(decisions: Decisions, groups: Mapping[str, str]) -> Hierarchy:
    """The same without intervals."""
    above = grouped(decisions, groups)
    hits, sizes, near, wrong = _share_columns(decisions, groups).sum(axis=0)
    multi = decisions.none is not None
    return Hierarchy(
        macro_f1=defined(macro_f1(*outcome_counts(above.gold, above.predicted)), NO_GOLD),
        right=ratio(int(above.right.sum()), len(above.gold), NO_ROW),
        hierarchical_f1=Value(value=float(2 * hits / sizes))
        if sizes
        else Value(value=None, reason=NO_GOLD),
        near=ratio(int(near), int(wrong), "no row is wrong"),
        labels=tuple(label_scores(above)),
        none_label=none_score(above),
        confusion=None if multi else tuple(tuple(row) for row in confusion_counts(above).tolist()),
        co_confusion=co_confusion(above) if multi else None,
    )


def grouped(decisions: Decisions, groups: Mapping[str, str]) -> Decisions:
    """The decisions with groups for labels; a group is as probable as its likeliest label."""
    names = tuple(dict.fromkeys(groups[label] for label in decisions.labels))
    columns = [
        np.array([groups[label] == name for label in decisions.labels], dtype=bool)
        for name in names
    ]

    def merged(table: Bools) -> Bools:
        return np.stack([table[:, column].any(axis=1) for column in columns], axis=1)

    return Decisions(
        labels=names,
        none=decisions.none,
        gold=merged(decisions.gold),
        predicted=merged(decisions.predicted),
        probabilities=np.stack(
            [decisions.probabilities[:, column].max(axis=1) for column in columns], axis=1
        ),
        documents=decisions.documents,
    )


def _share_columns(decisions: Decisions, groups: Mapping[str, str]) -> Floats:
    """A row's hits among labels and groups, their numbers in both sets, near, wrong: (n, 4)."""
    above = grouped(decisions, groups)
    gold = np.column_stack([decisions.gold, above.gold])
    predicted = np.column_stack([decisions.predicted, above.predicted])
    wrong = ~decisions.right
    return np.column_stack(
        [
            (gold & predicted).sum(axis=1),
            gold.sum(axis=1) + predicted.sum(axis=1),
            above.right & wrong,
            wrong,
        ]
    ).astype(float)
