"""What each process of torchrun does in a test; `torchrun(JOB, FOLDER)` starts two of them."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import torch

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from data.importers import read_sentences
from training.checkpoint import Checkpoints, Identity
from training.config import RunConfig
from training.families.transformer import FittedTransformer, TransformerConfig
from training.fitting import Fit
from training.processes import here, joined

ROOT = Path(__file__).parent.parent
PLACES, ACTORS = load_codebook("geo_direction"), load_codebook("actor_role")
TINY = {"epochs": 2, "batch_size": 8, "bf16": False, "max_length": 32, "dropout": 0}
FITS = {  # each with the rows that it trains on: 21 in batches of 8, 8 and 5
    "single label": ({}, PLACES),
    "a last batch of one row": ({"batch_size": 4}, PLACES),
    "several labels": ({"freeze_layers": 1, "freeze_embeddings": False}, ACTORS),
    "two passes": ({"rdrop": 1.0, "batch_size": 7}, PLACES),
    "an early stop": ({"patience": 1, "epochs": 9, "head_learning_rate": 1e-9}, PLACES),
}


class Passes(torch.nn.Module):
    """Makes the two passes of R-Drop unlike as dropout does, but the same whoever computes them."""

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return states
        place, half = here(), len(states) // 2
        first = [1.0] * half + [1.3] * half
        scale = first if place.count == 1 else [(1.0, 1.3)[place.rank]] * len(states)
        return states * torch.tensor(scale)[:, None]


class Heard:
    """A Watcher that keeps the metrics."""

    def __init__(self) -> None:
        self.values: list[dict[str, float]] = []

    def stage(self, title, total):
        return nullcontext(lambda done: None)

    def metrics(self, values, step):
        self.values.append(values)


def weights(model: torch.nn.Module) -> str:
    digest = sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


@contextmanager
def norms():
    """The norms of the gradients of each step."""
    whole, found = torch.nn.utils.clip_grad_norm_, []

    def clip(parameters, limit):
        found.append(float(norm := whole(parameters, limit)))
        return norm

    torch.nn.utils.clip_grad_norm_ = clip
    yield found
    torch.nn.utils.clip_grad_norm_ = whole


def examples(folder: Path, codebook):
    rows = examples_of(list(read_sentences(folder / "rows.jsonl")), codebook).examples
    return [replace(row, weight=3.0 if at % 4 == 0 else 1.0) for at, row in enumerate(rows)]


def fit(name: str, folder: Path) -> dict[str, object]:
    """What a fit comes to in this process."""
    changes, codebook = FITS[name]
    config = TransformerConfig(family="transformer", encoder=str(folder), **TINY | changes)
    rows, heard, whole = examples(folder, codebook), Heard(), Fit.run

    def run(self, *arguments):
        if self.config.rdrop:
            self.model.dropout = Passes()
        whole(self, *arguments)

    Fit.run = run
    with norms() as found:
        fitted = config.fit(rows[:21], rows[21:40], codebook, 1, heard)
    Fit.run = whole
    return {
        "weights": weights(fitted.model),
        "norms": found,
        "heard": heard.values,
        "probabilities": fitted.probabilities(rows[21:40]).tolist(),
    }


def fit_with_checkpoints(folder: Path) -> str:
    """The hash of the last weights; with dropout, and a checkpoint each step."""
    config = TransformerConfig(family="transformer", encoder=str(folder), **TINY | {"dropout": 0.2})
    same = Identity(config="c", data="d", code="e")
    rows = examples(folder, PLACES)
    checkpoints = Checkpoints(folder / "checkpoints", same, every=0) if here().first else None
    fitted = config.fit(rows[:21], [], PLACES, 1, Heard(), checkpoints)
    return weights(fitted.model)


def at_step(number: int, job) -> None:
    """Does the job before that step of a fit, counted from 0."""
    whole, count = Fit._step, iter(range(10**6))
    Fit._step = lambda self, rows: (next(count) == number and job(), whole(self, rows))[1]


def command(*arguments: object) -> None:
    """The command line with these arguments."""
    import wiretag

    sys.argv = ["wiretag", *map(str, arguments)]
    wiretag.main()


def config(folder: Path, family: str) -> RunConfig:
    """A run of the rows; of the transformer one a seed, for the first seed and the second."""
    model = {"family": family}
    if family == "transformer":
        model |= TINY | {"encoder": str(folder)}
    content = {"name": family, "task": "geo_direction", "out": str(folder / "runs"), "model": model}
    seeds = [1, 2] if family == "transformer" else [1]
    return RunConfig.model_validate(content | {"data": str(folder / "rows.jsonl"), "seeds": seeds})


def run(job: str, folder: Path) -> None:
    """What a process of torchrun does."""
    rank = int(os.environ["RANK"])
    if job == "fits":
        with joined():
            found = {name: fit(name, folder) for name in FITS}
            found["dropout"] = fit_with_checkpoints(folder)
        (folder / f"fits-{rank}.json").write_text(json.dumps(found))
    elif job in ("killed", "resumed"):
        with joined() as processes:
            if job == "killed" and processes.first:
                at_step(4, lambda: os.kill(os.getpid(), signal.SIGKILL))
            (folder / f"{job}-{rank}.txt").write_text(fit_with_checkpoints(folder))
    else:
        if rank == 1 and job in FAULTS:
            at_step(2, lambda: FAULTS[job](folder))
        command("train", folder / "config.yaml")


def broken(folder: Path) -> None:
    (folder / "broken").write_text(str(time.time()))
    raise BadInput("a step", "none", "this is said once")


def no_number(folder: Path) -> None:
    (folder / "broken").write_text(str(time.time()))
    whole = FittedTransformer.logits
    FittedTransformer.logits = lambda self, batch: whole(self, batch) * float("nan")


FAULTS = {"an error": broken, "no number": no_number}


def torchrun(job: str, folder: Path) -> SimpleNamespace:
    """Two processes that do a job: exit status, what they print, what they and torchrun say."""
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [*start, __file__, job, folder],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        timeout=300,
    )
    return SimpleNamespace(status=done.returncode, out=done.stdout, said=done.stderr)


if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]))
