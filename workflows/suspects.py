"""The rows whose labels the models doubt: out-of-fold probabilities, ranked, to be read again."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.text import Text

from data import splits
from data.codebook import Codebook, load_codebook
from data.errors import BadInput
from data.pages import visible, write_whole
from data.records import Example, Sentence
from evaluation.metrics import Floats, Ints
from evaluation.mistakes import pieces_of
from evaluation.rows import RowMark
from evaluation.suspects import confident_joint, doubted_labels, yes_or_no
from training.config import RunConfig
from training.families.base import targets
from training.progress import Bars
from training.sources import groups_of, main_sentences, prepare

SHOWN = 10
DIGITS = 4


@dataclass(frozen=True)
class Doubt:
    """A doubted row; `p` are the probabilities of the labels that differ between the two answers.

    The margin is the given answer's probability less that of the suggested one; for several labels,
    each a question of yes or no, the lowest.
    """

    id: str
    doc_id: str
    where: str  # file:line of the sentence
    text: str  # [[marked]]
    given: tuple[str, ...]
    suggested: tuple[str, ...]
    margin: float
    p: dict[str, float]


def find_suspects(config: RunConfig, folds: int, out: Path, quiet: bool) -> dict[str, Any]:
    """Trains a model a fold; each row is doubted by the one that never saw its article.

    Writes the suspects to `out` (JSON Lines), surest first, and prints the first; no run is
    tracked. `estimated_errors` is the confident joint's: labels that are wrong if the models are
    right, so a weak model's own mistakes count in it.
    """
    codebook = load_codebook(config.task)
    sentences = main_sentences(config)
    where = {sentence.id: sentence.where for sentence in sentences}
    with Bars(quiet=quiet) as bars:
        examples, table = _out_of_fold(config, sentences, codebook, folds, bars)
    doubts = _doubts(examples, table, codebook, where)
    rows = (json.dumps(asdict(doubt), ensure_ascii=False) for doubt in doubts)
    write_whole(out, "".join(f"{row}\n" for row in rows))
    if not quiet:
        _print(doubts[:SHOWN], Console())
    return {
        "rows": len(examples),
        "suspects": len(doubts),
        "estimated_errors": _estimate(targets(examples, codebook), table, codebook.multi),
        "out": str(out),
    }


def _out_of_fold(
    config: RunConfig, sentences: Sequence[Sentence], codebook: Codebook, folds: int, bars: Bars
) -> tuple[list[Example], Floats]:
    """All gold examples, and their probabilities by the model that never saw their article."""
    examples: list[Example] = []
    tables: list[Floats] = []
    parts = splits.folds(sentences, folds, config.split.seed, groups_of(sentences))
    for held_out in parts:
        rest = [row for part in parts if part is not held_out for row in part]
        data = prepare(rest, held_out, config)
        if data.validation:
            fitted = config.model.fit(data.train, [], codebook, config.seed, _Unrecorded(bars))
            tables.append(fitted.probabilities(data.validation).astype(float))
            examples += data.validation
    if not examples:
        raise BadInput(f"rows with a gold label of {codebook.name}", "none", "check the data")
    return examples, np.concatenate(tables)


@dataclass(frozen=True)
class _Unrecorded:
    """A Watcher that draws bars; looking for doubtful rows is no experiment."""

    bars: Bars

    def stage(self, title: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        return self.bars.stage(title, total)

    def metrics(self, values: dict[str, float], step: int) -> None:
        """Nobody asks."""


def _doubts(
    examples: Sequence[Example], table: Floats, codebook: Codebook, where: Mapping[str, str]
) -> list[Doubt]:
    found = doubted_labels(targets(examples, codebook), table, codebook.labels)
    doubts = [
        _doubt(examples[row], margins, table[row], codebook, where)
        for row, margins in found.items()
    ]
    return sorted(doubts, key=lambda doubt: (doubt.margin, doubt.id))


def _doubt(
    example: Example,
    margins: Mapping[str, float],
    probabilities: Floats,
    codebook: Codebook,
    where: Mapping[str, str],
) -> Doubt:
    p = dict(zip(codebook.labels, probabilities.tolist(), strict=True))
    wanted = {*example.labels} ^ {*margins} if codebook.multi else {*margins}
    suggested = tuple(name for name in codebook.labels if name in wanted)
    return Doubt(
        id=example.id,
        doc_id=example.doc_id,
        where=where.get(example.id) or where.get(example.id.rpartition("@")[0], ""),
        text=_marked(example),
        given=example.labels or (str(codebook.none),),
        suggested=suggested or (str(codebook.none),),
        margin=round(min(margins.values()), DIGITS),
        p={name: round(p[name], DIGITS) for name in p if name in {*example.labels} ^ wanted},
    )


def _estimate(gold: Ints, table: Floats, multi: bool) -> int:
    """Rows (of a multi-label task: labels of rows) off the diagonals of the confident joint."""
    questions = zip(gold.T, map(yes_or_no, table.T), strict=True) if multi else [(gold, table)]
    joints = [confident_joint(given, probabilities) for given, probabilities in questions]
    return round(sum(float(joint.sum() - np.trace(joint)) for joint in joints))


def _marked(example: Example) -> str:
    marks = [RowMark(name=mark.name, start=mark.start, end=mark.end) for mark in example.marks]
    pieces = pieces_of(example.text, marks)
    return "".join(f"[[{piece.text}]]" if piece.marks else piece.text for piece in pieces)


def _print(doubts: Sequence[Doubt], console: Console) -> None:
    for doubt in doubts:
        change = f"{', '.join(doubt.given)} -> {', '.join(doubt.suggested)}"
        console.print(Text(visible(f"{doubt.margin:+.2f}  {change}  {doubt.where}")))
        console.print(Text(visible(f"       {doubt.text}")))
