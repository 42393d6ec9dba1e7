"""Distillation: one student learns what several teachers of other seeds say on average."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from data.codebook import Codebook
from data.records import Example
from training.checkpoint import Checkpoints
from training.families.base import Probabilities, Watcher

if TYPE_CHECKING:
    from training.families.transformer import TransformerConfig


class Distillation(BaseModel):
    """Teachers have the recipe around this section, the student the one in it.

    The student learns from the teachers' probabilities (Hinton et al., 2015) on the training rows
    and on the run's `transfer` rows, and from the gold labels with weight `gold`.
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
        return config.model_copy(update=own | {"distillation": None})


def teachers_say(
    config: "TransformerConfig",
    count: int,
    train: Sequence[Example],
    transfer: Sequence[Example],
    validation: Sequence[Example],
    codebook: Codebook,
    seed: int,
    watcher: Watcher,
    checkpoints: Checkpoints | None,
) -> Probabilities:
    """The teachers' mean probabilities of the training and the transfer rows, (n, labels)."""
    recipe = config.model_copy(update={"distillation": None})
    rows = [*train, *transfer]
    total = np.zeros((len(rows), len(codebook.labels)), np.float32)
    for number in range(1, count + 1):
        own = checkpoints.stage(f"teacher-{number}") if checkpoints else None
        fitted = recipe.fit(train, validation, codebook, 1000 * seed + number, watcher, own)
        total += fitted.probabilities(rows)
    return total / count
