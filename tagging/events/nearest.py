"""Which event of a sentence a place belongs to: the one of which a word stands nearest.

The words and distances were set on the corpus's training articles (docs/log.md has the figures).
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from data.records import DIRECTIONS
from tagging.tagged import TaggedMention, TaggedSentence

_FILE: Final = Path(__file__).parent / "event_words.txt"
_TOKEN: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*|[,;]| - ")
_BREAKS: Final = frozenset(
    (
        *(",", ";", "-", "who", "which", "that", "when", "after", "before", "while", "where"),
        *("whereupon", "until", "but"),
    )
)
_ACROSS: Final = 3  # words that the end of a clause counts as
_NOWHERE: Final = 7  # words away: an event of which no word is found
Tokens = list[tuple[int, str]]


def places_by_event(sentence: TaggedSentence) -> dict[str, list[TaggedMention]]:
    """Event type -> the places that belong to it; to all, where no event's word is found.

    An event that is left without a place has the sites of the others.
    """
    events = [event.label for event in sentence.event_types or ()]
    tokens = _tokens(sentence)
    found = {event: list(_anchors(tokens, event)) for event in events}
    if not any(found.values()):
        return {event: list(sentence.places) for event in events}
    made: dict[str, list[TaggedMention]] = {event: [] for event in events}
    directed = [place for place in sentence.places if any(map(place.has, DIRECTIONS))]
    for place in directed:
        span = place.start - sentence.start, place.end - sentence.start
        away = {event: _distance(tokens, span, found[event]) for event in events}
        made[min(events, key=away.__getitem__)].append(place)
    sites = [place for place in directed if place.has("site")]
    return {event: own or sites for event, own in made.items()}


def _tokens(sentence: TaggedSentence) -> Tokens:
    """Words and commas with where they stand; those of mentions are no words of an event."""
    mentions = [*sentence.actors, *sentence.places]
    taken = [(one.start - sentence.start, one.end - sentence.start) for one in mentions]
    found = []
    for match in _TOKEN.finditer(sentence.text):
        inside = any(start <= match.start() < end for start, end in taken)
        found.append((match.start(), "" if inside else match.group().strip().lower()))
    return found


def _anchors(tokens: Tokens, event: str) -> Iterator[int]:
    """The numbers of the tokens that tell of the event."""
    whole, beginnings = _words().get(event, (frozenset(), ()))
    for number, (_, word) in enumerate(tokens):
        if word in whole or (word and word.startswith(beginnings)):
            yield number


def _distance(tokens: Tokens, span: tuple[int, int], anchors: Sequence[int]) -> int:
    """Words between the place and the event's nearest word; a clause's end counts for more."""
    first, behind = (sum(at < edge for at, _ in tokens) for edge in span)
    between = (tokens[behind:at] if at >= behind else tokens[at + 1 : first] for at in anchors)
    costs = (len(each) + _ACROSS * sum(word in _BREAKS for _, word in each) for each in between)
    return min(costs, default=_NOWHERE)


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[frozenset[str], tuple[str, ...]]]:
    """event_words.txt, read once: whole words and beginnings by event type."""
    found = {}
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            event, _, rest = line.partition(": ")
            words = rest.split()
            whole = frozenset(word[1:] for word in words if word.startswith("="))
            found[event] = whole, tuple(word for word in words if not word.startswith("="))
    return found
