"""What the models of a task cost, and where quality stands beside price."""

from dataclasses import dataclass

from evaluation.compare import TaskComparison
from evaluation.cost import Cost, Machine
from evaluation.pareto import PRICES, pareto_points
from evaluation.phrases import ABSENT
from evaluation.rendering.curves import Spot
from evaluation.report import Report


@dataclass(frozen=True)
class CostLine:
    """A model's costs as they are read; a cost without a figure is a dash."""

    model: str
    p50_ms: str
    p99_ms: str
    sentences_per_second: str
    artifact_mb: str
    peak_memory_mb: str
    load_seconds: str


def priced_reports(task: TaskComparison) -> list[Report]:
    """The models whose cost was measured, the best first."""
    return [each for each in task.reports if each.cost]


def cost_lines(task: TaskComparison) -> list[CostLine]:
    """A line a model."""
    return [_line(each.model, each.cost) for each in task.reports if each.cost]


def machines(task: TaskComparison) -> list[Machine]:
    """The machines of the measurements; costs of more than one do not compare."""
    found = [each.cost.machine for each in task.reports if each.cost]
    return list(dict.fromkeys(found))


def spots(task: TaskComparison) -> list[Spot]:
    """Quality against the time of one sentence; empty for less than two comparable models."""
    priced = priced_reports(task)
    if len(priced) < 2 or len(machines(task)) > 1:
        return []
    found = [
        Spot(point.model, point.price, point.macro_f1, point.beaten_by is None)
        for point in pareto_points([_scored(task, each) for each in priced])
        if point.macro_f1.value is not None
    ]
    return found if len(found) > 1 else []


def _scored(task: TaskComparison, report: Report) -> Report:
    """The report with the macro-F1 of its line, which may be a mean over seeds."""
    line = next(each for each in task.models if each.model == report.model)
    metrics = report.headline.metrics | {"macro_f1": line.macro_f1}
    headline = report.headline.model_copy(update={"metrics": metrics})
    return report.model_copy(update={"headline": headline})


def _line(model: str, cost: Cost) -> CostLine:
    prices = {name: _figure(price(cost)) for name, price in PRICES.items()}
    return CostLine(
        model=model,
        p50_ms=prices["p50_ms"],
        p99_ms=prices["p99_ms"],
        sentences_per_second=_figure(cost.sentences_per_second.value),
        artifact_mb=prices["artifact_mb"],
        peak_memory_mb=prices["peak_memory_mb"],
        load_seconds=_figure(cost.load_seconds),
    )


def _figure(figure: float | None) -> str:
    """Three digits are as many as a measured time has."""
    if figure is None:
        return ABSENT
    digits = 2 if figure < 10 else 1 if figure < 100 else 0
    return f"{figure:,.{digits}f}"
