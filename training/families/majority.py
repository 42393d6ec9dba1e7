"""The majority model: the label frequencies of the training data, whatever the text. The floor."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from data.codebook import Codebook
from data.records import Example
from training.families.base import Probabilities, Watcher, check_trainable, plain, targets


class MajorityConfig(BaseModel):
    """No hyper-parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    family: Literal["majority"]

    def fit(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        codebook: Codebook,
        seed: int,
        watcher: Watcher,
    ) -> "FittedMajority":
        train = plain(train)
        check_trainable(train, codebook)
        gold = targets(train, codebook)
        if codebook.multi:
            prior = gold.mean(axis=0)
        else:
            prior = np.bincount(gold, minlength=len(codebook.labels)) / len(gold)
        return FittedMajority(prior.astype(np.float32))


@dataclass(frozen=True)
class FittedMajority:
    """Frequencies, shape (labels,)."""

    prior: Probabilities

    def probabilities(self, examples: Sequence[Example]) -> Probabilities:
        return np.tile(self.prior, (len(examples), 1))

    def write(self, stage: Path) -> dict[str, Any]:
        return {"runtime": "constant", "prior": tuple(float(value) for value in self.prior)}
