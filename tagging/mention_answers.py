"""What a mention tagger answers: mentions with probabilities, and words for golden answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tagging.calibrated import Isotonic, Scaling, calibrated
from tagging.mention_words import Stretch, best_tags, stretches, sureness, tags_of, words_of


@dataclass(frozen=True)
class ScoredMention:
    """A mention at [start:end] in code points; how probable it is that span and kind are right."""

    start: int
    end: int
    kind: str
    probability: float


@dataclass(frozen=True)
class ToldWords:
    """What golden answers keep of a text: its mentions, and each word's tags by number and name."""

    labels: tuple[str, ...]
    probabilities: dict[str, float]


def mentions_of(
    text: str,
    table: NDArray[np.float32],
    kinds: Sequence[str],
    calibration: Scaling | Isotonic | None,
) -> list[ScoredMention]:
    """The mentions that the tags of the text's words make; `table` is (words, tags)."""
    words = words_of(text)
    found = found_in(text, table, kinds)
    sure = np.array([[sureness(table, one)] * len(kinds) for one in found], dtype=np.float32)
    if found:
        sure = calibrated(sure, calibration, True)
    return [
        ScoredMention(words[first][0], words[last - 1][1], kinds[kind], float(row[kind]))
        for (first, last, kind), row in zip(found, sure, strict=True)
    ]


def found_in(text: str, table: NDArray[np.float32], kinds: Sequence[str]) -> list[Stretch]:
    """The stretches of words (first, behind the last, kind) that the tags make mentions.

    One without a letter or digit is none; a place without a capital letter has no name and is
    none by the guide.
    """
    words, found = words_of(text), list[Stretch]()
    for first, last, kind in stretches(best_tags(table)):
        own = text[words[first][0] : words[last - 1][1]]
        named = kinds[kind] != "place" or not own.islower() or text.islower()
        if named and any(map(str.isalnum, own)):
            found.append((first, last, kind))
    return found


def told_words(text: str, table: NDArray[np.float32], kinds: Sequence[str]) -> ToldWords:
    """The answer that is kept of a golden text."""
    found = mentions_of(text, table, kinds, None)
    told = {
        f"{word} {tag}": float(value)
        for word, row in enumerate(table, start=1)
        for tag, value in zip(tags_of(kinds), row, strict=True)
    }
    return ToldWords(tuple(f"{one.kind} {one.start}-{one.end}" for one in found), told)
