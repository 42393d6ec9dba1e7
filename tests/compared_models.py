"""Models that are right on a share of made-up rows, and their reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from data.codebook import Codebook, load_codebook
from data.records import Example, Mention, Role, Sentence
from evaluation.report import Report
from evaluation.score import score
from tagging.artifact import Prediction

PLACES = load_codebook("geo_direction")


@dataclass
class Fake:
    """A model that is right on a share of the rows; models of one seed err on nested rows."""

    family: str
    accuracy: float
    seed: int = 0
    trained: int | None = 1  # the seed of its training
    codebook: Codebook = PLACES
    manifest_hash: str = "0" * 64

    @property
    def card(self) -> SimpleNamespace:
        return SimpleNamespace(family=self.family, run_id=None, git_commit=None, seed=self.trained)

    def predict(self, examples: Sequence[Example], batch_size: int = 32, progress=None):
        rng = np.random.default_rng(self.seed)
        found = []
        for example, draw in zip(examples, rng.random(len(examples)), strict=True):
            gold = self.codebook.labels.index(example.labels[0])
            wrong = self.codebook.labels[(gold + 1) % len(self.codebook.labels)]
            label = example.labels[0] if draw < self.accuracy else wrong
            told = {name: float(name == label) for name in self.codebook.labels}
            found.append(Prediction((label,), told, 1.0))
        return found


def sentences(rows: int = 300, documents: int = 60, first: int = 0) -> list[Sentence]:
    return [
        Sentence(
            f"s{first + n}",
            f"doc{n % documents}",
            "Lorries left Goma at noon.",
            (Mention(13, 17, "place", (Role(PLACES.labels[n % 5]),)),),
        )
        for n in range(rows)
    ]


def report(
    name: str, model: Fake, rows: list[Sentence] | None = None, dataset: str = "d"
) -> Report:
    return score(model, rows or sentences(), name=name, dataset=dataset, resamples=200)
