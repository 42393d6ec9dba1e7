"""A probe: the frozen encoder's pooled states and a logistic regression as the head."""

import math
from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
from torch import nn

from data.codebook import Codebook
from data.records import Example
from training.devices import device
from training.families.base import Watcher, check_trainable, targets
from training.families.transformer import FittedTransformer, untuned

NEVER = -30.0  # the logit of a label without a training row
Features = NDArray[np.float32]


class ProbeConfig(BaseModel):
    """What the encoder knows before it is tuned; `c` is the inverse strength of the penalty."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    family: Literal["probe"]
    encoder: str = "minilm"
    c: float = Field(default=0.03, gt=0, allow_inf_nan=False)
    class_weight: Literal["balanced"] | None = "balanced"
    max_length: int = Field(default=128, ge=8)

    def fit(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        codebook: Codebook,
        seed: int,
        watcher: Watcher,
    ) -> FittedTransformer:
        """Mean, marker and mention states, standardised, under one linear layer.

        The seed decides nothing: no part of it is random.
        """
        check_trainable(train, codebook)
        fitted = untuned(self.encoder, codebook, self.max_length, dropout=0.0, bf16=False)
        model = fitted.model.to(device())
        with watcher.stage(f"probe {codebook.name}", len(train)) as done:
            features = _states(fitted, train, done)
        scaler = StandardScaler().fit(features)
        weights, bias = self._head(scaler.transform(features), train, codebook)
        weights = weights / scaler.scale_
        with torch.no_grad():
            model.head.weight.copy_(torch.from_numpy(weights))
            model.head.bias.copy_(torch.from_numpy(bias - weights @ scaler.mean_))
        return fitted

    def _head(
        self, features: Features, train: Sequence[Example], codebook: Codebook
    ) -> tuple[Features, Features]:
        """The layer's weights, (labels, features), and its bias."""
        gold = targets(train, codebook)
        counted = np.array([example.weight for example in train])
        weights = np.zeros((len(codebook.labels), features.shape[1]), np.float32)
        bias = np.full(len(codebook.labels), NEVER, np.float32)
        if not codebook.multi:
            model = self._regression().fit(features, gold, counted)
            places = model.classes_
            weights[places], bias[places] = _a_row_each(model)
            return weights, bias
        complete = np.array([example.complete for example in train])
        for label, own in enumerate(gold.T):
            judged = complete | (own == 1)
            if len(set(own[judged])) == 2:
                model = self._regression().fit(features[judged], own[judged], counted[judged])
                weights[label], bias[label] = model.coef_[0], model.intercept_[0]
            elif own.any():
                bias[label] = math.log(len(train))  # nothing contradicts it
        return weights, bias

    def _regression(self) -> LogisticRegression:
        return LogisticRegression(C=self.c, class_weight=self.class_weight, max_iter=2000)


def _a_row_each(model: LogisticRegression) -> tuple[Features, Features]:
    """Coefficients and intercepts of a softmax; of two classes scikit-learn keeps one row."""
    if len(model.classes_) > 2:
        return model.coef_, model.intercept_
    halves = np.array([[-0.5], [0.5]])
    return halves * model.coef_, halves[:, 0] * model.intercept_


def _states(
    fitted: FittedTransformer, examples: Sequence[Example], done: Callable[[int], None]
) -> Features:
    """The head's inputs, (n, pooled): what the model gives without its head."""
    model, head = fitted.model, fitted.model.head
    model.head = nn.Identity()
    states = fitted.outputs(fitted.text_encoder.encode(examples), head.in_features, done)
    model.head = head
    return states
