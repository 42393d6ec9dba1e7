"""What the mention tagger is told of each word beside the encoder, which reads lower case alone."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tagging.mention_words import Word

SHAPES: Final = ("lower", "first", "Capital", "UPPER", "Mixed", "number", "sign")
TRAITS: Final = 3 * len(SHAPES)  # of the word, of the one before it and of the one behind it


def traits_of(text: str, words: Sequence[Word]) -> NDArray[np.float32]:
    """Shape (words, TRAITS): the SHAPES of each word and of its neighbours, 1 where it has it."""
    own = np.zeros((len(words) + 2, len(SHAPES)), dtype=np.float32)
    for place, (start, end) in enumerate(words, start=1):
        own[place, SHAPES.index(_shape(text[start:end], place == 1))] = 1
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
