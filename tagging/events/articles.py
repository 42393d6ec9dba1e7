"""An article with its tagged sentences and the events that they tell of."""

from dataclasses import dataclass

from tagging.events.record import EventRecord
from tagging.tagged import TaggedSentence


@dataclass(frozen=True)
class TaggedArticle:
    """All that is known of one article; offsets are code points into `text`.

    `text` is the page as handed in, or what was extracted from it where that was HTML.
    """

    id: str
    title: str
    date: str | None
    text: str
    sentences: tuple[TaggedSentence, ...]
    events: tuple[EventRecord, ...]
