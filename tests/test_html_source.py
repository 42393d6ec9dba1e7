"""HTML pages of many layouts: the article is found, and each sentence in the page's own source."""

import html
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import astuple
from typing import Any, NamedTuple

import pytest
from gold import layouts as gold
from hypothesis import given, settings
from hypothesis import strategies as st
from page_parts import stories

from data.articles import Page, read_page
from data.html_source import map_source
from data.sentences import Stretch, split_sentences


class Read(NamedTuple):
    """A page of a layout as it was read."""

    layout: str
    story: Any
    source: str
    page: Page


@pytest.fixture(scope="module")
def reads() -> list[Read]:
    """A page of each layout, each of another article."""
    found = []
    for story, layout in zip(stories()[::8], (*gold.LAYOUTS, *gold.UNSEEN), strict=False):
        source = layout(story)
        found.append(Read(layout.__name__, story, source, read_page(source)))
    return found


def of(reads: list[Read], layouts: tuple[Any, ...]) -> list[Read]:
    names = {layout.__name__ for layout in layouts}
    return [read for read in reads if read.layout in names]


def plain(text: str) -> str:
    """The text without blanks, soft hyphens, list dashes and note marks."""
    return re.sub(r"[\s\u200b\u00ad]|^- |\[1\]", "", text)


def shown(source: str) -> str:
    """What a stretch of HTML shows, without blanks and soft hyphens."""
    return plain(html.unescape(re.sub(r'(?s)<!--.*?-->|<(?:"[^"]*"|[^">])*>', "", source)))


def precision_and_recall(reads: Sequence[Read]) -> tuple[float, float]:
    """Of the paragraphs that were found, and of those that the article has."""
    right = found = written = 0
    for read in reads:
        body = Counter(plain(stretch.of(read.page.text)) for stretch in read.page.body)
        told = Counter(map(plain, read.story.paragraphs))
        right += (body & told).total()
        found += body.total()
        written += told.total()
    return right / found, right / written


@pytest.mark.slow
def test_the_body_is_found_in_pages_of_twenty_five_layouts(reads: list[Read]) -> None:
    known = of(reads, gold.LAYOUTS)
    assert len(known) == 25 and precision_and_recall(known) == (1.0, 1.0)


@pytest.mark.slow
def test_the_body_is_found_in_pages_that_no_rule_was_made_for(reads: list[Read]) -> None:
    precision, recall = precision_and_recall(of(reads, gold.UNSEEN))
    assert precision >= 0.70 and recall >= 0.95


def test_every_sentence_is_found_in_the_source(reads: list[Read]) -> None:
    for read in reads:
        hidden = [
            found.span()
            for found in re.finditer(r"(?s)<!--.*?-->|<script.*?</script>", read.source)
        ]
        for paragraph in read.page.body:
            text = paragraph.of(read.page.text)
            for sentence in split_sentences(text, paragraph.start):
                stretch = read.page.source_offsets(sentence.start, sentence.end)
                assert stretch is not None, sentence.of(read.page.text)
                assert shown(read.source[slice(*stretch)]) == plain(sentence.of(read.page.text))
                assert not any(start < stretch[0] < end for start, end in hidden)


def test_the_headline_is_found_where_the_page_shows_it(reads: list[Read]) -> None:
    for read in reads:
        if read.page.headline is not None and read.layout != "capitals":
            start, end = read.page.source_offsets(*astuple(read.page.headline)) or (0, 0)
            assert shown(read.source[start:end]) == plain(read.story.headline)
            assert start > read.source.index("<body>")


def test_the_day_comes_from_the_tags_and_is_never_guessed(reads: list[Read]) -> None:
    dated = of(reads, gold.DATED)
    for read in reads:
        if read.layout != "portal":  # it tells a day of its own
            assert read.page.date == (read.story.date if read in dated else None)


def linked(data: str) -> str:
    return f'<script type="application/ld+json">{data}</script>'


@pytest.mark.parametrize(
    ("tags", "day"),
    [
        ('<meta name="pubdate" content="Fri, 14 Mar 2014 06:15:00 GMT">', "2014-03-14"),
        ('<META PROPERTY="Article:Published_Time" CONTENT="2014-03-14">', "2014-03-14"),
        ('<meta property="article:modified_time" content="2014-03-14">', None),
        ('<meta name="date" content="2014-02-30">', None),
        ('<meta name="date" content="03/04/2014">', None),
        (linked('[{"@type": ["NewsArticle"], "datePublished": "2014-03-14"}]'), "2014-03-14"),
        (linked('{"@type": "WebPage", "datePublished": "2014-03-14"}'), None),
        (linked('{"@type": "NewsArticle", '), None),
        (linked("[" * 100_000), None),
        ('<article><time datetime="2014-03-14T06:15">now</time></article>', "2014-03-14"),
        ('<main><time datetime="2014-03-14">a</time><time datetime="2014-03-15">b</time>', None),
        ('<article><time itemprop="datePublished" datetime="2014-03-14">a</time>'
         '<time datetime="2014-03-15">b</time></article>', "2014-03-14"),
        ('<aside><time datetime="2011-05-03">another article</time></aside>', None),
    ],
)  # fmt: skip
def test_the_tags_that_tell_a_day(tags: str, day: str | None) -> None:
    text = "The army left the old town on Tuesday before the first trucks came from the river."
    page = read_page(f"<html><body>{tags}<p>{text}</p></body></html>")
    assert page.date == day
    assert (page.day is None) == (day is None) and (day is None or page.day.told == "meta")


def test_a_dateline_takes_its_year_from_the_tags() -> None:
    text = "LAGOS, Dec. 31 (AFP) - The army left the old town before the first trucks came."
    page = read_page(f'<html><meta name="date" content="2015-01-01"><p>{text}</p></html>')
    assert page.date == "2014-12-31"
    assert page.day is not None and page.day.told == Stretch(0, len("LAGOS, Dec. 31 (AFP) -"))


@pytest.mark.parametrize(
    ("source", "text", "stretches"),
    [
        ("<p>Caf&eacute; <b>men</b> left</p>", "Café men left", ["Caf&eacute;", "men", "left"]),
        ("<p>Cafe\u0301 left</p>", "Café left", ["Cafe\u0301", "left"]),
        ("<p>a &amp b &#8212; c</p>", "a & b — c", ["a", "&amp", "b", "&#8212;", "c"]),
        ("<p>1 < 2 & so</p>", "1 < 2 & so", ["1", "<", "2", "&", "so"]),
        ("<!-- left --><script>left</script><p title='>left'>left", "left", ["left"]),
        ("<p>A<!-->B<!-- > -->C</p>", "A B C", ["A", "B", "C"]),
        ("<style>left</style ><title>left</title>left", "left", ["left"]),
        ("<p>A<![CDATA[ left ]]>B</p>", "A B", ["A", "B"]),
        ("<ul><li>flour<li>salt</ul>", "- flour\n- salt", [None, "flour", None, "salt"]),
        ("<p>He <sup>1</sup> left the village at night.", "He left the village at night.",
         [None, "left", "the", "village", "at", "night."]),
        ("<p>left</p>", "stayed", [None]),
    ],
)  # fmt: skip
def test_words_in_their_source(source: str, text: str, stretches: list[str | None]) -> None:
    found = map_source(text, source)
    places = [found.stretch(*word.span()) for word in re.finditer(r"\S+", text)]
    assert [place and source[slice(*place)] for place in places] == stretches


def test_a_stretch_over_what_was_left_out_has_no_place() -> None:
    source = "<p>Government soldiers <sup>1</sup> abandoned the village."
    found = map_source("Government soldiers abandoned the village.", source)
    assert (found.stretch(0, 19), found.stretch(20, 42)) == ((3, 22), (36, 58))
    assert found.stretch(0, 42) is None


def test_words_that_stand_twice_are_found_in_their_order() -> None:
    source = "<h1>We left</h1><p>We left</p><p>He wept.</p><p>We left</p>"
    found = map_source("We left\nWe left\nHe wept.\nWe left", source)
    assert [found.stretch(at, at + 7) for at in (0, 8, 25)] == [(4, 11), (19, 26), (48, 55)]


TOKENS = (
    "<p>|</p>|<b|<a href='x>y'>|<!--|-->|<script>|</script>|<![CDATA[|]]>|&amp;|&#x41;|&|;|=|\"|'"
)
SOUP = st.lists(st.one_of(st.sampled_from(TOKENS.split("|")), st.text(max_size=8)), max_size=30)
HIDDEN = st.sampled_from(
    [
        "",
        " ",
        "<b>",
        "<!-- nothing > here -->",
        "<script>one()</script>",
        "<a title='>'>",
        "\n&nbsp;",
    ]
)
WORDS = st.sampled_from(
    ["one", "two,", "drei", "vier.", "é", "&lt;", "&#8220;", "&amp;", "😀", "<"]
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(HIDDEN, WORDS), min_size=1, max_size=30))
def test_each_word_of_a_page_is_found_where_it_stands(parts: list[tuple[str, str]]) -> None:
    source, text, places = "<p>", "", []
    for hidden, word in parts:
        source += f"{hidden} "
        text += " " * bool(text)
        places.append(((len(text), len(text) + len(html.unescape(word))), len(source), word))
        source, text = source + word, text + html.unescape(word)
    found = map_source(text, source)
    for stretch, place, word in places:
        assert found.stretch(*stretch) == (place, place + len(word))


@settings(max_examples=100, deadline=None)
@given(SOUP.map("".join), st.text(max_size=60))
def test_no_page_breaks_the_map(source: str, text: str) -> None:
    found = map_source(text, source)
    stretch = found.stretch(0, len(text))
    assert stretch is None or 0 <= stretch[0] < stretch[1] <= len(source)


@pytest.mark.parametrize(
    "part", ["<!--", "<a ", "<![", "<script></", '<a b="', "<", "&", "a<b=", "x y\n"]
)
def test_a_hostile_page_takes_linear_time(part: str) -> None:
    start = time.perf_counter()
    map_source("some words\n" * 20_000, "<p>" + part * (200_000 // len(part)))
    assert time.perf_counter() - start < 5


def test_a_pasted_text_is_its_own_source() -> None:
    page = read_page("The army left the old town on Tuesday before dawn, he said.")
    assert not page.from_html and page.source_offsets(4, 8) == (4, 8)
