"""Scores a mention tagger into its report, and tells its MLflow run."""

from pathlib import Path
from typing import Any

from data.errors import BadInput
from data.importers import read_sentences
from evaluation.metrics import Value
from evaluation.span_report import SpanReport, save_span_report, score_mentions
from evaluation.span_scores import SpanScore
from tagging.artifact import Artifact
from training.progress import Bars
from workflows.recording import known_run


def evaluate_mentions(
    artifact: Artifact,
    data: Path,
    report_path: Path | None,
    runs: Path,
    quiet: bool,
) -> dict[str, Any]:
    """`wiretag evaluate` of a mention tagger."""
    sentences = list(read_sentences(data))
    if not sentences:
        raise BadInput("labelled sentences", "none", "name a file that has some", path=data)
    title = f"evaluate {artifact.card.name}"
    with Bars(quiet=quiet) as bars, bars.stage(title, len(sentences)) as done:
        report = score_mentions(artifact, sentences, data.name, done)
    if report_path:
        save_span_report(report, report_path)
    tracked = record_mentions(report, artifact, runs, report_path)
    return span_summary(report) | {
        "report": str(report_path or "not written"),
        "tracked": tracked,
    }


def span_summary(report: SpanReport) -> dict[str, Any]:
    """The headline figures: F1 of the model, of the rules, and the difference, with intervals."""
    return {
        "task": report.task,
        "model": report.model,
        "sentences": report.sentences,
        "articles": report.articles,
        "f1": {_name(one): _told(one.f1) for one in report.scores},
        "precision": {_name(one): _told(one.precision) for one in report.scores},
        "recall": {_name(one): _told(one.recall) for one in report.scores},
        "rules_f1": {_name(one): _told(one.f1) for one in report.rules},
        "f1_less_rules": {f"{one.kind} {one.match}": _told(one.f1) for one in report.gained},
        "brier": report.brier,
    }


def _name(score: SpanScore) -> str:
    return f"{score.kind} {score.match}"


def _told(value: Value) -> dict[str, Any]:
    return value.model_dump(mode="json")


def record_mentions(
    report: SpanReport, artifact: Artifact, runs: Path, report_path: Path | None
) -> bool:
    """Adds the scores to the run that trained the artifact, if the store knows it."""
    beside = artifact.folder.absolute().parent.parent
    run = known_run(artifact.card.run_id, beside, runs)
    if run is None:
        return False
    prefix = f"test/{report.dataset.name}"
    for score in report.scores:
        figures = {"precision": score.precision, "recall": score.recall, "f1": score.f1}
        place = f"{prefix}/{score.match}/{score.kind}"
        run.metrics({f"{place}/{name}": value.value for name, value in figures.items()})
    run.tags({f"rows_sha256.{report.dataset.name}": report.dataset.rows_sha256})
    if report_path:
        run.file(report_path, "reports")
    return True
