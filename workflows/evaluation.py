"""Scores artifacts into reports, adds the scores to their MLflow runs, and compares reports."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.errors import BadInput, nearest
from data.examples import examples_of
from data.firewall import leaked_rows
from data.importers import read_sentences
from data.pages import write_whole
from data.records import Sentence
from evaluation.compare import Comparison, compare
from evaluation.cost import measure_cost
from evaluation.html import render_html
from evaluation.markdown import render_markdown
from evaluation.occlusion import explain
from evaluation.recorded import Recorded
from evaluation.report import Report, load_report, save_report
from evaluation.score import Scorable, score
from evaluation.training_rows import training_rows
from tagging.artifact import Artifact, load_artifact
from training.progress import Bars
from training.tracking import Run, Store


def evaluate_artifact(
    folder: Path,
    data: Path,
    report_path: Path | None,
    labels: tuple[str, ...] | None,
    texts: bool,
    runs: Path,
    quiet: bool,
    seen: Sequence[Path] = (),
    cost: bool = False,
) -> dict[str, Any]:
    """`wiretag evaluate`: scores, writes the report, adds the scores to the artifact's run.

    `seen` names what the model was trained on: rows that repeat it are counted, and the scores are
    told without them too.
    """
    artifact = load_artifact(folder)
    model, sentences = Recorded(artifact), list(read_sentences(data))
    with Bars(quiet=quiet) as bars:
        report = score_rows(
            model,
            sentences,
            data.name,
            bars=bars,
            labels=labels,
            texts=texts,
            training_rows=training_rows(data, artifact.card.task, artifact.card.dataset_hash),
        )
    if cost:
        examples = examples_of(sentences, artifact.codebook).examples
        report = report.model_copy(update={"cost": measure_cost(folder, examples)})
    if report_path:
        save_report(report, report_path)
    tracked = record(report, artifact, runs, report_path)
    found = summary(report) | {"report": str(report_path or "not written"), "tracked": tracked}
    if seen:
        found["without_seen_rows"] = _unseen(model, sentences, seen, data.name, labels)
    return found


def _unseen(
    model: Recorded,
    sentences: Sequence[Sentence],
    seen: Sequence[Path],
    name: str,
    labels: tuple[str, ...] | None,
) -> dict[str, Any]:
    """The summary over the sentences that repeat nothing of the seen ones, and how many do."""
    known = (row for path in seen for row in read_sentences(path))
    leaked = leaked_rows(known, sentences)
    rest = [row for row in sentences if row.id not in leaked]
    if not rest:
        raise BadInput("a sentence that the model has not seen", "none", "score on other data")
    report = score(model, rest, name=model.card.name, dataset=f"{name} unseen", labels=labels)
    return {"seen_sentences": len(leaked), **summary(report)}


def score_file(artifact: Artifact, data: Path, *, bars: Bars, texts: bool = False) -> Report:
    """The report of an artifact on a file of labelled sentences, with a progress bar."""
    return score_rows(artifact, list(read_sentences(data)), data.name, bars=bars, texts=texts)


def score_rows(
    model: Scorable,
    sentences: Sequence[Sentence],
    dataset: str,
    *,
    bars: Bars,
    labels: tuple[str, ...] | None = None,
    texts: bool = False,
    training_rows: Mapping[str, int] | None = None,
) -> Report:
    """The report of a model on labelled sentences, with a progress bar."""
    rows = _expected_rows(model.codebook.example, sentences)
    with bars.stage(f"evaluate {model.card.name}", rows) as done:
        return score(
            model,
            sentences,
            name=model.card.name,
            dataset=dataset,
            labels=labels,
            progress=done,
            with_text=texts,
            training_rows=training_rows,
        )


def _expected_rows(kind: str, sentences: Sequence[Sentence]) -> int:
    if kind == "sentence":
        return len(sentences)
    return sum(mention.kind == kind for row in sentences for mention in row.mentions)


def explain_row(folder: Path, data: Path, row: str, label: str | None) -> dict[str, Any]:
    """`wiretag explain`: how much each word of that row's text weighs in a decision."""
    artifact = load_artifact(folder)
    examples = examples_of(read_sentences(data), artifact.codebook).examples
    chosen = next((example for example in examples if example.id == row), None)
    if chosen is None:
        known = nearest(row, [example.id for example in examples])
        raise BadInput(f"a row of {artifact.codebook.name}", repr(row), known, path=data)
    return explain(artifact, chosen, label).model_dump(mode="json")


def summary(report: Report) -> dict[str, Any]:
    """The headline figures, each score with its 95% interval over articles."""
    figures = {
        name: value.model_dump(mode="json") for name, value in report.headline.metrics.items()
    }
    return {
        "task": report.task,
        "model": report.model,
        "rows": report.headline.rows,
        "articles": report.headline.documents,
        "left_out": report.left_out,
        "macro_f1": figures.pop("macro_f1"),
        "metrics": figures,
        "selective": report.selective
        and report.selective.model_dump(mode="json", exclude={"label_covered"}),
    }


def record(report: Report, artifact: Artifact, runs: Path, report_path: Path | None) -> bool:
    """Adds scores and report to the run that trained the artifact, if the store knows it."""
    run = _run_of(artifact, runs)
    if run is None:
        return False
    prefix = f"test/{report.dataset.name}"
    figures = {f"{prefix}/{name}": value.value for name, value in report.headline.metrics.items()}
    interval = report.macro_f1.interval
    if interval is not None:
        figures |= {f"{prefix}/macro_f1_low": interval[0], f"{prefix}/macro_f1_high": interval[1]}
    for label in report.headline.labels:
        figures[f"{prefix}/f1/{label.label}"] = label.f1.value
    run.metrics(figures)
    run.tags({f"rows_sha256.{report.dataset.name}": report.dataset.rows_sha256})
    if report_path:
        run.file(report_path, "reports")
    return True


def _run_of(artifact: Artifact, runs: Path) -> Run | None:
    """The artifact's run: in the store of the environment, beside the artifact, or under `runs`."""
    if artifact.card.run_id is None:
        return None
    beside = artifact.folder.absolute().parent.parent
    for folder in (beside, runs):
        if "MLFLOW_TRACKING_URI" in os.environ or (folder / "mlflow.db").exists():
            return Store(folder).existing(artifact.card.run_id)
    return None


def compare_reports(paths: list[Path], html: Path | None, markdown: Path | None) -> dict[str, Any]:
    """`wiretag compare`: the verdict, and the page and Markdown that show it."""
    comparison = compare([load_report(path) for path in paths])
    write_comparison(comparison, html, markdown)
    return {
        "verdict": comparison.verdict,
        "tasks": {
            task.task: [
                {"model": line.model, "macro_f1": line.macro_f1.model_dump(mode="json")}
                for line in task.models
            ]
            for task in comparison.tasks
        },
        "html": str(html or "not written"),
        "markdown": str(markdown or "not written"),
    }


def write_comparison(comparison: Comparison, html: Path | None, markdown: Path | None) -> None:
    """Writes the renderings that are wanted, each whole or not at all."""
    renderings: list[tuple[Path | None, Callable[[Comparison], str]]] = [
        (html, render_html),
        (markdown, render_markdown),
    ]
    for path, render in renderings:
        if path is not None:
            write_whole(path, render(comparison))
