"""What a prediction comes to among the labels that are scored, which may be some of them."""

from collections.abc import Mapping
from math import isfinite

from data.codebook import Codebook
from data.errors import BadInput, nearest
from data.records import Example
from evaluation.rows import Prediction

ROUNDING = 1e-5  # by which a float32 probability may leave [0, 1]


def scored_labels(labels: tuple[str, ...] | None, codebook: Codebook) -> tuple[str, ...]:
    """The chosen labels in the codebook's order, or all. Raises BadInput for a bad choice."""
    if labels is None:
        return codebook.labels
    for label in labels:
        if label not in codebook.labels:
            fix = nearest(label, codebook.labels)
            raise BadInput(f"labels of the codebook {codebook.name}", repr(label), fix)
    least = 1 if codebook.multi else 2
    if len(set(labels)) != len(labels) or len(labels) < least:
        raise BadInput(f"{least} or more different labels", ", ".join(labels) or "none")
    return tuple(label for label in codebook.labels if label in labels)


def decide(
    prediction: Prediction, example: Example, scored: tuple[str, ...], codebook: Codebook
) -> tuple[tuple[str, ...], dict[str, float]]:
    """The decision and the probabilities among the scored labels.

    Closed-set, single-label: the most probable scored label, probabilities scaled to sum 1.
    Closed-set, multi-label: the decided labels that are scored, so the model's thresholds hold.
    Raises BadInput for what is no probability, or not one label where one is wanted.
    """
    probabilities = {
        label: _probability(prediction.probabilities, label, example) for label in scored
    }
    decided = tuple(label for label in scored if label in prediction.labels)
    if codebook.multi:
        return decided, probabilities
    if len(scored) < len(codebook.labels):
        total = sum(probabilities.values())
        share = {
            label: p / total if total else 1 / len(scored) for label, p in probabilities.items()
        }
        return (max(scored, key=lambda label: share[label]),), share
    if len(decided) != 1:
        raise BadInput("one label a row", f"{len(decided)} for {example.id!r}", "mend the model")
    return decided, probabilities


def _probability(probabilities: Mapping[str, float], label: str, example: Example) -> float:
    p = probabilities.get(label)
    if p is None or not isfinite(p) or not -ROUNDING <= p <= 1 + ROUNDING:
        found = f"{p} for {label!r} in row {example.id!r}"
        raise BadInput("a probability from 0 to 1 for every label", found, "mend the model")
    return min(1.0, max(0.0, p))
