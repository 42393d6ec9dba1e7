"""The main job: labelled articles to datasets, models, comparison, artifacts and a tagged page."""

import time
from pathlib import Path
from shutil import rmtree
from typing import Any

from data.dataset import TASKS, build
from data.importers import read_sentences
from data.splits import SplitConfig
from evaluation.compare import Comparison, TaskComparison, compare
from evaluation.events.stack import Stack
from evaluation.report import Report, save_report
from evaluation.span_report import save_span_report, score_mentions
from tagging.artifact import Artifact, load_artifact
from training.config import Source, load_config
from training.progress import Bars
from training.run import train
from training.sources import load_data
from workflows.comparing import write_comparison
from workflows.evaluation import Wanted, score_file
from workflows.event_evaluation import score_stacks
from workflows.export import export_run
from workflows.mention_evaluation import record_mentions
from workflows.recording import record
from workflows.tagging import Tagging, tag_inputs

CONFIGS = Path(__file__).parent.parent / "configs"
PAGES = Path(__file__).parent.parent / "examples" / "pages"
MODELS = ("majority", "tfidf", "minilm")
SHOWN = Wanted(texts=True, cost=True, behaviour=True)


def run_quickstart(corpus: Path, out: Path, quiet: bool) -> dict[str, Any]:
    """Fills `out`: dataset/, runs/, reports/, report.*, mentions.json, events.*, artifacts/,
    tagged/, page.html.

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
        mentions = _train_mentions(out, bars)
        comparison = compare(reports)
        write_comparison(comparison, out / "report.html", out / "report.md")
        for task_comparison in comparison.tasks:
            chosen = _chosen(task_comparison)
            place, told = out / "artifacts" / task_comparison.task, _report_of(chosen, out)
            export_run(str(out / "runs" / chosen), place, out / "runs", reports=[told])
        export_run(str(out / "runs" / mentions), out / "artifacts" / "mention", out / "runs")
        events = _score_events(out, bars)
    rmtree(out / "tagged", ignore_errors=True)  # of an earlier quickstart, by other models
    asked = Tagging(out / "artifacts", [PAGES], out / "tagged", out / "page.html")
    tagged = tag_inputs(asked, quiet)
    return {
        "verdict": comparison.verdict,
        **_table(comparison),
        "events": events,
        "report": str(out / "report.html"),
        "artifacts": str(out / "artifacts"),
        "tagged": tagged["out"],
        "page": tagged["html"],
        "load": f"from tagging.artifact import load_artifact; load_artifact(Path({str(place)!r}))",
        "serve": f"wiretag serve {out / 'artifacts'}",
        "minutes": round((time.monotonic() - start) / 60, 1),
    }


def _train_and_score(task: str, model: str, out: Path, bars: Bars) -> Report:
    artifact = _trained(CONFIGS / task / f"{model}.yaml", out, bars)
    report = score_file(artifact, _test(out), SHOWN, bars)
    path = _report_of(artifact.card.name, out)
    save_report(report, path)
    record(report, artifact, out / "runs", path)
    return report


def _train_mentions(out: Path, bars: Bars) -> str:
    """The mention tagger, scored beside the rules; its run's name."""
    artifact = _trained(CONFIGS / "mention" / "minilm.yaml", out, bars)
    rows = list(read_sentences(_test(out)))
    with bars.stage(f"evaluate {artifact.card.name}", len(rows)) as done:
        report = score_mentions(artifact, rows, _test(out).name, done)
    save_span_report(report, out / "mentions.json")
    record_mentions(report, artifact, out / "runs", out / "mentions.json")
    return artifact.card.name


def _trained(config_path: Path, out: Path, bars: Bars) -> Artifact:
    config = load_config(config_path, [f"out={out / 'runs'}"])
    auxiliary = (source for source in config.data if source.auxiliary)
    data = (Source(path=str(out / "dataset")), *auxiliary)
    config = config.model_copy(update={"data": data})
    return load_artifact(train(config, load_data(config), bars=bars).artifact)


def _score_events(out: Path, bars: Bars) -> str:
    """Whole events by the exported artifacts, against those of the baseline; a line of it."""
    runs = [out / "runs" / f"{task}-tfidf" / "artifact" for task in TASKS]
    stacks = [Stack.load(out / "artifacts"), Stack([load_artifact(each) for each in runs], "tfidf")]
    places = out / "events.json", out / "events.md"
    score_stacks(stacks, _test(out), *places, out / "runs", quiet=True, bars=bars)
    return str(places[1])


def _test(out: Path) -> Path:
    return out / "dataset" / "sentences" / "test.jsonl"


def _report_of(name: str, out: Path) -> Path:
    return out / "reports" / f"{name}.json"


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
