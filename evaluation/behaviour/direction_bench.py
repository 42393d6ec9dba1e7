"""DirectionBench: minimal pairs; a pair counts when every mention of both its members is right."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import binomtest

from data.codebook import Codebook, load_codebook
from data.errors import BadInput, nearest
from data.importers.inline import read_marks
from data.records import Example, Mark
from data.strict_yaml import parse_model
from evaluation.metrics import Frozen, Value
from evaluation.score import Scorable, check_codebook

FOLDER = Path(__file__).parent
MIN_PAIRS = 20  # a kind of change with fewer is not given apart


class PairEntry(BaseModel):
    """Two sentences that differ in one thing, with marks {surface|labels}."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str
    change: str
    members: Annotated[tuple[str, ...], Field(min_length=2, max_length=2)]


class PairFile(BaseModel):
    """All pairs of one task."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    pairs: Annotated[tuple[PairEntry, ...], Field(min_length=1)]


@dataclass(frozen=True)
class MinimalPair:
    """A pair as examples: `members` has the mentions of the first and of the second sentence."""

    id: str
    change: str
    members: tuple[tuple[Example, ...], tuple[Example, ...]]

    @property
    def examples(self) -> tuple[Example, ...]:
        return self.members[0] + self.members[1]


class BenchScore(Frozen):
    """Pair accuracy with its 95% Wilson interval, by change, and the failing pairs."""

    task: str
    model: str
    pairs: int
    mentions: int
    pair_accuracy: Value
    mention_accuracy: Value
    chance: float  # expected pair accuracy of uniform guesses among the labels of the bench
    changes: dict[str, Value]
    failures: tuple[str, ...]  # ids


def load_pairs(task: str) -> list[MinimalPair]:
    """The bench of a task. Raises BadInput where a mark or label is wrong."""
    path = FOLDER / f"{task}_pairs.yaml"
    if not path.exists():
        known = (file.name.removesuffix("_pairs.yaml") for file in FOLDER.glob("*_pairs.yaml"))
        raise BadInput("a task that has minimal pairs", repr(task), nearest(task, known))
    codebook = load_codebook(task)
    return [_pair(entry, codebook, path) for entry in parse_model(path, PairFile).pairs]


def score_pairs(artifact: Scorable, pairs: Sequence[MinimalPair], model: str) -> BenchScore:
    """Runs an artifact on every mention of every pair."""
    check_codebook(artifact.codebook)
    examples = [example for pair in pairs for example in pair.examples]
    predictions = artifact.predict(examples)
    right = {
        example.id: set(prediction.labels) == set(example.labels)
        for example, prediction in zip(examples, predictions, strict=True)
    }
    won = {pair.id: all(right[example.id] for example in pair.examples) for pair in pairs}
    changes: dict[str, list[bool]] = defaultdict(list)
    for pair in pairs:
        changes[pair.change].append(won[pair.id])
    return BenchScore(
        task=artifact.codebook.name,
        model=model,
        pairs=len(pairs),
        mentions=len(examples),
        pair_accuracy=_share(list(won.values())),
        mention_accuracy=_share(list(right.values())),
        chance=_chance(pairs),
        changes={name: _share(rows) for name, rows in sorted(changes.items())},
        failures=tuple(name for name, good in won.items() if not good),
    )


def _pair(entry: PairEntry, codebook: Codebook, path: Path) -> MinimalPair:
    def refuse(expected: str, found: str, fix: str) -> NoReturn:
        raise BadInput(expected, f"{found} in pair {entry.id!r}", fix, path=path)

    first, second = (
        _member(text, f"{entry.id}/{number}", codebook, refuse)
        for number, text in enumerate(entry.members, start=1)
    )
    return MinimalPair(entry.id, entry.change, (first, second))


def _member(
    marked: str, name: str, codebook: Codebook, refuse: Callable[[str, str, str], NoReturn]
) -> tuple[Example, ...]:
    text, marks = read_marks(marked, refuse)
    if not marks:
        refuse("a marked mention", repr(marked[:60]), "mark what is to be labelled")
    return tuple(
        Example(
            id=f"{name}@{start}-{end}",
            doc_id=name,
            text=text,
            marks=(Mark("mention", start, end),),
            labels=_labels(field, codebook, refuse),
        )
        for start, end, field in marks
    )


def _labels(field: str, codebook: Codebook, refuse: Any) -> tuple[str, ...]:
    names = [part.strip() for part in field.split(",")]
    if names == [codebook.none]:
        return ()
    for name in names:
        if name not in codebook.labels:
            refuse(f"labels of {codebook.name}", repr(name), nearest(name, codebook.labels))
    return tuple(label for label in codebook.labels if label in names)


def _chance(pairs: Sequence[MinimalPair]) -> float:
    answers = {example.labels for pair in pairs for example in pair.examples}
    return sum((1 / len(answers)) ** len(pair.examples) for pair in pairs) / len(pairs)


def _share(rows: Sequence[bool]) -> Value:
    if len(rows) < MIN_PAIRS:
        return Value(value=sum(rows) / len(rows), reason=f"{len(rows)} only: no interval")
    interval = binomtest(sum(rows), len(rows)).proportion_ci(method="wilson")
    return Value(value=sum(rows) / len(rows), low=float(interval.low), high=float(interval.high))
