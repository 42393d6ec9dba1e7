"""The training loop of an encoder: batches of like length, one step each, the best epoch kept."""

import json
import logging
import math
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load, save
from torch import nn

from data.errors import BadInput
from data.records import Example
from tagging.inputs import Encoded, collate
from training.checkpoint import Checkpoints, Generators, State, Tensors
from training.devices import deterministic
from training.families.base import Watcher
from training.losses import Criterion, disagreement
from training.model_state import base_hash, moments, set_moments, trained_weights
from training.processes import here
from training.rates import optimizer_of, rate

if TYPE_CHECKING:
    from training.families.transformer import FittedTransformer, TransformerConfig

POOL = 32  # batches whose rows are sorted by length together
Rows = NDArray[np.int64]
Done = Callable[[int], None]

log = logging.getLogger(__name__)


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
        self.seed, self.processes = seed, here()
        self.shuffler = np.random.default_rng(seed)
        self.at = State(shuffle=self._order())
        self.best: Tensors = {}
        self.optimizer = optimizer_of(self.model, config)

    def run(
        self, train: Sequence[Example], validation: Sequence[Example], criterion: Criterion
    ) -> None:
        """Trains the model in place; goes on from the newest checkpoint if there is one."""
        self.ids, self.forms = [row.id for row in train], self.fitted.forms(train)
        self.held_out = self.fitted.text_encoder.encode(validation) if validation else []
        codebook, self.criterion = self.fitted.codebook, criterion
        self.held_gold = self.fitted.gold(validation)
        self._resume()
        self._stand_together()
        title = f"transformer {codebook.name}"
        with deterministic(), self.watcher.stage(title, self.config.epochs * len(train)) as done:
            done((self.at.epoch - 1) * len(train))
            while not self._over():
                self._epoch(done)
                self._close_epoch()
        if self.best:
            self.model.load_state_dict(self.best, strict=False)
        if not all(part.isfinite().all() for part in self.model.parameters()):
            wanted, fix = "finite weights after the last step", "lower model.learning_rate"
            raise BadInput(wanted, "infinite ones or NaN", fix)
        self.processes.copy(self.model.state_dict().values())
        self.model.eval()

    def _over(self) -> bool:
        """All epochs are done, or the last `patience` of them brought nothing."""
        finished = self.at.epoch - 1
        waited = self.config.patience and finished - self.at.best_epoch >= self.config.patience
        return finished >= self.config.epochs or bool(self.at.best_epoch and waited)

    def _epoch(self, done: Done) -> None:
        self.model.train()
        self.inputs = self._drawn()
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
        self.processes.reseed(self.seed, self._steps_done)
        loss = self._loss(rows)
        self.optimizer.zero_grad()
        loss.backward()
        self.processes.add_gradients(self.model.parameters())
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
        """Of all rows, (b, labels) or (b, words, tags); each process computes its share of them."""
        own = self.processes.share(len(rows))
        pooled = max(len(self.inputs[row].pool) for row in rows)
        if own.start == own.stop:
            part = self.fitted.none(pooled)
        else:
            batch = collate(self.inputs, rows[own], self.fitted.pad_id, pooled)
            part = self.fitted.logits(batch).float()
        return self.processes.gather(part, own, len(rows))

    def _close_epoch(self) -> None:
        """Scores the epoch, keeps it if it is the best, and stands at the next one."""
        values = {"loss": self.at.loss / len(self.ids)}
        if self.held_out:
            score = self._score()
            values["validation/macro_f1"] = score
            if score > self.at.best_score:
                self._move(best_score=score, best_epoch=self.at.epoch)
                if self.processes.first:
                    self.best = {name: t.clone() for name, t in trained_weights(self.model).items()}
        self.watcher.metrics(values, self.at.epoch)
        self._move(epoch=self.at.epoch + 1, batch=0, loss=0.0, shuffle=self._order())
        if self.checkpoints:
            self._save()

    def _score(self) -> float:
        """Macro-F1 on validation; the first process computes it and tells the others."""
        score = 0.0
        if self.processes.first:
            probabilities = self.fitted.probabilities_of(self.held_out)
            score = self.fitted.score(self.held_gold, probabilities)
        return float(self.processes.tell(str(score).encode()))

    def _drawn(self) -> list[Encoded]:
        """Each row's input in one of its forms, drawn by seed and epoch."""
        draw = np.random.default_rng((self.seed, self.at.epoch))
        drawn = draw.integers(len(self.forms), size=len(self.ids))
        return [self.forms[form][row] for row, form in enumerate(drawn)]

    def _batches(self) -> list[Rows]:
        """Shuffled, sorted by length within pools, and the batches shuffled again."""
        size, lengths = self.config.batch_size, np.array([len(one.ids) for one in self.inputs])
        order = self.shuffler.permutation(len(lengths))
        pools = [order[at : at + POOL * size] for at in range(0, len(order), POOL * size)]
        order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
        starts = self.shuffler.permutation(range(0, len(order), size))
        return [order[start : start + size] for start in starts]

    @property
    def _steps_done(self) -> int:
        return (self.at.epoch - 1) * self._an_epoch + self.at.batch

    @property
    def _an_epoch(self) -> int:
        """Its steps."""
        return math.ceil(len(self.ids) / self.config.batch_size)

    def _set_rates(self) -> None:
        steps = self.config.epochs * self._an_epoch
        share = rate(self._steps_done, steps, self.config.warmup)
        for group in self.optimizer.param_groups:
            group["lr"] = group["rate"] * share

    def _not_finite(self, loss: float, rows: Rows) -> BadInput:
        ids = [self.ids[row] for row in rows]
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

    @cached_property
    def base(self) -> str:
        """The hash of what training leaves as it was."""
        return base_hash(self.model, self.fitted.text_encoder.tokenizer)

    def _save(self) -> None:
        assert self.checkpoints is not None
        parts = {
            "model": trained_weights(self.model),
            "best": self.best,
            "optimizer": moments(self.optimizer),
        }
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
        self._stand_at(start.header.state, start.tensors("optimizer"))
        self.model.load_state_dict(start.tensors("model"), strict=False)
        self.best = start.tensors("best")
        if self.at.generators:
            self.at.generators.restore()
        log.warning("going on from epoch %d, batch %d", self.at.epoch, self.at.batch + 1)

    def _stand_together(self) -> None:
        """Every process of torchrun stands where the first one stands."""
        if self.processes.count == 1:
            return
        self.processes.agree("encoder", self.base)
        state = self.at.model_copy(update={"generators": None}).model_dump(mode="json")
        told = self.processes.tell(json.dumps(state).encode())
        found = self.processes.tell(save(moments(self.optimizer)))
        self._stand_at(State.model_validate(json.loads(told)), load(found))
        self.processes.copy(self.model.state_dict().values())

    def _stand_at(self, state: State, found: Tensors) -> None:
        self.at = state
        self.shuffler.bit_generator.state = state.shuffle
        set_moments(self.optimizer, found)
