"""All figures of one group of rows, from decisions to the block that reports hold."""

from collections.abc import Mapping

import numpy as np

from evaluation.bootstrap import (
    MIN_DOCUMENTS,
    RESAMPLES,
    DocumentCounts,
    Samples,
    Statistic,
    document_counts,
    document_sums,
    drawn,
    samples_of,
    score_interval,
)
from evaluation.confusion import CoConfusion, co_confusion
from evaluation.metrics import (
    Decisions,
    Floats,
    Frozen,
    LabelScore,
    MetricName,
    Value,
    confusion_counts,
    decision_metrics,
    label_scores,
    matthews,
    none_score,
    row_f1,
)
from evaluation.phrases import count
from evaluation.probability import (
    Bin,
    label_average_precision,
    precision_areas,
    probability_metrics,
    reliability,
    row_losses,
)
from evaluation.rows import Count


class Block(Frozen):
    """The figures of one group of rows."""

    rows: Count
    documents: Count
    metrics: dict[MetricName, Value]
    labels: tuple[LabelScore, ...]
    none_label: LabelScore | None = None  # no part of any mean
    confusion: tuple[tuple[Count, ...], ...] | None = None  # single-label: gold rows, decided ones
    co_confusion: CoConfusion | None = None  # multi-label
    reliability: tuple[Bin, ...] = ()


def measure(decisions: Decisions, resamples: int = RESAMPLES, seed: int = 0) -> Block:
    """All figures of some rows, with intervals for all but the calibration error.

    That one has none: resampled rows are always worse calibrated than the rows themselves.
    """
    counts = document_counts(decisions)
    metrics: dict[MetricName, Value] = {
        **decision_metrics(decisions),
        **probability_metrics(decisions),
    }
    scores = [
        score.model_copy(update={"average_precision": area})
        for score, area in zip(label_scores(decisions), _areas(decisions), strict=True)
    ]
    if len(counts.rows):
        draws = drawn(_statistics(decisions, counts), len(counts.rows), resamples, seed)
        samples = samples_of(draws["counts"])
        metrics = _metric_intervals(metrics, samples, draws, len(counts.rows))
        scores = _label_intervals(scores, samples, draws["areas"], counts)
    multi = decisions.none is not None
    return Block(
        rows=len(decisions.gold),
        documents=len(counts.rows),
        metrics=metrics,
        labels=tuple(scores),
        none_label=none_score(decisions),
        confusion=None
        if multi
        else tuple(tuple(row) for row in confusion_counts(decisions).tolist()),
        co_confusion=co_confusion(decisions) if multi else None,
        reliability=tuple(reliability(decisions)),
    )


def _areas(decisions: Decisions) -> list[Value]:
    columns = zip(decisions.gold.T, decisions.probabilities.T, strict=True)
    return [label_average_precision(gold, scores) for gold, scores in columns]


def _statistics(decisions: Decisions, counts: DocumentCounts) -> dict[str, Statistic]:
    """What is drawn on the same resampled documents."""
    table, documents = counts.table, decisions.documents
    losses = document_sums(np.column_stack([row_f1(decisions), row_losses(decisions)]), documents)
    found: dict[str, Statistic] = {
        "counts": lambda weights: weights @ table,
        "means": lambda weights: (weights @ losses) / (weights @ counts.rows)[:, None],
        "areas": precision_areas(decisions),
    }
    if decisions.none is None:
        pairs = decisions.gold[:, :, None] & decisions.predicted[:, None, :]
        confusions = document_sums(pairs.astype(float), documents)
        found["mcc"] = lambda weights: matthews(np.tensordot(weights, confusions, axes=1))
    return found


def _metric_intervals(
    metrics: Mapping[MetricName, Value],
    samples: Samples,
    draws: Mapping[str, Floats],
    documents: int,
) -> dict[MetricName, Value]:
    areas = draws["areas"]
    with np.errstate(invalid="ignore"):
        mean_area = np.nansum(areas, axis=1) / (~np.isnan(areas)).sum(axis=1)
    found: dict[MetricName, Floats] = {
        "macro_f1": samples.macro,
        "micro_f1": samples.micro,
        "weighted_f1": samples.weighted,
        "accuracy": samples.right,
        "exact_match": samples.right,
        "samples_f1": draws["means"][:, 0],
        "brier": draws["means"][:, 1],
        "log_loss": draws["means"][:, 2],
        "pr_auc_macro": mean_area,
    }
    if "mcc" in draws:
        found["mcc"] = draws["mcc"]
    return {
        name: score_interval(value, found[name], documents) if name in found else value
        for name, value in metrics.items()
    }


def _label_intervals(
    scores: list[LabelScore], samples: Samples, areas: Floats, counts: DocumentCounts
) -> list[LabelScore]:
    """Precision rests on the documents where the label was decided, the others on those with it."""
    gold = (counts.tp + counts.fn > 0).sum(axis=0)
    decided = (counts.tp + counts.fp > 0).sum(axis=0)
    return [
        score.model_copy(
            update={
                "f1": _of_label(score.f1, samples.f1[:, column], gold[column]),
                "recall": _of_label(score.recall, samples.recall[:, column], gold[column]),
                "precision": _of_label(
                    score.precision, samples.precision[:, column], decided[column]
                ),
                "average_precision": score.average_precision
                and _of_label(score.average_precision, areas[:, column], gold[column]),
            }
        )
        for column, score in enumerate(scores)
    ]


def _of_label(value: Value, samples: Floats, documents: int) -> Value:
    """A label's figure, with an interval if it is found in enough documents."""
    if value.value is None or documents >= MIN_DOCUMENTS:
        return score_interval(value, samples, documents)
    few = f"no interval: found in {count(documents, 'document')}, and one takes {MIN_DOCUMENTS}"
    return Value(value=value.value, reason=few)
