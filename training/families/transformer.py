"""A fine-tuned encoder: marked mentions, pooled states, one linear head."""

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from data.codebook import Codebook
from data.errors import BadInput
from data.records import Example
from tagging.artifact import sigmoid, softmax
from tagging.inputs import Batch, Encoded, TextEncoder, collate, sorted_batches
from training.calibration import macro_f1
from training.encoders import load_encoder
from training.families.base import Probabilities, Watcher, check_trainable, targets


class TransformerConfig(BaseModel):
    """Fine-tuning of any encoder; rates are those of AdamW, `warmup` a share of all steps."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    family: Literal["transformer"]
    encoder: str = "minilm"
    epochs: int = Field(default=8, ge=1)
    batch_size: int = Field(default=16, ge=1)
    learning_rate: float = Field(default=1e-4, gt=0)
    head_learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.01, ge=0)
    warmup: float = Field(default=0.1, ge=0, le=1)
    dropout: float = Field(default=0.1, ge=0, lt=1)
    max_length: int = Field(default=128, ge=8)
    freeze_embeddings: bool = True
    freeze_layers: int = Field(default=0, ge=0)
    class_weight: Literal["balanced"] | None = None
    patience: int | None = Field(default=3, ge=1)
    bf16: bool = True

    def fit(
        self,
        train: Sequence[Example],
        validation: Sequence[Example],
        codebook: Codebook,
        seed: int,
        watcher: Watcher,
    ) -> "FittedTransformer":
        check_trainable(train, codebook)
        torch.manual_seed(seed)
        encoder, tokenizer, pad_id = load_encoder(self.encoder, codebook.marks)
        limit = min(self.max_length, getattr(encoder.config, "max_position_embeddings", 512))
        text_encoder = TextEncoder(tokenizer, codebook.marks, limit)
        model = MarkedClassifier(encoder, codebook, self.dropout)
        if self.freeze_embeddings:
            freeze_words(encoder, tokenizer.get_vocab_size() - 2 * len(codebook.marks))
        if self.freeze_layers:
            freeze_bottom(encoder, self.freeze_layers)
        fitted = FittedTransformer(model.to(device()), text_encoder, codebook, pad_id, self.bf16)
        _Fit(self, fitted, seed, watcher).run(train, validation)
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
        return torch.where((ids >= size)[..., None], self.new[(ids - size).clamp(min=0)], old)

    def merged(self) -> nn.Embedding:
        """The plain embedding with all rows, as other programs expect it."""
        return nn.Embedding.from_pretrained(torch.cat([self.frozen.weight, self.new.detach()]))


def freeze_words(encoder: Any, frozen: int) -> None:
    """Freezes the pretrained word embeddings (half of a small encoder): faster, fits less noise."""
    encoder.set_input_embeddings(FrozenWords(encoder.get_input_embeddings(), frozen))


def freeze_bottom(encoder: Any, layers: int) -> None:
    """Freezes all embeddings and the lowest layers: no gradient is computed below the others."""
    stack = next(part for part in encoder.modules() if isinstance(part, nn.ModuleList))
    for part in (encoder.embeddings, *stack[:layers]):
        part.requires_grad_(False)


def device() -> torch.device:
    """The GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def has_bf16() -> bool:
    """Whether this machine computes in bfloat16 natively."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


@dataclass
class FittedTransformer:
    """A model in torch with all that turns examples into its inputs."""

    model: MarkedClassifier
    text_encoder: TextEncoder
    codebook: Codebook
    pad_id: int
    bf16: bool

    def probabilities(self, examples: Sequence[Example]) -> Probabilities:
        if not examples:
            return np.zeros((0, len(self.codebook.labels)), np.float32)
        return self.probabilities_of(self.text_encoder.encode(examples))

    def probabilities_of(self, encoded: Sequence[Encoded]) -> Probabilities:
        """Shape (n, labels), for examples that are already token ids."""
        self.model.eval()
        logits = np.zeros((len(encoded), len(self.codebook.labels)), np.float32)
        with torch.inference_mode():
            for batch in sorted_batches(encoded, 64, self.pad_id):
                logits[batch.rows] = self.logits(batch).float().cpu().numpy()
        return sigmoid(logits) if self.codebook.multi else softmax(logits)

    def logits(self, batch: Batch) -> torch.Tensor:
        """Shape (b, labels), under autocast where bfloat16 is wanted and native."""
        place = device()
        tensors = (torch.from_numpy(part).to(place) for part in (batch.ids, batch.mask, batch.pool))
        with torch.autocast(place.type, torch.bfloat16, enabled=self.bf16 and has_bf16()):
            out: torch.Tensor = self.model(*tensors)
        return out

    def write(self, stage: Path) -> dict[str, Any]:
        from training.export import write_onnx

        write_onnx(self.model, self.codebook, stage / "model.onnx")
        self.text_encoder.tokenizer.no_padding()
        self.text_encoder.tokenizer.no_truncation()
        self.text_encoder.tokenizer.save(str(stage / "tokenizer.json"))
        return {
            "runtime": "onnx",
            "max_length": self.text_encoder.max_length,
            "pad_id": self.pad_id,
        }


class _Fit:
    """One fine-tuning: batches of like length, linear warm-up and decay, the best epoch kept."""

    def __init__(
        self, config: TransformerConfig, fitted: FittedTransformer, seed: int, watcher: Watcher
    ) -> None:
        self.config, self.fitted, self.watcher = config, fitted, watcher
        self.random = np.random.default_rng(seed)
        parts = {"encoder": config.learning_rate, "head": config.head_learning_rate}
        self.optimizer = torch.optim.AdamW(
            [
                {
                    "params": [
                        p for p in getattr(fitted.model, name).parameters() if p.requires_grad
                    ],
                    "lr": rate,
                }
                for name, rate in parts.items()
            ],
            weight_decay=config.weight_decay,
            fused=True,
        )

    def run(self, train: Sequence[Example], validation: Sequence[Example]) -> None:
        encoded = self.fitted.text_encoder.encode(train)
        held_out = self.fitted.text_encoder.encode(validation) if validation else []
        codebook = self.fitted.codebook
        gold, held_gold = targets(train, codebook), targets(validation, codebook)
        loss = self._loss(gold)
        self._start_from_frequencies(gold)
        steps = self.config.epochs * math.ceil(len(train) / self.config.batch_size)
        scheduler = torch.optim.lr_scheduler.LambdaLR(
            self.optimizer, lambda step: _rate(step, steps, self.config.warmup)
        )
        best_score, best_epoch, best_state = -1.0, 0, None
        title = f"transformer {codebook.name}"
        with self.watcher.stage(title, self.config.epochs * len(train)) as done:
            for epoch in range(1, self.config.epochs + 1):
                values = {"loss": self._epoch(encoded, gold, loss, scheduler, done)}
                if held_out:
                    score = macro_f1(held_gold, self.fitted.probabilities_of(held_out), codebook)
                    values["validation/macro_f1"] = score
                    if score > best_score:
                        best_score, best_epoch = score, epoch
                        best_state = copy.deepcopy(self.fitted.model.state_dict())
                self.watcher.metrics(values, epoch)
                if (
                    best_state
                    and self.config.patience
                    and epoch - best_epoch >= self.config.patience
                ):
                    break
        if best_state:
            self.fitted.model.load_state_dict(best_state)
        self.fitted.model.eval()

    def _start_from_frequencies(self, gold: Any) -> None:
        """Sets the head's bias to the labels' frequencies, so that the first steps learn texts."""
        head = self.fitted.model.head
        if self.fitted.codebook.multi:
            share = (gold.sum(axis=0) + 1) / (len(gold) + 2)
            bias = np.log(share / (1 - share))
        else:
            counts = np.bincount(gold, minlength=len(head.bias)) + 1
            bias = np.log(counts / counts.sum())
        with torch.no_grad():
            head.bias.copy_(torch.from_numpy(bias))

    def _epoch(self, encoded: Any, gold: Any, loss: nn.Module, scheduler: Any, done: Any) -> float:
        self.fitted.model.train()
        total = 0.0
        for batch in self._batches(encoded):
            logits = self.fitted.logits(batch).float()
            wanted = torch.from_numpy(gold[batch.rows]).to(logits.device)
            value = loss(logits, wanted.float() if self.fitted.codebook.multi else wanted)
            if not torch.isfinite(value):
                raise BadInput("a finite loss", str(value.item()), "lower the learning rate")
            self.optimizer.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(self.fitted.model.parameters(), 1.0)
            self.optimizer.step()
            scheduler.step()
            total += value.item() * len(batch.rows)
            done(len(batch.rows))
        return total / len(encoded)

    def _batches(self, encoded: Sequence[Encoded]) -> list[Batch]:
        """Shuffled, sorted by length within pools of 32 batches, and the batches shuffled again."""
        size = self.config.batch_size
        order = self.random.permutation(len(encoded))
        lengths = np.array([len(item.ids) for item in encoded])
        pools = [order[start : start + 32 * size] for start in range(0, len(order), 32 * size)]
        order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
        starts = self.random.permutation(range(0, len(order), size))
        return [
            collate(encoded, order[start : start + size], self.fitted.pad_id) for start in starts
        ]

    def _loss(self, gold: Any) -> nn.Module:
        codebook = self.fitted.codebook
        if codebook.multi:
            positive = gold.sum(axis=0)
            weight = (len(gold) - positive) / np.maximum(positive, 1)
            balance = torch.tensor(np.sqrt(weight), dtype=torch.float32, device=device())
            return nn.BCEWithLogitsLoss(pos_weight=balance if self.config.class_weight else None)
        counts = np.bincount(gold, minlength=len(codebook.labels))
        balance = torch.tensor(
            np.sqrt(len(gold) / (len(counts) * np.maximum(counts, 1))),
            dtype=torch.float32,
            device=device(),
        )
        return nn.CrossEntropyLoss(weight=balance if self.config.class_weight else None)


def _rate(step: int, steps: int, warmup: float) -> float:
    """Linear warm-up over the first share of the steps, then linear decay to 0."""
    first = max(1, round(steps * warmup))
    return (step + 1) / first if step < first else max(0.0, (steps - step) / max(1, steps - first))
