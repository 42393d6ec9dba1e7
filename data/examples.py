"""Labelled sentences to a task's examples, and the hash that identifies them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from data.codebook import Codebook
from data.errors import BadInput, nearest
from data.records import Example, Mark, Mention, Sentence


@dataclass
class Examples:
    """A task's examples, and how many were left out by reason."""

    examples: list[Example] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def examples_of(sentences: Iterable[Sentence], codebook: Codebook) -> Examples:
    """The examples that the codebook asks for, in reading order.

    Raises BadInput for a label the codebook does not know; what has no usable label is counted.
    """
    made, left_out = Examples(), Counter[str]()
    for sentence in sentences:
        for example in examples_in(sentence, codebook):
            if isinstance(example, str):
                left_out[example] += 1
            else:
                made.examples.append(example)
    made.left_out = dict(left_out)
    return made


def examples_in(sentence: Sentence, codebook: Codebook) -> Iterator[Example | str]:
    """One sentence's examples; a string is the reason why one was left out."""
    check_labels(sentence, codebook)
    make = _sentence_examples if codebook.example == "sentence" else _mention_examples
    return make(sentence, codebook)


def check_labels(sentence: Sentence, codebook: Codebook) -> None:
    """Raises BadInput for a label of the sentence that the codebook does not know."""
    if codebook.example == "sentence":
        names = sentence.event_types
    else:
        kind = codebook.example
        names = tuple(name for m in sentence.mentions if m.kind == kind for name in m.role_names)
    known = codebook.labels
    for name in names:
        if name not in known:
            raise BadInput(
                f"labels of the codebook {codebook.name}",
                f"{name!r} in sentence {sentence.id!r}",
                nearest(name, known),
                path=sentence.where or None,
            )


def _sentence_examples(sentence: Sentence, codebook: Codebook) -> Iterator[Example | str]:
    if not sentence.complete:
        yield "event types incomplete: an absent type is not a negative"
    elif not codebook.multi and len(sentence.event_types) != 1:
        yield "not exactly one event type"
    else:
        marks = tuple(
            Mark(name, mention.start, mention.end)
            for name in codebook.marks
            for mention in _first_with_role(sentence, name)
        )
        yield _example(sentence, codebook, sentence.id, marks, sentence.event_types)


def _first_with_role(sentence: Sentence, role: str) -> list[Mention]:
    return [mention for mention in sentence.mentions if role in mention.role_names][:1]


def _mention_examples(sentence: Sentence, codebook: Codebook) -> Iterator[Example | str]:
    for mention in sentence.mentions:
        if mention.kind != codebook.example:
            continue
        names = mention.role_names
        if not codebook.multi and len(names) != 1:
            yield "not exactly one label"
            continue
        mark = Mark("mention", mention.start, mention.end)
        row_id = f"{sentence.id}@{mention.start}-{mention.end}"
        yield _example(sentence, codebook, row_id, (mark,), names, derived=mention.derived)


def _example(
    sentence: Sentence,
    codebook: Codebook,
    row_id: str,
    marks: tuple[Mark, ...],
    labels: tuple[str, ...],
    derived: bool = False,
) -> Example:
    return Example(
        id=row_id,
        doc_id=sentence.doc_id,
        text=sentence.text,
        marks=marks,
        labels=tuple(name for name in codebook.labels if name in labels),
        source=sentence.source,
        tags=sentence.tags,
        derived=derived,
    )


class ContentHash:
    """sha256 over examples in order: article, text, marks, labels; row ids do not count."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, example: Example) -> None:
        marks = [[mark.name, mark.start, mark.end] for mark in example.marks]
        row = json.dumps([example.doc_id, example.text, marks, example.labels], ensure_ascii=False)
        self._digest.update(row.encode() + b"\n")

    @property
    def value(self) -> str:
        return self._digest.hexdigest()


def content_hash(examples: Iterable[Example]) -> str:
    """The ContentHash of all the examples."""
    digest = ContentHash()
    for example in examples:
        digest.add(example)
    return digest.value
