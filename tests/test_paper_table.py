"""The table of a paper: figures as the comparison has them, names inert, best and tied marked."""

import csv
import io
import re
from pathlib import Path

import pytest
from compared_models import PLACES, Fake

from data.errors import BadInput
from data.records import Mention, Role, Sentence
from evaluation.compare import Comparison, compare
from evaluation.phrases import points
from evaluation.rendering.paper_table import caption, paper_table
from evaluation.rendering.table_forms import CSV_HEAD, form_of, to_csv, to_latex, to_markdown
from evaluation.report import Report
from evaluation.score import score

HOSTILE = r"50%_{x}\input{a}$^~#&|<b>[1]"


def report(name: str, family: str, accuracy: float, trained: int = 1, dataset="d") -> Report:
    rows = [
        Sentence(
            f"{dataset}{n}", f"doc{n % 40}", "Lorries left Goma at noon.",
            (Mention(13, 17, "place", (Role(PLACES.labels[n % 5]),)),),
            source=("east", "west")[n // 40 % 2],
        )
        for n in range(200)
    ]  # fmt: skip
    model = Fake(family, accuracy, trained, trained=trained)
    return score(model, rows, name=name, dataset=dataset, resamples=200)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """Three models on one set, two of them on another; the transformer has three seeds."""
    names = ("geo_direction-words", "geo_direction-net")
    found = [report(names[1], "transformer", 0.9, trained) for trained in (1, 2, 3)]
    found += [report(names[0], "tfidf", 0.88), report("geo_direction-lazy", "majority", 0.3)]
    found.append(report(names[0], "tfidf", 0.5, dataset="e"))
    found.append(report(names[1], "transformer", 0.95, dataset="e"))
    return compare(found)


def told(value, sd: float | None = None) -> str:
    text = f"[{points(value.low)}, {points(value.high)}]"
    return text if sd is None else f"{text} ± {points(sd)}"


def test_the_markdown_has_every_figure_with_the_best_bold_and_the_tied_marked(comparison):
    first, second = comparison.tasks
    assert [line.model[14:] for line in first.models] == ["net", "words", "lazy"]
    net, words, lazy = first.models
    other_net, other_words = second.models
    lines = to_markdown(paper_table(comparison)).splitlines()
    assert lines[0] == "| model | geo_direction (d) | geo_direction (e) |"
    assert lines[1] == "| :--|--:|--: |"
    assert lines[2] == f"| lazy | {points(lazy.macro_f1.value)} {told(lazy.macro_f1)} | – |"
    assert lines[3] == (
        f"| words | {points(words.macro_f1.value)}† {told(words.macro_f1)} "
        f"| {points(other_words.macro_f1.value)} {told(other_words.macro_f1)} |"
    )
    assert lines[4] == (
        f"| net | **{points(net.macro_f1.value)}** {told(net.macro_f1, net.seed_sd)} "
        f"| **{points(other_net.macro_f1.value)}** {told(other_net.macro_f1)} |"
    )


def test_the_caption_tells_rows_documents_seeds_and_intervals(comparison):
    text = caption(paper_table(comparison))
    assert "geo_direction (d): 200 rows from 40 documents." in text
    assert "seeds: lazy 1, words 1 and net 1 or 3." in text
    assert "bootstraps over documents (200 resamples)" in text and "new seeds" in text
    assert "†: not told apart" in text and "one source" not in text
    plain = comparison.tasks[1]
    alone = caption(paper_table(comparison.model_copy(update={"tasks": (plain,)})))
    first = comparison.tasks[0]
    same = first.model_copy(update={"models": first.models[:1]})
    told = caption(paper_table(comparison.model_copy(update={"tasks": (same,)})))
    assert "Mean ± standard deviation of 3 seeds each." in told
    assert "One seed each." in alone and "new seeds" not in alone and "†" not in alone


def test_sources_are_columns_of_their_own_where_wanted(comparison):
    table = paper_table(comparison, sources=True)
    assert [column.part for column in table.columns] == ["d", "east", "west", "e", "east", "west"]
    east = table.columns[1]
    assert (east.rows, east.documents) == (120, 40)
    own = {line.model: line.sources[0].macro_f1 for line in comparison.tasks[0].models}
    assert {cell.model: cell.value for cell in east.cells.values()} == own
    best = [cell for cell in east.cells.values() if cell.best]
    assert [cell.value.value for cell in best] == [max(value.value for value in own.values())]
    assert not any(cell.tied for cell in east.cells.values())
    assert "geo_direction (east): 120 rows from 40 documents." in caption(table)
    assert r"\multicolumn{6}{c}{geo\_direction}" in to_latex(table)


def test_the_latex_is_whole(comparison):
    text = to_latex(paper_table(comparison))
    assert re.sub(r"\\[{}]", "", text).count("{") == re.sub(r"\\[{}]", "", text).count("}")
    for rule in ("toprule", "midrule", "bottomrule", "cmidrule(lr){2-3}", "begin{tabular}{lrr}"):
        assert f"\\{rule}" in text
    body = text.split("\\midrule\n")[1].split("\\bottomrule")[0].splitlines()
    assert len(body) == 3 and all(line.endswith(r" \\") and line.count("&") == 2 for line in body)
    assert r"\textbf{" in body[2] and r"$\pm$" in body[2] and r"$^\dagger$" in body[1]
    assert body[0].split("&")[2].strip() == r"-- \\"


def test_two_tasks_share_the_rows_of_models_of_one_name(comparison):
    first, second = comparison.tasks
    renamed = tuple(
        line.model_copy(update={"model": line.model.replace("geo_direction", "event_type")})
        for line in second.models
    )
    other = second.model_copy(update={"task": "event_type", "models": renamed, "differences": ()})
    table = paper_table(comparison.model_copy(update={"tasks": (first, other)}))
    assert table.rows == ("lazy", "words", "net")
    assert list(table.columns[1].cells) == ["net", "words"]
    # no difference was tested: nothing tells the second from the best
    assert table.columns[1].cells["words"].tied
    heads = to_latex(table).splitlines()[6:8]
    assert heads == [
        r" & \multicolumn{1}{c}{geo\_direction} & \multicolumn{1}{c}{event\_type} \\",
        r"\cmidrule(lr){2-2} \cmidrule(lr){3-3}",
    ]


def test_names_that_would_be_one_stay_whole(comparison):
    first = comparison.tasks[0]
    both = tuple(
        line.model_copy(update={"model": name})
        for line, name in zip(first.models, ("geo_direction-net", "net", "lazy"), strict=True)
    )
    changed = first.model_copy(update={"models": both})
    table = paper_table(comparison.model_copy(update={"tasks": (changed,)}))
    assert set(table.rows) == {"geo_direction-net", "net", "lazy"}


def test_names_are_inert_in_every_form(comparison):
    first = comparison.tasks[0]
    names = (HOSTILE, "=1+1", "[x] & \\\\ y")
    lines = tuple(
        line.model_copy(update={"model": name})
        for line, name in zip(first.models, names, strict=True)
    )
    table = paper_table(
        comparison.model_copy(update={"tasks": (first.model_copy(update={"models": lines}),)})
    )
    text = to_latex(table)
    assert r"\input" not in text and "\n[" not in text
    assert r"50\%\_\{x\}\textbackslash{}input\{a\}\$\textasciicircum{}" in text
    body = text.split("\\midrule\n")[1].split("\\bottomrule")[0].splitlines()
    assert all(len(re.findall(r"(?<!\\)&", line)) == 1 for line in body)
    pipes = to_markdown(table)
    assert "<b>" not in pipes
    assert all(line.count("|") == 3 for line in pipes.splitlines()[:5])
    rows = list(csv.DictReader(io.StringIO(to_csv(table))))
    assert {row["model"] for row in rows} == {HOSTILE, "'=1+1", names[2]}


def test_the_csv_holds_shares_and_sizes(comparison):
    table = paper_table(comparison, sources=True)
    rows = list(csv.DictReader(io.StringIO(to_csv(table))))
    assert tuple(rows[0]) == CSV_HEAD and len(rows) == 3 * 3 + 2 * 3
    net = comparison.tasks[0].models[0]
    row = next(r for r in rows if r["model"] == net.model and not r["source"])
    figures = (net.macro_f1.value, net.macro_f1.low, net.macro_f1.high, net.seed_sd)
    assert [float(row[name]) for name in ("value", "low", "high", "sd")] == pytest.approx(
        figures, abs=1e-6
    )
    assert (row["seeds"], row["rows"], row["documents"], row["place"]) == ("3", "200", "40", "best")


def test_an_undefined_score_is_a_dash_and_never_the_best(comparison):
    first = comparison.tasks[0]
    null = first.models[0].macro_f1.model_copy(
        update={"value": None, "low": None, "high": None, "reason": "no gold"}
    )
    lines = (first.models[0].model_copy(update={"macro_f1": null, "seed_sd": None}),)
    changed = first.model_copy(update={"models": lines, "differences": ()})
    table = paper_table(comparison.model_copy(update={"tasks": (changed,)}))
    assert to_markdown(table).splitlines()[2] == "| net | – |"


def test_another_ending_is_refused():
    with pytest.raises(BadInput, match=r"\.md, \.tex or \.csv"):
        form_of(Path("table.xlsx"))
    assert form_of(Path("a.csv")) is to_csv
