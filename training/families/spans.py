"""A fine-tuned encoder that finds stretches of the text: a head on every word, not on the whole."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data.codebook import Codebook
from data.records import Example
from tagging.inputs import Encoded, sorted_batches
from tagging.mention_encoder import WordEncoder
from tagging.mention_traits import TRAITS
from tagging.mention_words import Tags, best_tags, stretches, tags_in, tags_of, words_of
from tagging.runtimes import softmax
from training.families.base import Probabilities
from training.families.transformer import FittedTransformer, start_from_frequencies
from training.losses import Criterion, WordLoss

HIDDEN = 256
Found = set[tuple[int, int, int, int]]  # row, first word, word behind the last, number of the kind


class WordHead(nn.Module):  # type: ignore[misc]
    """A word's state and traits to its tags' logits, by one hidden layer."""

    def __init__(self, inputs: int, tags: int, dropout: float) -> None:
        super().__init__()
        self.hidden = nn.Linear(inputs, HIDDEN)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(HIDDEN, tags)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.out(self.dropout(nn.functional.gelu(self.hidden(words))))
        return logits


class WordTagger(nn.Module):  # type: ignore[misc]
    """Encoder states (b, t, h), pooled by word (b, w, t), beside traits: logits (b, w, tags)."""

    def __init__(self, encoder: Any, codebook: Codebook, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        inputs = encoder.config.hidden_size + TRAITS
        self.head = WordHead(inputs, len(tags_of(codebook.labels)), dropout)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor,
        pool: torch.Tensor,
        traits: torch.Tensor,
    ) -> torch.Tensor:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        words = self.dropout(torch.bmm(pool.to(states.dtype), states))
        logits: torch.Tensor = self.head(torch.cat([words, traits.to(states.dtype)], dim=2))
        return logits


@dataclass
class FittedSpans(FittedTransformer):
    """A word tagger in torch. An example's marks are its gold mentions, by kind."""

    text_encoder: WordEncoder

    def prepared(self, examples: Sequence[Example]) -> list[Example]:
        """The examples that have words; those too long for the encoder in pieces."""
        pieces = (piece for parts in self.text_encoder.pieces(examples) for piece in parts)
        return [piece for piece in pieces if words_of(piece.text)]

    def probabilities(self, examples: Sequence[Example]) -> Probabilities:
        """Shape (n, words, tags), of prepared examples."""
        return self.probabilities_of(self.text_encoder.encode(examples))

    def probabilities_of(self, encoded: Sequence[Encoded]) -> Probabilities:
        """Shape (n, words, tags); a row of fewer words than another ends in zeros."""
        most = max((len(item.pool) for item in encoded), default=0)
        table = np.zeros((len(encoded), most, len(tags_of(self.codebook.labels))), np.float32)
        self.model.eval()
        with torch.inference_mode():
            for batch in sorted_batches(encoded, 64, self.pad_id):
                logits = self.logits(batch).float().cpu().numpy()
                table[batch.rows, : logits.shape[1]] = softmax(logits)
        return table

    def gold(self, examples: Sequence[Example]) -> list[Tags]:
        kinds = self.codebook.labels
        return [tags_in(words_of(one.text), one.marks, kinds) for one in examples]

    def score(self, gold: list[Tags], probabilities: Probabilities) -> float:
        """Macro-F1 over the kinds that occur; a mention counts if span and kind are right."""
        scores = f1_by_kind(gold, probabilities, len(self.codebook.labels))
        return float(np.mean([one for one in scores if one is not None] or [0.0]))

    def criterion(self, examples: Sequence[Example]) -> Criterion:
        return WordLoss(examples, self.gold(examples))

    def start_from_frequencies(self, examples: Sequence[Example]) -> None:
        complete = [one for one in examples if one.complete] or examples
        start_from_frequencies(self.model.head.out, np.concatenate(self.gold(complete)), False)

    def none(self, pooled: int) -> torch.Tensor:
        bias: torch.Tensor = self.model.head.out.bias
        return bias.new_zeros((0, pooled, len(bias)), requires_grad=True)


def f1_by_kind(
    gold: Sequence[Tags], probabilities: Iterable[NDArray[np.float32]], kinds: int
) -> list[float | None]:
    """F1 of each kind over mentions whose span and kind are right; None where gold has none."""
    tags = [best_tags(table[: len(own)]) for own, table in zip(gold, probabilities, strict=True)]
    wanted, found = mentions_in(gold), mentions_in(tags)
    scores: list[float | None] = []
    for kind in range(kinds):
        one, other = ({each for each in every if each[3] == kind} for every in (wanted, found))
        scores.append(2 * len(one & other) / (len(one) + len(other)) if one else None)
    return scores


def mentions_in(tags: Sequence[Tags]) -> Found:
    """The mentions of all rows."""
    return {(row, *stretch) for row, own in enumerate(tags) for stretch in stretches(own)}
