"""k-fold cross-validation: each row is scored once, by a model that never saw its article."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.codebook import Codebook
from data.importers import read_all
from data.records import Example, Sentence
from data.splits import SplitConfig, folds, split
from evaluation.report import Report, save_report
from evaluation.score import score
from tagging.artifact import Artifact, ArtifactCard, Prediction, load_artifact
from training.config import RunConfig
from training.progress import Bars
from training.run import prepare, train
from training.tracking import Store
from workflows.evaluation import record, summary


@dataclass(frozen=True)
class Recorded:
    """The folds' predictions as one scorable model."""

    card: ArtifactCard
    codebook: Codebook
    manifest_hash: str
    predictions: dict[str, Prediction]

    def predict(
        self,
        examples: Sequence[Example],
        batch_size: int = 32,
        progress: Callable[[int], None] | None = None,
    ) -> list[Prediction]:
        return [self.predictions[example.id] for example in examples]


def run_crossvalidation(config: RunConfig, count: int, quiet: bool) -> dict[str, Any]:
    """Trains a model a fold; writes `<out>/<name>-folds/report.json` over all rows."""
    sentences = read_all(Path(name) for name in config.data)
    parts = folds(sentences, count, config.split.seed)
    place = Path(config.out) / f"{config.name}-folds"
    store = Store(Path(config.out))
    predictions: dict[str, Prediction] = {}
    scores: list[float | None] = []
    with (
        Bars(quiet=quiet) as bars,
        store.run(config.task, place.name, {"kind": "crossvalidation"}) as parent,
    ):
        for number, held_out in enumerate(parts, start=1):
            rest = [row for part in parts if part is not held_out for row in part]
            artifact = _train_fold(config, rest, f"{place.name}/{number}", parent.id, bars)
            report = _score_fold(artifact, held_out, number, config, predictions)
            record(report, artifact, Path(config.out), None)
            scores.append(report.macro_f1.value)
        pooled = Recorded(artifact.card, artifact.codebook, artifact.manifest_hash, predictions)
        report = _score(pooled, sentences, config, "all folds")
        save_report(report, place / "report.json")
        figures = _over_folds(scores)
        parent.metrics({f"folds/{name}": value for name, value in figures.items()})
        parent.metrics({"folds/pooled_macro_f1": report.macro_f1.value})
        parent.file(place / "report.json", "reports")
    return summary(report) | {"folds": scores, **figures, "report": str(place / "report.json")}


def _train_fold(
    config: RunConfig, rest: list[Sentence], folder: str, parent: str, bars: Bars
) -> Artifact:
    inner = SplitConfig(test=0, validation=config.split.validation, seed=config.split.seed)
    parts = split(rest, inner)
    data = prepare(parts["train"], parts["validation"], config)
    return load_artifact(train(config, data, bars=bars, parent=parent, folder=folder).artifact)


def _score_fold(
    artifact: Artifact,
    held_out: list[Sentence],
    number: int,
    config: RunConfig,
    predictions: dict[str, Prediction],
) -> Report:
    kept = _Keeping(artifact, predictions)
    return _score(kept, held_out, config, f"fold {number}")


@dataclass(frozen=True)
class _Keeping:
    """An artifact whose predictions are kept by example id."""

    artifact: Artifact
    kept: dict[str, Prediction]

    @property
    def card(self) -> ArtifactCard:
        return self.artifact.card

    @property
    def codebook(self) -> Codebook:
        return self.artifact.codebook

    @property
    def manifest_hash(self) -> str:
        return self.artifact.manifest_hash

    def predict(
        self,
        examples: Sequence[Example],
        batch_size: int = 32,
        progress: Callable[[int], None] | None = None,
    ) -> list[Prediction]:
        found = self.artifact.predict(examples, batch_size, progress)
        self.kept.update(zip((example.id for example in examples), found, strict=True))
        return found


def _score(model: Any, sentences: Sequence[Sentence], config: RunConfig, dataset: str) -> Report:
    return score(model, sentences, name=config.name, dataset=dataset, labels=config.labels)


def _over_folds(scores: list[float | None]) -> dict[str, float | None]:
    """Mean and standard deviation of the folds' macro-F1; null if a fold has none."""
    known = [value for value in scores if value is not None]
    if len(known) < len(scores):
        return {"mean": None, "standard_deviation": None}
    return {"mean": statistics.mean(known), "standard_deviation": statistics.stdev(known)}
