"""Renders a comparison as one HTML page: inline style and SVG, no script, everything escaped."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from data.pages import templates_in
from evaluation import phrases
from evaluation.compare import Comparison, ModelLine, TaskComparison
from evaluation.metrics import LabelScore, MetricName, Value
from evaluation.rendering import behaviour, cost, curves, plots, sections, slices
from evaluation.rendering.curves import Curve
from evaluation.report import Report

TEMPLATES = Path(__file__).parent / "templates"
MOST_CELLS = 40  # labels of a heat map
FILTERS = ("points", "signed", "plain", "interval", "signed_interval", "p_value", "count", "listed")
QUALITY: tuple[MetricName, ...] = ("ece", "brier", "log_loss", "pr_auc_macro")


def render_html(comparison: Comparison) -> str:
    """The page. Texts of mistakes appear only where the reports hold them."""
    template = environment().get_template("comparison.html.jinja")
    return template.render(comparison=comparison, views=sections.views(comparison))


@cache
def environment(finalize: Callable[[Any], Any] | None = None) -> Environment:
    """The report's templates with the filters and figures that they use."""
    made = templates_in(TEMPLATES, finalize) if finalize else templates_in(TEMPLATES)
    made.filters.update({name: getattr(phrases, name) for name in FILTERS})
    made.globals.update(
        plots=plots,
        charts=curves,
        page=sections,
        slicing=slices,
        costs=cost,
        behaviour=behaviour,
        title_of=phrases.TITLES.__getitem__,
        share_names=share_names,
        metric_of=metric_of,
        seeds_told=seeds_told,
        quality_names=QUALITY,
        label_lines=label_lines,
        risk_curves=risk_curves,
        most_cells=MOST_CELLS,
    )
    return made


def share_names(task: TaskComparison) -> list[MetricName]:
    """The decision metrics that stand beside macro-F1 in the table of models."""
    first = task.reports[0]
    names: list[MetricName] = ["micro_f1", "weighted_f1", first.right_name]
    return names if first.multi else [*names, "mcc"]


def metric_of(line: ModelLine, name: MetricName) -> Value:
    """A model's metric, its mean where it stands for several seeds."""
    return line.metrics.get(name, Value(value=None, reason="missing in the report"))


def seeds_told(line: ModelLine) -> str:
    """'mean of 3 seeds, sd 1.2'."""
    return f"mean of {line.seeds} seeds, sd {phrases.points(line.seed_sd)}"


def label_lines(reports: Sequence[Report]) -> list[tuple[LabelScore, list[Any]]]:
    """For each label the first report's score and every report's F1, labels with gold first."""
    lines = [
        (score, [report.headline.labels[column].f1 for report in reports])
        for column, score in enumerate(reports[0].headline.labels)
    ]
    return sorted(lines, key=lambda line: line[0].support == 0)


def risk_curves(task: TaskComparison) -> list[Curve]:
    """The risk-coverage curves of the models shown in detail."""
    return [
        Curve(
            report.model,
            sections.style_of(task, report),
            tuple((point.coverage, point.risk) for point in report.risk_coverage.points),
        )
        for report in sections.shown_reports(task)
        if report.risk_coverage.points
    ]
