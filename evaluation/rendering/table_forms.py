"""The forms of a paper's table: Markdown, LaTeX with booktabs, CSV; names are escaped in each."""

import csv
import io
import re
from collections.abc import Callable
from itertools import groupby, pairwise
from pathlib import Path

from data.errors import BadInput
from data.pages import visible
from evaluation.phrases import ABSENT, points
from evaluation.rendering.markdown import escape_markdown
from evaluation.rendering.paper_table import Cell, Column, PaperTable, caption

DAGGER, PLUS_MINUS = "\N{DAGGER}", "\N{PLUS-MINUS SIGN}"
CSV_HEAD = ("model", "task", "dataset", "source", "value", "low", "high", "sd", "seeds", "rows",
            "documents", "place")  # fmt: skip
_TEX = {
    "\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
    "[": "{[}", "]": "{]}", DAGGER: r"$\dagger$", PLUS_MINUS: r"$\pm$", ABSENT: "--",
    **{sign: f"\\{sign}" for sign in "{}$&#%_"},
}  # fmt: skip


def form_of(path: Path) -> Callable[[PaperTable], str]:
    """How a table is written into a file of that ending; BadInput for another one."""
    form = {".md": to_markdown, ".tex": to_latex, ".csv": to_csv}.get(path.suffix)
    if form is None:
        raise BadInput("a table .md, .tex or .csv", repr(path.suffix), "name it so", path=path)
    return form


def to_markdown(table: PaperTable) -> str:
    """A table of pipes with its caption below."""
    heads = ["model", *map(title_of, table.columns)]
    lines = [
        " | ".join(map(_escaped, heads)),
        "|".join([":--", *["--:"] * len(table.columns)]),
        *(" | ".join([_escaped(name), *_pipe_cells(name, table)]) for name in table.rows),
    ]
    return "".join(f"| {line} |\n" for line in lines) + f"\n{_escaped(caption(table))}\n"


def _pipe_cells(name: str, table: PaperTable) -> list[str]:
    return [cell_text(column.cells.get(name), ("**", "**")) for column in table.columns]


def _escaped(text: str) -> str:
    return str(escape_markdown(text))


def title_of(column: Column) -> str:
    """'event_type (test.jsonl)'."""
    return f"{column.task} ({column.part})"


def cell_text(
    cell: Cell | None,
    bold: tuple[str, str] = ("", ""),
    dagger: str = DAGGER,
    plus_minus: str = PLUS_MINUS,
) -> str:
    """'63.2 [58.1, 68.0] ± 1.2', with what stands round the best one's figure."""
    if cell is None or cell.value.value is None:
        return ABSENT
    figure = points(cell.value.value)
    text = f"{bold[0]}{figure}{bold[1]}" if cell.best else figure + dagger * cell.tied
    if ends := cell.value.interval:
        text += f" [{points(ends[0])}, {points(ends[1])}]"
    return text + (f" {plus_minus} {points(cell.sd)}" if cell.sd is not None else "")


def to_latex(table: PaperTable) -> str:
    """A floating table for the package booktabs; names escaped."""
    groups = [
        (task, len(list(own))) for task, own in groupby(table.columns, lambda column: column.task)
    ]
    heads = "".join(rf" & \multicolumn{{{size}}}{{c}}{{{_tex(task)}}}" for task, size in groups)
    parts = "".join(f" & {_tex(column.part)}" for column in table.columns)
    lines = [
        r"% needs \usepackage{booktabs}",
        r"\begin{table}[t]",
        r"\centering",
        rf"\caption{{{_tex(caption(table))}}}",
        rf"\begin{{tabular}}{{l{'r' * len(table.columns)}}}",
        r"\toprule",
        rf"{heads} \\",
        _rules([size for _, size in groups]),
        rf"model{parts} \\",
        r"\midrule",
        *(_tex_line(name, table) for name in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "".join(f"{line}\n" for line in lines)


def _rules(sizes: list[int]) -> str:
    """A rule under each task's columns."""
    ends = [2 + sum(sizes[:place]) for place in range(len(sizes) + 1)]
    return " ".join(rf"\cmidrule(lr){{{a}-{b - 1}}}" for a, b in pairwise(ends))


def _tex_line(name: str, table: PaperTable) -> str:
    cells = (
        cell_text(column.cells.get(name), (r"\textbf{", "}"), r"$^\dagger$", r"$\pm$")
        for column in table.columns
    )
    return rf"{_tex(name)} & {' & '.join(cells)} \\".replace(ABSENT, "--")


def _tex(text: str) -> str:
    """Names as LaTeX prints them; a bracket at a line's start would be an option of the last."""
    line = re.sub(r"\s+", " ", visible(text))
    return "".join(_TEX.get(sign, sign) for sign in line)


def to_csv(table: PaperTable) -> str:
    """A line a model and column, macro-F1 as a share of 1; `place` is best, tied or empty."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CSV_HEAD)
    for column in table.columns:
        place = (column.task, column.dataset, column.source or "")
        for cell in column.cells.values():
            told = "best" if cell.best else "tied" if cell.tied else ""
            figures = (cell.value.value, cell.value.low, cell.value.high, cell.sd)
            sizes = (cell.seeds, column.rows, column.documents)
            names = map(_inert, (cell.model, *place))
            writer.writerow([*names, *map(_digits, figures), *sizes, told])
    return file.getvalue()


def _digits(figure: float | None) -> str:
    return "" if figure is None else f"{figure:.6f}"


def _inert(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else visible(text)
