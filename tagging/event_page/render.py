"""Renders tagged articles as one HTML page: inline style, script and SVG, everything escaped."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment
from markupsafe import Markup

from data.pages import templates_in
from tagging.event_page import drawing, spans, words
from tagging.event_page.map import HEIGHT, WIDTH, Map, draw
from tagging.event_page.pieces import Piece, paragraphs_of
from tagging.events.articles import TaggedArticle
from tagging.events.record import EventRecord
from tagging.tagged import Scored, TaggedSentence

TEMPLATES = Path(__file__).parent / "templates"
QUADS = ("verbal cooperation", "material cooperation", "verbal conflict", "material conflict")


@dataclass(frozen=True)
class ArticleView:
    """An article with what the page shows of it; `number` counts from 1."""

    number: int
    article: TaggedArticle
    paragraphs: list[list[Piece]]
    map: Map | None
    telling: dict[int, list[tuple[int, EventRecord]]]  # by the number of the sentence

    @property
    def name(self) -> str:
        """The headline, or what the article is known by."""
        return self.article.title or self.article.id

    @property
    def count(self) -> int:
        """How many events it tells of."""
        return len(self.article.events)

    @property
    def several(self) -> bool:
        """Whether spans must tell which event they are of."""
        return len(self.article.events) > 1

    def holds_words(self, paragraph: list[Piece]) -> bool:
        """Whether a paragraph has a sentence; the others are by-lines, headings and the like."""
        return any(piece.sentence or piece.spans for piece in paragraph)

    def told_by(self, sentence: TaggedSentence) -> list[tuple[int, EventRecord]]:
        """The events that a sentence tells of, with their numbers."""
        return self.telling.get(sentence.number, [])

    def untold(self, sentence: TaggedSentence) -> list[Scored]:
        """The event types of a sentence of which no record is."""
        told = {event.event_type for _, event in self.told_by(sentence)}
        return [scored for scored in sentence.event_types or () if scored.label not in told]


def render(articles: Sequence[TaggedArticle]) -> str:
    """The page; it needs no network, and without its script only loses the linked highlights."""
    style, script = _held("page.css"), _held("page.js")
    return (
        _environment()
        .get_template("page.html.jinja")
        .render(
            views=[_view(number, article) for number, article in enumerate(articles, start=1)],
            style=style,
            script=script,
            policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'",
        )
    )


def _view(number: int, article: TaggedArticle) -> ArticleView:
    telling: dict[int, list[tuple[int, EventRecord]]] = {}
    for place, event in enumerate(article.events, start=1):
        for sentence in event.sentences:
            telling.setdefault(sentence, []).append((place, event))
    return ArticleView(number, article, paragraphs_of(article), draw(article.events), telling)


@cache
def _environment() -> Environment:
    """The page's templates with the words that they use."""
    made = templates_in(TEMPLATES)
    made.filters.update(percent=words.percent)
    made.globals.update(
        words=words,
        spans=spans,
        drawing=drawing,
        quads=QUADS,
        quad_look=quad_look,
        width=WIDTH,
        height=HEIGHT,
    )
    return made


def quad_look(quad_class: str) -> str:
    """The classes of a badge: how it is done and in which spirit; none for another ontology."""
    return quad_class if quad_class in QUADS else ""


def _held(name: str) -> Markup:
    """A file of the page's own, which is markup and no data."""
    return Markup((TEMPLATES / name).read_text(encoding="utf-8"))


def _hash(text: str) -> str:
    """What a content security policy allows a text by."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
