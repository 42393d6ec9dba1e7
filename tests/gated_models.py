"""Models of 80% that err on other rows as they are told, their reports, and the gate's rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace

import numpy as np

from data.codebook import Codebook, load_codebook
from data.records import Example, Mention, Role, Sentence
from evaluation.gate.config import MacroF1Rule, Rules
from evaluation.gate.decision import Verdict
from evaluation.report import Report
from evaluation.score import score
from tagging.artifact import Prediction

PLACES = load_codebook("geo_direction")


@dataclass(frozen=True)
class Fake:
    """A model of 80% that errs on other rows by `spoilt`, `mended` and by `churn` (both ways)."""

    spoilt: float = 0.0
    mended: float = 0.0
    codebook: Codebook = field(default=PLACES, compare=False)
    manifest_hash: str = "0" * 64
    card: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            family="tfidf", run_id=None, git_commit=None, seed=1
        ),
        compare=False,
    )

    def predict(self, examples: Sequence[Example], batch_size: int = 32, progress=None):
        rng = np.random.default_rng(0)
        draws, again = rng.random(len(examples)), rng.random(len(examples))
        found = []
        for example, draw, more in zip(examples, draws, again, strict=True):
            right = draw < 0.8
            right = more >= self.spoilt if right else more < self.mended
            gold = PLACES.labels.index(example.labels[0])
            label = PLACES.labels[gold if right else (gold + 1) % 5]
            told = {name: float(name == label) for name in PLACES.labels}
            found.append(Prediction((label,), told, 1.0))
        return found


@cache
def report(model: Fake, rows: int = 1500, documents: int = 300, name: str = "m") -> Report:
    sentences = [
        Sentence(
            f"s{n}",
            f"doc{n % documents}",
            "Lorries left Goma at noon.",
            (Mention(13, 17, "place", (Role(PLACES.labels[n * 7 // 5 % 5]),)),),
        )
        for n in range(rows)
    ]
    return score(model, sentences, name=name, dataset="d", resamples=20)


def macro(margin: float = 0.03, min_documents: int = 30) -> Rules:
    """Rules for macro-F1 alone."""
    rule = MacroF1Rule(margin=margin, min_documents=min_documents)
    others = dict.fromkeys(("labels", "slices", "behaviour", "calibration", "cost"))
    return Rules(macro_f1=rule, **others)


def check(verdict: Verdict, name: str):
    (found,) = [each for each in verdict.checks if each.name == name]
    return found
