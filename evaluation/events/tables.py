"""The tables of an event report: scores, differences and error budget, and their Markdown."""

from collections.abc import Iterator
from dataclasses import dataclass

from evaluation.events.budget import Cost
from evaluation.events.matching import AGREEMENTS, Agreement, LevelName
from evaluation.events.oracles import STAGES
from evaluation.events.report import EventReport, StackResult
from evaluation.events.score import Figures
from evaluation.phrases import ABSENT, count, interval, points, signed, signed_interval
from evaluation.rendering.markdown import escape_markdown

FIGURES = ("gold", "found", "right", "P", "R", "F1", "interval")
BUDGETED: tuple[LevelName, ...] = ("type + source + target", "type + origin + destination")


@dataclass(frozen=True)
class Table:
    """Cells as they are shown; all columns but the first `texts` hold figures."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 2


def tables(report: EventReport, budgets: tuple[Agreement, ...] = AGREEMENTS) -> Iterator[Table]:
    """Scores by level and field, the difference of two stacks, the budgets by those agreements."""
    for stack in report.stacks:
        yield _scores(stack)
        yield _fields(stack)
    if report.differences:
        yield _differences(report)
    for stack in report.stacks:
        for level in BUDGETED:
            for agreement in budgets:
                yield _budget(stack, level, agreement)


def render(report: EventReport) -> str:
    """The report as Markdown for pull requests and docs; all names are escaped."""
    lines = ["# Events of whole articles", "", *_heading(report)]
    for table in tables(report):
        lines += ["", f"## {_safe(table.title)}", "", _row(table.head), _rule(table)]
        lines += map(_row, table.rows)
    return "\n".join(lines) + "\n"


def _heading(report: EventReport) -> Iterator[str]:
    events = sum(len(article.events) for article in report.gold)
    yield (
        f"{_safe(report.dataset)}: {count(len(report.gold), 'article')}, "
        f"{count(events, 'gold event')}. F1 in points of 100; 95% intervals by "
        f"{report.resamples:,} resamples of articles."
    )
    for reason, number in report.left_out.items():
        yield f"Left out: {count(number, 'article')}: {_safe(reason)}."
    for stack in report.stacks:
        cut = stack.cutting
        used = ", ".join(f"{task} {one.name}" for task, one in stack.artifacts.items())
        yield (
            f"\n{_safe(stack.name)} ({_safe(used)}): of {count(cut.gold, 'gold sentence')} it cut "
            f"{cut.same} the same ({cut.predicted} in all, {len(cut.refused)} articles refused)."
        )


def _scores(stack: StackResult) -> Table:
    rows = tuple((score.level, score.agreement, *_figures(score)) for score in stack.scores)
    return Table(f"{stack.name}: events", ("level", "match", *FIGURES), rows)


def _fields(stack: StackResult) -> Table:
    rows = tuple((score.field, score.agreement, *_figures(score)) for score in stack.fields)
    return Table(f"{stack.name}: fillers of the fields", ("field", "match", *FIGURES), rows)


def _figures(found: Figures) -> tuple[str, ...]:
    """The cells under `FIGURES`."""
    shares = (points(value.value) for value in (found.precision, found.recall, found.f1))
    counted = (str(number) for number in (found.gold, found.predicted, found.matched))
    return (*counted, *shares, interval(found.f1) or ABSENT)


def _differences(report: EventReport) -> Table:
    first, second = report.stacks
    rows = tuple(
        (
            *(one.level, one.agreement, points(one.f1.value), points(other.f1.value)),
            *(signed(difference.f1.value), signed_interval(difference.f1) or ABSENT),
        )
        for one, other, difference in zip(
            first.scores, second.scores, report.differences, strict=True
        )
    )
    head = ("level", "match", first.name, second.name, "difference", "interval")
    return Table(f"{first.name} less {second.name}: F1", head, rows)


def _budget(stack: StackResult, level: LevelName, agreement: Agreement) -> Table:
    """A line a stage; the first is the stack itself."""
    own = next(s.f1 for s in stack.scores if (s.level, s.agreement) == (level, agreement))
    found = {
        cost.stage: cost
        for cost in stack.budget
        if (cost.level, cost.agreement) == (level, agreement)
    }
    rows = [("nothing", points(own.value), "", "", points(own.value), "")]
    rows += [_cost(found[stage]) for stage in STAGES]
    head = ("gold for", "alone: F1", "gain", "interval", "and all above: F1", "gain")
    return Table(f"{stack.name}: error budget, {level}, {agreement}", head, tuple(rows), texts=1)


def _cost(cost: Cost) -> tuple[str, str, str, str, str, str]:
    return (
        *(cost.stage, points(cost.alone.value), signed(cost.gain.value)),
        *(signed_interval(cost.gain) or ABSENT, points(cost.cumulative.value)),
        signed(cost.cumulative_gain.value),
    )


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(map(_safe, cells))} |"


def _rule(table: Table) -> str:
    """The line under the head, which turns figures to the right."""
    columns = len(table.head)
    return "|" + ":--|" * table.texts + "--:|" * (columns - table.texts)


def _safe(text: str) -> str:
    return str(escape_markdown(text))
