"""Runs the behaviour tests on one artifact or on a folder of them, and prints the table."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.errors import BadInput
from data.pages import write_whole
from evaluation.behaviour.capabilities import load_capabilities
from evaluation.behaviour.fairness import Fairness
from evaluation.behaviour.report import Behaviour, BehaviourReport
from evaluation.behaviour.scoring import questions, score_behaviours
from evaluation.metrics import Value
from tagging.artifact import Artifact, find_artifacts, load_artifact
from training.progress import Bars


def run_behaviours(
    path: Path, tasks: Sequence[str], out: Path | None, quiet: bool
) -> dict[str, Any]:
    """`wiretag behave`: the failure rates; with `out` the full reports are written, a JSON list."""
    artifacts = [load_artifact(folder) for folder in find_artifacts(path)]
    tested_ones = [each for each in artifacts if not each.codebook.spans]
    chosen = [each for each in tested_ones if not tasks or each.card.task in tasks]
    if not chosen:
        found = ", ".join(each.card.task for each in artifacts)
        raise BadInput(f"an artifact of the task {', '.join(tasks)}", found, "name another task")
    with Bars(quiet=quiet) as bars:
        reports = [tested(artifact, bars) for artifact in chosen]
    if out:
        content = [report.model_dump(mode="json") for report in reports]
        write_whole(out, json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    written = {"out": str(out or "not written")}
    if not quiet:
        _show(reports, Console())
        return written
    return {f"{each.task} {each.model}": _rates(each) for each in reports} | written


def tested(artifact: Artifact, bars: Bars) -> BehaviourReport:
    """All behaviour tests of one artifact, with a progress bar."""
    capabilities = load_capabilities(artifact.card.task)
    name = artifact.card.name
    with bars.stage(f"behave {name}", len(questions(capabilities))) as done:
        return score_behaviours(artifact, capabilities, name, done)


def _rates(report: BehaviourReport) -> dict[str, Any]:
    return {
        each.capability: {
            "cases": each.cases,
            "seeds": each.seeds,
            "failure_rate": each.failure_rate.model_dump(mode="json"),
            "fairness": each.fairness
            and each.fairness.model_dump(mode="json", exclude={"regions"}),
        }
        for each in report.results
    }


def _show(reports: Sequence[BehaviourReport], console: Console) -> None:
    """A table a model, its worst kind of case in the last column, and the regions below it."""
    for report in reports:
        table = Table(
            *("capability", "cases", "seeds", "fails %", "95% over seeds", "worst"),
            title=f"{report.task}: {report.model}",
            show_edge=False,
            pad_edge=False,
        )
        for each in report.results:
            table.add_row(*_row(each))
        console.print(table)
        for each in report.results:
            if each.fairness:
                console.print(Text(_apart(each.capability, each.fairness)))


def _apart(capability: str, found: Fairness) -> str:
    parts = [
        f"{name} {100 * spread.value:.1f} points apart ({spread.lowest} to {spread.highest}; "
        f"by chance up to {100 * spread.by_chance:.1f})"
        for name, spread in (("flip rates", found.flip_rate), ("macro-F1", found.macro_f1))
    ]
    return f"{capability}, regions: {', '.join(parts)}"


def _row(each: Behaviour) -> list[str]:
    rate = each.failure_rate
    interval = "" if rate.interval is None else "{:.1f} to {:.1f}".format(*_points(rate))
    worst, worst_rate = each.worst_part
    return [
        each.capability,
        str(each.cases),
        str(each.seeds),
        f"{100 * (rate.value or 0.0):.1f}",
        interval,
        f"{worst} {100 * worst_rate:.1f}",
    ]


def _points(value: Value) -> tuple[float, float]:
    low, high = value.interval or (0.0, 0.0)
    return 100 * low, 100 * high
