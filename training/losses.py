"""The loss of a batch: gold labels, rows that weigh, labels that may be missing."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from data.codebook import Codebook
from data.records import Example
from training.families.base import targets


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


def disagreement(logits: torch.Tensor, multi: bool) -> torch.Tensor:
    """R-Drop (Liang et al., 2021): the symmetric KL divergence of two passes, (2b, labels)."""
    if multi:
        first, second = logits.chunk(2)
        return ((first.sigmoid() - second.sigmoid()) * (first - second)).mean()
    first, second = logits.log_softmax(dim=-1).chunk(2)
    return 0.5 * ((first.exp() - second.exp()) * (first - second)).sum(dim=-1).mean()
