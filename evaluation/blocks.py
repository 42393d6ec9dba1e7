"""All figures of one group of rows, from decisions to the block that reports hold."""

from collections.abc import Sequence

from evaluation.bootstrap import document_counts, sample, with_interval
from evaluation.confusion import co_confusion
from evaluation.metrics import (
    Decisions,
    LabelScore,
    MetricName,
    Value,
    confusion_counts,
    decision_metrics,
    label_scores,
    none_score,
)
from evaluation.probability import label_average_precision, probability_metrics, reliability
from evaluation.report import Block, Bootstrap


def measure(decisions: Decisions, bootstrap: Bootstrap) -> Block:
    """All figures of some rows; intervals for the F1 means, the share right and each label's F1."""
    counts = document_counts(decisions)
    documents = len(counts.rows)
    metrics: dict[MetricName, Value] = decision_metrics(decisions)
    scores = label_scores(decisions)
    if documents:
        draws = sample(counts, bootstrap.resamples, bootstrap.seed)
        drawn = {
            "macro_f1": draws.macro,
            "micro_f1": draws.micro,
            "weighted_f1": draws.weighted,
            "accuracy": draws.right,
            "exact_match": draws.right,
        }
        metrics = {
            name: with_interval(value, drawn[name], documents) if name in drawn else value
            for name, value in metrics.items()
        }
        scores = [
            score.model_copy(update={"f1": with_interval(score.f1, draws.f1[:, column], documents)})
            for column, score in enumerate(scores)
        ]
    multi = decisions.none is not None
    return Block(
        rows=len(decisions.gold),
        documents=documents,
        metrics={**metrics, **probability_metrics(decisions)},
        labels=tuple(_with_precision_area(scores, decisions)),
        none_label=none_score(decisions),
        confusion=None
        if multi
        else tuple(tuple(row) for row in confusion_counts(decisions).tolist()),
        co_confusion=co_confusion(decisions) if multi else None,
        reliability=tuple(reliability(decisions)),
    )


def _with_precision_area(scores: Sequence[LabelScore], decisions: Decisions) -> list[LabelScore]:
    found = []
    for column, label in enumerate(scores):
        area = label_average_precision(
            decisions.gold[:, column], decisions.probabilities[:, column]
        )
        found.append(label.model_copy(update={"average_precision": area}))
    return found
