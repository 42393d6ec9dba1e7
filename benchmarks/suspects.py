"""How many planted label errors `wiretag data suspects` finds in the corpus, as Markdown.

    python benchmarks/suspects.py

A share of the corpus's rows gets a wrong label, the job runs as users run it, and what it lists is
compared with what was planted. Errors that the corpus holds of its own count as false alarms.
"""

import json
import random
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from data.codebook import Codebook, load_codebook
from data.dataset import TASKS
from data.examples import examples_of
from data.importers import jsonl, read_sentences
from data.records import Mention, Role, Sentence
from training.config import load_config
from workflows.suspects import find_suspects

ROOT: Final = Path(__file__).parent.parent
CORPUS: Final = ROOT / "data" / "corpus"
SHARE: Final = 0.05
SEEDS: Final = (1, 2, 3)
FOLDS: Final = 5


@dataclass(frozen=True)
class Outcome:
    """Of one run: what was planted, what was listed, and which of the listed were planted."""

    task: str
    rows: int
    planted: int
    estimated: int  # errors, by the confident joint
    hits: tuple[bool, ...]  # a listed row each, surest first

    @property
    def precision(self) -> float:
        """Among as many of the surest rows as were planted."""
        return sum(self.hits[: self.planted]) / self.planted

    @property
    def recall(self) -> float:
        return sum(self.hits) / self.planted

    @property
    def average_precision(self) -> float:
        """Mean precision at each planted row; those not listed come last, in chance order."""
        ranks = [rank for rank, hit in enumerate(self.hits, start=1) if hit]
        listed = sum(number / rank for number, rank in enumerate(ranks, start=1))
        left, rest = self.planted - len(ranks), self.rows - len(self.hits)
        gap = rest / left if left else 0
        later = sum(
            (len(ranks) + number) / (len(self.hits) + number * gap) for number in range(1, left + 1)
        )
        return (listed + later) / self.planted


def plant(
    sentences: Sequence[Sentence], codebook: Codebook, seed: int
) -> tuple[list[Sentence], set[str]]:
    """The sentences with wrong labels in a share of the task's rows, and the ids of these rows.

    Of a row one answer (a label, or none in a multi-label task) turns into another by chance.
    """
    chance = random.Random(seed)
    rows = examples_of(sentences, codebook).examples
    chosen = chance.sample(rows, round(SHARE * len(rows)))
    wrong = {row.id: _wrong(row.labels, codebook, chance) for row in chosen}
    return [_relabelled(sentence, wrong, codebook) for sentence in sentences], set(wrong)


def _wrong(labels: tuple[str, ...], codebook: Codebook, chance: random.Random) -> tuple[str, ...]:
    answers = [*codebook.labels, *([codebook.none] if codebook.none else [])]
    leaving = chance.choice(labels or (codebook.none,))
    coming = chance.choice([name for name in answers if name not in {*labels, leaving}])
    kept = [name for name in labels if name != leaving]
    return tuple(kept if coming == codebook.none else [*kept, str(coming)])


def _relabelled(
    sentence: Sentence, wrong: dict[str, tuple[str, ...]], codebook: Codebook
) -> Sentence:
    if codebook.example == "sentence":
        return replace(sentence, event_types=wrong.get(sentence.id, sentence.event_types))
    mentions = tuple(_with_roles(sentence, mention, wrong) for mention in sentence.mentions)
    return replace(sentence, mentions=mentions)


def _with_roles(sentence: Sentence, mention: Mention, wrong: dict[str, tuple[str, ...]]) -> Mention:
    roles = wrong.get(f"{sentence.id}@{mention.start}-{mention.end}")
    return mention if roles is None else replace(mention, roles=tuple(map(Role, roles)))


def run(task: str, seed: int, folder: Path) -> Outcome:
    """Plants, searches, compares."""
    codebook = load_codebook(task)
    sentences = list(read_sentences(CORPUS))
    spoilt, planted = plant(sentences, codebook, seed)
    jsonl.write(spoilt, folder / "spoilt.jsonl")
    config = load_config(
        ROOT / "configs" / task / "tfidf.yaml", [f"data={folder / 'spoilt.jsonl'}"]
    )
    found = find_suspects(config, FOLDS, folder / "suspects.jsonl", quiet=True)
    listed = (folder / "suspects.jsonl").read_text(encoding="utf-8").splitlines()
    hits = tuple(json.loads(line)["id"] in planted for line in listed)
    return Outcome(task, found["rows"], len(planted), found["estimated_errors"], hits)


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Markdown: mean (lowest to highest) over the seeds, in points of 100."""
    yield (
        "| task | rows | planted | listed | precision@planted | average precision |"
        " recall in the list | chance | estimated errors |"
    )
    yield "|---|---|---|---|---|---|---|---|---|"
    for task in dict.fromkeys(outcome.task for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.task == task]
        cells = [
            task,
            str(own[0].rows),
            str(own[0].planted),
            f"{statistics.mean(len(outcome.hits) for outcome in own):.0f}",
            *(_points(own, name) for name in ("precision", "average_precision", "recall")),
            f"{100 * own[0].planted / own[0].rows:.1f}",
            f"{statistics.mean(outcome.estimated for outcome in own):.0f}",
        ]
        yield f"| {' | '.join(cells)} |"


def _points(outcomes: Sequence[Outcome], name: str) -> str:
    values = [100 * getattr(outcome, name) for outcome in outcomes]
    return f"{statistics.mean(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def main() -> None:
    outcomes = []
    for task in TASKS:
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as folder:
                outcomes.append(run(task, seed, Path(folder)))
    print("\n".join(table(outcomes)))


if __name__ == "__main__":
    main()
