"""Scores artifacts into reports, and tells their MLflow runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import BadInput, nearest
from data.examples import examples_of
from data.firewall import leaked_rows
from data.importers import read_sentences
from data.records import Sentence
from evaluation.cost import measure_cost
from evaluation.occlusion import explain
from evaluation.recorded import Recorded
from evaluation.report import Report, save_report
from evaluation.score import Scorable, score
from evaluation.training_rows import training_rows
from tagging.artifact import Artifact, load_artifact
from training.progress import Bars
from workflows.behaviours import tested
from workflows.mention_evaluation import evaluate_mentions
from workflows.recording import record


@dataclass(frozen=True)
class Wanted:
    """What a report shall hold beside its scores; `labels` are the only ones that are scored.

    `untold` models do not hear the rows' source, whose guidelines they may know.
    """

    labels: tuple[str, ...] | None = None
    texts: bool = False
    cost: bool = False
    behaviour: bool = False
    untold: bool = False


def evaluate_artifact(
    folder: Path,
    data: Path,
    report_path: Path | None,
    wanted: Wanted,
    runs: Path,
    quiet: bool,
    seen: Sequence[Path] = (),
) -> dict[str, Any]:
    """`wiretag evaluate`: scores, writes the report, adds the scores to the artifact's run.

    `seen` names what the model was trained on: rows that repeat it are counted, and the scores are
    told without them too.
    """
    artifact = load_artifact(folder)
    if artifact.codebook.spans:
        if wanted != Wanted() or seen:
            options = "--labels, --texts, --cost, --behaviour, --untold or --seen"
            raise BadInput("none for a mention tagger", f"one of {options}", "leave it out")
        return evaluate_mentions(artifact, data, report_path, runs, quiet)
    model, sentences = Recorded(artifact, told=not wanted.untold), list(read_sentences(data))
    with Bars(quiet=quiet) as bars:
        report = _report(model, sentences, artifact, data, wanted, bars)
    if report_path:
        save_report(report, report_path)
    tracked = record(report, artifact, runs, report_path)
    found = summary(report) | {"report": str(report_path or "not written"), "tracked": tracked}
    if seen:
        found["without_seen_rows"] = _unseen(model, sentences, seen, data.name, wanted.labels)
    return found


def score_file(artifact: Artifact, data: Path, wanted: Wanted, bars: Bars) -> Report:
    """The report of an artifact on a file of labelled sentences, with progress bars."""
    return _report(artifact, list(read_sentences(data)), artifact, data, wanted, bars)


def _report(
    model: Scorable,
    sentences: Sequence[Sentence],
    artifact: Artifact,
    data: Path,
    wanted: Wanted,
    bars: Bars,
) -> Report:
    """`model` says what `artifact` does, and may remember it."""
    name = artifact.card.name + (", untold" if wanted.untold else "")
    with bars.stage(f"evaluate {name}", _expected_rows(model.codebook.example, sentences)) as done:
        report = score(
            model,
            sentences,
            name=name,
            dataset=data.name,
            labels=wanted.labels,
            progress=done,
            with_text=wanted.texts,
            training_rows=training_rows(data, artifact.card.task, artifact.card.dataset_hash),
        )
    if wanted.behaviour:
        report = report.model_copy(update={"behaviour": tested(artifact, bars).results})
    if wanted.cost:
        with bars.stage(f"cost of {name}", 1) as done:
            examples = examples_of(sentences, artifact.codebook).examples
            report = report.model_copy(update={"cost": measure_cost(artifact.folder, examples)})
            done(1)
    return report


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
