"""`wiretag compare`: reports from files and folders into a verdict, a page and a paper's table."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from data.errors import BadInput
from data.pages import visible, write_whole
from evaluation.compare import Comparison, TaskComparison, compare
from evaluation.rendering.html import render_html
from evaluation.rendering.markdown import render_markdown
from evaluation.rendering.paper_table import PaperTable, paper_table
from evaluation.rendering.table_forms import cell_text, form_of, title_of
from evaluation.report import load_report

HEAD = 4096  # bytes of a report that name its rows, whatever the length of the names before
STORE = "mlartifacts"  # MLflow's copies of reports that lie elsewhere too


def compare_reports(
    paths: Sequence[Path],
    html: Path | None,
    markdown: Path | None,
    table: Path | None = None,
    sources: bool = False,
    quiet: bool = True,
) -> dict[str, Any]:
    """The verdict and every model's figures; writes and shows what is wanted.

    A folder stands for all reports below it. `sources` gives the table a column a source.
    """
    form = form_of(table) if table else None  # a wrong ending is told before anything is computed
    comparison = compare([load_report(path) for path in report_files(paths)])
    write_comparison(comparison, html, markdown)
    made = paper_table(comparison, sources)
    if table and form:
        write_whole(table, form(made))
    if not quiet:
        _show(made, Console())
    tasks: dict[str, list[dict[str, Any]]] = {}
    for task in comparison.tasks:
        tasks.setdefault(task.task, []).extend(_lines(task))
    return {
        "verdict": comparison.verdict,
        **({"tasks": tasks} if quiet else {}),
        "html": str(html or "not written"),
        "markdown": str(markdown or "not written"),
        "table": str(table or "not written"),
    }


def report_files(paths: Sequence[Path]) -> list[Path]:
    """The files, and the reports below the folders, each once; BadInput for a folder of none."""
    found = [file for path in paths for file in (_below(path) if path.is_dir() else [path])]
    return list({file.resolve(): file for file in found}.values())


def _below(folder: Path) -> list[Path]:
    files = [
        file
        for file in sorted(folder.rglob("*.json"))
        if STORE not in file.relative_to(folder).parts and _is_report(file)
    ]
    if not files:
        wanted = "a report that `wiretag evaluate` or `crossvalidate` wrote, in it or below"
        raise BadInput(wanted, "none", "name the reports, or score an artifact", path=folder)
    return files


def _is_report(file: Path) -> bool:
    """Told from cards, tables and other JSON by its first lines; a broken report is still one."""
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        return b'"rows_sha256"' in opened.read(HEAD)


def _lines(task: TaskComparison) -> Iterator[dict[str, Any]]:
    """A model a line, with its difference to the best one."""
    behind = {item.model: item.macro_f1 for item in task.differences if item.against == "best"}
    kept = {"model", "family", "seeds", "seed_sd", "macro_f1", "sources", "run_id"}
    for line in task.models:
        difference = behind.get(line.model)
        yield {
            **line.model_dump(mode="json", include=kept),
            "dataset": task.dataset.name,
            "difference": difference and difference.model_dump(mode="json"),
        }


def _show(table: PaperTable, console: Console) -> None:
    """The table in the terminal, a line a task: there are fewer models; the best ones bold."""
    shown = Table("macro-F1", pad_edge=False, show_edge=False)
    for name in table.rows:
        shown.add_column(Text(visible(name)), justify="right")
    for column in table.columns:
        cells = [column.cells.get(name) for name in table.rows]
        texts = [Text(cell_text(cell), "bold" if cell and cell.best else "") for cell in cells]
        shown.add_row(Text(visible(title_of(column))), *texts)
    console.print(shown)


def write_comparison(comparison: Comparison, html: Path | None, markdown: Path | None) -> None:
    """Writes the renderings that are wanted, each whole or not at all."""
    renderings: list[tuple[Path | None, Callable[[Comparison], str]]] = [
        (html, render_html),
        (markdown, render_markdown),
    ]
    for path, render in renderings:
        if path is not None:
            write_whole(path, render(comparison))
