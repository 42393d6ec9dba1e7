"""What the mention tagger is told of each word beside its state: its shape, and what the rules say.

The packaged encoder reads lower case alone, and the rules know the gazetteer.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from data.records import Mark
from tagging.mention_words import Word, tags_in, tags_of
from tagging.mentions import propose

SHAPES: Final = ("lower", "first", "Capital", "UPPER", "Mixed", "number", "sign")
KINDS: Final = ("actor", "place")
_OWN: Final = len(SHAPES) + len(tags_of(KINDS))
TRAITS: Final = 3 * _OWN  # of the word, of the one before it and of the one behind it


def traits_of(text: str, words: Sequence[Word]) -> NDArray[np.float32]:
    """Shape (words, TRAITS): 1 for the shape of each word and its tag by `propose`; neighbours'."""
    own = np.zeros((len(words) + 2, _OWN), dtype=np.float32)
    marks = [Mark(one.kind, one.start, one.end) for one in propose(text)]
    proposed = tags_in(words, marks, KINDS)
    for place, (start, end) in enumerate(words, start=1):
        own[place, SHAPES.index(_shape(text[start:end], place == 1))] = 1
        own[place, len(SHAPES) + proposed[place - 1]] = 1
    return np.concatenate([own[1:-1], own[:-2], own[2:]], axis=1)


def _shape(word: str, opens: bool) -> str:
    """`opens` says that it is the sentence's first word, whose capital means nothing."""
    if not word[0].isalpha():
        return "number" if word[0].isdigit() else "sign"
    if word.islower():
        return "lower"
    if opens and not (word.isupper() and len(word) > 1):
        return "first"
    if word.isupper() and len(word) > 1:
        return "UPPER"
    return "Capital" if word[0].isupper() and word[1:].islower() else "Mixed"
