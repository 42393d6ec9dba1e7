"""The artifact: a folder with a model and all that its use needs; verified, loaded, run."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol

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
from tagging.inputs import TextEncoder, columns, sorted_batches
from tagging.manifest import verify, write_manifest

FORMAT_VERSION = 2
READABLE = (1, 2)  # version 1 knows no calibration, abstention and conformal sets
Progress = Callable[[int], None]


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


class Runtime(Protocol):
    """Runs a model file: examples to probabilities, shape (n, labels)."""

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities: ...


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
        folder, card, codebook, manifest_hash, _RUNTIMES[card.runtime](folder, card, codebook)
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


class _Constant:
    """The majority model: the same probabilities for every example."""

    def __init__(self, folder: Path, card: ArtifactCard, codebook: Codebook) -> None:
        self.prior = np.array(card.prior, dtype=np.float32)

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities:
        done(len(examples))
        return np.tile(self.prior, (len(examples), 1))


class _Skops:
    """A scikit-learn pipeline over the columns of `tagging.inputs.columns`."""

    def __init__(self, folder: Path, card: ArtifactCard, codebook: Codebook) -> None:
        from skops.io import load
        from skops.io.exceptions import UntrustedTypesFoundException

        try:
            self.pipeline: Any = load(folder / "model.skops", trusted=[])
        except UntrustedTypesFoundException as error:
            raise BadInput(
                "scikit-learn types alone", str(error), path=folder / "model.skops"
            ) from None
        self.marks = codebook.marks
        self.width = len(card.labels)
        self.places = [card.labels.index(name) for name in card.outputs or card.labels]

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities:
        table = np.zeros((len(examples), self.width), dtype=np.float32)
        for start in range(0, len(examples), 16 * size):
            rows = examples[start : start + 16 * size]
            scores = self.pipeline.predict_proba(columns(rows, self.marks))
            # a lone label comes as two columns: no, yes
            table[start : start + len(rows), self.places] = scores[:, -len(self.places) :]
            done(len(rows))
        return table


class _Onnx:
    """An encoder with its head as one ONNX graph: input_ids, attention_mask, pool -> logits."""

    def __init__(self, folder: Path, card: ArtifactCard, codebook: Codebook) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            (folder / "model.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        if card.max_length is None or card.pad_id is None:
            raise BadInput("max_length and pad_id in the card", "none", "export again", path=folder)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.encoder = TextEncoder(tokenizer, codebook.marks, card.max_length)
        self.pad_id, self.multi = card.pad_id, codebook.multi

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities:
        encoded = self.encoder.encode(examples)
        logits: NDArray[np.float32] | None = None
        for batch in sorted_batches(encoded, size, self.pad_id):
            feed = {"input_ids": batch.ids, "attention_mask": batch.mask, "pool": batch.pool}
            out = self.session.run(["logits"], feed)[0]
            logits = (
                np.zeros((len(examples), out.shape[1]), np.float32) if logits is None else logits
            )
            logits[batch.rows] = out
            done(len(batch.rows))
        assert logits is not None  # predict() refuses an empty list before
        return sigmoid(logits) if self.multi else softmax(logits)


_RUNTIMES: dict[str, Callable[[Path, ArtifactCard, Codebook], Runtime]] = {
    "constant": _Constant,
    "skops": _Skops,
    "onnx": _Onnx,
}


def sigmoid(logits: NDArray[np.float32]) -> Probabilities:
    """Element-wise logistic function, any shape."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)), dtype=np.float32)


def softmax(logits: NDArray[np.float32]) -> Probabilities:
    """Row-wise softmax, shape (n, labels)."""
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exps / exps.sum(axis=1, keepdims=True), dtype=np.float32)
