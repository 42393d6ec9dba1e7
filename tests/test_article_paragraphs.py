"""Paragraphs of an article stay, and what newsrooms put between them goes."""

from itertools import pairwise
from pathlib import Path

import pytest

from data.articles import Page, read_page
from data.importers.inline import read_corpus
from data.records import Article
from data.sentences import split_sentences

CORPUS = Path(__file__).parent.parent / "data" / "corpus"


def body(page: Page) -> list[str]:
    return [paragraph.of(page.text) for paragraph in page.body]


@pytest.mark.parametrize(
    "line",
    [
        "By Tuesday the army had left.",
        "Photographs showed a burnt truck.",
        "Share prices fell in Lagos.",
        "Print workers marched.",
        "He fled.",
        "“Never.”",
        "Register rolls were burned on Sunday.",
        "Join the army, he told them.",
        "Reporting by journalists is banned in the north.",
        "Related charges were dropped.",
        "Comments by the minister angered the crowd.",
        "The envoy, who did not comment, left after 20 minutes",
        "World powers met.",
        "Live rounds were fired.",
        "Q: Will you go?",
        "Advertisement boards were torn down.",
        "Contact with 300 fishermen was lost on Sunday at 1400 GMT.",
        "Phone lines were cut.",
        "The video could not be verified.",
        "Press freedom groups want more.",
        "Already a member of the union, he stayed.",
        "Help us, they cried from the roof.",
        "If you believe the mayor, the war is over.",
        "Support our troops, the sign said.",
        "[The minister has since resigned.]",
        "You have a week, the judge told the miners.",
    ],
)
def test_short_paragraphs_of_the_article_stay(line: str) -> None:
    first = "The army entered the old town before dawn on Tuesday with three trucks."
    last = "Nobody in the market could say on Wednesday who had given that order."
    assert body(read_page(f"{first}\n{line}\n{last}")) == [first, line, last]


@pytest.mark.parametrize(
    "line",
    [
        "This video cannot be played",
        "Swipe to see more photos",
        "Follow our live coverage here",
        "[Ten things to know about the delta]",
        "You have 2 free articles left this month.",
        "Already a subscriber? Log in.",
        "We need your help to keep our reporting free. Give what you can today.",
        "What do you think?",
        "Have you got a story? Email us at tips@courier.example",
        "This live page is now closed.",
        "For interviews, call Jane Doe on +223 555 0100.",
        "— Jane Doe (@jdoe) March 3, 2014",
        "| Year | Dead |",
    ],
)
def test_what_newsrooms_put_between_paragraphs_goes(line: str) -> None:
    first = "The army entered the old town before dawn on Tuesday with three trucks."
    last = "Nobody in the market could say on Wednesday who had given that order."
    assert body(read_page(f"{first}\n{line}\n{last}")) == [first, last]


def test_an_article_goes_on_behind_the_head_of_an_empty_box() -> None:
    page = read_page(
        "The army entered the old town before dawn on Tuesday with three trucks.\nRead also\n"
        "Seoul has promised a field hospital.\nSwipe to see more photos\nNobody knew why.\n"
    )
    assert body(page)[1:] == ["Seoul has promised a field hospital.", "Nobody knew why."]


def paragraphs(article: Article) -> list[list[str]]:
    """The article's sentences by paragraph."""
    edges = (*article.paragraphs, len(article.sentences))
    return [[s.text for s in article.sentences[one:two]] for one, two in pairwise(edges)]


def test_every_article_of_the_corpus_comes_back_whole_from_a_page() -> None:
    above = ["The Courier", "Home", "News", "World", "Opinion"]
    below = ["Related stories", "Ferry sinks near port", "Rice doubles", "© 2009 The Courier"]
    for article in read_corpus(CORPUS):
        first, *rest = [" ".join(paragraph) for paragraph in paragraphs(article)]
        page = read_page(
            "\n".join(
                [*above, article.headline, "By Jane Doe", "Published 3 March 2009", "Share this"]
                + [f"{article.dateline} (AFP) - {first}"]
                + [line for paragraph in rest for line in ("ADVERTISEMENT", paragraph)]
                + below
            )
        )
        assert body(page) == [first, *rest], article.id
        assert page.title == article.headline
        assert page.dateline is not None and page.dateline.agency == "AFP", article.id


def test_paragraphs_of_the_corpus_are_split_as_their_authors_did() -> None:
    split = {
        tuple(paragraph): tuple(part.of(text) for part in split_sentences(text))
        for article in read_corpus(CORPUS)
        for paragraph in paragraphs(article)
        for text in [" ".join(paragraph)]
    }
    wrong = [written for written, found in split.items() if written != found]
    assert len(wrong) <= 0.01 * len(split), wrong
