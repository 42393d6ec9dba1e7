"""What an actor mention shows by its words: its nouns, number, names, country, and "the"."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from tagging.gazetteer import Gazetteer, plain
from tagging.lexicon import load_lexicon, plural
from tagging.pipeline import TaggedMention, TaggedSentence

_FILE: Final = Path(__file__).parent / "references.txt"
_WORD: Final = re.compile(r"(?:[A-Z]\.){2,}|[^\W_]+(?:[-'’][^\W_]+)*")
_COMPLEMENT: Final = re.compile(r" (?:of|in|from|for|at|on|to|with|who|that|by) ")
_DEFINITE: Final = re.compile(
    r"(?i)\b(?:the|this|that|these|those|each|every)\s+(?:(?:\d[\d,]*|two|three|four|five|six|seven"
    r"|eight|nine|ten|eleven|twelve|dozen|same|latter|first|last)\s+)*$"
)
_SMALL: Final = frozenset({"the", "of", "for", "and", "a", "an", "in", "on", "to", "with"})
_ENDING: Final = re.compile(r"['’]s?$")
Number = Literal["one", "many", "body"]


@dataclass(frozen=True)
class Actor:
    """An actor mention as the rules see it.

    `heads` are the nouns it goes by, in the singular; `words` all its words but small ones, small
    letters, nouns in the singular; `names` its capitalised words where it ends in one (`named`).
    `peoples` are the countries of its demonyms, `state` the one whose government it names.
    """

    mention: TaggedMention
    sentence: int
    definite: bool
    number: Number
    heads: frozenset[str]
    words: frozenset[str]
    names: tuple[str, ...]
    initials: str
    peoples: frozenset[str]
    state: str | None

    @property
    def named(self) -> bool:
        return bool(self.names)


def read_actor(sentence: TaggedSentence, mention: TaggedMention) -> Actor:
    """The mention's words taken apart."""
    surface = re.sub(r"^[Tt]he ", "", mention.surface)
    before = sentence.text[: mention.start - sentence.start]
    core = _COMPLEMENT.split(surface)[0]
    tokens = [_ENDING.sub("", word) for word in _WORD.findall(core)]
    opens = not before.strip(" \"'“‘-–—:;.0123456789")
    names = _names(tokens, opens)
    heads = _heads(tokens, names)
    return Actor(
        mention=mention,
        sentence=sentence.number,
        definite=bool(_DEFINITE.search(before)) or surface != mention.surface,
        number=_number(tokens, names, heads),
        heads=heads,
        words=frozenset(
            singular(word.lower()) for word in _WORD.findall(surface) if word.lower() not in _SMALL
        ),
        names=names,
        initials="".join(word[0] for word in _WORD.findall(surface) if word[0].isupper()),
        peoples=_peoples(tokens),
        state=_state(surface, core, heads),
    )
