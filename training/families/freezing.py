"""What of an encoder stays as it was: word embeddings, and the lowest layers."""

import copy
from typing import Any

import torch
from torch import nn

from data.errors import BadInput


class FrozenWords(nn.Module):
    """A word embedding whose first rows stay as they were; the rows of new tokens are trained."""

    def __init__(self, words: nn.Embedding, frozen: int) -> None:
        super().__init__()
        self.frozen = nn.Embedding.from_pretrained(words.weight[:frozen].detach().clone())
        self.new = nn.Parameter(words.weight[frozen:].detach().clone())

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        size = self.frozen.num_embeddings
        old = self.frozen(ids.clamp(max=size - 1))
        if not len(self.new):
            return old
        # functional.embedding: the gradient of self.new[...] adds up in the order of the threads
        new = nn.functional.embedding((ids - size).clamp(min=0), self.new)
        return torch.where((ids >= size)[..., None], new, old)

    def merged(self) -> nn.Embedding:
        """The plain embedding with all rows, as other programs expect it."""
        return nn.Embedding.from_pretrained(torch.cat([self.frozen.weight, self.new.detach()]))


def plain_copy(model: Any) -> Any:
    """The model in fp32 on the processor, without dropout, its words in one embedding."""
    own = copy.deepcopy(model).float().cpu().eval()
    words = own.encoder.get_input_embeddings()
    if isinstance(words, FrozenWords):
        own.encoder.set_input_embeddings(words.merged())
    return own


def freeze_words(encoder: Any, frozen: int) -> None:
    """Freezes the pretrained word embeddings (half of a small encoder): faster, fits less noise."""
    encoder.set_input_embeddings(FrozenWords(encoder.get_input_embeddings(), frozen))


def freeze_bottom(encoder: Any, layers: int) -> None:
    """Freezes all embeddings and the lowest layers: no gradient is computed below the others."""
    stack = next((part for part in encoder.modules() if isinstance(part, nn.ModuleList)), None)
    if stack is None or not hasattr(encoder, "embeddings"):
        found = type(encoder).__name__
        raise BadInput("an encoder whose layers can be frozen", found, "set model.freeze_layers=0")
    for part in (encoder.embeddings, *stack[:layers]):
        part.requires_grad_(False)
