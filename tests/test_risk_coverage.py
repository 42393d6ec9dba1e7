"""The risk-coverage curve: areas by hand, ties answered together, and intervals by document."""

import numpy as np
import pytest

from evaluation.metrics import Decisions
from evaluation.risk_coverage import confidences, risk_coverage

LABELS = ("a", "b")


def model(confidence: np.ndarray, right: np.ndarray, documents: int = 30) -> Decisions:
    """Single-label rows that decide `a` with that confidence."""
    rows = len(right)
    gold = np.column_stack([right, ~right])
    decided = np.tile([True, False], (rows, 1))
    table = np.column_stack([confidence, 1 - confidence])
    names = np.array([f"d{row % documents}" for row in range(rows)])
    return Decisions(LABELS, None, gold, decided, table, names)


def ranked(right: np.ndarray) -> Decisions:
    return model(np.linspace(0.99, 0.51, len(right)), right)


def test_area_and_precisions_are_those_of_the_definition():
    right = np.random.default_rng(0).random(200) < np.linspace(1, 0.4, 200)
    found = risk_coverage(ranked(right), 200, 0)
    running = (~right).cumsum() / np.arange(1, 201)
    assert found.area.value == pytest.approx(running.mean())
    assert found.area.low < found.area.value < found.area.high
    for item, rows in zip(found.at, (100, 140, 180), strict=True):
        assert item.coverage == rows / 200
        assert item.precision.value == pytest.approx(right[:rows].mean())
        assert item.precision.low < item.precision.value < item.precision.high
    assert len(found.points) == 50
    assert found.points[-1].coverage == 1.0
    assert found.points[-1].risk == pytest.approx((~right).mean())


def test_a_perfect_order_has_the_best_area_and_a_useless_one_the_error_rate():
    right = np.arange(100) < 70
    best, worst = risk_coverage(ranked(right), 50, 0), risk_coverage(ranked(right[::-1]), 50, 0)
    assert best.area.value == pytest.approx(best.best)
    assert best.at[0].precision.value == 1.0 and best.at[2].precision.value == 70 / 90
    assert worst.area.value > 0.5 and worst.best == best.best


def test_rows_of_equal_confidence_are_answered_together_whatever_their_order():
    right = np.arange(100) < 70
    one = risk_coverage(model(np.full(100, 0.8), right), 50, 0)
    assert [item.coverage for item in one.at] == [1.0, 1.0, 1.0]
    assert {item.precision.value for item in one.at} == {0.7}
    assert one.area.value == pytest.approx(0.3) and len(one.points) == 1
    steps = np.repeat([0.9, 0.6], 50)
    order = np.random.default_rng(1).permutation(50)
    mixed = right.copy()
    mixed[:50] = right[:50][order]
    told = [risk_coverage(model(steps, rows), 50, 0).area.value for rows in (right, mixed)]
    assert told[0] == told[1] == pytest.approx(0.5 * 0 + 0.5 * 0.3)


def test_few_rows_have_no_curve_and_say_so():
    found = risk_coverage(ranked(np.ones(49, dtype=bool)), 50, 0)
    assert found.area.reason == "49 rows, and a curve takes 50"
    assert found.best is None and found.at == () and found.points == ()


def test_a_multi_label_decision_is_as_sure_as_its_least_sure_part():
    table = np.array([[0.9, 0.2], [0.6, 0.05]])
    decided = np.array([[True, False], [False, False]])
    found = confidences(Decisions(LABELS, "none", decided, decided, table, np.array(["d", "e"])))
    assert found.tolist() == pytest.approx([0.8, 0.4])
