"""What the pages of `gold/layouts.py` are made of: stories of the corpus, frames, boxes, dates."""

import html
import json
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from data.importers.inline import read_corpus

CORPUS = Path(__file__).parents[1] / "data" / "corpus"


class Story(NamedTuple):
    """What every layout shows of an article; `opening` is the dateline with its dash."""

    headline: str
    opening: str
    date: str
    paragraphs: tuple[str, ...]


def stories() -> list[Story]:
    """The corpus' articles, in paragraphs of one to three sentences as newsrooms make them."""
    found = []
    for article in read_corpus(CORPUS):
        sentences = [sentence.text for sentence in article.sentences]
        sizes = cycle((1, 2, 1, 3))
        paragraphs = []
        while sentences:
            size = next(sizes)
            paragraphs.append(" ".join(sentences[:size]))
            del sentences[:size]
        opening = f"{article.dateline} (AFP) — "
        found.append(Story(article.headline, opening, article.date, tuple(paragraphs)))
    return found


def escaped(text: str) -> str:
    return html.escape(text, quote=False)


def told(
    story: Story, wrap: str = "<p>{}</p>", joint: str = "\n", mark: Callable[[str], str] = escaped
) -> str:
    """The paragraphs, the dateline before the first one."""
    first, *rest = story.paragraphs
    return joint.join(wrap.format(mark(text)) for text in (story.opening + first, *rest))


NAV = (
    '<nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li>'
    '<li><a href="/sport">Sport</a></li></ul></nav>'
)
FOOTER = "<footer><p>&copy; 2024 The Savannah Courier. All rights reserved.</p></footer>"
RELATED = (
    '<aside class="related"><h3>Related stories</h3><ul><li><a href="/1">Ferry sinks near Gao</a>'
    '</li><li><a href="/2">Price of rice doubles</a></li></ul></aside>'
)
COMMENTS = (
    '<section id="comments"><h3>2 comments</h3><div class="comment"><p>Nobody ever asks us what we '
    "think of this, I am tired of it.</p></div></section>"
)


def document(story: Story, body: str, head: str = "") -> str:
    title = f"<title>{escaped(story.headline)} | The Savannah Courier</title>"
    head = f'<head><meta charset="utf-8">{title}{head}</head>'
    return f'<!DOCTYPE html>\n<html lang="en">{head}\n<body>{body}</body></html>'


def framed(story: Story, body: str, head: str = "", below: str = "") -> str:
    """The usual page: navigation, an article element with its title, a footer."""
    article = f"<article><h1>{escaped(story.headline)}</h1>\n{body}</article>"
    return document(story, f"{NAV}{article}{below}{FOOTER}", head)


def meta_date(story: Story) -> str:
    return f'<meta property="article:published_time" content="{story.date}T06:15:00Z">'


def linked_data(story: Story) -> str:
    """JSON-LD as sites write it, with the body repeated in it."""
    article = {
        "@type": "NewsArticle",
        "headline": story.headline,
        "datePublished": f"{story.date}T06:15:00+00:00",
        "articleBody": " ".join(story.paragraphs),
    }
    site = {"@type": "WebSite", "name": "The Savannah Courier", "datePublished": "1999-01-01"}
    data = {"@context": "https://schema.org", "@graph": [site, article]}
    return f'<script type="application/ld+json">{json.dumps(data)}</script>'
