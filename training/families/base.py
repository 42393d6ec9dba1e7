"""What a model family is: a config that fits examples and yields something that can be exported."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data.codebook import Codebook
from data.errors import BadInput
from data.records import Example

Probabilities = NDArray[np.float32]


class Watcher(Protocol):
    """Hears of a training's progress; the run draws bars and logs metrics from it."""

    def stage(self, title: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """A long stage of `total` rows; the callable yielded is told how many were just done.

        A training that goes on from a checkpoint tells at once of all that were done before.
        """
        ...

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Scores and losses at the end of an epoch."""
        ...


class Fitted(Protocol):
    """A trained model, still in its framework."""

    def probabilities(self, examples: Sequence[Example]) -> Probabilities:
        """Shape (n, labels), in the codebook's order."""
        ...

    def write(self, stage: Path) -> dict[str, Any]:
        """Writes the model's files; returns the fields of the card that the runtime needs."""
        ...


class Family(Protocol):
    """A model config: the hyper-parameters of one family."""

    def fit(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        codebook: Codebook,
        seed: int,
        watcher: Watcher,
    ) -> Fitted: ...


def targets(examples: Sequence[Example], codebook: Codebook) -> NDArray[np.int64]:
    """Gold as numbers: (n, labels) of 0/1 for a multi-label task, else (n,) of label indices."""
    index = {name: place for place, name in enumerate(codebook.labels)}
    if not codebook.multi:
        return np.array([index[example.labels[0]] for example in examples], dtype=np.int64)
    table = np.zeros((len(examples), len(index)), dtype=np.int64)
    for row, example in enumerate(examples):
        table[row, [index[name] for name in example.labels]] = 1
    return table


def plain(train: Sequence[Example]) -> list[Example]:
    """The rows for a family that knows neither weights nor labels that may be missing.

    Raises BadInput for weights; rows whose labels may be incomplete are left out.
    """
    if any(example.weight != 1 for example in train):
        raise BadInput("sets of weight 1 for this family", "other weights", "or use transformer")
    return [example for example in train if example.complete]


def check_trainable(train: Sequence[Example], codebook: Codebook) -> None:
    """Refuses data from which nothing can be learned: no rows, or one label for all of them."""
    if codebook.spans:
        if not any(example.marks for example in train):
            wanted = f"training sentences with a mention for {codebook.name}"
            raise BadInput(wanted, f"{len(train)} without one", "mark mentions in the sentences")
        return
    found = {example.labels for example in train}
    if len(found) < 2:
        names = [" + ".join(labels) or str(codebook.none) for labels in found]
        raise BadInput(
            f"training examples of at least two kinds for {codebook.name}",
            f"{len(train)} examples" + "".join(f", all {name}" for name in names),
            "add labelled sentences of another kind",
        )
