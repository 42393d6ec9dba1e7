"""Which reports can be set side by side: same codebook, labels and rows; seeds of one recipe."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from data.errors import BadInput
from evaluation.metrics import Decisions
from evaluation.phrases import listed
from evaluation.report import Report


@dataclass(frozen=True)
class Entry:
    """A model of a comparison: its reports on the same rows, one a seed, the lowest seed first."""

    reports: tuple[Report, ...]

    @property
    def name(self) -> str:
        return self.reports[0].model

    @property
    def family(self) -> str:
        return self.reports[0].family

    @cached_property
    def decisions(self) -> tuple[Decisions, ...]:
        """Those of each seed: the same rows in the same order."""
        return tuple(report.decisions() for report in self.reports)


def grouped(reports: Sequence[Report]) -> list[list[Entry]]:
    """The models that can be paired, by task and dataset, all in order of first appearance.

    Reports of one name that differ in `artifact.seed` are one model. Raises BadInput where reports
    of one task differ in codebook, those of one task and dataset in their rows, or where two of
    one name have the same seed, no seed, or another family.
    """
    groups: dict[tuple[str, str], dict[str, list[Report]]] = {}
    first_of_task: dict[str, Report] = {}
    first_of_group: dict[tuple[str, str], Report] = {}
    for report in reports:
        check_codebooks(first_of_task.setdefault(report.task, report), report)
        key = report.task, report.dataset.name
        check_rows(first_of_group.setdefault(key, report), report)
        groups.setdefault(key, {}).setdefault(report.model, []).append(report)
    return [[_entry(found) for found in group.values()] for group in groups.values()]


def _entry(reports: Sequence[Report]) -> Entry:
    """The seeds of one recipe, checked to be that."""
    first, *others = reports
    if not others:
        return Entry((first,))
    families = sorted({report.family for report in reports})
    if len(families) > 1:
        raise BadInput(
            f"one family behind the name {first.model!r}",
            listed(families),
            "score one of them under another name",
        )
    seeds = {report.artifact.seed: report for report in reports}
    if len(seeds) < len(reports) or None in seeds:
        told = ", ".join(_seed(report) for report in reports)
        raise BadInput(
            f"a name of its own for each model of {first.task}, or another seed",
            f"{first.model!r} {'twice' if len(reports) == 2 else f'{len(reports)} times'} "
            f"(seeds: {told})",
            "score one of them under another name",
        )
    return Entry(tuple(sorted(reports, key=lambda report: report.artifact.seed or 0)))


def _seed(report: Report) -> str:
    return "none" if report.artifact.seed is None else str(report.artifact.seed)


def check_codebooks(one: Report, other: Report) -> None:
    """Raises BadInput unless both reports are of one task with one codebook."""
    if one.task != other.task:
        raise BadInput("reports of one task", f"{_said(one)} and {_said(other)}", "pair others")
    if one.codebook.hash != other.codebook.hash:
        raise BadInput(
            f"one codebook for {one.task}",
            _both(one, other, lambda report: report.codebook.hash[:12]),
            "score both with the same codebook",
        )


def check_rows(one: Report, other: Report) -> None:
    """Raises BadInput unless both reports scored the same rows and labels."""
    if one.labels != other.labels:
        raise BadInput(
            "the same scored labels",
            _both(one, other, lambda report: ", ".join(report.labels)),
            "score both on the same labels",
        )
    if one.dataset.rows_sha256 != other.dataset.rows_sha256:
        raise BadInput(
            f"the same scored rows of {one.dataset.name}",
            _both(one, other, lambda report: report.dataset.rows_sha256[:12]),
            "score both on the same file",
        )


def _both(one: Report, other: Report, told: Callable[[Report], str]) -> str:
    """What each of the two has: 'x in the report of … and y in the report of …'."""
    return " and ".join(f"{told(report)} in {_said(report)}" for report in (one, other))


def _said(report: Report) -> str:
    return f"the report of {report.model!r} on {report.task} ({report.dataset.name})"
