"""Compares reports of several models on the same rows, task by task, with paired intervals."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from data.errors import BadInput
from evaluation.bootstrap import RESAMPLES
from evaluation.differences import Difference, differences_of, negated
from evaluation.metrics import Frozen, MetricName, Value
from evaluation.report import CodebookRef, DatasetRef, Report
from evaluation.verdict import Contest, Outcome, Standing, overall_verdict, task_verdict

BASELINES = ("majority", "tfidf")  # families, the simplest first


class ModelLine(Frozen):
    """A model's line of the table."""

    model: str
    family: str
    simple: bool  # its family is a simple baseline
    macro_f1: Value
    metrics: dict[MetricName, Value]
    rows_per_second: float | None
    run_id: str | None


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
    reports: tuple[Report, ...] = Field(exclude=True)  # in the models' order, for rendering


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

    `baselines` are families, the simplest first: each model is set against the best one and against
    the best model of each of these. Raises BadInput where reports of one task differ in codebook,
    those of one task and dataset in their rows, or two share a name.
    """
    if not reports:
        raise BadInput("one report or more", "none", "score an artifact first")
    found = [_compare_task(group, baselines, resamples, seed) for group in grouped(reports)]
    return Comparison(
        verdict=overall_verdict([contest for _, contest in found]),
        tasks=tuple(task for task, _ in found),
    )


def grouped(reports: Sequence[Report]) -> list[list[Report]]:
    """Reports that can be paired, in order of first appearance; BadInput names two that clash."""
    groups: dict[tuple[str, str], list[Report]] = {}
    first_of_task: dict[str, Report] = {}
    for report in reports:
        check_codebooks(first_of_task.setdefault(report.task, report), report)
        group = groups.setdefault((report.task, report.dataset.name), [])
        for other in group:
            check_rows(other, report)
            if other.model == report.model:
                raise BadInput(
                    f"a name of its own for each model of {report.task}",
                    f"{report.model!r} twice",
                    "score one of them under another name",
                )
        group.append(report)
    return list(groups.values())


def check_codebooks(one: Report, other: Report) -> None:
    """Raises BadInput unless both reports are of one task with one codebook."""
    if one.task != other.task:
        raise BadInput("reports of one task", f"{_said(one)} and {_said(other)}", "pair others")
    if one.codebook.hash != other.codebook.hash:
        raise BadInput(
            f"one codebook for {one.task}",
            f"{one.codebook.hash[:12]} in {_said(one)} and "
            f"{other.codebook.hash[:12]} in {_said(other)}",
            "score both with the same codebook",
        )


def check_rows(one: Report, other: Report) -> None:
    """Raises BadInput unless both reports scored the same rows and labels."""
    if one.labels != other.labels:
        raise BadInput(
            "the same scored labels",
            f"{', '.join(one.labels)} in {_said(one)} and "
            f"{', '.join(other.labels)} in {_said(other)}",
            "score both on the same labels",
        )
    if one.dataset.rows_sha256 != other.dataset.rows_sha256:
        raise BadInput(
            f"the same scored rows of {one.dataset.name}",
            f"{one.dataset.rows_sha256[:12]} in {_said(one)} and "
            f"{other.dataset.rows_sha256[:12]} in {_said(other)}",
            "score both on the same file",
        )


def _said(report: Report) -> str:
    return f"the report of {report.model!r} on {report.task} ({report.dataset.name})"


def _compare_task(
    group: Sequence[Report], baselines: Sequence[str], resamples: int, seed: int
) -> tuple[TaskComparison, Contest]:
    ranked = sorted(group, key=_rank)
    differences = differences_of(ranked, baselines, resamples, seed)
    models = tuple(_line(report, baselines) for report in ranked)
    leads = {item.model: negated(item.macro_f1) for item in differences if item.against == "best"}
    contest = Contest(
        task=ranked[0].task,
        dataset=ranked[0].dataset.name,
        rows=ranked[0].headline.rows,
        documents=ranked[0].headline.documents,
        ranked=tuple(
            Standing(line.model, line.simple, line.macro_f1, leads.get(line.model))
            for line in models
        ),
    )
    comparison = TaskComparison(
        task=ranked[0].task,
        dataset=ranked[0].dataset,
        codebook=ranked[0].codebook,
        labels=ranked[0].labels,
        rows=contest.rows,
        documents=contest.documents,
        models=models,
        differences=tuple(differences),
        outcome=contest.outcome,
        recommended=contest.recommended,
        verdict=task_verdict(contest),
        reports=tuple(ranked),
    )
    return comparison, contest


def _rank(report: Report) -> tuple[float, str]:
    value = report.macro_f1.value
    return (1.0 if value is None else -value, report.model)


def _line(report: Report, baselines: Sequence[str]) -> ModelLine:
    return ModelLine(
        model=report.model,
        family=report.family,
        simple=report.family in baselines,
        macro_f1=report.macro_f1,
        metrics=report.headline.metrics,
        rows_per_second=report.rows_per_second,
        run_id=report.artifact.run_id,
    )
