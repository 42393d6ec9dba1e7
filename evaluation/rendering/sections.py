"""Which parts a task has on the report page, in their order; a part without figures is left out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from evaluation.compare import Comparison, TaskComparison
from evaluation.differences import negated
from evaluation.metrics import Value
from evaluation.mistakes import (
    Confusion,
    Doubt,
    Mistake,
    confident_mistakes,
    confusions,
    doubts,
)
from evaluation.rendering.slices import searched
from evaluation.report import Report
from evaluation.weak_slices import Search

MOST_SHOWN = 3  # models shown in detail, each in a colour of its own
MOST_CONFUSIONS = 8
QUAD_CLASSES = frozenset(
    ("verbal cooperation", "material cooperation", "verbal conflict", "material conflict")
)


@dataclass(frozen=True)
class Section:
    """A part of a task: `key` names its templates, `detail` is the least at which Markdown has it.

    `short` is what the table of contents calls it.
    """

    key: str
    title: str
    short: str
    detail: int


@dataclass(frozen=True)
class TaskPage:
    """A task and what its sections show of the best model, each made once and when asked for."""

    task: TaskComparison

    @property
    def best(self) -> Report:
        return self.task.reports[0]

    @cached_property
    def shown(self) -> list[Report]:
        return shown_reports(self.task)

    @cached_property
    def confusions(self) -> list[Confusion]:
        return confusions(self.best, MOST_CONFUSIONS)

    @cached_property
    def mistakes(self) -> list[Mistake]:
        return confident_mistakes(self.best)

    @cached_property
    def doubts(self) -> list[Doubt]:
        return doubts(self.best)

    @cached_property
    def search(self) -> Search | None:
        return searched(self.best)

    @cached_property
    def sections(self) -> list[Section]:
        """The parts of the task that have something to show."""
        best, reports = self.best, self.task.reports
        wrong = Section("mistakes", f"Mistakes {best.model} was most sure of", "Mistakes", 4)
        found = [
            (True, Section("scores", "Scores", "Scores", 0)),
            (True, Section("labels", "F1 by label", "Labels", 2)),
            (True, Section("confusions", f"What {best.model} confuses", "Confusions", 2)),
            (any(each.hierarchy for each in reports), _groups(best)),
            (bool(best.slices), Section("slices", f"Where {best.model} is weak", "Slices", 2)),
            (True, Section("probabilities", "Probabilities", "Probabilities", 2)),
            (_answers_in_part(reports), Section("coverage", "Answering where sure", "Coverage", 2)),
            (any(each.cost for each in reports), Section("cost", "What it costs", "Cost", 1)),
            (
                any(each.behaviour for each in reports),
                Section("behaviour", "Behaviour tests", "Behaviour", 1),
            ),
            (best.derived is not None, Section("derived", "Roles found by rule", "By rule", 1)),
            (bool(self.mistakes), wrong),
            (bool(self.doubts), Section("doubts", "Gold labels to read again", "Doubts", 4)),
            (True, Section("scope", "What was scored", "Scope", 0)),
        ]
        return [section for shown, section in found if shown]


def views(comparison: Comparison) -> list[TaskPage]:
    """A page a task."""
    return [TaskPage(task) for task in comparison.tasks]


def _groups(best: Report) -> Section:
    """Groups of labels; those of PLOVER's event types have a name."""
    quad = QUAD_CLASSES.issuperset(best.codebook.groups.values())
    title = "Quad classes" if quad else "Groups of labels"
    return Section("groups", title, title if quad else "Groups", 1)


def _answers_in_part(reports: Sequence[Report]) -> bool:
    return any(each.selective or each.risk_coverage.points for each in reports)


def shown_reports(task: TaskComparison) -> list[Report]:
    """The models shown in detail: the best, the best simple baseline, the runner-up; best first."""
    simple = next((place for place, line in enumerate(task.models) if line.simple), 0)
    places = sorted({0, simple, min(1, len(task.models) - 1)})
    return [task.reports[place] for place in places][:MOST_SHOWN]


def style_of(task: TaskComparison, report: Report) -> str:
    """The model's colour everywhere on the page; grey unless it is shown in detail."""
    shown = [each.model for each in shown_reports(task)]
    return f"m{shown.index(report.model)}" if report.model in shown else "grey"


def styles_of(task: TaskComparison, reports: Sequence[Report]) -> list[str]:
    """Their colours in the order of the reports."""
    return [style_of(task, each) for each in reports]


@dataclass(frozen=True)
class Glance:
    """A task's line at the top: which model to use, how good the best is, and by how much."""

    task: TaskComparison
    best: str
    macro_f1: Value
    rival: str | None  # the best simple baseline, where another model is best
    lead: Value | None


def glances(comparison: Comparison) -> list[Glance]:
    """The whole comparison, a line a task."""
    return [_glance(task) for task in comparison.tasks]


def _glance(task: TaskComparison) -> Glance:
    first = task.models[0]
    rival = next((line.model for line in task.models[1:] if line.simple), None)
    behind = next(
        (
            each.macro_f1
            for each in task.differences
            if each.against == "best" and each.model == rival
        ),
        None,
    )
    return Glance(
        task=task,
        best=first.model,
        macro_f1=first.macro_f1,
        rival=None if first.simple else rival,
        lead=None if first.simple or behind is None else negated(behind),
    )
