"""The page of tagged articles: true to the text, one file, linked, and nothing of data active."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import pytest
from event_articles import ADRE, Writer, attack, protest, talks
from event_pages import Page, hostile, inert
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reports import PAYLOADS, UNSEEN

from tagging.event_page.pieces import paragraphs_of
from tagging.event_page.render import render
from tagging.event_page.words import coordinates, day, percent
from tagging.events.record import EventDate
from tagging.tagged import TaggedMention

PLACES_OF_DATA = 17


def words(text: str) -> list[str]:
    return text.split()


@pytest.fixture(scope="module")
def page() -> str:
    return render([attack(), talks(), protest()])


def test_the_page_is_one_file_whose_policy_allows_its_own_style_and_script_alone(page):
    read = inert(page)
    policy = next(str(a["content"]) for t, a in read.elements if "http-equiv" in a)
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for tag in ("style", "script"):
        held = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1]
        assert b64encode(sha256(held.encode()).digest()).decode() in policy
    assert "prefers-color-scheme: dark" in page and "url(" not in page and "//" not in page
    assert "eval" not in re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]


def test_every_link_leads_to_a_part_of_the_page(page):
    elements = Page(page).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    links = {str(attributes["href"])[1:] for tag, attributes in elements if tag == "a"}
    assert len(ids) == len(set(ids)) and links <= set(ids) and len(links) > 20


@pytest.mark.parametrize("article", [attack(), talks(), protest()], ids=lambda one: one.id)
def test_the_text_is_shown_whole_and_the_headline_above_it(article):
    read = Page(render([article]))
    assert words("".join(read.written)) == words(article.text.removeprefix(article.title))
    assert article.title in "".join(read.text) and article.date in "".join(read.text)


def test_what_stands_around_an_article_is_left_out_and_what_is_between_its_sentences_stays():
    article = attack()
    above, below = "News | Sport\n\n", "\nRelated stories\n"
    wrapped = above + article.text + below
    sentences = tuple(
        replace(sentence, start=sentence.start + len(above), end=sentence.end + len(above))
        for sentence in article.sentences
    )
    read = Page(render([replace(article, text=wrapped, sentences=sentences, events=())]))
    assert words("".join(read.written)) == words(article.text.removeprefix(article.title))
    assert len(read.having("aside")) == 1
    nothing = Page(render([replace(article, text=wrapped, sentences=(), events=())]))
    assert "Related stories" in "".join(nothing.written)


def test_spans_rows_and_arrows_of_an_event_carry_its_number():
    read = Page(render([attack()]))
    numbered = [found for _, found in read.elements if found.get("data-e") == "2"]
    told = [set((found.get("class") or "row").split()) for found in numbered]
    for part in ({"actor", "source"}, {"place", "origin"}, {"row"}, {"arrow"}, {"name"}):
        assert any(part <= classes for classes in told), part
    assert all(found.get("tabindex") == "0" for found in read.having("span")[6:])


def test_the_table_says_who_when_and_where(page):
    text = " ".join("".join(Page(page).text).split())
    for told in (
        "early Thursday", "the article's day", "2019-01 “In January” background", "= The gunmen",
        "Sudan, military, 98%", "ESE, 187 ± 260 km, across a border", "within a country",
        "refers to Several thousand bakers", "where is unknown", "West Darfur, Sudan",
        "13.45° N, 22.45° E ± 12 km", "These events have no place that is known",
    ):  # fmt: skip
        assert told in text, told


def test_an_article_without_events_says_so_and_has_no_map():
    read = Page(render([replace(attack(), events=())]))
    assert "No event was found" in "".join(read.text) and not read.having("map")
    assert "no article" in "".join(Page(render([])).text)


def mention(start: int, end: int, text: str) -> TaggedMention:
    return TaggedMention(start, end, None, text[start:end], None, {})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 230), st.integers(1, 150)), max_size=8), st.data())
def test_spans_that_nest_cross_and_run_over_paragraphs_lose_no_letter(stretches, data):
    article = attack()
    text = article.text
    found = [mention(a, min(len(text), a + long), text) for a, long in stretches]
    half = data.draw(st.integers(0, len(found)))
    first = replace(article.sentences[0], actors=tuple(found[:half]), places=tuple(found[half:]))
    article = replace(article, sentences=(first, *article.sentences[1:]))
    pieces = [piece for paragraph in paragraphs_of(article) for piece in paragraph]
    shown = " ".join("".join(p.text for p in paragraph) for paragraph in paragraphs_of(article))
    assert words(shown) == words(text.removeprefix(article.title))
    for piece in pieces:
        for span in piece.spans:
            assert piece.text in text[span.start : span.end]


def test_a_span_over_two_paragraphs_colours_both_and_ends_once():
    text = attack().text
    start, end = text.index("wounded"), text.index("moved")
    found = mention(start, end, text)
    first, second, *others = attack().sentences
    sentences = (first, replace(second, actors=(found,)), *others)
    paragraphs = paragraphs_of(replace(attack(), sentences=sentences, events=()))
    covered = [
        [piece for piece in paragraph if any(span.start == start for span in piece.spans)]
        for paragraph in paragraphs
    ]
    assert [bool(pieces) for pieces in covered] == [False, True, True]
    assert sum(len(piece.ending) for pieces in covered for piece in pieces) == 1


def test_a_hard_wrapped_text_is_not_broken_at_line_ends_and_a_plain_one_is():
    lines = Writer("Head\n\nOne army\nmarched.\nIt went home.\n\nMore.")

    def paragraphs(*quotes: str) -> int:
        found = [lines.words(quote) for quote in quotes]
        sentences = tuple(
            replace(attack().sentences[0], start=one.start, end=one.end, text=one.text)
            for one in found
        )
        text = replace(attack(), title="Head", text=lines.text, sentences=sentences, events=())
        return len(paragraphs_of(text))

    assert paragraphs("One army\nmarched.", "It went home.", "More.") == 2
    assert paragraphs("It went home.", "More.") == 4


def test_words_of_dates_shares_and_coordinates():
    assert [percent(p) for p in (0, 0.004, 0.5, 0.996, 1)] == ["0%", "<1%", "50%", ">99%", "100%"]
    assert day(EventDate("2019-01-01", "month", "expression")) == "2019-01"
    assert day(EventDate("2019-01-07", "week", "expression")) == "week of 2019-01-07"
    assert day(EventDate(None, "unknown", "none")) == "unknown"
    south = replace(ADRE, latitude=-1.5, longitude=-70.25, radius_km=2.5)
    assert coordinates(south) == "1.50° S, 70.25° W ± 2.5 km"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_data_stays_data(payload):
    page = render([hostile(payload), replace(hostile(payload), title="")])
    read = inert(page)
    assert not re.search(UNSEEN, page)
    shown = re.sub(UNSEEN, "\ufffd", payload)
    clean = Page(render([attack(), attack()]))
    beside = "".join(read.text).count(shown) - "".join(read.written).count(shown)
    assert beside >= 2 * PLACES_OF_DATA and shown in "".join(read.written)
    assert {tag for tag, _ in read.elements} <= {tag for tag, _ in clean.elements}


def test_the_payloads_are_three_hundred():
    assert len(PAYLOADS) * PLACES_OF_DATA >= 300
