"""An article's text cut into paragraphs and pieces, each with the spans that cover it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tagging.event_page.spans import Span, spans_of
from tagging.events.articles import TaggedArticle
from tagging.pipeline import TaggedSentence

_BREAK = re.compile(r"\s*(?:[\n\r\u2028\u2029]\s*)+")


@dataclass(frozen=True)
class Piece:
    """A stretch of text that the same spans cover, the longest first.

    `ending` are those that end with it, `sentence` is one that begins with it.
    """

    text: str
    spans: tuple[Span, ...]
    ending: tuple[Span, ...]
    sentence: TaggedSentence | None

    @property
    def events(self) -> str:
        """The numbers of the spans' events, as the page's elements carry them."""
        numbers = (number for span in self.spans for number, _ in span.parts)
        return " ".join(map(str, dict.fromkeys(numbers)))

    @property
    def looks(self) -> str:
        """The classes that colour it."""
        names = (name for span in self.spans for name in (span.kind, *span.names))
        return " ".join(dict.fromkeys(names))


def paragraphs_of(article: TaggedArticle) -> list[list[Piece]]:
    """The text without the headline, which the page shows above it."""
    spans = spans_of(article)
    return [
        list(_pieces(article, spans, start, end))
        for start, end in _paragraphs(article)
        if start < end
    ]


def _paragraphs(article: TaggedArticle) -> Iterator[tuple[int, int]]:
    """Blank lines part paragraphs, and so do line ends between sentences of unwrapped text."""
    text = article.text
    wrapped = any(re.search(r"[\n\r]", sentence.text.strip()) for sentence in article.sentences)
    inside = {
        offset
        for sentence in article.sentences
        for offset in range(sentence.start, sentence.end)
    }
    start = len(text) - len(text.lstrip())
    if article.title and text.startswith(article.title, start):
        start += len(article.title)
        start += len(text[start:]) - len(text[start:].lstrip())
    for gap in _BREAK.finditer(text, start):
        blank = len(re.findall(r"\r\n|[\n\r\u2028\u2029]", gap.group())) > 1
        if blank or not (wrapped or gap.start() in inside):
            yield start, gap.start()
            start = gap.end()
    yield start, len(text)


def _pieces(
    article: TaggedArticle, spans: Sequence[Span], start: int, end: int
) -> Iterator[Piece]:
    within = [span for span in spans if span.start < end and span.end > start]
    begins = {s.start: s for s in article.sentences if start <= s.start < end}
    cuts = {start, end, *begins, *_ends(within)}
    for left, right in pairwise(sorted(cut for cut in cuts if start <= cut <= end)):
        covering = [span for span in within if span.start <= left and span.end >= right]
        yield Piece(
            text=article.text[left:right],
            spans=tuple(sorted(covering, key=lambda span: span.start - span.end)),
            ending=tuple(span for span in covering if span.end == right),
            sentence=begins.get(left),
        )


def _ends(spans: Iterable[Span]) -> Iterator[int]:
    for span in spans:
        yield from (span.start, span.end)
