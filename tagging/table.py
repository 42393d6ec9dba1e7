"""Tagged sentences as a short table for the terminal."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tagging.pipeline import TaggedMention, TaggedSentence

_SENTENCE: Final = 60  # characters of a sentence that are shown
_NAME: Final = 32  # and of a mention
_COLUMNS: Final = ("event", "who", "whom", "says", "from", "to/at")
_WIDE: Final = 120  # columns of a terminal from which the sentence stands beside its row


def render(tagged: Sequence[TaggedSentence], console: Console, limit: int = 40) -> None:
    """Prints the first `limit` sentences that report an event or have a speaker, one a row.

    In a narrow terminal the number of the sentence stands for its text.

    Texts are shown as they are: markup in them is not read, control characters are blanked.
    """
    shown = [sentence for sentence in tagged if _is_telling(sentence)]
    wide = console.width >= _WIDE
    table = Table(*_COLUMNS, show_lines=False, pad_edge=False, show_edge=False)
    table.columns[0].no_wrap = True
    table.add_column("sentence" if wide else "#", justify="left" if wide else "right")
    for sentence in shown[:limit]:
        text = _short(_clean(sentence.text), _SENTENCE) if wide else str(sentence.number)
        table.add_row(*map(Text, [*_cells(sentence), text]))
    console.print(table)
    left = len(tagged) - len(shown[:limit])
    if left:
        console.print(Text(f"{left} of {len(tagged)} sentences not shown"))


def _is_telling(sentence: TaggedSentence) -> bool:
    if sentence.event_types is None:
        return bool(sentence.actors or sentence.places)
    return bool(sentence.event_types) or any(actor.has("reporter") for actor in sentence.actors)


def _cells(sentence: TaggedSentence) -> list[str]:
    events = ", ".join(scored.label for scored in sentence.event_types or ())
    ends = _named(sentence.places, "destination") + _named(sentence.places, "site")
    return [
        _clean(events) or "-",
        *(", ".join(_named(sentence.actors, role)) for role in ("source", "target", "reporter")),
        ", ".join(_named(sentence.places, "origin")),
        ", ".join(ends),
    ]


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
