"""What an evaluation adds to the MLflow run that trained the model: scores, table, plots, page."""

import json
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from markupsafe import Markup

from data.pages import write_whole
from evaluation.compare import compare
from evaluation.metrics import LabelScore
from evaluation.rendering.html import MOST_CELLS, TEMPLATES, render_html
from evaluation.rendering.plots import heat_map, reliability_plot
from evaluation.report import Report
from tagging.artifact import Artifact
from training.tracking import Run, Store

TABLES = "mlflow.loggedArtifacts"  # the tag by which MLflow's pages find tables
TABLE = "labels.json"


def record(report: Report, artifact: Artifact, runs: Path, report_path: Path | None) -> bool:
    """Adds what the report says to the run that trained the artifact, if the store knows it."""
    beside = artifact.folder.absolute().parent.parent
    run = known_run(artifact.card.run_id, beside, runs)
    if run is None:
        return False
    run.metrics(scores(report))
    run.tags({f"rows_sha256.{report.dataset.name}": report.dataset.rows_sha256})
    if report_path:
        run.file(report_path, "reports")
    with TemporaryDirectory() as scratch:  # what is added later is copied until it is sent
        add_views(run, report, Path(scratch), place_of(report))
    return True


def known_run(run_id: str | None, *folders: Path) -> Run | None:
    """The run to add to: in the store of the environment, or the first that the folders hold."""
    if not run_id:
        return None
    for folder in folders:
        if "MLFLOW_TRACKING_URI" in os.environ or (folder / "mlflow.db").exists():
            return Store(folder).existing(run_id)
    return None


def scores(report: Report) -> dict[str, float | None]:
    """The headline metrics, the interval of macro-F1 and F1 by label, named for MLflow."""
    prefix = f"test/{report.dataset.name}"
    found = {f"{prefix}/{name}": value.value for name, value in report.headline.metrics.items()}
    interval = report.macro_f1.interval
    if interval is not None:
        found |= {f"{prefix}/macro_f1_low": interval[0], f"{prefix}/macro_f1_high": interval[1]}
    for label in report.headline.labels:
        found[f"{prefix}/f1/{label.label}"] = label.f1.value
    return found


def place_of(report: Report) -> str:
    """Where a run keeps the views of a report: another set of rows does not replace them."""
    return f"evaluation/{plain_name(report.dataset.name).lstrip('.-') or '-'}"


def plain_name(name: str) -> str:
    """The name as a part of a path: what is no letter, digit, dot or dash becomes a dash."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name)


def add_views(run: Run, report: Report, folder: Path, place: str) -> None:
    """Writes table, plots and page of a report into the folder, and adds them to the run."""
    for name, text in views(report).items():
        write_whole(folder / name, text)
        run.file(folder / name, place)
    run.tags({TABLES: json.dumps([{"path": f"{place}/{TABLE}", "type": "table"}])})


def views(report: Report) -> dict[str, str]:
    """File name -> content: the labels as MLflow's tables are, the plots, the page of the report.

    Confusions are of single-label tasks alone.
    """
    block = report.headline
    found = {
        TABLE: json.dumps(labels_table(report), ensure_ascii=False, allow_nan=False),
        "report.html": render_html(compare([report])),
    }
    if block.confusion and len(report.labels) <= MOST_CELLS:
        found["confusion.svg"] = _standing_alone(heat_map(report.labels, block.confusion))
    if block.reliability:
        found["reliability.svg"] = _standing_alone(reliability_plot(block.reliability, "m0"))
    return found


def labels_table(report: Report) -> dict[str, list[Any]]:
    """A row a label, the empty label set last, in the shape of MLflow's `log_table`."""
    block = report.headline
    lines = [*block.labels, *([block.none_label] if block.none_label else [])]
    columns = ["label", "gold", "decided", "precision", "recall", "f1", "f1_low", "f1_high",
               "average_precision"]  # fmt: skip
    return {"columns": columns, "data": [_cells(line) for line in lines]}


def _cells(line: LabelScore) -> list[str | int | float | None]:
    shares = (line.precision.value, line.recall.value, line.f1.value, line.f1.low, line.f1.high)
    area = line.average_precision
    return [line.label, line.support, line.predicted, *shares, area.value if area else None]


def _standing_alone(plot: Markup) -> str:
    """A plot of a page as a file of its own, with the page's style in it."""
    head, _, rest = plot.removeprefix("<svg").partition(">")
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'style="background: var(--paper); font-family: sans-serif"{head}>'
        f"<style><![CDATA[{style}]]></style>{rest}"
    )
