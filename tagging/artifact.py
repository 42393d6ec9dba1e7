"""The artifact: a folder with a model and all that its use needs; verified, loaded, run."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from data.codebook import Codebook
from data.errors import BadInput
from data.records import Example
from data.strict_yaml import parse_model
from tagging.calibrated import (
    Abstention,
    Calibration,
    Conformal,
    Probabilities,
    calibrated,
    confidence,
    possible,
)
from tagging.manifest import verify, write_manifest
from tagging.runtimes import RUNTIMES, Progress, Runtime

FORMAT_VERSION = 2
READABLE = (1, 2)  # version 1 knows no calibration, abstention and conformal sets


class ArtifactCard(BaseModel):
    """What an artifact says of itself; `thresholds` has a value a label in multi-label tasks."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    format_version: int = FORMAT_VERSION
    name: str
    family: str
    runtime: Literal["constant", "skops", "onnx"]
    task: str
    labels: tuple[str, ...]
    thresholds: dict[str, float] | None
    calibration: Calibration | None = None
    abstention: Abstention | None = None
    conformal: Conformal | None = None
    prior: tuple[float, ...] | None = None  # the constant runtime's probabilities
    outputs: tuple[str, ...] | None = None  # labels the skops runtime knows; the others get 0
    max_length: int | None = None  # tokens, onnx runtime only
    pad_id: int | None = None
    codebook_hash: str
    dataset_hash: dict[str, str]
    run_id: str | None
    experiment: str | None
    seed: int
    git_commit: str | None
    git_dirty: bool | None
    versions: dict[str, str]
    validation: dict[str, float | None]  # scores on the validation split


@dataclass(frozen=True)
class Prediction:
    """The decided labels and the calibrated probability of every label, by name.

    `possible` is the conformal set (None if the artifact has none). `abstains` says that the
    decision is less sure than the precision asked for at training wants.
    """

    labels: tuple[str, ...]
    probabilities: dict[str, float]
    confidence: float
    abstains: bool = False
    possible: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Artifact:
    """A loaded, verified artifact."""

    folder: Path
    card: ArtifactCard
    codebook: Codebook
    manifest_hash: str
    runtime: Runtime

    def predict(
        self, examples: Sequence[Example], batch_size: int = 32, progress: Progress | None = None
    ) -> list[Prediction]:
        """One Prediction an example, in order; `progress` hears how many rows were just done."""
        if not examples:
            return []
        table = self.runtime.probabilities(examples, batch_size, progress or (lambda done: None))
        return self._decide(calibrated(table, self.card.calibration, self.codebook.multi))

    def _decide(self, table: Probabilities) -> list[Prediction]:
        decided = self._decided(table)
        sure = confidence(table, decided, self.codebook.multi)
        floor = self.card.abstention.confidence if self.card.abstention else 0.0
        sets = possible(table, self.card.conformal) if self.card.conformal else None
        return [
            Prediction(
                labels=self._names(decided[row]),
                probabilities=dict(zip(self.card.labels, table[row].tolist(), strict=True)),
                confidence=float(sure[row]),
                abstains=bool(sure[row] < floor),
                possible=None if sets is None else self._names(sets[row]),
            )
            for row in range(len(table))
        ]

    def _decided(self, table: Probabilities) -> NDArray[np.bool_]:
        if self.card.thresholds is None:
            return np.asarray(np.eye(table.shape[1], dtype=bool)[table.argmax(axis=1)])
        return np.asarray(table >= [self.card.thresholds[name] for name in self.card.labels])

    def _names(self, row: NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(name for name, chosen in zip(self.card.labels, row, strict=True) if chosen)


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """A stage to fill with files; at a clean end it gets its manifest and the folder's place."""
    stage = folder.with_name(folder.name + ".part")
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    try:
        yield stage
        write_manifest(stage)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(stage, folder)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def write_card(card: ArtifactCard, codebook: Codebook, stage: Path) -> None:
    """Writes artifact.json and the codebook, which travels with the model."""
    (stage / "artifact.json").write_text(card.model_dump_json(indent=2) + "\n", encoding="utf-8")
    content = json.dumps(
        codebook.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False
    )
    (stage / "codebook.yaml").write_text(content + "\n", encoding="utf-8")  # JSON is YAML


def load_artifact(folder: Path) -> Artifact:
    """Verifies the manifest, then loads; raises BadInput for anything unexpected."""
    manifest_hash = verify(folder)
    card = _read_card(folder / "artifact.json")
    codebook = parse_model(folder / "codebook.yaml", Codebook)
    if codebook.hash != card.codebook_hash or codebook.labels != card.labels:
        raise BadInput(
            "the codebook that the model was trained with",
            "another one",
            "export again",
            path=folder,
        )
    return Artifact(
        folder, card, codebook, manifest_hash, RUNTIMES[card.runtime](folder, card, codebook)
    )


def find_artifacts(path: Path) -> list[Path]:
    """The folder itself if it is an artifact, else the artifacts directly below it."""
    if (path / "artifact.json").exists():
        return [path]
    found = sorted(entry.parent for entry in path.glob("*/artifact.json"))
    if not found:
        raise BadInput("an artifact folder, or a folder of them", "none", "export first", path=path)
    return found


def _read_card(path: Path) -> ArtifactCard:
    try:
        content = json.loads(path.read_bytes())
        version = content.get("format_version")
        if version not in READABLE:
            raise BadInput(
                f"a format version of {READABLE}",
                repr(version),
                "export with this wiretag",
                path=path,
            )
        return ArtifactCard.model_validate(content)
    except (OSError, ValueError, AttributeError, ValidationError) as error:
        raise BadInput(
            "an artifact card", str(error).split("\n")[0], "export again", path=path
        ) from None
