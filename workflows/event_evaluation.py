"""Scores stacks of artifacts on the events of labelled articles, and tracks what came out."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.errors import BadInput, refuse_folder
from data.importers import read_sentences
from data.pages import visible, write_whole
from evaluation.events import tables
from evaluation.events.budget import RUNS
from evaluation.events.gold import gold_articles
from evaluation.events.report import EventReport, StackResult, make_report, save_event_report
from evaluation.events.stack import Stack
from training.progress import Bars
from training.tracking import Store
from workflows.recording import plain_name

EXPERIMENT: Final = "events"


def evaluate_events(
    stacks: list[Path],
    data: Path,
    report_path: Path | None,
    markdown: Path | None,
    runs: Path,
    quiet: bool,
) -> dict[str, Any]:
    """`wiretag evaluate events`: one stack, or two that are compared on the same articles."""
    for path in (report_path, markdown):
        if path:
            refuse_folder(path)
    loaded = _named([Stack.load(folder) for folder in stacks], stacks)
    with Bars(quiet=quiet) as bars:
        return score_stacks(loaded, data, report_path, markdown, runs, quiet, bars)


def score_stacks(
    stacks: list[Stack],
    data: Path,
    report_path: Path | None,
    markdown: Path | None,
    runs: Path,
    quiet: bool,
    bars: Bars,
) -> dict[str, Any]:
    """The same of stacks that are loaded; their names are told apart."""
    _check_alike(stacks)
    articles, left_out = gold_articles(read_sentences(data), stacks[0].event_types.merges)
    with bars.stage(f"events of {len(articles)} articles", len(RUNS) * len(stacks)) as done:
        report = make_report(stacks, articles, data.name, left_out, done)
    text = tables.render(report)
    if report_path:
        save_event_report(report, report_path)
    if markdown:
        write_whole(markdown, text)
    if not quiet:
        show(report, Console())
    return summary(report) | {
        "report": str(report_path or "not written"),
        "tracked": track(report, text, runs),
    }


def _check_alike(stacks: list[Stack]) -> None:
    """Two stacks that mean other things by their event types cannot be compared."""
    if len({stack.event_types.hash for stack in stacks}) > 1:
        names = " and ".join(stack.event_types.name for stack in stacks)
        wanted = "stacks with one codebook of event types"
        raise BadInput(wanted, f"two of them ({names})", "compare stacks of one codebook")


def _named(stacks: list[Stack], folders: list[Path]) -> list[Stack]:
    """The stacks; where two folders have one name, by their paths."""
    if len({stack.name for stack in stacks}) < len(stacks):
        for stack, folder in zip(stacks, folders, strict=True):
            stack.name = str(folder)
    return stacks


def summary(report: EventReport) -> dict[str, Any]:
    """F1 with its interval by stack, level and agreement."""
    return {
        "articles": len(report.gold),
        "left_out": report.left_out,
        "f1": {
            stack.name: {
                f"{score.level}, {score.agreement}": score.f1.model_dump(mode="json")
                for score in stack.scores
            }
            for stack in report.stacks
        },
        "difference": {
            f"{each.level}, {each.agreement}": each.f1.model_dump(mode="json")
            for each in report.differences
        },
    }


def show(report: EventReport, console: Console) -> None:
    """The tables for people; of the budgets the strict ones."""
    for each in tables.tables(report, ("strict",)):
        table = Table(title=Text(visible(each.title)), show_edge=False, pad_edge=False)
        for place, name in enumerate(each.head):
            numeric = place >= each.texts
            justify: Literal["left", "right"] = "right" if numeric else "left"
            table.add_column(Text(visible(name)), justify=justify, no_wrap=numeric)
        for row in each.rows:
            table.add_row(*(Text(visible(cell)) for cell in row))
        console.print(table, "")


def track(report: EventReport, markdown: str, runs: Path) -> bool:
    """A run a stack in the experiment "events", where there is a store of the runs."""
    if not ("MLFLOW_TRACKING_URI" in os.environ or (runs / "mlflow.db").exists()):
        return False
    store = Store(runs)
    for stack in report.stacks:
        name = f"events-{plain_name(stack.name)}"
        tags = {
            "dataset": report.dataset,
            "articles_sha256": report.articles_sha256,
        } | {f"manifest.{task}": used.manifest_sha256 for task, used in stack.artifacts.items()}
        with store.run(EXPERIMENT, name, tags) as run, TemporaryDirectory() as scratch:
            run.metrics(figures(report, stack))
            save_event_report(report, Path(scratch) / "events.json")
            write_whole(Path(scratch) / "events.md", markdown)
            for file in ("events.json", "events.md"):
                run.file(Path(scratch) / file, "reports")
    return True


def figures(report: EventReport, stack: StackResult) -> dict[str, float | None]:
    """The scores with their intervals and the gains of the budget, named for MLflow."""
    prefix = f"test/{report.dataset}"
    found: dict[str, float | None] = {}
    for score in stack.scores:
        place = f"{prefix}/{_metric(score.level)}/{score.agreement}"
        found |= {
            f"{place}/precision": score.precision.value,
            f"{place}/recall": score.recall.value,
            f"{place}/f1": score.f1.value,
            f"{place}/f1_low": score.f1.low,
            f"{place}/f1_high": score.f1.high,
        }
    for cost in stack.budget:
        place = f"{prefix}/{_metric(cost.level)}/{cost.agreement}/gold {cost.stage}"
        found[place] = cost.gain.value
    return found


def _metric(level: str) -> str:
    """The level as MLflow allows it in a name."""
    return level.replace(" + ", " ")
