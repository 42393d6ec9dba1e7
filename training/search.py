"""Hyper-parameter search: optuna over grouped folds, pruned, resumable, every trial tracked."""

import hashlib
import json
import statistics
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState
from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.codebook import load_codebook
from data.errors import BadInput
from data.records import Example, Sentence
from data.splits import folds
from data.strict_yaml import read_yaml, validate
from training.calibration import choose_thresholds, decided_macro_f1
from training.config import RunConfig, load_config, to_yaml
from training.families.base import targets
from training.progress import Bars
from training.run import RunWatcher
from training.sources import gold_examples, groups_of, main_sentences, prepare_fold
from training.tracking import Run, Store

optuna.logging.set_verbosity(optuna.logging.WARNING)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


class Range(BaseModel):
    """Numbers from `low` to `high`, whole ones if both ends are; `log` draws on a log scale."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    low: int | float
    high: int | float
    log: bool = False

    @model_validator(mode="after")
    def _rising(self) -> "Range":
        if not self.low < self.high or (self.log and self.low <= 0):
            raise ValueError("low must lie below high, and above 0 on a log scale")
        return self


Choice = Annotated[tuple[bool | int | float | str | None, ...], Field(min_length=2)]


class SearchConfig(BaseModel):
    """One search: a run's config (path beside this file) and the space of what may change."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    config: str
    trials: int = Field(default=20, ge=1)
    folds: int = Field(default=3, ge=2)
    seed: int = Field(default=1, ge=0, lt=2**32)
    space: dict[str, Range | Choice] = Field(min_length=1)


@dataclass(frozen=True)
class Fold:
    """What one fold trains on, stops on, and is scored on."""

    train: list[Example]
    validation: list[Example]
    held_out: list[Example]


def run_search(path: Path, overrides: list[str], quiet: bool) -> dict[str, Any]:
    """Runs the trials still missing; writes `<out>/<name>-search/{best.yaml,trials.json,…}`.

    Only the data that the config names is seen, held out fold by fold: a test set plays no part.
    """
    search = validate(read_yaml(path), SearchConfig, path)
    base = path.parent / search.config
    config = load_config(base, overrides)
    place = Path(config.out) / f"{config.name}-search"
    with Bars(quiet=quiet) as bars:
        job = _Search(search, config, base, overrides, place, bars)
        return job.run()


class _Search:
    """The study of one search config; trials are numbered over all sessions."""

    def __init__(
        self,
        search: SearchConfig,
        config: RunConfig,
        base: Path,
        overrides: list[str],
        place: Path,
        bars: Bars,
    ) -> None:
        self.search, self.config, self.base, self.overrides = search, config, base, overrides
        self.place, self.bars = place, bars
        self.codebook = load_codebook(config.task)
        sentences = main_sentences(config)
        identity = [search.model_dump(mode="json"), config.model_dump(mode="json", exclude={"out"})]
        rows = [[row.id, row.doc_id, row.text, row.event_types] for row in sentences]
        content = json.dumps([identity, rows], ensure_ascii=False)
        self.identity = hashlib.sha256(content.encode()).hexdigest()
        parts = folds(sentences, search.folds, config.split.seed, groups_of(sentences))
        self.parts = [
            self._fold(part, [row for other in parts if other is not part for row in other])
            for part in parts
        ]

    def _fold(self, held_out: list[Sentence], rest: list[Sentence]) -> Fold:
        """Thresholds need a validation part, also where the config wants none."""
        share = self.config.split.validation or 0.15
        shares = self.config.split.model_copy(update={"validation": share})
        data = prepare_fold(rest, held_out, self.config.model_copy(update={"split": shares}))
        return Fold(data.train, data.validation, gold_examples(held_out, self.config))

    def _study(self) -> optuna.Study:
        self.place.mkdir(parents=True, exist_ok=True)
        study = optuna.create_study(
            storage=f"sqlite:///{self.place.absolute()}/optuna.db",
            study_name=self.config.name,
            direction="maximize",
            sampler=optuna.samplers.TPESampler(seed=self.search.seed, n_startup_trials=5),
            pruner=optuna.pruners.WilcoxonPruner(p_threshold=0.1, n_startup_steps=1),
            load_if_exists=True,
        )
        known = study.user_attrs.get("identity")
        if known not in (None, self.identity):
            raise BadInput(
                "the search that was begun here",
                "another space, config or data",
                "finish that one, or name another config.name or out",
                path=self.place,
            )
        study.set_user_attr("identity", self.identity)
        for trial in study.get_trials(states=(TrialState.RUNNING,)):  # its process was killed
            study.tell(trial.number, state=TrialState.FAIL)
            study.enqueue_trial(trial.params)
        return study

    def run(self) -> dict[str, Any]:
        store = Store(Path(self.config.out))
        with store.run(self.config.task, self.place.name, {"kind": "search"}) as parent:
            self.study = self._study()  # only now: the run holds the folder, no other is at work
            missing = max(0, self.search.trials - len(self._finished()))
            with self.bars.stage(f"search {self.config.name}", missing) as tick:
                for _ in range(missing):
                    self._trial(self.study.ask(), store, parent)
                    tick(1)
            return self._conclude(parent)

    def _finished(self) -> list[FrozenTrial]:
        return self.study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))

    def _trial(self, trial: optuna.Trial, store: Store, parent: Run) -> None:
        """One point of the space over the folds; a hopeless one stops before its last fold."""
        changes = {name: self._suggest(trial, name) for name in self.search.space}
        tags = {"kind": "trial", "trial": str(trial.number)}
        name = f"{self.place.name}/{trial.number}"
        scores: list[float] = []
        with store.run(self.config.task, name, tags, parent.id) as run:
            run.parameters(changes)
            config = self._changed(changes)
            for number, fold in enumerate(self.parts):
                scores.append(self._score(config, fold, run))
                run.metrics({"fold/macro_f1": scores[-1]}, number)
                trial.report(scores[-1], number)
                if number + 1 < len(self.parts) and trial.should_prune():
                    run.tags({"pruned": f"after fold {number + 1}"})
                    self.study.tell(trial, state=TrialState.PRUNED)
                    return
            run.metrics({"folds/mean": statistics.mean(scores)})
        trial.set_user_attr("folds", scores)
        self.study.tell(trial, statistics.mean(scores))

    def _suggest(self, trial: optuna.Trial, name: str) -> Any:
        space = self.search.space[name]
        if not isinstance(space, Range):
            return trial.suggest_categorical(name, list(space))
        if isinstance(space.low, int) and isinstance(space.high, int):
            return trial.suggest_int(name, space.low, space.high, log=space.log)
        return trial.suggest_float(name, space.low, space.high, log=space.log)

    def _changed(self, changes: dict[str, Any]) -> RunConfig:
        return load_config(
            self.base, [*self.overrides, *(f"{k}={json.dumps(v)}" for k, v in changes.items())]
        )

    def _score(self, config: RunConfig, fold: Fold, run: Run) -> float:
        """Macro-F1 on the held-out fold, decided as the artifact would."""
        fitted = config.model.fit(
            fold.train, fold.validation, self.codebook, config.seed, RunWatcher(run, self.bars)
        )
        gold = targets(fold.validation, self.codebook)
        cuts = choose_thresholds(gold, fitted.probabilities(fold.validation), self.codebook)
        table = fitted.probabilities(fold.held_out)
        return decided_macro_f1(targets(fold.held_out, self.codebook), table, cuts, self.codebook)

    def _conclude(self, parent: Run) -> dict[str, Any]:
        """Writes the trials, the best config and the importance of each parameter."""
        best = self.study.best_trial
        changes = {name: best.params[name] for name in self.search.space}
        (self.place / "best.yaml").write_text(to_yaml(self._changed(changes)), encoding="utf-8")
        trials = [
            {"number": t.number, "state": t.state.name, "score": t.value, "parameters": t.params}
            for t in self._finished()
        ]
        text = json.dumps(trials, indent=1) + "\n"
        (self.place / "trials.json").write_text(text, encoding="utf-8")
        importance = self._importance()
        if importance:
            _plot(importance, self.place / "importance.svg")
            parent.file(self.place / "importance.svg", "search")
        for name in ("best.yaml", "trials.json"):
            parent.file(self.place / name, "search")
        parent.metrics({"search/best": best.value, "search/trials": len(trials)})
        pruned = sum(trial["state"] == "PRUNED" for trial in trials)
        return {
            "best": {"macro_f1": best.value, "folds": best.user_attrs.get("folds"), **changes},
            "trials": len(trials),
            "pruned": pruned,
            "importance": importance,
            "config": str(self.place / "best.yaml"),
        }

    def _importance(self) -> dict[str, float]:
        """Share of the score's variance that each parameter explains (fANOVA); {} if too few."""
        complete = self.study.get_trials(states=(TrialState.COMPLETE,))
        if len(complete) < 4 or np.ptp([trial.value for trial in complete]) == 0:
            return {}
        evaluator = optuna.importance.FanovaImportanceEvaluator(seed=self.search.seed)
        found = optuna.importance.get_param_importances(self.study, evaluator=evaluator)
        return {name: round(float(value), 4) for name, value in found.items()}


def _plot(importance: dict[str, float], path: Path) -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    matplotlib.rcParams["svg.hashsalt"] = "wiretag"
    figure, axes = pyplot.subplots(figsize=(5, 0.5 + 0.35 * len(importance)))
    names = sorted(importance, key=lambda name: importance[name])
    axes.barh(names, [100 * importance[name] for name in names])
    axes.set_xlabel("% of the score's variance (fANOVA)")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
