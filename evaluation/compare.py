"""Compares reports of several models on the same rows, task by task, with paired intervals."""

import statistics
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from data.errors import BadInput
from evaluation.bootstrap import RESAMPLES
from evaluation.differences import Difference, differences_of, negated
from evaluation.metrics import Frozen, MetricName, Value
from evaluation.pairing import Entry, grouped
from evaluation.report import CodebookRef, DatasetRef, Report
from evaluation.rows import Count
from evaluation.seed_variance import mean_macro_f1
from evaluation.slices import Slice
from evaluation.verdict import Contest, Outcome, Standing, overall_verdict, task_verdict

BASELINES = ("majority", "tfidf")  # families, the simplest first


class SourceScore(Frozen):
    """Macro-F1 on the rows of one source; sources of fewer than 20 rows have none."""

    source: str
    rows: Count
    documents: Count
    macro_f1: Value


class ModelLine(Frozen):
    """A model's line of the table; scores of several seeds are means over them.

    `macro_f1` of 3 seeds or more has an interval for new seeds and new documents, else one for new
    documents alone; means of other metrics have none.
    """

    model: str
    family: str
    simple: bool  # its family is a simple baseline
    seeds: Count  # how many reports stand behind the line
    seed_sd: float | None  # standard deviation of macro-F1 over them; None for a single one
    shown_seed: int | None  # of the report that is shown in detail: the nearest to the mean
    macro_f1: Value
    metrics: dict[MetricName, Value]
    sources: tuple[SourceScore, ...]  # empty where all rows are of one
    rows_per_second: float | None
    run_id: str | None  # of the report that is shown in detail


class TaskComparison(Frozen):
    """All models of one task on one set of rows, the best first."""

    task: str
    dataset: DatasetRef
    codebook: CodebookRef
    labels: tuple[str, ...]
    rows: int
    documents: int
    models: tuple[ModelLine, ...]
    differences: tuple[Difference, ...]
    outcome: Outcome
    recommended: str | None
    verdict: str
    reports: tuple[Report, ...] = Field(exclude=True)  # one a model, in their order: details


class Comparison(Frozen):
    """Every task's comparison and what they come to."""

    schema_version: Literal[1] = 1
    verdict: str
    tasks: tuple[TaskComparison, ...]


def compare(
    reports: Sequence[Report],
    *,
    baselines: Sequence[str] = BASELINES,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Comparison:
    """Groups reports by task and dataset, ranks the models by macro-F1 and tests the differences.

    Reports of one name that differ in their seed are one model, which stands with their mean.
    `baselines` are families, the simplest first: each model is set against the best one and against
    the best model of each of these. Raises BadInput where reports of one task differ in codebook,
    those of one task and dataset in their rows, or two share a name and a seed.
    """
    if not reports:
        raise BadInput("one report or more", "none", "score an artifact first")
    found = [_compare_task(group, baselines, resamples, seed) for group in grouped(reports)]
    return Comparison(
        verdict=overall_verdict([contest for _, contest in found]),
        tasks=tuple(task for task, _ in found),
    )


def _compare_task(
    group: Sequence[Entry], baselines: Sequence[str], resamples: int, seed: int
) -> tuple[TaskComparison, Contest]:
    lines = [(entry, _line(entry, baselines, resamples, seed)) for entry in group]
    lines.sort(key=lambda item: _rank(item[1]))
    models = tuple(line for _, line in lines)
    differences = differences_of([entry for entry, _ in lines], baselines, resamples, seed)
    leads = {item.model: negated(item.macro_f1) for item in differences if item.against == "best"}
    first = group[0].reports[0]
    contest = Contest(
        task=first.task,
        dataset=first.dataset.name,
        rows=first.headline.rows,
        documents=first.headline.documents,
        ranked=tuple(
            Standing(line.model, line.simple, line.macro_f1, leads.get(line.model), line.seeds)
            for line in models
        ),
    )
    comparison = TaskComparison(
        task=first.task,
        dataset=first.dataset,
        codebook=first.codebook,
        labels=first.labels,
        rows=contest.rows,
        documents=contest.documents,
        models=models,
        differences=tuple(differences),
        outcome=contest.outcome,
        recommended=contest.recommended,
        verdict=task_verdict(contest),
        reports=tuple(_shown(entry) for entry, _ in lines),
    )
    return comparison, contest


def _rank(line: ModelLine) -> tuple[float, str]:
    value = line.macro_f1.value
    return (1.0 if value is None else -value, line.model)


def _line(entry: Entry, baselines: Sequence[str], resamples: int, seed: int) -> ModelLine:
    shown, macro = _shown(entry), _macro_f1(entry, resamples, seed)
    means = {name: _mean(entry, name) for name in shown.headline.metrics}
    speeds = [report.rows_per_second for report in entry.reports]
    known = [speed for speed in speeds if speed is not None]
    scores = _scores(entry)
    return ModelLine(
        model=entry.name,
        family=entry.family,
        simple=entry.family in baselines,
        seeds=len(entry.reports),
        seed_sd=statistics.stdev(scores) if len(scores) > 1 else None,
        shown_seed=shown.artifact.seed,
        macro_f1=macro,
        metrics=means | {"macro_f1": macro},
        sources=tuple(
            _source(entry, part, resamples, seed)
            for part in sorted(shown.slices, key=lambda part: part.name)
            if part.kind == "source"
        ),
        rows_per_second=statistics.mean(known) if len(known) == len(speeds) else None,
        run_id=shown.artifact.run_id,
    )


def _scores(entry: Entry) -> list[float]:
    """Macro-F1 of each seed; the rows are the same for all, so all of them have it or none."""
    scores = (report.macro_f1.value for report in entry.reports)
    return [score for score in scores if score is not None]


def _shown(entry: Entry) -> Report:
    """The report whose macro-F1 is nearest to the mean, of the lowest seed where two are."""
    scores = _scores(entry)
    mean = statistics.mean(scores) if scores else 0.0
    return min(entry.reports, key=lambda report: abs((report.macro_f1.value or 0.0) - mean))


def _macro_f1(entry: Entry, resamples: int, seed: int) -> Value:
    if len(entry.reports) == 1:
        return entry.reports[0].macro_f1
    return mean_macro_f1(entry.decisions, resamples, seed)


def _mean(entry: Entry, name: MetricName) -> Value:
    """A metric's mean over the seeds, undefined where one of them lacks it."""
    values = [report.metric(name) for report in entry.reports]
    if len(values) == 1:
        return values[0]
    known = [value.value for value in values if value.value is not None]
    if len(known) < len(values):
        return next(value for value in values if value.value is None)
    return Value(value=statistics.mean(known), reason="no interval: a mean over seeds")


def _source(entry: Entry, part: Slice, resamples: int, seed: int) -> SourceScore:
    """The slice's own figure, or the mean over the seeds on its rows."""
    macro = part.macro_f1
    if len(entry.reports) > 1:
        chosen = np.array([row.source == part.name for row in entry.reports[0].rows()])
        decisions = [each.take(chosen) for each in entry.decisions]
        macro = mean_macro_f1(decisions, resamples, seed)
    return SourceScore(source=part.name, rows=part.rows, documents=part.documents, macro_f1=macro)
