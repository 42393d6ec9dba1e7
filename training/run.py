"""One training run: data, fit, thresholds, artifact, and the MLflow run that records it."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from data.codebook import Codebook, load_codebook
from data.dataset import content_hash, examples_of, read_examples
from data.errors import BadInput, nearest
from data.importers import read_all
from data.records import Example, Sentence
from data.splits import split
from tagging.artifact import ArtifactCard, write_card, writing
from training.calibration import choose_thresholds, macro_f1
from training.config import RunConfig, to_yaml
from training.families.base import Fitted, targets
from training.progress import Bars
from training.stamps import git_state, versions
from training.tracking import Run, Store

SEEN = ("train", "validation")  # the splits that training may open


@dataclass(frozen=True)
class TrainingData:
    """What a run may see: train and validation, never test."""

    train: list[Example]
    validation: list[Example]

    @property
    def hash(self) -> dict[str, str]:
        return {"train": content_hash(self.train), "validation": content_hash(self.validation)}


@dataclass(frozen=True)
class Trained:
    """Where a run left its artifact, its MLflow run, and its validation score."""

    artifact: Path
    run_id: str
    validation_macro_f1: float | None


def load_data(config: RunConfig) -> TrainingData:
    """Opens train and validation: of a built dataset, or of labelled sentences split here."""
    codebook = _codebook(config)
    first = Path(config.data[0])
    if len(config.data) == 1 and (first / "card.json").exists():
        folder = first / codebook.name
        if not folder.is_dir():
            raise BadInput(f"a dataset of {codebook.name}", "none", "build it", path=first)
        _check_built_with(codebook, first / "card.json")
        rows = (read_examples(folder / f"{name}.parquet", codebook) for name in SEEN)
        return TrainingData(*(_usable(part, config) for part in rows))
    parts = split(read_all(Path(name) for name in config.data), config.split)
    return prepare(parts["train"], parts["validation"], config)


def _check_built_with(codebook: Codebook, card: Path) -> None:
    try:
        stamped = json.loads(card.read_bytes())["tasks"][codebook.name]["codebook_hash"]
    except (ValueError, KeyError, TypeError):
        stamped = None
    if stamped != codebook.hash:
        raise BadInput(
            f"a dataset built with this codebook {codebook.name}",
            "another codebook's",
            "build the dataset again",
            path=card,
        )


def prepare(
    train: Sequence[Sentence], validation: Sequence[Sentence], config: RunConfig
) -> TrainingData:
    """The examples of the config's task on both sides."""
    codebook = _codebook(config)
    parts = (examples_of(part, codebook).examples for part in (train, validation))
    return TrainingData(*(_usable(part, config) for part in parts))


def _usable(rows: list[Example], config: RunConfig) -> list[Example]:
    """Gold rows alone, and of them those whose labels the config keeps."""
    kept = None if config.labels is None else set(config.labels)
    gold = [row for row in rows if not row.derived]
    if kept is None:
        return gold
    return [row for row in gold if row.labels and set(row.labels) <= kept]


def _codebook(config: RunConfig) -> Codebook:
    codebook = load_codebook(config.task)
    for name in config.labels or ():
        if name not in codebook.labels:
            raise BadInput(f"labels of {codebook.name}", repr(name), nearest(name, codebook.labels))
    return codebook


def train(
    config: RunConfig,
    data: TrainingData,
    *,
    bars: Bars,
    parent: str | None = None,
    folder: str = "",
) -> Trained:
    """Fits the config's model and writes `<out>/<folder or name>/{artifact/,config.yaml}`."""
    codebook = _codebook(config)
    store = Store(Path(config.out))
    place = Path(config.out) / (folder or config.name)
    commit, dirty = git_state()
    tags = {
        "task": codebook.name,
        "family": config.model.family,
        "codebook_hash": codebook.hash,
        "git_commit": str(commit),
        "git_dirty": str(dirty),
        **{f"dataset_hash.{name}": value for name, value in data.hash.items()},
    }
    with store.run(codebook.name, place.name, tags, parent) as run:
        run.parameters(config.model_dump(mode="json"))
        run.parameters({f"version.{name}": value for name, value in versions().items()})
        run.metrics(
            {"train/examples": len(data.train), "validation/examples": len(data.validation)}
        )
        fitted = config.model.fit(
            data.train, data.validation, codebook, config.seed, _RunWatcher(run, bars)
        )
        card, score = _card(config, codebook, data, fitted, run.id)
        with bars.stage(f"export {place.name}", 1) as done, writing(place / "artifact") as stage:
            card |= fitted.write(stage)
            write_card(ArtifactCard.model_validate(card), codebook, stage)
            done(1)
        (place / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
        run.file(place / "config.yaml")
        run.folder(place / "artifact", "artifact")
        run.metrics({"validation/macro_f1": score})
    return Trained(place / "artifact", run.id, score)


def _card(
    config: RunConfig, codebook: Codebook, data: TrainingData, fitted: Fitted, run_id: str
) -> tuple[dict[str, object], float | None]:
    gold = targets(data.validation, codebook)
    probabilities = fitted.probabilities(data.validation)
    score = macro_f1(gold, probabilities, codebook) if data.validation else None
    commit, dirty = git_state()
    return {
        "name": config.name,
        "family": config.model.family,
        "task": codebook.name,
        "labels": codebook.labels,
        "thresholds": choose_thresholds(gold, probabilities, codebook),
        "codebook_hash": codebook.hash,
        "dataset_hash": data.hash,
        "run_id": run_id,
        "experiment": codebook.name,
        "seed": config.seed,
        "git_commit": commit,
        "git_dirty": dirty,
        "versions": versions(),
        "validation": {"macro_f1": score},
    }, score


class _RunWatcher:
    """Sends a family's progress to the bars and its metrics to the run."""

    def __init__(self, run: Run, bars: Bars) -> None:
        self.run, self.bars = run, bars

    @contextmanager
    def stage(self, title: str, total: int) -> Iterator[Callable[[int], None]]:
        with self.bars.stage(title, total) as done:
            yield done

    def metrics(self, values: dict[str, float], step: int) -> None:
        self.run.metrics(
            {name if "/" in name else f"train/{name}": value for name, value in values.items()},
            step,
        )
