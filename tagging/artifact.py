"""The artifact: a folder with a model and all that its use needs; verified, loaded, run."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from data.records import Example
from tagging.calibrated import Probabilities, calibrated, confidence, possible
from tagging.card import ArtifactCard, read_card
from tagging.forms import check_forms
from tagging.golden import GOLDEN, Answer, replay
from tagging.manifest import verify, write_manifest
from tagging.mention_answers import ScoredMention, mentions_of, told_words
from tagging.runtimes import INT8, ONNX, SKOPS, TOKENIZER, Progress, Runtime, WordTagger, runtime_of

if TYPE_CHECKING:
    from data.codebook import Codebook

SIGNATURE = "model.sig"
CARD, CODEBOOK, README, PLOT = "artifact.json", "codebook.yaml", "README.md", "calibration.svg"
COMMON = {CARD, CODEBOOK, GOLDEN, README, PLOT}
FILES = {  # all that an artifact may hold, by its runtime
    "constant": COMMON,
    "skops": COMMON | {SKOPS},
    "onnx": COMMON
    | {ONNX, INT8, TOKENIZER, "model.safetensors", "config.json", "tokenizer_config.json"},
    "spans": COMMON | {ONNX, INT8, TOKENIZER},
}
PARSED = {CARD, CODEBOOK, GOLDEN, SKOPS, TOKENIZER}


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
    manifest_hash: str
    runtime: Runtime
    codebook_bytes: bytes

    @cached_property
    def codebook(self) -> "Codebook":
        """Definitions and examples of the labels; a service that only tags needs no pydantic."""
        from data.codebook import Codebook

        return Codebook.model_validate_json(self.codebook_bytes)

    def predict(
        self, examples: Sequence[Example], batch_size: int = 32, progress: Progress | None = None
    ) -> list[Prediction]:
        """One Prediction an example, in order; `progress` hears how many rows were just done.

        Raises BadInput where the artifact finds mentions.
        """
        if not examples:
            return []
        table = self.runtime.probabilities(examples, batch_size, progress or (lambda done: None))
        return self._decide(calibrated(table, self.card.calibration, self.card.multi))

    def mentions(
        self, texts: Sequence[str], batch_size: int = 32, progress: Progress | None = None
    ) -> list[list[ScoredMention]]:
        """The mentions of each text, in order; raises BadInput where the artifact labels examples.

        They do not overlap, and begin and end with a word.
        """
        tables = self.word_tables(texts, batch_size, progress)
        return [
            mentions_of(text, table, self.card.labels, self.card.calibration)
            for text, table in zip(texts, tables, strict=True)
        ]

    def answers(self, examples: Sequence[Example]) -> Sequence[Answer]:
        """What golden answers hold: predictions, or the tags of the words of each text."""
        if not isinstance(self.runtime, WordTagger):
            return self.predict(examples)
        texts = [example.text for example in examples]
        found = zip(texts, self.word_tables(texts), strict=True)
        return [told_words(text, table, self.card.labels) for text, table in found]

    def word_tables(
        self, texts: Sequence[str], batch_size: int = 32, progress: Progress | None = None
    ) -> list[Probabilities]:
        """Of each text the probabilities of its words' tags, (words, tags), not calibrated."""
        if not isinstance(self.runtime, WordTagger):
            wanted = "an artifact that finds mentions"
            raise BadInput(wanted, f"one of {self.card.task}", "use its predict(examples)")
        return self.runtime.words_of(texts, batch_size, progress or (lambda done: None))

    def _decide(self, table: Probabilities) -> list[Prediction]:
        decided = self._decided(table)
        sure = confidence(table, decided, self.card.multi)
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


def write_card(card: ArtifactCard, codebook: "Codebook", stage: Path) -> None:
    """Writes artifact.json and the codebook, which travels with the model."""
    (stage / CARD).write_text(card.to_json(), encoding="utf-8")
    content = json.dumps(
        codebook.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False
    )
    (stage / CODEBOOK).write_text(content + "\n", encoding="utf-8")  # JSON is YAML


def opened(stage: Path, card: ArtifactCard, int8: bool = False) -> Artifact:
    """The model of a stage that is still being written: nothing is verified."""
    names = {*PARSED, INT8 if int8 else ONNX}
    files = {path.name: path.read_bytes() for path in stage.iterdir() if path.name in names}
    runtime = runtime_of(files, card, stage, None)
    return Artifact(stage, card, "", runtime, files.get(CODEBOOK, b""))


def load_artifact(folder: Path, int8: bool = False, threads: int | None = None) -> Artifact:
    """Verifies the manifest, loads what was verified, and replays the golden answers.

    `int8` takes the quantized model, `threads` bounds onnxruntime's (None: one a core). Raises
    BadInput for anything unexpected; no code of the folder ever runs.
    """
    model = INT8 if int8 else ONNX
    verified = verify(folder, {*PARSED, model}, beside={SIGNATURE})
    check_forms(verified.heads, folder)
    card = read_card(verified.files, folder)
    if int8 and model not in verified.files:
        reason = card.int8.reason if card.int8 else None
        raise BadInput(f"{INT8} in the artifact", reason or "none", "load it as fp32", path=folder)
    if strange := verified.heads.keys() - FILES[card.runtime]:
        wanted = f"the files of an artifact of {card.runtime}"
        raise BadInput(wanted, ", ".join(sorted(strange)), "export again", path=folder)
    runtime = runtime_of(verified.files, card, folder, threads)
    loaded = Artifact(folder, card, verified.hash, runtime, verified.files[CODEBOOK])
    if GOLDEN in verified.files:
        replay(verified.files[GOLDEN], loaded.answers, int8, folder)
    return loaded


def find_artifacts(path: Path) -> list[Path]:
    """The folder itself if it is an artifact, else the artifacts directly below it."""
    if (path / CARD).exists():
        return [path]
    found = sorted(entry.parent for entry in path.glob("*/" + CARD))
    if not found:
        raise BadInput("an artifact folder, or a folder of them", "none", "export first", path=path)
    return found
