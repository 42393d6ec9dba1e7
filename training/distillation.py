"""Distillation: one student learns what several teachers of other seeds say on average."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from data.codebook import Codebook
from data.records import Example
from training.checkpoint import STAGE, Checkpoints
from training.families.base import Probabilities, Watcher

if TYPE_CHECKING:
    from training.families.transformer import TransformerConfig


class Distillation(BaseModel):
    """Teachers have the recipe around this section, the student the one in it.

    R-Drop is for the teachers alone. The student learns from the teachers' probabilities (Hinton et
    al., 2015) on the training rows and on the run's `transfer` rows, and from the gold labels with
    weight `gold`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    teachers: int = Field(default=3, ge=2)
    epochs: int = Field(default=4, ge=1)
    batch_size: int = Field(default=32, ge=1)
    learning_rate: float = Field(default=3e-4, gt=0)
    freeze_layers: int = Field(default=0, ge=0)
    gold: float = Field(default=0.5, ge=0)

    def student(self, config: "TransformerConfig") -> "TransformerConfig":
        """The recipe of the student."""
        own = {
            "epochs": self.epochs,
            "batch_size": self.batch_size,
            "learning_rate": self.learning_rate,
            "freeze_layers": self.freeze_layers,
        }
        return config.model_copy(update=own | {"distillation": None, "rdrop": 0.0})


@dataclass(frozen=True)
class _Named:
    """A Watcher that tells one teacher's bars and metrics from the others'."""

    watcher: Watcher
    name: str

    def stage(self, title: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        return self.watcher.stage(f"{self.name} {title}", total)

    def metrics(self, values: dict[str, float], step: int) -> None:
        self.watcher.metrics({f"{self.name}/{key}": each for key, each in values.items()}, step)


def teachers_say(
    config: "TransformerConfig",
    train: Sequence[Example],
    transfer: Sequence[Example],
    validation: Sequence[Example],
    codebook: Codebook,
    seed: int,
    watcher: Watcher,
    checkpoints: Checkpoints | None,
) -> Probabilities:
    """The teachers' mean probabilities of the training and the transfer rows, (n, labels)."""
    assert config.distillation is not None
    recipe, count = config.model_copy(update={"distillation": None}), config.distillation.teachers
    rows = [*train, *transfer]
    total = np.zeros((len(rows), len(codebook.labels)), np.float32)
    for number in range(1, count + 1):
        own = checkpoints.stage(f"{STAGE}{number}") if checkpoints else None
        named = _Named(watcher, f"{STAGE}{number}")
        fitted = recipe.fit(train, validation, codebook, 1000 * seed + number, named, own)
        total += fitted.probabilities(rows)
    return np.asarray(total / count, dtype=np.float32)
