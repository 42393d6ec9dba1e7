"""The Markdown as a whole: whole tables, small enough, nothing in it active."""

import re

import pytest
from markdown_it import MarkdownIt
from page_reports import (
    EVENTS,
    PAYLOADS,
    UNSEEN,
    behaviour,
    compared,
    hostile,
    inert,
    report,
)

from evaluation.compare import Comparison, compare
from evaluation.rendering import markdown
from evaluation.rendering.html import render_html
from evaluation.rendering.markdown import MAX_BYTES, escape_markdown, render_markdown

MARKDOWN_TAGS = {"h2", "h3", "p", "strong", "b", "details", "summary"} | {
    "table", "thead", "tbody", "tr", "th", "td"
}  # fmt: skip


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compared()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_data_stays_data_in_markdown(payload):
    text = render_markdown(hostile(payload))
    assert not re.search(UNSEEN, text)
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    reader = inert(re.sub(r' style="text-align:(left|right)"', "", made))
    tags = [tag for tag, _ in reader.elements]
    assert set(tags) <= MARKDOWN_TAGS
    assert (tags.count("h2"), tags.count("h3"), tags.count("strong")) == (1, 1, 1)
    shown = re.sub(r"\s+", " ", re.sub(UNSEEN, "\ufffd", payload))
    whole = "".join(reader.text).replace("\u200b", "")
    assert shown in whole
    assert_whole_tables(text)
    assert "://" not in text and "www." not in text
    assert not re.search(r"[@#]\w", "".join(reader.text))  # a forge acts on what it reads


def assert_whole_tables(text: str) -> None:
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert len(blocks) >= 5
    for block in blocks:
        assert len({line.count("|") for line in block.strip().split("\n")}) == 1, block


def test_markdown_tables_and_details_are_whole(comparison):
    text = render_markdown(comparison)
    assert len(text.encode()) < MAX_BYTES
    assert text.count("<details>") == text.count("</details>") >= 10
    assert_whole_tables(text)
    assert escape_markdown(comparison.verdict) in text
    assert "no event" in text and "left out for their length" not in text
    for part in ("Quad classes", "What it costs", "Behaviour tests", "points apart", "read again"):
        assert part in text, part


def test_three_tasks_of_sixteen_labels_and_six_models_fit_a_pull_request():
    families = ("transformer", "transformer", "transformer", "transformer", "tfidf", "majority")
    reports = [report(EVENTS, f"a-model-{n}", family) for n, family in enumerate(families)]
    capabilities = tuple(behaviour("event_type", f"capability {n}") for n in range(16))
    reports = [each.model_copy(update={"behaviour": capabilities}) for each in reports]
    comparison = compare(reports, resamples=50)
    three = comparison.model_copy(update={"tasks": comparison.tasks * 3})
    text = render_markdown(three)
    assert len(text.encode()) < MAX_BYTES and not text.endswith("the HTML page has it.\n")
    assert text.count("a-model-5") >= 3 and text.count("What it costs") == 3
    assert len(render_html(three).encode()) < 1_500_000


def test_markdown_that_is_too_long_loses_detail_and_says_so(comparison, monkeypatch):
    whole = render_markdown(comparison)
    monkeypatch.setattr(markdown, "MAX_BYTES", len(whole.encode()) * 2 // 3)
    text = render_markdown(comparison)
    assert len(text.encode()) < markdown.MAX_BYTES and "left out for their length" in text
    assert text.count("<details>") == text.count("</details>") > 0
    assert text.count("### ") == 2
    monkeypatch.setattr(markdown, "MAX_BYTES", 1500)
    cut = render_markdown(comparison)
    assert len(cut.encode()) < 1500 and cut.rstrip().endswith("the HTML page has it.")
