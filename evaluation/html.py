"""Renders a comparison as one HTML page: inline style and SVG, no script, everything escaped."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from data.pages import templates_in
from evaluation import phrases, plots
from evaluation.compare import Comparison, TaskComparison
from evaluation.metrics import LabelScore, MetricName
from evaluation.mistakes import confident_mistakes
from evaluation.report import Report

TEMPLATES = Path(__file__).parent / "templates"
MOST_BARS = 3  # models whose bars stand side by side
MOST_CELLS = 40  # labels of a heat map


def render_html(comparison: Comparison) -> str:
    """The page. Texts of mistakes appear only where the reports hold them."""
    return (
        environment()
        .get_template("comparison.html.jinja")
        .render(comparison=comparison, plots=plots)
    )


@cache
def environment(finalize: Callable[[Any], Any] | None = None) -> Environment:
    """The report's templates with the filters and figures that they use."""
    made = templates_in(TEMPLATES, finalize) if finalize else templates_in(TEMPLATES)
    for name in (
        "points",
        "signed",
        "plain",
        "interval",
        "signed_interval",
        "p_value",
        "count",
        "listed",
    ):
        made.filters[name] = getattr(phrases, name)
    made.globals.update(
        title_of=phrases.TITLES.__getitem__,
        shown=shown_reports,
        share_names=share_names,
        quality_names=QUALITY,
        label_lines=label_lines,
        swaps=swaps,
        mistakes=confident_mistakes,
        most_cells=MOST_CELLS,
    )
    return made


QUALITY: tuple[MetricName, ...] = ("ece", "brier", "log_loss", "pr_auc_macro")


def share_names(task: TaskComparison) -> list[MetricName]:
    """The decision metrics that stand beside macro-F1 in the table of models."""
    first = task.reports[0]
    names: list[MetricName] = ["micro_f1", "weighted_f1", first.right_name]
    return names if first.multi else [*names, "mcc"]


def shown_reports(task: TaskComparison) -> list[Report]:
    """The models shown in detail: the best, the best simple baseline, the runner-up; best first."""
    simple = next((place for place, line in enumerate(task.models) if line.simple), 0)
    places = sorted({0, simple, min(1, len(task.models) - 1)})
    return [task.reports[place] for place in places][:MOST_BARS]


def label_lines(reports: Sequence[Report]) -> list[tuple[LabelScore, list[Any]]]:
    """For each label the first report's score and every report's F1, labels with gold first."""
    lines = [
        (score, [report.headline.labels[column].f1 for report in reports])
        for column, score in enumerate(reports[0].headline.labels)
    ]
    return sorted(lines, key=lambda line: line[0].support == 0)


def swaps(report: Report, most: int = 12) -> list[tuple[str, str, int]]:
    """The most frequent confusions as (gold or missed, decided or added, rows)."""
    block = report.headline
    if block.co_confusion:
        found = [(item.missed, item.added, item.rows) for item in block.co_confusion.exchanges]
    else:
        found = [
            (gold, decided, rows)
            for gold, line in zip(report.labels, block.confusion or (), strict=False)
            for decided, rows in zip(report.labels, line, strict=True)
            if rows and gold != decided
        ]
    return sorted(found, key=lambda item: (-item[2], item[:2]))[:most]
