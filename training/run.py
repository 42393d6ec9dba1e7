"""One training run: data, fit, thresholds, artifact, and the MLflow run that records it."""

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from data.codebook import Codebook
from data.pages import write_whole
from tagging.artifact import writing
from training.built import dataset_identity
from training.calibration import calibrate, macro_f1
from training.checkpoint import Checkpoints, Identity, code_hash
from training.config import RunConfig, to_yaml
from training.families.base import Fitted, Watcher, targets
from training.families.spans import FittedSpans
from training.families.transformer import TransformerConfig
from training.processes import here
from training.progress import Bars, Silent
from training.publishing import publish
from training.sources import TrainingData, codebook_of
from training.span_calibration import calibrate_spans
from training.stamps import git_state, versions
from training.tracking import Run, Store


@dataclass(frozen=True)
class Trained:
    """Where a run left its artifact, its MLflow run, and its validation score."""

    artifact: Path
    run_id: str
    validation_macro_f1: float | None


def train(
    config: RunConfig,
    data: TrainingData,
    *,
    bars: Bars,
    parent: str | None = None,
    folder: str = "",
    lean: bool = False,
) -> Trained:
    """Fits the config's model and writes `<out>/<folder or name>/{artifact/,config.yaml}`.

    A run that was killed goes on from its last checkpoint, if config, data and code are the same.
    A `lean` artifact, to be scored and thrown away, has the fp32 model alone.
    """
    codebook = codebook_of(config)
    place = Path(config.out) / (folder or config.name)
    what = identity(config, codebook, data)
    here().agree("config, data and code", what.model_dump_json())
    checkpoints = Checkpoints(place / "checkpoints", what)
    tags = _tags(config, codebook, data)
    tracked = Store(Path(config.out)).run(
        codebook.name, place.name, tags, parent, place, resume=checkpoints.found_run
    )
    with tracked as run:
        checkpoints.run = run.key
        run.parameters(config.model_dump(mode="json"))
        run.parameters({f"version.{name}": value for name, value in versions().items()})
        run.metrics(
            {"train/examples": len(data.train), "validation/examples": len(data.validation)}
        )
        if data.card:
            run.file(data.card, "dataset")
        fitted = _fit(config, codebook, data, RunWatcher(run, bars), checkpoints)
        card, scores = _card(config, codebook, data, fitted, run.id)
        with bars.stage(f"export {place.name}", 1) as done, writing(place / "artifact") as stage:
            publish(stage, card, fitted, codebook, data, lean)
            done(1)
        write_whole(place / "config.yaml", to_yaml(config))
        run.file(place / "config.yaml")
        run.folder(place / "artifact", "artifact")
        run.metrics({f"validation/{name}": value for name, value in scores.items()})
        checkpoints.remove()
    return Trained(place / "artifact", run.id, scores["macro_f1"])


def assist(config: RunConfig, data: TrainingData) -> None:
    """What every process but the first does of a run: its share of the batches, and no file."""
    codebook = codebook_of(config)
    here().agree("config, data and code", identity(config, codebook, data).model_dump_json())
    if isinstance(config.model, TransformerConfig):  # the others train in the first process alone
        _fit(config, codebook, data, Silent(), None)


def identity(config: RunConfig, codebook: Codebook, data: TrainingData) -> Identity:
    """What a checkpoint must agree with; what the run is called and where it runs is no part."""
    settings = config.model_dump(mode="json", exclude={"name", "out", "data"})
    settings["model"].pop("device", None)
    content = json.dumps([settings, codebook.hash], sort_keys=True)
    told = isinstance(config.model, TransformerConfig) and config.model.guidelines
    sources = [row.source for row in data.train] if told else []
    rows = json.dumps([data.hash, sources], sort_keys=True)
    config_hash, data_hash = (hashlib.sha256(each.encode()).hexdigest() for each in (content, rows))
    return Identity(config=config_hash, data=data_hash, code=code_hash())


def _tags(config: RunConfig, codebook: Codebook, data: TrainingData) -> dict[str, str]:
    commit, dirty = git_state()
    return {
        "task": codebook.name,
        "family": config.model.family,
        "codebook_hash": codebook.hash,
        "git_commit": str(commit),
        "git_dirty": str(dirty),
        "processes": str(here().count),
        **{f"dataset_hash.{name}": value for name, value in data.hash.items()},
        **({"dataset_sha256": dataset_identity(data.card)} if data.card else {}),
    }


def _fit(
    config: RunConfig,
    codebook: Codebook,
    data: TrainingData,
    watcher: Watcher,
    checkpoints: Checkpoints | None,
) -> Fitted:
    rows = (data.train, data.validation, codebook, config.seed, watcher)
    if isinstance(config.model, TransformerConfig):
        return config.model.fit(*rows, checkpoints)
    return config.model.fit(*rows)  # seconds: there is nothing to go on from


def _card(
    config: RunConfig, codebook: Codebook, data: TrainingData, fitted: Fitted, run_id: str
) -> tuple[dict[str, object], dict[str, float | None]]:
    """The artifact's card without what the family adds, and the scores on validation."""
    fit, scores = _decisions(config, codebook, data, fitted)
    commit, dirty = git_state()
    return {
        "name": config.name,
        "family": config.model.family,
        "task": codebook.name,
        "labels": codebook.labels,
        "multi": codebook.multi,
        "marks": codebook.marks,
        "per_event": config.per_event,
        **fit,
        "codebook_hash": codebook.hash,
        "dataset_hash": data.hash,
        "run_id": run_id,
        "experiment": codebook.name,
        "seed": config.seed,
        "git_commit": commit,
        "git_dirty": dirty,
        "versions": versions(),
        "validation": scores,
    }, scores


def _decisions(
    config: RunConfig, codebook: Codebook, data: TrainingData, fitted: Fitted
) -> tuple[dict[str, object], dict[str, float | None]]:
    """What the card says of how decisions are made, and the scores on validation."""
    if isinstance(fitted, FittedSpans):
        scaling, scores = calibrate_spans(fitted, data.validation, codebook, config.calibration)
        return {"thresholds": None, "calibration": scaling}, scores
    gold = targets(data.validation, codebook)
    probabilities = fitted.probabilities(data.validation)
    articles = [example.doc_id for example in data.validation]
    fit = calibrate(gold, probabilities, articles, codebook, config.calibration, config.precision)
    scores = {
        "macro_f1": macro_f1(gold, probabilities, codebook) if data.validation else None,
        **{f"log_loss/{method}": loss for method, loss in fit.log_loss.items()},
    }
    return {
        "thresholds": fit.thresholds,
        "calibration": fit.calibration,
        "abstention": fit.abstention,
        "conformal": fit.conformal,
    }, scores


class RunWatcher:
    """Sends a family's progress to the bars and its metrics to the run."""

    def __init__(self, run: Run, bars: Bars) -> None:
        self.run, self.bars = run, bars

    def stage(self, title: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        return self.bars.stage(title, total)

    def metrics(self, values: dict[str, float], step: int) -> None:
        self.run.metrics(
            {name if "/" in name else f"train/{name}": value for name, value in values.items()},
            step,
        )
