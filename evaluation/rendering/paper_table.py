"""A comparison as the table of a paper: models down, tasks across, in Markdown, LaTeX or CSV."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean

from evaluation.compare import Comparison, ModelLine, SourceScore, TaskComparison
from evaluation.metrics import Value
from evaluation.phrases import count, listed
from evaluation.seed_variance import MIN_SEEDS


@dataclass(frozen=True)
class Cell:
    """One model's macro-F1 in one column; `tied` is not told apart from the best one."""

    model: str
    value: Value
    sd: float | None
    seeds: int
    best: bool
    tied: bool


@dataclass(frozen=True)
class Column:
    """A task's rows, or those of one source; cells by the name of the table's row."""

    task: str
    dataset: str
    source: str | None
    rows: int
    documents: int
    cells: Mapping[str, Cell]

    @property
    def part(self) -> str:
        return self.source or self.dataset


@dataclass(frozen=True)
class PaperTable:
    """Names of the rows, the lowest scores first, and the columns."""

    rows: tuple[str, ...]
    columns: tuple[Column, ...]
    resamples: tuple[int, ...]  # of the bootstraps behind the intervals


def paper_table(comparison: Comparison, sources: bool = False) -> PaperTable:
    """Each model's macro-F1 on each task and dataset, and on each source where that is wanted.

    Models of several tasks share a row where their names are the same but for the task in front:
    `event_type-tfidf` and `actor_role-tfidf` are `tfidf`.
    """
    columns = tuple(
        column
        for task in comparison.tasks
        for column in (_whole(task), *(_of_sources(task) if sources else ()))
    )
    scores: dict[str, list[float]] = {}
    for column in columns:
        for name, cell in column.cells.items():
            known = scores.setdefault(name, [])
            if column.source is None and cell.value.value is not None:
                known.append(cell.value.value)
    rows = sorted(scores, key=lambda name: (mean(scores[name] or [0.0]), name))
    resamples = {each.bootstrap.resamples for task in comparison.tasks for each in task.reports}
    return PaperTable(tuple(rows), columns, tuple(sorted(resamples)))


def _whole(task: TaskComparison) -> Column:
    apart = {
        item.model
        for item in task.differences
        if item.against == "best" and item.macro_f1.high is not None and item.macro_f1.high < 0
    }
    cells = {
        name: Cell(
            model=line.model,
            value=line.macro_f1,
            sd=line.seed_sd,
            seeds=line.seeds,
            best=place == 0 and line.macro_f1.value is not None,
            tied=place > 0 and line.macro_f1.value is not None and line.model not in apart,
        )
        for place, (name, line) in enumerate(_named(task).items())
    }
    return Column(task.task, task.dataset.name, None, task.rows, task.documents, cells)


def _of_sources(task: TaskComparison) -> list[Column]:
    """A column a source that the best model's report tells apart; differences are not tested."""
    return [_of_source(task, source) for source in task.models[0].sources]


def _of_source(task: TaskComparison, source: SourceScore) -> Column:
    own = {
        name: (line, found.macro_f1)
        for name, line in _named(task).items()
        for found in line.sources
        if found.source == source.source
    }
    best = max((value.value for _, value in own.values() if value.value is not None), default=None)
    cells = {
        name: Cell(
            model=line.model,
            value=value,
            sd=None,
            seeds=line.seeds,
            best=best is not None and value.value == best,
            tied=False,
        )
        for name, (line, value) in own.items()
    }
    return Column(task.task, task.dataset.name, source.source, source.rows, source.documents, cells)


def _named(task: TaskComparison) -> dict[str, ModelLine]:
    """The models by their names without the task, or whole where two would be one."""
    short = [line.model.removeprefix(f"{task.task}-") for line in task.models]
    return {
        name if short.count(name) == 1 else line.model: line
        for name, line in zip(short, task.models, strict=True)
    }


def caption(table: PaperTable) -> str:
    """What the table shows: rows, documents, seeds, and how the intervals were made."""
    cells = [cell for column in table.columns for cell in column.cells.values()]
    told = ["Macro-F1 in points of 100 with 95% intervals.", _of_seeds(table), _of_intervals(table)]
    told.append("Bold: the best of a column.")
    if any(cell.tied for cell in cells):
        told.append(
            "\N{DAGGER}: not told apart from it, as the 95% interval of the paired difference does "
            "not exclude zero."
        )
    if any(column.source is not None for column in table.columns):
        told.append("Columns of one source are not tested.")
    told += [
        f"{column.task} ({column.part}): {count(column.rows, 'row')} from "
        f"{count(column.documents, 'document')}."
        for column in table.columns
    ]
    return " ".join(told)


def _of_seeds(table: PaperTable) -> str:
    by_row = {
        name: sorted({column.cells[name].seeds for column in table.columns if name in column.cells})
        for name in table.rows
    }
    numbers = {seeds for each in by_row.values() for seeds in each}
    if numbers == {1}:
        return "One seed each."
    if len(numbers) == 1:
        return f"Mean \N{PLUS-MINUS SIGN} standard deviation of {numbers.pop()} seeds each."
    told = [f"{name} {' or '.join(map(str, seeds))}" for name, seeds in by_row.items()]
    return (
        "A figure of several seeds is their mean \N{PLUS-MINUS SIGN} standard deviation; seeds: "
        f"{listed(told)}."
    )


def _of_intervals(table: PaperTable) -> str:
    resamples = " or ".join(f"{each:,}" for each in table.resamples)
    told = f"Intervals are percentile bootstraps over documents ({resamples} resamples)"
    if any(cell.seeds >= MIN_SEEDS for column in table.columns for cell in column.cells.values()):
        told += (
            f"; those of {MIN_SEEDS} seeds or more are for new seeds and new documents (two-way "
            "random model, degrees of freedom after Satterthwaite)"
        )
    return f"{told}."
