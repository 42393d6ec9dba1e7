"""The HTML page as a whole: self-contained, readable, nothing in it active."""

import re
from xml.etree import ElementTree

import pytest
from page_reports import (
    PAYLOADS,
    UNSEEN,
    Reader,
    compared,
    hostile,
    inert,
    parsed,
    report,
)

from evaluation.compare import Comparison, compare
from evaluation.phrases import points
from evaluation.rendering.html import render_html
from evaluation.rendering.markdown import render_markdown

WHOLE_SVG = re.compile(r"<svg(?:<svg.*?</svg>|(?!<svg).)*?</svg>", re.DOTALL)  # one may hold one


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compared()


def test_the_page_is_one_self_contained_readable_file(comparison):
    page = render_html(comparison)
    reader = inert(page)
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("section") == 2 and tags.count("h1") == 1 and tags.count("style") == 1
    metas = [attributes for tag, attributes in reader.elements if tag == "meta"]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in metas
    assert any("default-src 'none'" in str(meta.get("content")) for meta in metas)
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    assert "prefers-color-scheme: dark" in style and "url(" not in style and "@import" not in style
    assert "http" not in re.sub(r"http-equiv", "", page)


def test_the_verdict_is_the_first_paragraph_and_every_part_is_there(comparison):
    page = render_html(comparison)
    assert re.search(r"<p[^>]*>(.*?)</p>", page, re.DOTALL)[1] == comparison.verdict
    text = " ".join(parsed(page).text)
    for part in (
        "Scores", "F1 by label", "confuses", "Groups of labels", "Quad classes", "is weak",
        "Probabilities", "Answering where sure", "Abstaining", "What it costs", "Behaviour tests",
        "Roles found by rule", "was most sure of", "Gold labels to read again", "What was scored",
    ):  # fmt: skip
        assert part in text, part
    for task in comparison.tasks:
        assert task.verdict in text
        for line in task.models:
            assert points(line.macro_f1.value) in text
    assert "no event" in text and "Lorries" in text


def test_every_link_of_the_contents_leads_to_a_heading_and_every_heading_has_one(comparison):
    elements = parsed(render_html(comparison)).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    links = {str(attributes["href"])[1:] for tag, attributes in elements if tag == "a"}
    assert len(ids) == len(set(ids)) and links == set(ids)
    assert sum(tag == "h3" for tag, _ in elements) > 20


def test_every_svg_is_well_formed_and_takes_its_colours_from_the_style(comparison):
    drawings = WHOLE_SVG.findall(render_html(comparison))
    assert len(drawings) > 30
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        for element in root.iter():
            assert "fill" not in element.attrib and "stroke" not in element.attrib
    heat = [drawing for drawing in drawings if 'class="heat"' in drawing]
    assert len(heat) == 2  # of the single-label task's labels and of their groups
    numbers = [int(cell) for cell in re.findall(r">(\d+)</text>", heat[0])]
    best = comparison.tasks[0].reports[0]
    assert sum(numbers) == best.headline.rows


@pytest.mark.parametrize("payload", PAYLOADS)
def test_data_stays_data_in_html(payload):
    rendered = render_html(hostile(payload))
    reader = inert(rendered)
    assert not re.search(UNSEEN, rendered)
    shown = re.sub(UNSEEN, "\ufffd", payload)
    whole = "".join(reader.text)
    for start in ('id="task-1-slices', 'id="task-1-cost', 'id="task-1-behaviour', "<h4>Where"):
        told = "".join(parsed_part(rendered, start))
        assert shown in told, start
    assert shown in whole
    assert [tag for tag, _ in reader.elements].count("section") == 1


def parsed_part(page: str, start: str) -> list[str]:
    """The words from that place to the next part's heading."""
    reader = Reader()
    reader.feed("<h3 " + page.split(start, 1)[1].split("<h3 ", 1)[0])
    return reader.text


def test_texts_appear_only_where_the_report_holds_them():
    page = render_html(compare([report(with_text=False)]))
    assert "Lorries" not in page and "was most sure of" not in page
    assert "Lorries" not in render_markdown(compare([report(with_text=False)]))
