"""Checkpoints: all that a killed training needs to go on to the very same weights."""

import hashlib
import json
import logging
import os
import random
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from data.errors import BadInput
from tagging.manifest import verify, write_manifest

EVERY = 60.0  # seconds between two checkpoints within an epoch
KEPT = 2
PARTS = ("model", "best", "optimizer")  # a safetensors file each
ROOT = Path(__file__).parent.parent
CODE = (  # what decides the weights, or how they are saved
    "tagging/inputs.py",
    "tagging/mention_encoder.py",
    "tagging/mention_traits.py",
    "tagging/mention_words.py",
    "training/calibration.py",
    "training/checkpoint.py",
    "training/devices.py",
    "training/encoders.py",
    "training/families/freezing.py",
    "training/families/majority.py",
    "training/families/probe.py",
    "training/families/spans.py",
    "training/families/tfidf.py",
    "training/families/transformer.py",
    "training/fitting.py",
    "training/losses.py",
    "training/model_state.py",
    "training/processes.py",
    "training/rates.py",
)
PACKAGES = ("numpy", "scikit-learn", "tokenizers", "torch", "transformers")
Tensors = dict[str, Any]  # torch tensors by name

log = logging.getLogger(__name__)


class Identity(BaseModel):
    """Hashes of what a training is made of; a checkpoint of another one is of no use to it."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    config: str
    data: str
    code: str


class Generators(BaseModel):
    """The states of torch's and Python's random generators."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    torch: str
    cuda: tuple[str, ...]
    python: tuple[Any, ...]

    @classmethod
    def now(cls) -> "Generators":
        import torch

        places = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
        states = [bytes(state.numpy()).hex() for state in (torch.get_rng_state(), *places)]
        return cls(torch=states[0], cuda=tuple(states[1:]), python=random.getstate())

    def restore(self) -> None:
        import torch

        states = [
            torch.frombuffer(bytearray.fromhex(state), dtype=torch.uint8)
            for state in (self.torch, *self.cuda)
        ]
        torch.set_rng_state(states[0])
        if torch.cuda.is_available() and len(self.cuda) == torch.cuda.device_count():
            torch.cuda.set_rng_state_all(states[1:])
        version, numbers, gauss = self.python
        random.setstate((version, tuple(numbers), gauss))


class State(BaseModel):
    """Where a fit stands: `batch` batches of `epoch` are done, with `loss` summed over their rows.

    `shuffle` is the state of the generator that orders the batches, as it was when the epoch began.
    `base` is the hash of what is not saved because it never changes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    epoch: int = 1
    batch: int = 0
    loss: float = 0.0
    best_epoch: int = 0
    best_score: float = -1.0
    shuffle: dict[str, Any]
    base: str = ""
    generators: Generators | None = None


class Header(BaseModel):
    """checkpoint.json: whose checkpoint this is, and where its fit stands."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    run: str
    identity: Identity
    state: State


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint whose hashes were checked."""

    folder: Path
    header: Header

    def tensors(self, part: str) -> Tensors:
        """The tensors of one of PARTS, in memory of their own."""
        from safetensors.torch import load_file

        return {
            name: t.clone() for name, t in load_file(self.folder / f"{part}.safetensors").items()
        }


class Checkpoints:
    """The checkpoints of one run: the two newest are kept, and the newest valid one wins."""

    def __init__(self, folder: Path, identity: Identity, every: float = EVERY) -> None:
        self.folder, self.identity, self.every = folder, identity, every
        self.run = ""  # the tracked run that the next checkpoints belong to
        self._saved = time.monotonic()
        self._damaged: list[Path] = []

    @cached_property
    def start(self) -> Checkpoint | None:
        """What to go on from; checkpoints of another training are removed instead."""
        for folder in reversed(self._folders()):
            try:
                verify(folder)
            except (BadInput, OSError) as error:
                log.warning("a checkpoint is damaged and left out: %s", error)
                self._damaged.append(folder)
                continue
            content = json.loads((folder / "checkpoint.json").read_bytes())
            wanted = self.identity.model_dump()
            other = [part for part in wanted if content["identity"].get(part) != wanted[part]]
            if not other:
                return Checkpoint(folder, Header.model_validate(content))
            log.warning("%s is of another %s: starting afresh", self.folder, ", ".join(other))
            self.remove()
            break
        return None

    def found_run(self) -> str | None:
        """The tracked run that the checkpoint belongs to."""
        return self.start.header.run if self.start else None

    def due(self) -> bool:
        return time.monotonic() - self._saved >= self.every

    def save(self, state: State, tensors: Mapping[str, Tensors]) -> None:
        """Writes a checkpoint whole or not at all; a full disk costs it and no more."""
        header = Header(run=self.run, identity=self.identity, state=state)
        numbers = [int(folder.name) for folder in self._folders()]
        place = self.folder / f"{max(numbers, default=0) + 1:06d}"
        stage = place.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            _fill(stage, header, tensors)
            _publish(stage, place)
            self._prune()
        except OSError as error:
            log.warning("no checkpoint: %s; the last one stays and training goes on", error)
            shutil.rmtree(stage, ignore_errors=True)
        self._saved = time.monotonic()

    def _prune(self) -> None:
        sound = [folder for folder in self._folders() if folder not in self._damaged]
        for old in (*self._damaged, *sound[:-KEPT]):
            shutil.rmtree(old)
        self._damaged.clear()

    def remove(self) -> None:
        """All of them: the run has finished, or they are of no use."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _folders(self) -> list[Path]:
        """Whole checkpoints, oldest first."""
        return sorted(path for path in self.folder.glob("*") if path.name.isdecimal())


def _fill(stage: Path, header: Header, tensors: Mapping[str, Tensors]) -> None:
    """The files, then their manifest, then all of it on the disk."""
    from safetensors.torch import save

    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    for part, content in tensors.items():
        _write(stage / f"{part}.safetensors", save(content))
    _write(stage / "checkpoint.json", json.dumps(header.model_dump(mode="json")).encode())
    write_manifest(stage)
    for path in (*stage.iterdir(), stage):
        _sync(path)


def _publish(stage: Path, place: Path) -> None:
    """One rename makes the checkpoint: it is there whole, or it is not there."""
    os.rename(stage, place)
    _sync(place.parent)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def code_hash() -> str:
    """Of the code and the packages that decide which weights come out."""
    digest = hashlib.sha256()
    for name in CODE:
        digest.update((ROOT / name).read_bytes())
    for name in PACKAGES:
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    return digest.hexdigest()
