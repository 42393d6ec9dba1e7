"""The main job: labelled articles to datasets, models, comparison, artifacts and a tagged page."""

import time
from pathlib import Path
from shutil import rmtree
from typing import Any

from data.dataset import TASKS, build
from data.importers import read_sentences
from data.splits import SplitConfig
from evaluation.compare import Comparison, TaskComparison, compare
from evaluation.report import Report, save_report
from tagging.artifact import load_artifact
from training.config import Source, load_config
from training.progress import Bars
from training.run import train
from training.sources import load_data
from workflows.comparing import write_comparison
from workflows.evaluation import Wanted, score_file
from workflows.export import export_run
from workflows.recording import record
from workflows.tagging import Tagging, tag_inputs

CONFIGS = Path(__file__).parent.parent / "configs"
PAGE = Path(__file__).parent.parent / "examples" / "page.txt"
MODELS = ("majority", "tfidf", "minilm")
SHOWN = Wanted(texts=True, cost=True, behaviour=True)


def run_quickstart(corpus: Path, out: Path, quiet: bool) -> dict[str, Any]:
    """Fills `out`: dataset/, runs/, reports/, report.*, artifacts/, tagged/, page.html.

    The auxiliary sets of the configs train beside the corpus.
    """
    start = time.monotonic()
    reports = []
    with Bars(quiet=quiet) as bars:
        sentences = list(read_sentences(corpus, "inline"))
        with bars.stage("build datasets", len(sentences)) as done:
            build(sentences, out / "dataset", SplitConfig())
            done(len(sentences))
        for task in TASKS:
            reports += [_train_and_score(task, model, out, bars) for model in MODELS]
    comparison = compare(reports)
    write_comparison(comparison, out / "report.html", out / "report.md")
    for task_comparison in comparison.tasks:
        chosen = _chosen(task_comparison)
        place, told = out / "artifacts" / task_comparison.task, out / "reports" / f"{chosen}.json"
        export_run(str(out / "runs" / chosen), place, out / "runs", reports=[told])
    rmtree(out / "tagged", ignore_errors=True)  # of an earlier quickstart, by other models
    asked = Tagging(out / "artifacts", [PAGE], out / "tagged", out / "page.html")
    tagged = tag_inputs(asked, quiet)
    return {
        "verdict": comparison.verdict,
        **_table(comparison),
        "report": str(out / "report.html"),
        "artifacts": str(out / "artifacts"),
        "tagged": tagged["out"],
        "page": tagged["html"],
        "load": f"from tagging.artifact import load_artifact; load_artifact(Path({str(place)!r}))",
        "serve": f"wiretag serve {out / 'artifacts'}",
        "minutes": round((time.monotonic() - start) / 60, 1),
    }


def _train_and_score(task: str, model: str, out: Path, bars: Bars) -> Report:
    config = load_config(CONFIGS / task / f"{model}.yaml", [f"out={out / 'runs'}"])
    auxiliary = (source for source in config.data if source.auxiliary)
    data = (Source(path=str(out / "dataset")), *auxiliary)
    config = config.model_copy(update={"data": data})
    trained = train(config, load_data(config), bars=bars)
    artifact = load_artifact(trained.artifact)
    test = out / "dataset" / "sentences" / "test.jsonl"
    report = score_file(artifact, test, SHOWN, bars)
    path = out / "reports" / f"{config.name}.json"
    save_report(report, path)
    record(report, artifact, out / "runs", path)
    return report


def _chosen(task: TaskComparison) -> str:
    """The recommended model; where nothing is recommended, the one of the highest macro-F1."""
    return task.recommended or task.models[0].model


def _table(comparison: Comparison) -> dict[str, str]:
    """A line a task: each model's macro-F1 with its interval."""
    lines = {}
    for task in comparison.tasks:
        cells = []
        for line in task.models:
            value = line.macro_f1
            bounds = (
                " [{:.1f}, {:.1f}]".format(*(100 * b for b in value.interval))
                if value.interval
                else ""
            )
            cells.append(f"{line.family} {100 * (value.value or 0):.1f}{bounds}")
        lines[task.task] = "; ".join(cells)
    return lines
