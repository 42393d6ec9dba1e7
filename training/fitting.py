"""The training loop of an encoder: batches of like length, one step each, the best epoch kept."""

import hashlib
import logging
import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from data.errors import BadInput
from data.records import Example
from tagging.inputs import Encoded, collate
from training.calibration import macro_f1
from training.checkpoint import Checkpoints, Generators, State, Tensors
from training.families.base import Watcher, targets
from training.losses import Loss, disagreement

if TYPE_CHECKING:
    from training.families.transformer import FittedTransformer, TransformerConfig

POOL = 32  # batches whose rows are sorted by length together
Rows = NDArray[np.int64]
Done = Callable[[int], None]

log = logging.getLogger(__name__)
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS repeats itself with it alone


@dataclass(frozen=True)
class Part:
    """One side of the data: its examples' ids and their token ids, by row."""

    ids: tuple[str, ...]
    encoded: list[Encoded]


class Fit:
    """One fine-tuning. Where it stands is `at`; what a checkpoint holds is all that it changes."""

    def __init__(
        self,
        config: "TransformerConfig",
        fitted: "FittedTransformer",
        seed: int,
        watcher: Watcher,
        checkpoints: Checkpoints | None = None,
    ) -> None:
        self.config, self.fitted, self.model = config, fitted, fitted.model
        self.watcher, self.checkpoints = watcher, checkpoints
        self.shuffler = np.random.default_rng(seed)
        self.at = State(shuffle=self._order())
        self.best: Tensors = {}
        rates = {"encoder": config.learning_rate, "head": config.head_learning_rate}
        groups = [
            {"params": [p for p in part.parameters() if p.requires_grad], "rate": rates[name]}
            for name, part in (("encoder", self.model.encoder), ("head", self.model.head))
        ]
        self.optimizer = torch.optim.AdamW(groups, weight_decay=config.weight_decay, fused=True)

    def run(self, train: Sequence[Example], validation: Sequence[Example], criterion: Loss) -> None:
        """Trains the model in place; goes on from the newest checkpoint if there is one."""
        self.train, self.held_out = self._part(train), self._part(validation)
        codebook, self.criterion = self.fitted.codebook, criterion
        self.held_gold = targets(validation, codebook)
        self._resume()
        title = f"transformer {codebook.name}"
        with deterministic(), self.watcher.stage(title, self.config.epochs * len(train)) as done:
            done((self.at.epoch - 1) * len(train))
            while not self._over():
                self._epoch(done)
                self._close_epoch()
        if self.best:
            self.model.load_state_dict(self.best, strict=False)
        self.model.eval()

    def _part(self, examples: Sequence[Example]) -> Part:
        encoded = self.fitted.text_encoder.encode(examples) if examples else []
        return Part(tuple(example.id for example in examples), encoded)

    def _over(self) -> bool:
        """All epochs are done, or the last `patience` of them brought nothing."""
        finished = self.at.epoch - 1
        waited = self.config.patience and finished - self.at.best_epoch >= self.config.patience
        return finished >= self.config.epochs or bool(self.best and waited)

    def _epoch(self, done: Done) -> None:
        self.model.train()
        batches = self._batches()
        done(sum(map(len, batches[: self.at.batch])))
        for rows in batches[self.at.batch :]:
            loss = self._step(rows)
            self._move(batch=self.at.batch + 1, loss=self.at.loss + loss * len(rows))
            done(len(rows))
            if self.checkpoints and self.checkpoints.due():
                self._save()

    def _step(self, rows: Rows) -> float:
        """One update of the weights by the rows of a batch; its loss."""
        self._set_rates()
        loss = self._loss(rows)
        self.optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        if not (torch.isfinite(loss) and torch.isfinite(norm)):
            raise self._not_finite(loss.item(), rows)
        self.optimizer.step()
        return float(loss.item())

    def _loss(self, rows: Rows) -> torch.Tensor:
        """The mean loss of the rows; with R-Drop each goes through the model twice."""
        if not self.config.rdrop:
            return self.criterion(self._logits(rows), rows)
        both = np.concatenate([rows, rows])
        logits = self._logits(both)
        apart = disagreement(logits, self.fitted.codebook.multi)
        return self.criterion(logits, both) + self.config.rdrop * apart

    def _logits(self, rows: Rows) -> torch.Tensor:
        return self.fitted.logits(collate(self.train.encoded, rows, self.fitted.pad_id)).float()

    def _close_epoch(self) -> None:
        """Scores the epoch, keeps it if it is the best, and stands at the next one."""
        values = {"loss": self.at.loss / len(self.train.ids)}
        if self.held_out.ids:
            probabilities = self.fitted.probabilities_of(self.held_out.encoded)
            score = macro_f1(self.held_gold, probabilities, self.fitted.codebook)
            values["validation/macro_f1"] = score
            if score > self.at.best_score:
                self._move(best_score=score, best_epoch=self.at.epoch)
                self.best = {name: t.clone() for name, t in self._weights().items()}
        self.watcher.metrics(values, self.at.epoch)
        self._move(epoch=self.at.epoch + 1, batch=0, loss=0.0, shuffle=self._order())
        if self.checkpoints:
            self._save()

    def _batches(self) -> list[Rows]:
        """Shuffled, sorted by length within pools, and the batches shuffled again."""
        size, lengths = self.config.batch_size, np.array([len(e.ids) for e in self.train.encoded])
        order = self.shuffler.permutation(len(lengths))
        pools = [order[at : at + POOL * size] for at in range(0, len(order), POOL * size)]
        order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
        starts = self.shuffler.permutation(range(0, len(order), size))
        return [order[start : start + size] for start in starts]

    def _set_rates(self) -> None:
        an_epoch = math.ceil(len(self.train.ids) / self.config.batch_size)
        step = (self.at.epoch - 1) * an_epoch + self.at.batch
        share = rate(step, self.config.epochs * an_epoch, self.config.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * share

    def _not_finite(self, loss: float, rows: Rows) -> BadInput:
        ids = [self.train.ids[row] for row in rows]
        more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
        what = "a gradient without bound" if math.isfinite(loss) else str(loss)
        return BadInput(
            "a finite loss",
            f"{what} in epoch {self.at.epoch}, on the rows {', '.join(ids[:5])}{more}",
            "lower model.learning_rate, or take the row at fault out; the last checkpoint stays, "
            "but the same command would end here again",
        )

    def _move(self, **changes: Any) -> None:
        self.at = self.at.model_copy(update=changes)

    def _order(self) -> dict[str, Any]:
        return dict(self.shuffler.bit_generator.state)

    def _weights(self) -> Tensors:
        """What training changes: the model's state without the frozen parameters."""
        frozen = {name for name, p in self.model.named_parameters() if not p.requires_grad}
        state = self.model.state_dict()
        return {name: t.detach() for name, t in state.items() if name not in frozen}

    @cached_property
    def base(self) -> str:
        """The hash of what training leaves as it was: frozen parameters and the tokenizer."""
        digest = hashlib.sha256(self.fitted.text_encoder.tokenizer.to_str().encode())
        for name, parameter in self.model.named_parameters():
            if not parameter.requires_grad:
                digest.update(name.encode())
                digest.update(parameter.detach().cpu().contiguous().numpy())
        return digest.hexdigest()

    def _save(self) -> None:
        assert self.checkpoints is not None
        optimizer = {
            f"{number}.{name}": value
            for number, values in self.optimizer.state_dict()["state"].items()
            for name, value in values.items()
        }
        parts = {"model": self._weights(), "best": self.best, "optimizer": optimizer}
        state = self.at.model_copy(update={"generators": Generators.now(), "base": self.base})
        self.checkpoints.save(state, parts)

    def _resume(self) -> None:
        """Stands where the newest checkpoint stood, to the bit."""
        start = self.checkpoints.start if self.checkpoints else None
        if start is None:
            return
        if start.header.state.base != self.base:
            log.warning("the encoder is not the one of %s: starting afresh", start.folder)
            return
        self.at = start.header.state
        self.model.load_state_dict(start.tensors("model"), strict=False)
        self.best = start.tensors("best")
        saved: dict[int, Tensors] = {}
        for key, value in start.tensors("optimizer").items():
            number, _, name = key.partition(".")
            saved.setdefault(int(number), {})[name] = value
        self.optimizer.load_state_dict(self.optimizer.state_dict() | {"state": saved})
        self.shuffler.bit_generator.state = self.at.shuffle
        if self.at.generators:
            self.at.generators.restore()
        log.warning("going on from epoch %d, batch %d", self.at.epoch, self.at.batch + 1)


def rate(step: int, steps: int, warmup: float) -> float:
    """Linear warm-up over the first share of the steps, then linear decay to 0."""
    first = max(1, round(steps * warmup))
    return (step + 1) / first if step < first else max(0.0, (steps - step) / max(1, steps - first))


@contextmanager
def deterministic() -> Iterator[None]:
    """Kernels that give the same result each time, where torch has them."""
    before = torch.are_deterministic_algorithms_enabled()
    warns = torch.is_deterministic_algorithms_warn_only_enabled()
    fills = torch.utils.deterministic.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # costs time and decides nothing
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warns)
        torch.utils.deterministic.fill_uninitialized_memory = fills
