"""Words of a text and their tags: what the mention tagger is asked and what its answer means."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from data.records import Mark

_ENDS = "s|based|born|bound|registered|flagged"  # a name may end before them: Moscow's, Baku-based
_WORD = re.compile(rf"\w+(?:[-'’](?!(?:{_ENDS})\b)\w+)*|[^\w\s]")
_NEVER = -1e9
Word = tuple[int, int]  # offsets in code points, the end not included
Tags = NDArray[np.int64]  # (words,): 0 outside, 1 + 2k begins a mention of the k-th kind, 2 + 2k
Stretch = tuple[int, int, int]  # first word, word behind the last, number of the kind


def words_of(text: str) -> list[Word]:
    """Words ("al-Hawa", "N'Djamena") with their combining marks, and every other sign by itself."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        start, end = match.span()
        touches = bool(found) and found[-1][1] == start
        goes_on = touches and text[start].isalnum() and _combines(text[start - 1])
        if goes_on or (touches and _combines(text[start])):
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _combines(sign: str) -> bool:
    return not sign.isascii() and category(sign).startswith(("M", "Cf"))


def tags_of(kinds: Sequence[str]) -> tuple[str, ...]:
    """The tags' names in their order: outside, then "begins" and "goes on" of each kind."""
    return "O", *(f"{part}-{kind}" for kind in kinds for part in "BI")


def tags_in(words: Sequence[Word], marks: Iterable[Mark], kinds: Sequence[str]) -> Tags:
    """The words' tags; a word that a mark cuts belongs to the mark."""
    tags = np.zeros(len(words), dtype=np.int64)
    for mark in marks:
        first = bisect_right(words, mark.start, key=lambda word: word[1])
        inside = tags[first : bisect_left(words, mark.end, key=lambda word: word[0])]
        inside[:] = 2 + 2 * kinds.index(mark.name)
        inside[:1] = 1 + 2 * kinds.index(mark.name)
    return tags


def stretches(tags: Sequence[int] | Tags) -> Iterator[Stretch]:
    """The mentions that the tags make, in order."""
    start = 0
    while start < len(tags):
        end = start + 1
        if tags[start]:
            while end < len(tags) and tags[end] == tags[start] + 1:
                end += 1
            yield start, end, int(tags[start] - 1) // 2
        start = end


def best_tags(table: NDArray[np.floating]) -> Tags:
    """The most probable tags in which no mention goes on that has not begun (Viterbi, 1967).

    `table` has the probabilities of the words' tags, (words, tags).
    """
    likely: Tags = np.asarray(table.argmax(axis=1), dtype=np.int64)
    before = np.concatenate([[0], likely[:-1]])
    goes_on = (likely > 0) & (likely % 2 == 0)
    if (np.isin(before - likely, (-1, 0)) | ~goes_on).all():
        return likely
    scores, allowed = np.log(np.maximum(table, 1e-12)), _allowed(table.shape[1])
    best, came = scores[0] + allowed[0], []
    for row in scores[1:]:
        ways = best[:, None] + allowed
        came.append(ways.argmax(axis=0))
        best = ways.max(axis=0) + row
    tags = [int(best.argmax())]
    for back in reversed(came):
        tags.append(int(back[tags[-1]]))
    return np.array(tags[::-1], dtype=np.int64)


def _allowed(size: int) -> NDArray[np.float64]:
    """0 where the tag of the column may follow that of the row, else far below any score."""
    table = np.zeros((size, size))
    for inside in range(2, size, 2):
        others = [tag for tag in range(size) if tag not in (inside - 1, inside)]
        table[others, inside] = _NEVER
    return table


def sureness(table: NDArray[np.floating], stretch: Stretch) -> float:
    """How probable the least probable part of a mention is: a word's tag, or that it ends there."""
    first, last, kind = stretch
    parts = [table[first, 1 + 2 * kind], *table[first + 1 : last, 2 + 2 * kind]]
    if last < len(table):
        parts.append(1 - table[last, 2 + 2 * kind])
    return float(min(parts))
