"""The gate: green only where a drop of the margin is excluded, red for what is worse or null."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace

import numpy as np
import pytest

from data.codebook import Codebook, load_codebook
from data.errors import BadInput
from data.records import Example, Mention, Role, Sentence
from evaluation.bootstrap import paired_difference
from evaluation.gate import gate
from evaluation.metrics import Decisions, Value
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
        default_factory=lambda: SimpleNamespace(family="tfidf", run_id=None, git_commit=None),
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


def test_a_model_passes_against_itself():
    verdict = gate(report(Fake()), report(Fake()))
    assert verdict.outcome == "pass" and verdict.passed
    assert verdict.difference == Value(value=0.0, low=0.0, high=0.0)
    assert verdict.documents == 300 and verdict.rows == 1500 and verdict.margin == 0.03


def test_a_better_model_passes():
    verdict = gate(report(Fake(mended=0.3)), report(Fake()))
    assert verdict.outcome == "pass" and verdict.difference.low > 0


def test_a_planted_drop_fails_and_names_the_interval():
    verdict = gate(report(Fake(spoilt=0.08)), report(Fake()))
    assert verdict.outcome == "fail" and not verdict.passed
    assert "worse" in verdict.reasons[0] and "300 documents" in verdict.reasons[0]


def test_a_drop_that_the_rows_cannot_exclude_is_not_green():
    # as many mended as spoilt: equal models, but too few documents to exclude 3 points
    candidate = Fake(spoilt=0.05, mended=0.2)
    small = {"rows": 100, "documents": 50}
    verdict = gate(report(candidate, **small), report(Fake(), **small))
    assert verdict.outcome == "not enough data" and not verdict.passed
    assert verdict.difference.low <= -0.03 and verdict.difference.high >= 0


def test_a_small_loss_within_the_margin_passes_with_enough_data():
    verdict = gate(report(Fake(spoilt=0.01), rows=3000), report(Fake(), rows=3000))
    assert verdict.outcome == "pass" and -0.03 < verdict.difference.value < 0
    assert gate(report(Fake(spoilt=0.01)), report(Fake()), margin=0.001).outcome == "fail"


def test_few_documents_are_never_enough():
    small = {"rows": 290, "documents": 29}
    verdict = gate(report(Fake(), **small), report(Fake(), **small))
    assert verdict.outcome == "not enough data" and "29 documents" in verdict.reasons[0]
    assert gate(report(Fake(), **small), report(Fake(), **small), min_documents=20).passed


def without(report: Report, name: str, value: Value | None) -> Report:
    metrics = dict(report.headline.metrics)
    if value is None:
        metrics.pop(name)
    else:
        metrics[name] = value
    headline = report.headline.model_copy(update={"metrics": metrics})
    return report.model_copy(update={"headline": headline})


@pytest.mark.parametrize("name", ["macro_f1", "mcc", "ece", "accuracy"])
@pytest.mark.parametrize("value", [None, Value(value=None, reason="all rows got the same label")])
def test_a_missing_or_undefined_metric_is_red(name, value):
    verdict = gate(without(report(Fake()), name, value), report(Fake()))
    assert verdict.outcome == "fail" and "undefined" in verdict.reasons[0]


def test_an_accepted_report_without_macro_f1_holds_no_bar():
    undefined = Value(value=None, reason="no scored row has a gold label")
    verdict = gate(report(Fake()), without(report(Fake()), "macro_f1", undefined))
    assert verdict.outcome == "fail" and "accepted" in verdict.reasons[0]


def test_labels_that_fell_are_noted():
    verdict = gate(report(Fake(spoilt=0.4)), report(Fake()))
    assert len(verdict.notes) == 5 and "F1 fell from" in verdict.notes[0]
    assert gate(report(Fake()), report(Fake())).notes == ()


@pytest.mark.parametrize("margin", [-0.01, 1.0, float("nan")])
def test_a_margin_that_is_no_share_is_refused(margin):
    with pytest.raises(BadInput, match="margin"):
        gate(report(Fake()), report(Fake()), margin=margin)


def test_other_rows_labels_or_codebooks_are_refused():
    one, other = report(Fake()), report(Fake(), rows=1499)
    with pytest.raises(BadInput, match="same scored rows"):
        gate(one, other)
    codebook = one.codebook.model_copy(update={"hash": "f" * 64})
    with pytest.raises(BadInput, match="one codebook"):
        gate(one.model_copy(update={"codebook": codebook}), one)
    with pytest.raises(BadInput, match="reports of one task"):
        gate(one.model_copy(update={"task": "other"}), one)


def planted(seed: int, drop: float, churn: float) -> tuple[Decisions, Decisions]:
    """Two models on 300 documents of 4 rows; the candidate lost `drop` of its right rows."""
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 5, 1200)

    def answers() -> np.ndarray:
        return np.where(rng.random(1200) < 0.8, gold, (gold + rng.integers(1, 5, 1200)) % 5)

    accepted = answers()
    candidate = np.where(rng.random(1200) < churn, answers(), accepted)
    lost = (candidate == gold) & (rng.random(1200) < drop)
    candidate = np.where(lost, (gold + 1) % 5, candidate)
    documents = np.array([f"d{row // 4}" for row in range(1200)])
    table = np.eye(5, dtype=bool)
    pair = [
        Decisions(PLACES.labels, None, table[gold], table[y], table[y] * 1.0, documents)
        for y in (candidate, accepted)
    ]
    return pair[0], pair[1]


@pytest.mark.parametrize("churn", [0.0, 0.1])
def test_planted_three_point_drops_are_not_let_through(churn):
    let_through = 0
    for seed in range(100):
        found = paired_difference(*planted(seed, 0.0375, churn), 500, seed, level=0.99)
        let_through += found.low > -0.03
    assert let_through <= 5  # of 100; 0.0375 x 80% = 3 points


def test_equal_models_that_err_on_other_rows_are_seldom_called_worse():
    alarms = 0
    for seed in range(100):
        found = paired_difference(*planted(seed, 0.0, 0.05), 500, seed, level=0.99)
        alarms += found.low <= -0.03 and found.high < 0
    assert alarms <= 2
