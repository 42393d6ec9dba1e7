"""Which words a decision hangs on: each is masked in turn, and the probability read again."""

import re
from collections.abc import Sequence
from dataclasses import replace

from data.errors import BadInput, nearest
from data.records import Example, Mark
from evaluation.metrics import Frozen
from evaluation.rows import Count, Prediction, Share
from evaluation.score import Scorable

MASK = "…"  # one token to WordPiece, no word to TF-IDF
WORD = re.compile(r"\w+(?:[.'’,-]\w+)*")


class WordEffect(Frozen):
    """A word by its code points in the row's text, and what the label's probability loses."""

    start: Count
    end: Count
    text: str
    change: float  # probability without the word minus that with it: below 0 speaks for the label
    decided: tuple[str, ...]  # what is decided without it


class Explanation(Frozen):
    """The words of one row and their part in one label's probability."""

    id: str
    text: str
    label: str
    decided: tuple[str, ...]
    probability: Share
    words: tuple[WordEffect, ...]

    @property
    def strongest(self) -> tuple[WordEffect, ...]:
        """The words by the size of their effect."""
        return tuple(sorted(self.words, key=lambda word: (-abs(word.change), word.start)))


def explain(artifact: Scorable, example: Example, label: str | None = None) -> Explanation:
    """Occlusion (Zeiler and Fergus 2014; Li, Monroe and Jurafsky 2016), a word at a time.

    Every word becomes an ellipsis, marks staying where they are, and the artifact is asked anew:
    one prediction a word. Without a `label` it is the surest decided one, or where none is decided
    the most probable. Words that only together carry a decision show little each. Raises BadInput
    for an unknown label or a text without words.
    """
    labels = artifact.codebook.labels
    if label is not None and label not in labels:
        known = nearest(label, labels)
        raise BadInput(f"a label of {artifact.codebook.name}", repr(label), known)
    spans = [match.span() for match in WORD.finditer(example.text)]
    if not spans:
        raise BadInput("a text with words", repr(example.text[:60]), "choose another row")
    masked = [mask(example, start, end) for start, end in spans]
    whole, *without = artifact.predict([example, *masked])
    chosen = label or _decided(whole, labels)
    sure = _share(whole, chosen)
    return Explanation(
        id=example.id,
        text=example.text,
        label=chosen,
        decided=whole.labels,
        probability=sure,
        words=tuple(
            WordEffect(
                start=start,
                end=end,
                text=example.text[start:end],
                change=_share(said, chosen) - sure,
                decided=said.labels,
            )
            for (start, end), said in zip(spans, without, strict=True)
        ),
    )


def mask(example: Example, start: int, end: int) -> Example:
    """The example with an ellipsis for that stretch of text; marks that hold it keep it."""

    def moved(place: int, opens: bool) -> int:
        if place >= end:
            return place - (end - start) + len(MASK)
        return min(place, start) if opens or place <= start else start + len(MASK)

    return replace(
        example,
        id=f"{example.id}#{start}-{end}",
        text=example.text[:start] + MASK + example.text[end:],
        marks=tuple(
            Mark(mark.name, moved(mark.start, True), moved(mark.end, False))
            for mark in example.marks
        ),
    )


def _decided(said: Prediction, labels: Sequence[str]) -> str:
    return max(said.labels or labels, key=lambda label: said.probabilities[label])


def _share(said: Prediction, label: str) -> float:
    return min(1.0, max(0.0, said.probabilities[label]))
