"""The gate's verdict as Markdown for pull requests and job summaries: small and escaped."""

from collections.abc import Sequence

from evaluation.gate.checks import Check, Outcome
from evaluation.gate.decision import Verdict
from evaluation.gate.phrases import between, change, size
from evaluation.phrases import count
from evaluation.rendering.markdown import MAX_BYTES, escape_markdown

FEWEST = 5  # rows of a table that is cut
HEAD = ("| check | outcome | change | interval | limit |", "|---|---|--:|--:|--:|")


def render_gate(verdict: Verdict) -> str:
    """Under 60 kB: the verdict, its reasons, what did not pass, and the rest folded.

    Tables that do not fit are cut, and the text says so.
    """
    most = len(verdict.checks)
    text = _rendered(verdict, most)
    while len(text.encode()) >= MAX_BYTES and most > FEWEST:
        most //= 2
        text = _rendered(verdict, most)
    return text


def _rendered(verdict: Verdict, most: int) -> str:
    named = {name: escape_markdown(getattr(verdict, name)) for name in ("candidate", "accepted")}
    scope = f"{escape_markdown(verdict.task)}, {escape_markdown(verdict.dataset)}"
    lines = [
        f"### Gate: {verdict.outcome}",
        "",
        f"{named['candidate']} against the accepted {named['accepted']} ({scope}: "
        f"{count(verdict.rows, 'row')} from {count(verdict.documents, 'document')}).",
        "",
        *_listed([f"- {escape_markdown(reason)}" for reason in verdict.reasons], most),
        "",
    ]
    for outcome in ("fail", "pass", "not enough data", "not measured"):
        chosen = [check for check in verdict.checks if check.outcome == outcome]
        if chosen and outcome == "fail":
            lines += [*_table(chosen, most), ""]
        elif chosen:
            lines += _folded(outcome, chosen, most)
    return "\n".join(lines)


def _folded(outcome: Outcome, checks: Sequence[Check], most: int) -> list[str]:
    summary = f"<summary>{outcome}: {count(len(checks), 'check')}</summary>"
    return ["<details>", summary, "", *_table(checks, most), "", "</details>", ""]


def _table(checks: Sequence[Check], most: int) -> list[str]:
    bare = [check for check in checks if check.effect is None]
    measured = [check for check in checks if check.effect is not None]
    head = HEAD if measured else ()
    rows = [_row(check) for check in measured]
    told = [f"- {escape_markdown(check.reason)}" for check in bare]
    gap = [""] if measured and bare else []
    return [*head, *_listed(rows, most), *gap, *_listed(told, most)]


def _row(check: Check) -> str:
    return f"| {' | '.join((escape_markdown(check.name), check.outcome, *figures(check)))} |"


def figures(check: Check) -> tuple[str, str, str]:
    """Its effect, interval and limit as they read; empty where there is none."""
    limit = "" if check.limit is None else size(check.limit, check.unit)
    if check.effect is None:
        return "", "", limit
    return change(check.effect.value, check.unit), between(check.effect, check.unit), limit


def _listed(lines: list[str], most: int) -> list[str]:
    """The first of the lines, and how many more there are."""
    if len(lines) <= most:
        return lines
    more = f"{len(lines) - most} more, left out for length"
    table = lines[0].startswith("|")
    return [*lines[:most], f"| {more} | | | | |" if table else f"- {more}"]
