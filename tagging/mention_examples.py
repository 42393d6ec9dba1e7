"""Labelled sentences to what a mention tagger learns from and is scored on."""

from collections.abc import Iterable

from data.records import Example, Mark, Sentence


def mention_examples(sentences: Iterable[Sentence], complete: bool = True) -> list[Example]:
    """An example a sentence; its marks are its mentions, its labels their kinds.

    `complete` is False where a sentence may have mentions that nobody marked.
    """
    return [_example(sentence, complete) for sentence in sentences]


def _example(sentence: Sentence, complete: bool) -> Example:
    spots = dict.fromkeys((one.kind, one.start, one.end) for one in sentence.mentions)
    marks = tuple(Mark(kind, start, end) for kind, start, end in sorted(spots, key=_place))
    return Example(
        id=sentence.id,
        doc_id=sentence.doc_id,
        text=sentence.text,
        marks=marks,
        labels=tuple(sorted({mark.name for mark in marks})),
        source=sentence.source,
        tags=sentence.tags,
        complete=complete,
    )


def _place(spot: tuple[str, int, int]) -> tuple[int, int, str]:
    return spot[1], spot[2], spot[0]
