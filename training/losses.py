"""The loss of a batch: gold labels, rows that weigh, labels that may be missing."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from data.codebook import Codebook
from data.records import Example
from training.families.base import targets

UNJUDGED = -100  # stands for the tag of a word that does not count


class Criterion(Protocol):
    """The mean loss of the rows, from their logits."""

    def __call__(self, logits: torch.Tensor, rows: NDArray[np.int64]) -> torch.Tensor: ...


class Loss:
    """Cross-entropy, of each label apart if multi-label; rows count by their weight.

    A row whose labels may be incomplete is judged by those it has alone.
    """

    def __init__(self, examples: Sequence[Example], codebook: Codebook) -> None:
        self.multi = codebook.multi
        self.gold = torch.from_numpy(targets(examples, codebook))
        self.weight = torch.tensor([row.weight for row in examples], dtype=torch.float32)
        self.complete = torch.tensor([row.complete for row in examples])

    def __call__(self, logits: torch.Tensor, rows: NDArray[np.int64]) -> torch.Tensor:
        """The mean over the rows, logits (b, labels)."""
        place = logits.device
        gold, weight = self.gold[rows].to(place), self.weight[rows].to(place)
        if self.multi:
            losses = self._multi(logits, gold, rows)
        else:
            losses = functional.cross_entropy(logits, gold, reduction="none")
        return (weight * losses).sum() / weight.sum().clamp(min=1e-8)

    def _multi(
        self, logits: torch.Tensor, gold: torch.Tensor, rows: NDArray[np.int64]
    ) -> torch.Tensor:
        each = functional.binary_cross_entropy_with_logits(logits, gold.float(), reduction="none")
        judged = (gold == 1) | ((gold == 0) & self.complete[rows].to(logits.device)[:, None])
        return (each * judged).mean(dim=1)


class WordLoss:
    """Cross-entropy of the words' tags, the mean over a batch's words; rows weigh.

    Of a row that is not `complete` the words outside its mentions are not judged.
    """

    def __init__(self, examples: Sequence[Example], gold: Sequence[NDArray[np.int64]]) -> None:
        self.gold = [
            tags if example.complete else np.where(tags > 0, tags, UNJUDGED)
            for example, tags in zip(examples, gold, strict=True)
        ]
        self.weight = torch.tensor([row.weight for row in examples], dtype=torch.float32)

    def __call__(self, logits: torch.Tensor, rows: NDArray[np.int64]) -> torch.Tensor:
        """The mean over the words, logits (b, words, tags)."""
        table = np.full(logits.shape[:2], UNJUDGED, dtype=np.int64)
        for place, row in enumerate(rows):
            table[place, : len(self.gold[row])] = self.gold[row]
        gold = torch.from_numpy(table).to(logits.device)
        weight = self.weight[rows].to(logits.device)[:, None] * (gold != UNJUDGED)
        losses = functional.cross_entropy(
            logits.flatten(0, 1), gold.flatten(), reduction="none", ignore_index=UNJUDGED
        )
        return (weight.flatten() * losses).sum() / weight.sum().clamp(min=1e-8)


def disagreement(logits: torch.Tensor, multi: bool) -> torch.Tensor:
    """R-Drop (Liang et al., 2021): the symmetric KL divergence of two passes, (2b, labels)."""
    if multi:
        first, second = logits.chunk(2)
        return ((first.sigmoid() - second.sigmoid()) * (first - second)).mean()
    first, second = logits.log_softmax(dim=-1).chunk(2)
    return 0.5 * ((first.exp() - second.exp()) * (first - second)).sum(dim=-1).mean()
