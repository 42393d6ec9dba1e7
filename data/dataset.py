"""Labelled sentences to a task's dataset: examples, DatasetDict in parquet, hash, data card."""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.codebook import Codebook, load_codebook
from data.errors import BadInput, nearest
from data.importers import jsonl
from data.records import Example, Mark, Mention, Sentence
from data.splits import SplitConfig, split

if TYPE_CHECKING:
    from datasets import DatasetDict

TASKS = ("event_type", "actor_role", "geo_direction")


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
    make = _sentence_examples if codebook.example == "sentence" else _mention_examples
    for sentence in sentences:
        for example in make(sentence, codebook):
            if isinstance(example, str):
                left_out[example] += 1
            else:
                made.examples.append(example)
    made.left_out = dict(left_out)
    return made


def _sentence_examples(sentence: Sentence, codebook: Codebook) -> Iterator[Example | str]:
    _check_labels(sentence.event_types, sentence, codebook)
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
        _check_labels(names, sentence, codebook)
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


def _check_labels(names: Sequence[str], sentence: Sentence, codebook: Codebook) -> None:
    for name in names:
        if name not in codebook.labels:
            raise BadInput(
                f"labels of the codebook {codebook.name}",
                f"{name!r} in sentence {sentence.id!r}",
                nearest(name, codebook.labels),
                path=sentence.where or None,
            )


def content_hash(examples: Iterable[Example]) -> str:
    """sha256 over the examples in order: article, text, marks, labels; row ids do not count."""
    digest = hashlib.sha256()
    for example in examples:
        marks = [[mark.name, mark.start, mark.end] for mark in example.marks]
        row = json.dumps([example.doc_id, example.text, marks, example.labels], ensure_ascii=False)
        digest.update(row.encode() + b"\n")
    return digest.hexdigest()


def to_dataset_dict(splits: dict[str, list[Example]], codebook: Codebook) -> "DatasetDict":
    """A DatasetDict whose labels are ClassLabel features in the codebook's order."""
    import datasets

    datasets.disable_progress_bars()
    label = datasets.ClassLabel(names=list(codebook.labels))
    text = datasets.Value("string")
    mark = {"name": text, "start": datasets.Value("int32"), "end": datasets.Value("int32")}
    features = datasets.Features(
        {
            "id": text,
            "doc_id": text,
            "text": text,
            "marks": datasets.List(mark),
            "labels": datasets.List(label) if codebook.multi else label,
            "source": text,
            "tags": datasets.List(text),
            "derived": datasets.Value("bool"),
        }
    )
    return datasets.DatasetDict(
        {
            name: datasets.Dataset.from_list(
                [_to_row(example, codebook) for example in examples], features=features
            )
            for name, examples in splits.items()
        }
    )


def _to_row(example: Example, codebook: Codebook) -> dict[str, Any]:
    return {
        "id": example.id,
        "doc_id": example.doc_id,
        "text": example.text,
        "marks": [vars(mark) for mark in example.marks],
        "labels": list(example.labels) if codebook.multi else example.labels[0],
        "source": example.source,
        "tags": list(example.tags),
        "derived": example.derived,
    }


def read_examples(path: Path, codebook: Codebook) -> list[Example]:
    """The examples of one parquet split that `build` wrote."""
    import datasets

    datasets.disable_progress_bars()
    rows = datasets.Dataset.from_parquet(str(path))
    names = rows.features["labels"]
    decode = names.feature.int2str if codebook.multi else names.int2str
    return [
        Example(
            id=row["id"],
            doc_id=row["doc_id"],
            text=row["text"],
            marks=tuple(Mark(**mark) for mark in row["marks"]),
            labels=tuple(decode(row["labels"]) if codebook.multi else [decode(row["labels"])]),
            source=row["source"],
            tags=tuple(row["tags"]),
            derived=row["derived"],
        )
        for row in rows
    ]


def _is_empty(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def build(
    sentences: Sequence[Sentence], out: Path, config: SplitConfig, tasks: Sequence[str] = TASKS
) -> dict[str, Any]:
    """Writes sentences/<split>.jsonl, <task>/<split>.parquet and card.json; returns the card.

    The folder appears whole or not at all; a folder of an earlier build is replaced.
    """
    if out.exists() and not (out / "card.json").exists() and not _is_empty(out):
        raise BadInput(
            "an empty place or an earlier build", "other files", "name another", path=out
        )
    parts = split(sentences, config)
    stage = out.with_name(out.name + ".part")
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir(parents=True)
    try:
        card = _fill(stage, parts, config, tasks)
        shutil.rmtree(out, ignore_errors=True)
        os.replace(stage, out)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return card


def _fill(
    stage: Path, parts: dict[str, list[Sentence]], config: SplitConfig, tasks: Sequence[str]
) -> dict[str, Any]:
    """Writes the dataset's files, the card last."""
    for name, rows in parts.items():
        jsonl.write(rows, stage / "sentences" / f"{name}.jsonl")
    card: dict[str, Any] = {
        "split": config.model_dump(),
        "sentences": {name: len(rows) for name, rows in parts.items()},
        "articles": {name: len({row.doc_id for row in rows}) for name, rows in parts.items()},
        "tasks": {name: _build_task(parts, stage, load_codebook(name)) for name in tasks},
    }
    text = json.dumps(card, indent=2, ensure_ascii=False)
    (stage / "card.json").write_text(text + "\n", encoding="utf-8")
    return card


def _build_task(
    parts: dict[str, list[Sentence]], stage: Path, codebook: Codebook
) -> dict[str, Any]:
    made = {name: examples_of(rows, codebook) for name, rows in parts.items()}
    splits = {name: item.examples for name, item in made.items()}
    folder = stage / codebook.name
    folder.mkdir()
    for name, rows in to_dataset_dict(splits, codebook).items():
        rows.to_parquet(str(folder / f"{name}.parquet"))
    return {
        "codebook_hash": codebook.hash,
        "hash": {name: content_hash(examples) for name, examples in splits.items()},
        "examples": {name: len(examples) for name, examples in splits.items()},
        "left_out": {name: item.left_out for name, item in made.items()},
        "labels": {name: label_counts(examples, codebook) for name, examples in splits.items()},
    }


def label_counts(examples: Iterable[Example], codebook: Codebook) -> dict[str, int]:
    """Examples by label in the codebook's order, the empty set under its `none`."""
    counts = Counter(name for example in examples for name in example.labels or (codebook.none,))
    names = (*codebook.labels, codebook.none) if codebook.none else codebook.labels
    return {str(name): counts[name] for name in names}
