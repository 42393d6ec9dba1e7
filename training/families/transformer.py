"""A fine-tuned encoder: marked mentions, pooled states, one linear head."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from data.codebook import Codebook
from data.errors import BadInput, nearest
from data.records import Example
from tagging.inputs import Batch, Encoded, TextEncoder, sorted_batches
from tagging.mention_encoder import WordEncoder
from tagging.runtimes import sigmoid, softmax
from training.calibration import macro_f1
from training.checkpoint import Checkpoints
from training.devices import device, has_bf16
from training.encoders import load_encoder, longest
from training.families.base import Probabilities, Watcher, check_trainable, targets
from training.families.freezing import freeze_bottom, freeze_words
from training.fitting import Fit
from training.losses import Criterion, Loss


class TransformerConfig(BaseModel):
    """Fine-tuning of any encoder; rates are those of AdamW, `warmup` a share of all steps.

    `guidelines` names sources that were labelled by other guidelines than ours: half of their rows,
    drawn anew each epoch, have the source's name in front, as all have that are scored.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    family: Literal["transformer"]
    encoder: str = "minilm"
    epochs: int = Field(default=8, ge=1)
    batch_size: int = Field(default=16, ge=1)
    learning_rate: float = Field(default=1e-4, gt=0, allow_inf_nan=False)
    head_learning_rate: float = Field(default=1e-3, gt=0, allow_inf_nan=False)
    layer_decay: float = Field(default=1.0, gt=0, le=1)
    weight_decay: float = Field(default=0.01, ge=0, allow_inf_nan=False)
    warmup: float = Field(default=0.1, ge=0, le=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    max_length: int = Field(default=128, ge=8)
    freeze_embeddings: bool = True
    freeze_layers: int = Field(default=0, ge=0)
    guidelines: tuple[str, ...] = ()
    rdrop: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    patience: int | None = Field(default=3, ge=1)
    bf16: bool = True
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")

    def fit(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        codebook: Codebook,
        seed: int,
        watcher: Watcher,
        checkpoints: Checkpoints | None = None,
    ) -> "FittedTransformer":
        check_trainable(train, codebook)
        torch.manual_seed(seed)
        check_guidelines(self.guidelines, train, codebook)
        settings = (self.max_length, self.dropout, self.bf16, self.guidelines)
        fitted = untuned(self.encoder, codebook, *settings)
        model, tokenizer = fitted.model, fitted.text_encoder.tokenizer
        train, validation = fitted.prepared(train), fitted.prepared(validation)
        fitted.start_from_frequencies(train)
        if self.freeze_embeddings:
            freeze_words(model.encoder, tokenizer.get_vocab_size() - 2 * len(codebook.marks))
        if self.freeze_layers:
            freeze_bottom(model.encoder, self.freeze_layers)
        model.to(device(self.device))
        criterion = fitted.criterion(train)
        Fit(self, fitted, seed, watcher, checkpoints).run(train, validation, criterion)
        return fitted


class MarkedClassifier(nn.Module):
    """Encoder states (b, t, h), pooled by `pool` (b, p, t), flattened, one linear layer."""

    def __init__(self, encoder: Any, codebook: Codebook, dropout: float) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        pooled = (1 + 2 * len(codebook.marks)) * encoder.config.hidden_size
        self.head = nn.Linear(pooled, len(codebook.labels))

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, pool: torch.Tensor
    ) -> torch.Tensor:
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        pooled = torch.bmm(pool.to(states.dtype), states).flatten(1)
        logits: torch.Tensor = self.head(self.dropout(pooled))
        return logits


def start_from_frequencies(head: nn.Linear, gold: NDArray[np.int64], multi: bool) -> None:
    """Sets the head's bias to the frequencies of gold, as `targets` has it."""
    if multi:
        share = (gold.sum(axis=0) + 1) / (len(gold) + 2)
        bias = np.log(share / (1 - share))
    else:
        counts = np.bincount(gold, minlength=len(head.bias)) + 1
        bias = np.log(counts / counts.sum())
    with torch.no_grad():
        head.bias.copy_(torch.from_numpy(bias))


@dataclass
class FittedTransformer:
    """A model in torch with all that turns examples into its inputs."""

    model: Any  # MarkedClassifier, or WordTagger
    text_encoder: TextEncoder | WordEncoder
    codebook: Codebook
    pad_id: int
    bf16: bool

    def probabilities(self, examples: Sequence[Example]) -> Probabilities:
        if not examples:
            return np.zeros((0, len(self.codebook.labels)), np.float32)
        return self.probabilities_of(self.text_encoder.encode(examples))

    def probabilities_of(self, encoded: Sequence[Encoded]) -> Probabilities:
        """Shape (n, labels), for examples that are already token ids."""
        logits = self.outputs(encoded, len(self.codebook.labels))
        return sigmoid(logits) if self.codebook.multi else softmax(logits)

    def forms(self, examples: Sequence[Example]) -> list[list[Encoded]]:
        """The inputs of the rows, once for each form in which they train."""
        encoder = self.text_encoder
        found = [encoder.encode(examples)]
        if isinstance(encoder, TextEncoder) and encoder.guidelines:
            found.append(replace(encoder, guidelines=()).encode(examples))
        return found

    def prepared(self, examples: Sequence[Example]) -> Sequence[Example]:
        """The rows that training makes of the examples."""
        return examples

    def gold(self, examples: Sequence[Example]) -> Any:
        """What `score` holds probabilities against."""
        return targets(examples, self.codebook)

    def score(self, gold: Any, probabilities: Probabilities) -> float:
        """Macro-F1, by which the best epoch is chosen."""
        return macro_f1(gold, probabilities, self.codebook)

    def criterion(self, examples: Sequence[Example]) -> Criterion:
        """The loss of a batch of the examples."""
        return Loss(examples, self.codebook)

    def start_from_frequencies(self, examples: Sequence[Example]) -> None:
        """Sets the head's bias to the labels' frequencies, so that the first steps learn texts."""
        start_from_frequencies(self.model.head, self.gold(examples), self.codebook.multi)

    def none(self, pooled: int) -> torch.Tensor:
        """The logits of no rows, with a gradient."""
        bias: torch.Tensor = self.model.head.bias
        return bias.new_zeros((0, len(bias)), requires_grad=True)

    def outputs(
        self,
        encoded: Sequence[Encoded],
        width: int,
        done: Callable[[int], None] = lambda rows: None,
    ) -> NDArray[np.float32]:
        """What the model gives, (n, width), without dropout; `done` hears how many rows are."""
        self.model.eval()
        table = np.zeros((len(encoded), width), np.float32)
        with torch.inference_mode():
            for batch in sorted_batches(encoded, 64, self.pad_id):
                table[batch.rows] = self.logits(batch).float().cpu().numpy()
                done(len(batch.rows))
        return table

    def logits(self, batch: Batch) -> torch.Tensor:
        """Shape (b, labels), under autocast where bfloat16 is wanted and native."""
        place = next(self.model.parameters()).device
        tensors = (torch.from_numpy(part).to(place) for part in batch.feed.values())
        with torch.autocast(place.type, torch.bfloat16, enabled=self.bf16 and has_bf16(place)):
            out: torch.Tensor = self.model(*tensors)
        return out

    def write(self, stage: Path) -> dict[str, Any]:
        from training.export.graph import write_onnx

        write_onnx(self.model, self.codebook, stage / "model.onnx")
        self.text_encoder.tokenizer.no_padding()
        self.text_encoder.tokenizer.no_truncation()
        content = self.text_encoder.tokenizer.to_str(pretty=True)
        (stage / "tokenizer.json").write_text(content, encoding="utf-8")
        fields = {"max_length": self.text_encoder.max_length, "pad_id": self.pad_id}
        if isinstance(self.text_encoder, WordEncoder):
            return fields | {"runtime": "spans"}
        return fields | {"runtime": "onnx", "guidelines": self.text_encoder.guidelines}


def check_guidelines(names: Sequence[str], train: Sequence[Example], codebook: Codebook) -> None:
    """Raises BadInput for a source without a training row, and for a task that knows no sources."""
    if names and codebook.spans:
        wanted = f"no model.guidelines for {codebook.name}, whose words are asked alone"
        raise BadInput(wanted, ", ".join(names), "take them out")
    found = {example.source for example in train}
    for name in names:
        if name not in found:
            wanted = "sources of training rows in model.guidelines"
            raise BadInput(wanted, repr(name), nearest(name, found))


def untuned(
    encoder_name: str,
    codebook: Codebook,
    max_length: int,
    dropout: float,
    bf16: bool,
    guidelines: tuple[str, ...] = (),
) -> FittedTransformer:
    """The pretrained encoder under a head that knows nothing yet, on the processor."""
    encoder, tokenizer, pad_id = load_encoder(encoder_name, codebook.marks)
    limit = min(max_length, longest(encoder))
    if codebook.spans:
        from training.families.spans import FittedSpans, WordTagger

        tagger = WordTagger(encoder, codebook, dropout)
        return FittedSpans(tagger, WordEncoder(tokenizer, limit), codebook, pad_id, bf16)
    text_encoder = TextEncoder(tokenizer, codebook.marks, limit, guidelines)
    model = MarkedClassifier(encoder, codebook, dropout)
    return FittedTransformer(model, text_encoder, codebook, pad_id, bf16)
