"""Gates a candidate's report: verdict, table, Markdown, JUnit, MLflow tags, accepted reports."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.errors import BadInput
from data.pages import visible, write_whole
from evaluation.gate.accepted import anonymous
from evaluation.gate.config import load_gate_config
from evaluation.gate.decision import Verdict, gate
from evaluation.gate.junit import render_junit
from evaluation.gate.markdown import figures, render_gate
from evaluation.report import Report, load_report, save_report
from training.verdicts import verdict_tag
from workflows.recording import known_run, plain_name

CONFIG: Final = Path(__file__).parent.parent / "configs" / "gate.yaml"
MAX_TAG: Final = 5000  # characters; MLflow refuses longer ones
EXIT: Final = {"pass": 0, "fail": 1, "not enough data": 4}


@dataclass(frozen=True)
class Wanted:
    """What else the gate is to do; `runs` holds the local tracking store."""

    markdown: Path | None = None
    junit: Path | None = None
    update: bool = False
    force: bool = False
    runs: Path = Path("runs")


def run_gate(
    candidate: Path, accepted: Path, config: Path, wanted: Wanted, quiet: bool
) -> tuple[dict[str, Any], int]:
    """`wiretag gate`: what it found, and the exit status: 0 pass, 1 fail, 4 not enough data.

    A folder for `accepted` stands for `<task>-<dataset>.json` in it. With `update` the candidate
    becomes the accepted report, unless it failed and nobody insists; where none is there yet it
    becomes the first one.
    """
    rules = load_gate_config(config)
    report = load_report(candidate)
    if accepted.is_dir():
        dataset = Path(report.dataset.name).stem
        accepted = accepted / f"{plain_name(report.task)}-{plain_name(dataset)}.json"
    if not accepted.exists():
        return _first(report, accepted, wanted)
    verdict = gate(report, load_report(accepted), rules.rules(report.task))
    markdown = render_gate(verdict)
    if wanted.markdown:
        write_whole(wanted.markdown, markdown)
    if wanted.junit:
        write_whole(wanted.junit, render_junit(verdict))
    tracked = _track(verdict, markdown, report, wanted.runs)
    updated = wanted.update and (verdict.outcome != "fail" or wanted.force)
    if updated:
        save_report(anonymous(report), accepted)
    if not quiet:
        _show(verdict, Console())
    accepted_now = str(accepted) if updated else "unchanged"
    told = {"accepted_report": accepted_now, "tracked": tracked}
    return verdict.model_dump(mode="json") | told, EXIT[verdict.outcome]


def _first(report: Report, accepted: Path, wanted: Wanted) -> tuple[dict[str, Any], int]:
    """The first accepted report of its kind: there is nothing to hold it against."""
    if not wanted.update:
        raise BadInput(
            "an accepted report",
            "nothing there",
            "accept the candidate as the first one with --update",
            path=accepted,
        )
    save_report(anonymous(report), accepted)
    run = known_run(report.artifact.run_id, wanted.runs)
    if run is not None:
        run.tags(_tag(report, "first"))
    return {"outcome": "first", "accepted_report": str(accepted), "tracked": run is not None}, 0


def _track(verdict: Verdict, markdown: str, report: Report, runs: Path) -> bool:
    """The verdict on the candidate's MLflow run and its model versions, if the store knows it."""
    run = known_run(report.artifact.run_id, runs)
    if run is None:
        return False
    tags = {
        "gate.verdict": verdict.outcome,
        "gate.accepted": verdict.accepted,
        "gate.failed_checks": ", ".join(each.name for each in verdict.failed)[:MAX_TAG] or "none",
    }
    run.tags(tags | _tag(report, verdict.outcome))
    run.model_tags(tags)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / f"{plain_name(verdict.dataset)}.md"
        path.write_text(markdown, encoding="utf-8")
        run.file(path, "gate")
    return True


def _tag(report: Report, outcome: str) -> dict[str, str]:
    """The outcome for that very artifact, by which `export --alias` finds it."""
    dataset = plain_name(report.dataset.name)
    return verdict_tag(dataset, outcome, report.artifact.manifest_sha256)


def _show(verdict: Verdict, console: Console) -> None:
    """Every check that was measured, the failed ones first, and the reasons below."""
    table = Table(
        *("check", "outcome", "change", "interval", "limit"),
        title=Text(visible(f"{verdict.candidate} against the accepted {verdict.accepted}")),
        show_edge=False,
        pad_edge=False,
    )
    order = {"fail": 0, "pass": 1, "not enough data": 2, "not measured": 3}
    for check in sorted(verdict.checks, key=lambda each: order[each.outcome]):
        cells = (check.name, check.outcome, *figures(check))
        table.add_row(*(Text(visible(cell)) for cell in cells))
    console.print(table)
    for reason in verdict.reasons:
        console.print(Text(visible(f"{verdict.outcome}: {reason}")))
