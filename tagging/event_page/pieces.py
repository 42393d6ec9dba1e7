"""An article's text cut into paragraphs and pieces, each with the spans that cover it."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tagging.event_page.spans import Span, spans_of
from tagging.events.articles import TaggedArticle
from tagging.tagged import TaggedSentence

_END = re.compile(r"\r\n|[\n\r\u2028\u2029]")
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
    """The article's text without the headline, which the page shows above it."""
    spans = spans_of(article)
    starts = [span.start for span in spans]
    longest = max((span.end - span.start for span in spans), default=0)
    sentences = {sentence.start: sentence for sentence in article.sentences}
    paragraphs = []
    for start, end in _paragraphs(article):
        near = spans[bisect_left(starts, start - longest) : bisect_left(starts, end)]
        paragraphs.append(list(_pieces(article.text, near, sentences, start, end)))
    return paragraphs


def _paragraphs(article: TaggedArticle) -> Iterator[tuple[int, int]]:
    """Blank lines part paragraphs, and so do line ends between sentences of unwrapped text."""
    text = article.text
    wrapped = any(re.search(r"[\n\r]", sentence.text.strip()) for sentence in article.sentences)
    start, stop = _limits(article)
    for gap in _BREAK.finditer(text, start, stop):
        if gap.start() > start and (not wrapped or len(_END.findall(gap.group())) > 1):
            yield start, gap.start()
            start = gap.end()
    if start < stop:
        yield start, stop


def _limits(article: TaggedArticle) -> tuple[int, int]:
    """From below the headline to the last sentence; what stands around them is not the article's.

    A page of which no sentence is known is shown whole.
    """
    text, sentences = article.text, article.sentences
    start, stop = 0, len(text)
    if sentences:
        stop = max(sentence.end for sentence in sentences)
        first = min(sentence.start for sentence in sentences)
        above = text.rfind(article.title, 0, first) if article.title else -1
        start = above + len(article.title) if above >= 0 else 0
    start += len(text[start:]) - len(text[start:].lstrip())
    return start, start + len(text[start:stop].rstrip())


def _pieces(
    text: str, near: Sequence[Span], sentences: dict[int, TaggedSentence], start: int, end: int
) -> Iterator[Piece]:
    within = [span for span in near if span.start < end and span.end > start]
    cuts = {start, end, *(at for span in within for at in (span.start, span.end))}
    cuts |= {at for at in range(start, end) if at in sentences}
    covering, following = list[Span](), 0
    for left, right in pairwise(sorted(cut for cut in cuts if start <= cut <= end)):
        covering = [span for span in covering if span.end >= right]
        while following < len(within) and within[following].start <= left:
            covering.append(within[following])
            following += 1
        yield Piece(
            text=text[left:right],
            spans=tuple(sorted(covering, key=lambda span: span.start - span.end)),
            ending=tuple(span for span in covering if span.end == right),
            sentence=sentences.get(left),
        )
