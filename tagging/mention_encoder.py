"""Texts to the inputs of the mention tagger: token ids, and a pooling row for every word."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from data.errors import BadInput
from data.records import Example, Mark
from tagging.inputs import Encoded
from tagging.mention_traits import traits_of
from tagging.mention_words import Word, words_of

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

FRAME = 2  # the first and the last token of every text
LEAST = 8  # tokens of a piece


@dataclass(frozen=True)
class WordEncoder:
    """Turns texts into token ids and one pooling row a word, which averages the word's tokens."""

    tokenizer: "Tokenizer"
    max_length: int

    def __post_init__(self) -> None:
        if self.max_length < LEAST:
            wanted = f"max_length of {LEAST} at least"
            raise BadInput(wanted, str(self.max_length), "raise model.max_length")

    def pieces(self, examples: Sequence[Example]) -> list[list[Example]]:
        """The examples, those of more than `max_length` tokens in pieces, `start` by `start`.

        A piece ends behind a sign that is no letter where its second half has one, else anywhere
        between words; what a mark loses to a cut it loses.
        """
        return [
            [_part(one, start, end) for start, end in self._cuts(one.text, encoding)]
            for one, encoding in zip(examples, self._encodings(examples), strict=True)
        ]

    def encode(self, examples: Sequence[Example]) -> list[Encoded]:
        """One Encoded an example; tokens that `max_length` does not hold are cut off."""
        return [
            self._encoded(one.text, encoding)
            for one, encoding in zip(examples, self._encodings(examples), strict=True)
        ]

    def _encodings(self, examples: Sequence[Example]) -> list["Encoding"]:
        self.tokenizer.no_padding()
        self.tokenizer.no_truncation()
        return list(self.tokenizer.encode_batch([example.text for example in examples]))

    def _encoded(self, text: str, encoding: "Encoding") -> Encoded:
        ids = np.array(encoding.ids)
        if len(ids) > self.max_length:
            ids = np.concatenate([ids[: self.max_length - 1], ids[-1:]])
        words = words_of(text)
        pool = np.zeros((len(words), len(ids)), dtype=np.float32)
        for word, token in _pairs(words, encoding):
            if token < len(ids) - 1:
                pool[word, token] = 1
        pool /= np.maximum(pool.sum(axis=1, keepdims=True), 1)
        return Encoded(ids, pool, traits_of(text, words))

    def _cuts(self, text: str, encoding: "Encoding") -> Iterator[Word]:
        """Where the pieces of a text begin and end."""
        if len(encoding.ids) <= self.max_length:
            yield 0, len(text)
            return
        words, room = words_of(text), self.max_length - FRAME
        sizes = np.zeros(len(words), dtype=np.int64)
        np.add.at(sizes, [word for word, _ in _pairs(words, encoding)], 1)
        start = first = 0
        while first < len(words):
            most = first + int(np.searchsorted(sizes[first:].cumsum(), room, side="right"))
            last = min(max(most, first + 1), len(words))
            if last < len(words):
                middle = (first + last + 1) // 2
                signs = [i for i in range(middle, last) if not text[words[i][0]].isalnum()]
                last = signs[-1] + 1 if signs else last
            end = words[last][0] if last < len(words) else len(text)
            yield start, end
            start, first = end, last


def _pairs(words: Sequence[Word], encoding: "Encoding") -> Iterator[tuple[int, int]]:
    """(word, token) wherever a token holds a part of a word."""
    starts, ends = (np.array([word[side] for word in words], dtype=int) for side in (0, 1))
    for token, (start, end) in enumerate(encoding.offsets):
        if start < end:
            first = int(np.searchsorted(ends, start, side="right"))
            for word in range(first, int(np.searchsorted(starts, end, side="left"))):
                yield word, token


def _part(example: Example, start: int, end: int) -> Example:
    """The example of text[start:end], with the marks that it holds."""
    if (start, end) == (0, len(example.text)):
        return example
    marks = tuple(
        Mark(one.name, max(one.start, start) - start, min(one.end, end) - start)
        for one in example.marks
        if one.start < end and one.end > start
    )
    return replace(example, text=example.text[start:end], marks=marks)
