"""The mentions of sentences: by a mention tagger if there is one, else by rule."""

import re
from collections.abc import Sequence
from functools import lru_cache

from data.errors import BadInput
from data.records import Mention, MentionKind
from tagging.artifact import Artifact
from tagging.gazetteer import Gazetteer, plain
from tagging.mentions import propose

_LAND = re.compile(r"([A-Z][\w'’-]+)\s+(?:territory|soil|airspace|(?:territorial\s+)?waters)\b")


class MentionFinder:
    """Finds actors and places; raises BadInput for an artifact that labels examples."""

    def __init__(self, artifact: Artifact | None = None) -> None:
        self._artifact = artifact
        if artifact:
            artifact.mentions([])
            if strange := set(artifact.card.labels) - {"actor", "place"}:
                found = ", ".join(sorted(strange))
                raise BadInput("mentions that are actors and places", found, "use another artifact")

    def find(self, texts: Sequence[str]) -> list[tuple[Mention, ...]]:
        """The mentions of each sentence in order, without roles; they do not overlap."""
        return [
            _with_lands(text, found) for text, found in zip(texts, self._raw(texts), strict=True)
        ]

    def _raw(self, texts: Sequence[str]) -> list[list[Mention]]:
        if self._artifact is None:
            return [propose(text) for text in texts]
        return [
            [Mention(one.start, one.end, _kind(one.kind)) for one in found]
            for found in self._artifact.mentions(texts)
        ]


def _kind(name: str) -> MentionKind:
    return "actor" if name == "actor" else "place"


def _with_lands(text: str, found: Sequence[Mention]) -> tuple[Mention, ...]:
    """Adds "Malian territory", which names a country; the guide marks no demonym as a place."""
    lands = [
        Mention(match.start(), match.end(), "place")
        for match in _LAND.finditer(text)
        if plain(match[1]) in _demonyms()
        and all(
            one.kind == "place" or one.end <= match.start() or one.start >= match.end()
            for one in found
        )
    ]
    kept = [
        one
        for one in found
        if all(one.end <= land.start or one.start >= land.end for land in lands)
    ]
    return tuple(sorted((*kept, *lands), key=lambda one: one.start))


@lru_cache(maxsize=1)
def _demonyms() -> frozenset[str]:
    return frozenset(Gazetteer.load().demonyms)
