"""k-fold cross-validation: each row is scored once, by a model that never saw its article."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.records import Sentence
from data.splits import folds
from evaluation.recorded import Recorded
from evaluation.report import Report, save_report
from evaluation.rows import Prediction
from evaluation.score import score
from tagging.artifact import Artifact, load_artifact
from training.config import RunConfig
from training.progress import Bars
from training.run import identity, train
from training.sources import TrainingData, codebook_of, groups_of, main_sentences, prepare_fold
from training.tracking import Run, Store
from workflows.evaluation import summary
from workflows.recording import add_views, record, scores
from workflows.seeds import over_seeds
from workflows.unfinished import Unfinished

Fold = tuple[TrainingData, list[Sentence]]  # what trains, and what it is scored on


def run_crossvalidation(config: RunConfig, count: int, quiet: bool) -> dict[str, Any]:
    """Trains a model a fold and seed; writes `<out>/<name>-folds/seed-<n>/report.json`.

    All seeds have the same folds, which part neither an article nor articles that repeat one
    another. Each report is over all rows of the sets that are not auxiliary. Models that know
    guidelines are asked without them too: `untold.json` beside it. The same command, if it was
    killed, goes on with the folds that are not trained.
    """
    sentences = main_sentences(config)
    parts = folds(sentences, count, config.split.seed, groups_of(sentences))
    pairs = [_pair(part, parts, config) for part in parts]
    place = Path(config.out) / f"{config.name}-folds"
    unfinished, tags = Unfinished(place, config), {"kind": "crossvalidation"}
    tracked = Store(Path(config.out)).run(
        config.task, place.name, tags, resume=unfinished.found_run
    )
    with Bars(quiet=quiet) as bars, tracked as parent:
        unfinished.begin(parent.key)
        found = [
            _one_seed(config.one_seed(seed), pairs, unfinished, parent.id, bars)
            for seed in config.seeds
        ]
        pooled = [reports[0].macro_f1.value for reports, _ in found]
        for seed, (reports, _) in zip(config.seeds, found, strict=True):
            _keep(reports, place / f"seed-{seed}", parent, seed)
        over = over_seeds(pooled)
        parent.metrics({f"seeds/{name}": value for name, value in over.items()})
        unfinished.end()
    (first, *untold), folds_of_first = found[0]
    return summary(first) | {
        "folds": folds_of_first,
        **_over_folds(folds_of_first),
        "seeds": dict(zip(map(str, config.seeds), pooled, strict=True)),
        "over_seeds": over,
        **({"untold": summary(untold[0])["macro_f1"]} if untold else {}),
        "reports": str(place / "seed-*" / "report.json"),
    }


def _keep(reports: Sequence[Report], folder: Path, parent: Run, seed: int) -> None:
    """Writes a seed's reports, the first with its table, plots and page; the parent gets all."""
    parent.metrics(scores(reports[0]), step=seed)
    for report, name in zip(reports, ("report.json", "untold.json"), strict=False):
        save_report(report, folder / name)
        parent.file(folder / name, f"reports/seed-{seed}")
    add_views(parent, reports[0], folder / "evaluation", f"evaluation/seed-{seed}")


def _pair(held_out: list[Sentence], parts: Sequence[list[Sentence]], config: RunConfig) -> Fold:
    """The data of the model that never sees the part, whatever the seed."""
    rest = [row for part in parts if part is not held_out for row in part]
    return prepare_fold(rest, held_out, config), held_out


def _one_seed(
    config: RunConfig, pairs: Sequence[Fold], unfinished: Unfinished, parent: str, bars: Bars
) -> tuple[list[Report], list[float | None]]:
    """The reports over all rows, each said by the model that never saw it; each fold's score."""
    said, untold = dict[str, Prediction](), dict[str, Prediction]()
    scores = []
    for number, (data, held_out) in enumerate(pairs, start=1):
        fold = f"seed-{config.seed}/{number}"
        artifact = _trained(config, data, fold, unfinished, parent, bars)
        report, *_ = _scored(artifact, said, untold, held_out, config, f"fold {number}")
        record(report, artifact, Path(config.out), None)
        scores.append(report.macro_f1.value)
    rows = [row for _, held_out in pairs for row in held_out]
    return _scored(artifact, said, untold, rows, config, "all folds"), scores


def _trained(
    config: RunConfig,
    data: TrainingData,
    fold: str,
    unfinished: Unfinished,
    parent: str,
    bars: Bars,
) -> Artifact:
    """The model of a fold, trained unless it was before the command was killed."""
    what = identity(config, codebook_of(config), data)
    found = unfinished.artifact(fold, what)
    if found:
        return found
    place = f"{unfinished.folder.name}/{fold}"
    made = train(config, data, bars=bars, parent=parent, folder=place, lean=True)
    unfinished.add(fold, what)
    return load_artifact(made.artifact)


def _scored(
    artifact: Artifact,
    said: dict[str, Prediction],
    untold: dict[str, Prediction],
    sentences: Sequence[Sentence],
    config: RunConfig,
    dataset: str,
) -> list[Report]:
    """The report, and that of the model without guidelines if it knows some."""
    models = {config.name: Recorded(artifact, said)}
    if artifact.card.guidelines:
        models[f"{config.name}, untold"] = Recorded(artifact, untold, told=False)
    return [
        score(model, sentences, name=name, dataset=dataset, labels=config.labels)
        for name, model in models.items()
    ]


def _over_folds(scores: list[float | None]) -> dict[str, float | None]:
    """Mean and standard deviation of the folds' macro-F1; null if a fold has none."""
    known = [value for value in scores if value is not None]
    if len(known) < len(scores):
        return {"mean": None, "standard_deviation": None}
    return {"mean": statistics.mean(known), "standard_deviation": statistics.stdev(known)}
