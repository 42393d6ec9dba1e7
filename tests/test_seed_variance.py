"""Variance components: planted ones are found again, and too few seeds are told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.records import Mention, Role, Sentence
from evaluation.report import Report
from evaluation.score import score
from evaluation.seed_variance import (
    mean_macro_f1,
    mean_with_interval,
    reach_of_seeds,
    seed_variance,
)
from tagging.artifact import Prediction

PLACES = load_codebook("geo_direction")
DOCUMENTS, ROWS = 60, 6


def place_of(id: str) -> tuple[int, int]:
    """Document and place in it."""
    document, row = id.removeprefix("doc").split("@")[0].split("-")
    return int(document), int(row)


@dataclass
class Model:
    """Right on the rows that it is told, by document and place in it."""

    right: np.ndarray
    manifest_hash: str = "0" * 64
    card: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            family="tfidf", run_id=None, git_commit=None, seed=1
        )
    )
    codebook = PLACES

    def predict(self, examples, batch_size=32, progress=None):
        found = []
        for example in examples:
            document, row = place_of(example.id)
            gold = PLACES.labels.index(example.labels[0])
            label = PLACES.labels[gold if self.right[document, row] else (gold + 1) % 5]
            told = {name: float(name == label) for name in PLACES.labels}
            found.append(Prediction((label,), told, 1.0))
        return found


def report(right: np.ndarray, name: str = "m") -> Report:
    rows = [
        Sentence(
            f"doc{document}-{row}", f"doc{document}", "Lorries left Goma at noon.",
            (Mention(13, 17, "place", (Role(PLACES.labels[(document + row) % 5]),)),),
        )
        for document in range(len(right)) for row in range(ROWS)
    ]  # fmt: skip
    return score(Model(right), rows, name=name, dataset="d", resamples=1)


def dealt(base: Report, right: np.ndarray) -> Report:
    """The same rows decided anew: quicker than scoring."""
    wrong = {label: PLACES.labels[(place + 1) % 5] for place, label in enumerate(PLACES.labels)}
    rows = [
        row.model_copy(
            update={"predicted": row.gold if right[place_of(row.id)] else (wrong[row.gold[0]],)}
        )
        for row in base.predictions
    ]
    return base.model_copy(update={"predictions": tuple(rows)})


def world(seed: float, article: float, seeds: int, trial: int) -> list[np.ndarray]:
    """Rows right by a logit of their article and of the seed, and by chance beyond these."""
    rng = np.random.default_rng(trial)
    articles = rng.normal(0, article, (DOCUMENTS, 1))
    shifts = rng.normal(0, seed, seeds)
    return [
        rng.random((DOCUMENTS, ROWS)) < 1 / (1 + np.exp(-(1 + articles + shift)))
        for shift in shifts
    ]


def components(seed: float, article: float, seeds: int = 6, trials: int = 4):
    base = report(np.ones((DOCUMENTS, ROWS), dtype=bool))
    found = [
        seed_variance([dealt(base, right) for right in world(seed, article, seeds, trial)])
        for trial in range(trials)
    ]
    return [
        float(np.mean([getattr(item, name).value for item in found]))
        for name in ("seed", "articles", "joint")
    ]


@pytest.mark.slow
def test_what_was_planted_is_found_seeds_articles_or_neither():
    by_seed, by_article, _ = components(seed=0.6, article=0.0)
    assert by_seed > 0.06 and by_article < 0.02
    by_seed, by_article, _ = components(seed=0.0, article=1.5)
    assert by_seed < 0.02 and by_article > 0.025
    by_seed, by_article, joint = components(seed=0.0, article=0.0)
    assert by_seed < 0.02 and by_article < 0.02
    assert joint == pytest.approx((0.2 / DOCUMENTS / ROWS) ** 0.5, rel=0.25)


def test_the_mean_and_the_scores_are_those_of_the_reports():
    reports = [report(right) for right in world(0.5, 1.0, 4, 0)]
    found = seed_variance(reports)
    scores = [each.macro_f1.value for each in reports]
    assert found.scores == pytest.approx(scores) and (found.seeds, found.documents) == (4, 60)
    assert found.macro_f1.value == pytest.approx(np.mean(scores))
    assert found.macro_f1.low < found.macro_f1.value < found.macro_f1.high
    assert found.between.value == pytest.approx(np.std(scores, ddof=1))
    assert found.between.low < found.between.value < found.between.high
    # what seeds differ by on these articles is their own part and the joint one
    assert found.between.value**2 == pytest.approx(
        found.seed.value**2 + found.joint.value**2, rel=1e-6
    )


def test_the_same_model_twice_and_thrice_has_no_seed_variance():
    right = world(0, 1.0, 1, 3)[0]
    found = seed_variance([report(right)] * 3)
    assert found.seed.value == pytest.approx(0, abs=1e-9)
    assert found.joint.value == pytest.approx(0, abs=1e-9)
    assert found.articles.value > 0.01 and found.between.value == pytest.approx(0, abs=1e-9)


def test_too_few_seeds_or_documents_have_a_mean_and_a_reason():
    two = seed_variance([report(right) for right in world(0.5, 1.0, 2, 0)])
    assert two.seed.value is None and "2 seeds and 60 documents" in two.seed.reason
    assert two.macro_f1.value is not None and two.macro_f1.low is None
    short = seed_variance([report(right[:7]) for right in world(0.5, 1.0, 3, 0)])
    assert short.articles.value is None and "7 documents" in short.articles.reason


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda right: [report(right)], "two reports"),
        (lambda right: [report(right), report(right[:-1])], "same scored rows"),
    ],
)
def test_reports_that_cannot_be_set_side_by_side_are_refused(
    change: Callable[[np.ndarray], list[Report]], word: str
):
    with pytest.raises(BadInput, match=word):
        seed_variance(change(world(0, 1.0, 1, 0)[0]))


def test_the_interval_of_the_mean_holds_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        table = (
            0.8 + rng.normal(0, 0.1, (4, 1)) + rng.normal(0, 0.05, (1, 40))
            + rng.normal(0, 0.15, (4, 40))
        )  # fmt: skip
        found = mean_with_interval(table)
        held += found.low <= 0.8 <= found.high
    assert 368 <= held <= 392  # 95% of 400 are 380


def test_the_reach_of_seeds_makes_a_difference_hold_the_truth_for_new_seeds():
    rng = np.random.default_rng(1)
    held = told = 0
    for _ in range(400):
        articles = rng.normal(0, 0.1, (1, 60))
        one, other = (
            shift + articles + rng.normal(0, 0.05, (3, 1)) + rng.normal(0, 0.1, (3, 60))
            for shift in (0.8, 0.7)
        )
        gap = one.mean(axis=0) - other.mean(axis=0)
        over_articles = 1.96 * gap.std(ddof=1) / 60**0.5
        over_both = np.hypot(over_articles, np.hypot(reach_of_seeds(one), reach_of_seeds(other)))
        held += abs(gap.mean() - 0.1) <= over_both
        told += abs(gap.mean() - 0.1) <= over_articles
    assert held >= 372 and told < 260  # articles alone: far fewer than 95% of 400


def test_two_seeds_or_equal_ones_reach_nowhere():
    table = np.random.default_rng(2).random((3, 40))
    assert reach_of_seeds(table[:2]) == reach_of_seeds(np.stack([table[0]] * 3)) == 0.0
    assert reach_of_seeds(table[:, :7]) == 0.0


def test_a_mean_of_two_seeds_has_the_interval_of_these_seeds_and_a_score_stays_a_share():
    reports = [report(right) for right in world(0.5, 1.0, 2, 0)]
    found = mean_macro_f1([each.decisions() for each in reports], 500)
    assert found.value == pytest.approx(np.mean([each.macro_f1.value for each in reports]))
    assert found.low < found.value < found.high
    nearly = np.ones((3, 40))
    nearly[0, :8] = 0.7
    assert mean_with_interval(nearly).high == 1.0
