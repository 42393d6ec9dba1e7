"""Alpha and kappa of decisions: published examples, scikit-learn as the oracle, and intervals."""

from itertools import permutations

import numpy as np
import pytest

from data.alpha import agreement_of


def rows_of(table: str) -> list[list[str | None]]:
    """A line an annotator, as published -> a row a decision; a dot is a missing answer."""
    lines = [line.split() for line in table.strip().splitlines()]
    return [
        [None if value == "." else value for value in unit] for unit in zip(*lines, strict=True)
    ]


PUBLISHED = {  # Krippendorff, Computing Krippendorff's Alpha-Reliability (2011), sections A to C
    "binary, two observers": (
        """0 1 0 0 0 0 0 0 1 0
           1 1 1 0 0 1 0 0 0 0""",
        0.095,
    ),
    "nominal, two observers": (
        """a a b b d c c c e d d a
           b a b b b c c c e d d d""",
        0.692,
    ),
    "nominal, four observers, answers missing": (
        """1 2 3 3 2 1 4 1 2 . . .
           1 2 3 3 2 2 4 1 2 5 . 3
           . 3 3 3 2 3 4 2 2 5 1 .
           1 2 3 3 2 4 4 1 2 5 1 .""",
        0.743,
    ),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_alpha_is_the_published_one(name):
    table, expected = PUBLISHED[name]
    rows = rows_of(table)
    found = agreement_of(rows, [str(place) for place in range(len(rows))])
    assert round(found.alpha, 3) == expected
    low, high = found.alpha_interval
    assert low < found.alpha < high


def test_a_decision_that_one_annotator_made_does_not_count():
    rows = rows_of(PUBLISHED["nominal, four observers, answers missing"][0])
    found = agreement_of(rows, ["d"] * len(rows))
    assert found.decisions == 11 and agreement_of(rows[:-1], ["d"] * 11).alpha == found.alpha


def test_kappa_is_the_mean_of_the_pairs_as_scikit_learn_has_them():
    from sklearn.metrics import cohen_kappa_score

    rng = np.random.default_rng(1)
    rows = rng.choice(["origin", "site", "transit"], size=(60, 3), p=[0.5, 0.4, 0.1])
    pairs = [(0, 1), (0, 2), (1, 2)]
    expected = np.mean([cohen_kappa_score(rows[:, one], rows[:, two]) for one, two in pairs])
    found = agreement_of(rows.tolist(), [str(n // 3) for n in range(60)])
    assert found.kappa == pytest.approx(expected)
    equal = np.mean([np.mean(rows[:, one] == rows[:, two]) for one, two in pairs])
    assert found.agreed == pytest.approx(equal)
    for order in permutations(range(3)):
        assert agreement_of(rows[:, order].tolist(), ["d"] * 60).alpha == pytest.approx(found.alpha)


def test_the_interval_is_over_articles_and_not_over_decisions():
    few = [(True, True)] * 40 + [(True, False)] * 10 + [(False, False)] * 50
    wide = agreement_of(few, [str(n // 25) for n in range(100)])
    narrow = agreement_of(few, [str(n) for n in range(100)])
    width = [high - low for low, high in (wide.alpha_interval, narrow.alpha_interval)]
    assert wide.alpha == narrow.alpha and width[0] > 1.5 * width[1]
    again = agreement_of(few, [str(n) for n in range(100)])
    assert again == narrow
    lone = agreement_of(few, ["d"] * 100)
    assert lone.alpha == wide.alpha and lone.alpha_interval is lone.kappa_interval is None


@pytest.mark.slow
def test_the_interval_of_alpha_holds_the_true_value_about_as_often_as_it_says():
    rng = np.random.default_rng(7)
    held = 0
    for _ in range(100):  # two annotators, each right in 85% of even yes-no decisions
        truth = rng.random(120) < 0.5
        answers = [np.where(rng.random(120) < 0.85, truth, ~truth) for _ in range(2)]
        rows = list(zip(*(side.tolist() for side in answers), strict=True))
        low, high = agreement_of(rows, [str(n) for n in range(120)]).alpha_interval
        held += low <= 0.7**2 <= high
    assert 88 <= held <= 99


def test_a_pair_without_kappa_is_left_out_of_the_mean():
    rows = [(1, 1, None), (1, 1, None), (1, None, 1), (2, None, 2), (2, None, 1)]
    found = agreement_of(rows, ["d"] * 5)
    assert found.kappa == pytest.approx((2 / 3 - 4 / 9) / (1 - 4 / 9))
    apart = [(1, 1, None, None), (None, None, 2, 2)]
    found = agreement_of(apart, ["d"] * 2)
    assert found.alpha == 1.0 and found.kappa is None
    assert found.reason == "no pair of annotators gave more than one answer"
