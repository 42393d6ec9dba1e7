"""Tagged articles as a short table for the terminal."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagging.events.articles import TaggedArticle
from tagging.events.record import EventRecord, Party, Whereabouts
from tagging.tagged import TaggedMention, TaggedSentence

_SENTENCE: Final = 60  # characters of a sentence that are shown
_NAME: Final = 32  # and of a mention
_COLUMNS: Final = ("event", "date", "who", "whom", "says", "from", "to/at")
_WIDE: Final = 130  # columns of a terminal from which the sentence stands beside its row
Row = tuple[list[str], TaggedSentence]  # the cells of _COLUMNS and the sentence that tells them


def render(articles: Sequence[TaggedArticle], console: Console, limit: int = 40) -> None:
    """Prints the first `limit` events, one a row, and the sentences that have but a speaker.

    A rule parts the articles. In a narrow terminal the number of the sentence stands for its text.
    Texts are shown as they are: markup in them is not read, control characters are blanked.
    """
    rows = [row for article in articles for row in _rows(article)]
    wide = console.width >= _WIDE
    table = Table(*_COLUMNS, show_lines=False, pad_edge=False, show_edge=False)
    table.columns[0].no_wrap = table.columns[1].no_wrap = True
    table.add_column("sentence" if wide else "#", justify="left" if wide else "right")
    for (cells, sentence), (_, following) in pairwise([*rows[:limit], *rows[:limit][-1:]]):
        text = _short(_clean(sentence.text), _SENTENCE) if wide else str(sentence.number)
        ends = sentence.page_id != following.page_id
        table.add_row(*map(Text, [*cells, text]), end_section=ends)
    console.print(table)
    if left := len(rows) - len(rows[:limit]):
        console.print(Text(f"{left} of {len(rows)} rows not shown"))


def _rows(article: TaggedArticle) -> Iterator[Row]:
    for sentence in article.sentences:
        told = [event for event in article.events if sentence.number in event.sentences]
        for event in told:
            if event.sentences[0] == sentence.number:
                yield _event_cells(event), sentence
        if not told and _is_telling(sentence):
            yield _sentence_cells(sentence), sentence


def _is_telling(sentence: TaggedSentence) -> bool:
    if sentence.event_types is None:
        return bool(sentence.actors or sentence.places)
    return bool(sentence.event_types) or any(actor.has("reporter") for actor in sentence.actors)


def _event_cells(event: EventRecord) -> list[str]:
    return [
        _clean(event.event_type),
        _day(event),
        *(_parties(parties) for parties in (event.sources, event.targets, event.reporters)),
        _places(event.origins),
        _places((*event.destinations, *event.sites)),
    ]


def _sentence_cells(sentence: TaggedSentence) -> list[str]:
    """What the sentence alone tells, where no record of an event has it."""
    events = ", ".join(scored.label for scored in sentence.event_types or ())
    ends = _named(sentence.places, "destination") + _named(sentence.places, "site")
    return [
        _clean(events) or "-",
        f"{sentence.date}?" if sentence.date else "",
        *(", ".join(_named(sentence.actors, role)) for role in ("source", "target", "reporter")),
        ", ".join(_named(sentence.places, "origin")),
        ", ".join(ends),
    ]


def _day(event: EventRecord) -> str:
    """The day, as much of it as is known; "?" behind one that no words of the sentence tell."""
    first = event.date.first_day or ""
    length = {"month": 7, "season": 7, "year": 4}.get(event.date.precision, 10)
    return first[:length] + ("?" if first and event.date.basis == "article" else "")


def _parties(parties: Sequence[Party]) -> str:
    named = ((party.refers_to or party.evidence).text for party in parties)
    return ", ".join(_short(_clean(name), _NAME) for name in named)


def _places(places: Sequence[Whereabouts]) -> str:
    return ", ".join(_short(_clean(place.evidence.text), _NAME) for place in places)


def _named(mentions: Sequence[TaggedMention], label: str) -> list[str]:
    return [_short(_clean(one.surface), _NAME) for one in mentions if one.has(label)]


def _clean(text: str) -> str:
    """The text on one line, without control and bidirectional formatting characters."""
    visible = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") else character
        for character in text
    )
    return re.sub(r"\s+", " ", visible).strip()


def _short(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
