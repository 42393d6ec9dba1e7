"""The sections of the report page that follow from a model's rows: there when they have figures."""

import re
from dataclasses import replace

import pytest
from section_reports import (
    DASH,
    EVENTS,
    behaviour,
    cost,
    page_of,
    part,
    report,
    rows,
    task_of,
    words,
)

from data.codebook import Codebook
from data.records import Mention, Role, Sentence
from evaluation.compare import compare
from evaluation.rendering import sections as page_sections
from evaluation.rendering import slices as page_slices
from evaluation.rendering.html import render_html
from evaluation.rendering.markdown import render_markdown
from evaluation.rendering.sections import TaskPage


def keys(view: TaskPage) -> list[str]:
    return [section.key for section in view.sections]


def test_a_section_without_figures_has_no_heading_anywhere():
    bare = report(sentences=rows(2), wrong=lambda text: False)
    comparison = compare([bare], resamples=10)
    [view] = page_sections.views(comparison)
    assert keys(view) == ["scores", "labels", "confusions", "groups", "probabilities", "scope"]
    html, markdown = words(render_html(comparison)), render_markdown(comparison)
    for title in ("is weak", "Answering where sure", "What it costs", "Behaviour", "by rule",
                  "most sure", "read again"):  # fmt: skip
        assert title not in html and title not in markdown, title


@pytest.mark.parametrize(
    ("key", "update"),
    [
        ("cost", {"cost": cost(3.0)}),
        ("behaviour", {"behaviour": (behaviour("plain", 3),)}),
    ],
)
def test_what_was_measured_has_a_section_and_what_was_not_has_none(key, update):
    plain = report()
    assert key not in keys(page_of(plain))
    assert key in keys(page_of(plain.model_copy(update=update)))


def test_groups_of_events_are_quad_classes_and_their_scores_are_told():
    events = report(codebook=EVENTS)
    html = render_html(compare([events], resamples=50))
    told = part(html, "groups")
    assert "Quad classes" in told and "verbal cooperation" in told
    found = events.hierarchy
    for value in (found.macro_f1, found.right, found.hierarchical_f1, found.near):
        assert f"{value.value * 100:.1f}" in told
    assert "Groups of labels" in words(render_html(compare([report()], resamples=50)))
    assert "| verbal cooperation | 40 |" in render_markdown(compare([events], resamples=50))


def test_slices_stand_worst_first_with_effect_interval_and_corrected_p():
    def wrong(text: str) -> bool:
        return 20 <= int(text.split()[1]) < 38  # nearly all of tag-1, and nothing else

    found = report(wrong=wrong)
    ranked = page_slices.ranked(found)
    worst = ranked.every[0]
    assert worst.name == "tag-1" and page_slices.beyond_chance(worst)
    told = page_slices.effect(worst)
    assert re.fullmatch(r"−\d+\.\d \(−\d+\.\d to −\d+\.\d\), p .*0\.0\d+", told)
    assert not any(page_slices.beyond_chance(each) for each in ranked.every[2:])
    html = part(render_html(compare([found], resamples=50)), "slices")
    assert told.replace("<", "&lt;") in html and "Blue: beyond chance" in html
    assert told.split(" ")[0] in render_markdown(compare([found], resamples=50))
    even = part(render_html(compare([report()], resamples=50)), "slices")
    assert "All may be chance" in even


def test_slices_behind_the_tenth_are_folded():
    twelve = [replace(row, tags=(f"t{n // 20}",)) for n, row in enumerate(rows(240))]
    ranked = page_slices.ranked(report(sentences=twelve))
    assert (len(ranked.worst), len(ranked.others)) == (10, len(ranked.every) - 10)
    page = render_html(compare([report(sentences=twelve)], resamples=20))
    assert f"The other {len(ranked.others)}" in page


def test_the_search_tells_a_planted_weakness_and_leaves_long_reports_to_the_verb(monkeypatch):
    def wrong(text: str) -> bool:
        return int(text.split()[1]) // 20 % 4 == 1

    comparison = compare([report(wrong=wrong)], resamples=20)
    told = part(render_html(comparison), "slices")
    assert "Found by search" in told and "tag-1 (tag)" in told
    assert "a search found these weak" in render_markdown(comparison)
    monkeypatch.setattr(page_slices, "MOST_SEARCHED", 10)
    left = part(render_html(comparison), "slices")
    assert "Found by search" not in left and "wiretag report weak" in left


def test_confusions_have_sentences_where_texts_are_kept_and_a_table_where_not():
    kept = part(render_html(compare([report()], resamples=20)), "confusions")
    assert "origin taken for" not in kept and "site taken for transit 16 rows" in kept
    assert re.search(r"Goma \d*7 ends gold site decided transit", kept)
    bare = part(render_html(compare([report(with_text=False)], resamples=20)), "confusions")
    assert "falsely added" in bare and "ends" not in bare
    clean = report(wrong=lambda text: False)
    assert "No label is taken" in render_html(compare([clean], resamples=20))


def test_a_model_has_one_colour_everywhere():
    reports = [
        report(),
        report("mid", lambda text: text.endswith(("7 ends", "3 ends"))),
        report("words", lambda text: "3" in text, family="tfidf"),
        report("low", lambda text: "1" in text),
    ]
    task = task_of(*reports)
    styles = {each.model: page_sections.style_of(task, each) for each in task.reports}
    assert styles["net"] == "m0" and sorted(styles.values()) == ["grey", "m0", "m1", "m2"]
    assert page_sections.styles_of(task, task.reports) == list(styles.values())


def test_an_undefined_metric_is_a_dash_with_its_reason():
    page = render_html(compare([report(sentences=rows(2, derived=True))]))
    assert "undefined" in page and DASH in page and "nan" not in words(page).lower()


def test_many_labels_make_a_table_in_place_of_a_heat_map():
    labels = [
        {"name": f"L{n}", "group": "g", "definition": "d", "examples": ["e"]} for n in range(60)
    ]
    wide = Codebook.model_validate(
        {"name": "wide", "version": 1, "example": "place", "kind": "single",
         "marks": ["mention"], "labels": labels}
    )  # fmt: skip
    sentences = [
        Sentence(f"s{n}", f"d{n % 9}", "Goma 7 ends", (Mention(0, 4, "place", (Role(f"L{n}"),)),))
        for n in range(60)
    ]
    page = render_html(compare([report(codebook=wide, sentences=sentences, with_text=False)]))
    assert 'class="heat"' not in page and "falsely added" in page
