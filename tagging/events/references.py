"""Which earlier actor an actor mention stands for, by rule: "the movement", "Holtmann", "Ankara"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from tagging.gazetteer import Gazetteer
from tagging.lexicon import load_lexicon, plural
from tagging.pipeline import TaggedMention, TaggedSentence

_FILE: Final = Path(__file__).parent / "references.txt"
_WORD: Final = re.compile(r"(?:[A-Z]\.){2,}|\w+(?:[-'’.]\w+)*")
_COMPLEMENT: Final = re.compile(r" (?:of|in|from|for|at|on|to|with|who|that|by) ")
_DEFINITE: Final = frozenset({"the", "this", "that", "these", "those", "each", "every"})
_COUNTED: Final = re.compile(
    r"\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|same|latter"
)
_SMALL: Final = frozenset({"the", "of", "for", "and", "de", "la", "a", "an", "s"})
_KOREAS: Final = {"North": "KP", "South": "KR"}


@dataclass(frozen=True)
class Reference:
    """The earlier mention that stands for the same actor, its sentence, and the rule that held."""

    antecedent: TaggedMention
    antecedent_sentence: int
    rule: str


@dataclass(frozen=True)
class Actor:
    """An actor mention as the rules see it.

    `heads` are the nouns it goes by, in the singular and plain; `words` all its words but small
    ones; `names` those with a capital. `state` is the country whose government it is by name,
    `countries` are those of its demonyms.
    """

    mention: TaggedMention
    sentence: int
    definite: bool
    plural: bool
    heads: frozenset[str]
    words: frozenset[str]
    names: tuple[str, ...]
    named: bool
    state: str | None
    countries: frozenset[str]


def find_references(sentences: Sequence[TaggedSentence]) -> dict[tuple[int, int], Reference]:
    """The references of an article's actor mentions by their (start, end) in the article.

    A mention that stands for no earlier one is left out. Names, acronyms and states are looked up
    in the same sentence too, nouns in earlier sentences only: there the nearest sentence comes
    first, and in it the first mention, which is mostly the subject.
    """
    found: dict[tuple[int, int], Reference] = {}
    earlier: list[Actor] = []
    for sentence in sentences:
        here: list[Actor] = []
        for mention in sorted(sentence.actors, key=lambda one: one.start):
            actor = read_actor(sentence, mention)
            match = _match(actor, here[::-1], earlier)
            if match:
                found[mention.start, mention.end] = match
            here.append(actor)
        earlier = here + earlier
    return found


def _match(actor: Actor, here: Sequence[Actor], earlier: Sequence[Actor]) -> Reference | None:
    """The first rule that holds with the nearest actor that it holds for."""
    for rule, holds in _RULES.items():
        near = [*here, *earlier] if rule in ("name", "acronym", "state") else earlier
        for other in near:
            if holds(actor, other):
                return Reference(other.mention, other.sentence, rule)
    return None
