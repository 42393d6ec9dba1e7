"""Labelled sentences to a task's examples, and the hash that identifies them."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from data.codebook import Codebook
from data.errors import BadInput, nearest
from data.records import Example, Mark, Mention, Sentence


@dataclass
class Examples:
    """A task's examples, and how many were left out by reason."""

    examples: list[Example] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def examples_of(
    sentences: Iterable[Sentence], codebook: Codebook, partial: bool = False
) -> Examples:
    """The examples that the codebook asks for, in reading order.

    `partial` adds, in multi-label tasks, sentences that may lack labels. What has no usable label
    is counted. Raises BadInput for a label that the codebook does not know.
    """
    made, left_out = Examples(), Counter[str]()
    for sentence in sentences:
        for example in examples_in(sentence, codebook, partial):
            if isinstance(example, str):
                left_out[example] += 1
            else:
                made.examples.append(example)
    made.left_out = dict(left_out)
    return made


def examples_in(
    sentence: Sentence, codebook: Codebook, partial: bool = False
) -> Iterator[Example | str]:
    """One sentence's examples; a string is the reason why one was left out."""
    check_labels(sentence, codebook)
    if codebook.example == "sentence":
        return _sentence_examples(sentence, codebook, partial)
    return _mention_examples(sentence, codebook)


def check_labels(sentence: Sentence, codebook: Codebook) -> None:
    """Raises BadInput for a label of the sentence that the codebook does not know."""
    if codebook.example == "sentence":
        names = tuple(codebook.merges.get(name, name) for name in sentence.event_types)
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


def _sentence_examples(
    sentence: Sentence, codebook: Codebook, partial: bool
) -> Iterator[Example | str]:
    types = tuple(dict.fromkeys(codebook.merges.get(name, name) for name in sentence.event_types))
    if not sentence.complete and not (partial and codebook.multi and types):
        yield "event types incomplete: an absent type is not a negative"
    elif codebook.multi or len(types) == 1:
        marks = _marks_of(sentence, codebook)
        made = _example(sentence, codebook, sentence.id, marks, types)
        yield replace(made, complete=sentence.complete)
    elif codebook.marks and types:
        yield from _one_a_type(sentence, codebook)
    else:
        yield "not exactly one event type"


def _one_a_type(sentence: Sentence, codebook: Codebook) -> Iterator[Example | str]:
    """An example for each event of a sentence, its marks those whose roles belong to it."""
    for event in sentence.event_types:
        marks = _marks_of(sentence, codebook, event)
        if not marks:
            yield "one of several event types, without a mention of its own"
            continue
        name = codebook.merges.get(event, event)
        yield _example(sentence, codebook, f"{sentence.id}:{event}", marks, (name,))


def _marks_of(sentence: Sentence, codebook: Codebook, event: str | None = None) -> tuple[Mark, ...]:
    """The first mention of each role that the codebook marks, of that event if one is named."""
    found = []
    for name in codebook.marks:
        for mention in sentence.mentions:
            if any(role.name == name and event in (None, role.event) for role in mention.roles):
                found.append(Mark(name, mention.start, mention.end))
                break
    return tuple(found)


def _mention_examples(sentence: Sentence, codebook: Codebook) -> Iterator[Example | str]:
    for mention in sentence.mentions:
        if mention.kind != codebook.example:
            continue
        if not codebook.multi and len(mention.role_names) != 1:
            yield "not exactly one label"
            continue
        yield _mention_example(sentence, codebook, mention, mention.role_names)


def _mention_example(
    sentence: Sentence, codebook: Codebook, mention: Mention, labels: tuple[str, ...]
) -> Example:
    mark = Mark("mention", mention.start, mention.end)
    row_id = f"{sentence.id}@{mention.start}-{mention.end}"
    return _example(sentence, codebook, row_id, (mark,), labels, derived=mention.derived)


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
    """sha256 over examples in order: article, text, marks, labels; row ids do not count.

    A weight that is not 1 and labels that may be incomplete do.
    """

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def add(self, example: Example) -> None:
        marks = [[mark.name, mark.start, mark.end] for mark in example.marks]
        parts: list[object] = [example.doc_id, example.text, marks, example.labels]
        if example.weight != 1 or not example.complete:
            parts += [example.weight, example.complete]
        row = json.dumps(parts, ensure_ascii=False)
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
