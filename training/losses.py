"""The loss of a batch: gold labels, and beside them what teachers said of the same rows."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from data.codebook import Codebook
from data.records import Example
from training.families.base import Probabilities, targets

UNKNOWN = -1  # cross_entropy passes over rows of this label


class Loss:
    """Cross-entropy, of each label apart if multi-label; rows count by their weight.

    `balanced`: rare labels weigh more. A row whose labels may be incomplete is judged by those it
    has alone. `said` are teachers' probabilities, (n, labels): their loss is added to `share` of
    the gold one, and rows without gold labels have it alone.
    """

    def __init__(
        self,
        examples: Sequence[Example],
        codebook: Codebook,
        *,
        labelled: int,
        balanced: bool = False,
        said: Probabilities | None = None,
        share: float = 1.0,
    ) -> None:
        self.multi, self.share = codebook.multi, share
        gold = targets(examples[:labelled], codebook)
        self.known = gold
        self.balance = torch.from_numpy(_balance(gold, codebook)) if balanced else None
        rest = len(examples) - labelled
        blank = np.full((rest, *gold.shape[1:]), UNKNOWN, dtype=np.int64)
        self.gold = torch.from_numpy(np.concatenate([gold, blank]))
        self.weight = torch.tensor([row.weight for row in examples], dtype=torch.float32)
        self.complete = torch.tensor([row.complete for row in examples])
        self.said = None if said is None else torch.from_numpy(said)

    def __call__(self, logits: torch.Tensor, rows: NDArray[np.int64]) -> torch.Tensor:
        """The mean over the rows, logits (b, labels)."""
        place = logits.device
        gold, weight = self.gold[rows].to(place), self.weight[rows].to(place)
        losses = self._multi(logits, gold, rows) if self.multi else self._single(logits, gold)
        total = weight.sum()
        if self.balance is not None and not self.multi:
            known = gold.clamp(min=0)
            total = (weight * self.balance.to(place)[known] * (gold != UNKNOWN)).sum()
        if self.said is not None:
            losses = self.share * losses + self._teachers(logits, self.said[rows].to(place))
        return (weight * losses).sum() / total.clamp(min=1e-8)

    def _single(self, logits: torch.Tensor, gold: torch.Tensor) -> torch.Tensor:
        balance = None if self.balance is None else self.balance.to(logits.device)
        return functional.cross_entropy(
            logits, gold, weight=balance, ignore_index=UNKNOWN, reduction="none"
        )

    def _multi(
        self, logits: torch.Tensor, gold: torch.Tensor, rows: NDArray[np.int64]
    ) -> torch.Tensor:
        balance = None if self.balance is None else self.balance.to(logits.device)
        each = functional.binary_cross_entropy_with_logits(
            logits, gold.clamp(min=0).float(), pos_weight=balance, reduction="none"
        )
        judged = (gold == 1) | ((gold == 0) & self.complete[rows].to(logits.device)[:, None])
        return (each * judged).mean(dim=1)

    def _teachers(self, logits: torch.Tensor, said: torch.Tensor) -> torch.Tensor:
        if self.multi:
            each = functional.binary_cross_entropy_with_logits(logits, said, reduction="none")
            return each.mean(dim=1)
        return functional.cross_entropy(logits, said, reduction="none")


def disagreement(logits: torch.Tensor, multi: bool) -> torch.Tensor:
    """R-Drop (Liang et al., 2021): the symmetric KL divergence of two passes, (2b, labels)."""
    if multi:
        first, second = logits.chunk(2)
        return ((first.sigmoid() - second.sigmoid()) * (first - second)).mean()
    first, second = logits.log_softmax(dim=-1).chunk(2)
    return 0.5 * ((first.exp() - second.exp()) * (first - second)).sum(dim=-1).mean()


def _balance(gold: NDArray[np.int64], codebook: Codebook) -> NDArray[np.float32]:
    """The root of each label's inverse frequency."""
    if codebook.multi:
        positive = gold.sum(axis=0)
        weight = (len(gold) - positive) / np.maximum(positive, 1)
    else:
        counts = np.bincount(gold, minlength=len(codebook.labels))
        weight = len(gold) / (len(counts) * np.maximum(counts, 1))
    return np.asarray(np.sqrt(weight), dtype=np.float32)
