"""Calibration mends what is miscalibrated, conformal sets cover, abstention keeps its word."""

import numpy as np
import pytest

from data.codebook import load_codebook
from tagging.calibrated import Conformal, Isotonic, Scaling, calibrated, confidence, possible
from training.calibration import COVERAGE, calibrate, compare_methods, log_loss

SINGLE, MULTI = load_codebook("geo_direction"), load_codebook("actor_role")


def single_rows(count: int, overconfident: float, seed: int = 0):
    """Gold drawn from true probabilities, and the probabilities a too sure model would say."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 1.5, (count, len(SINGLE.labels)))
    true = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    gold = np.array([random.choice(true.shape[1], p=row) for row in true])
    said = np.exp(logits * overconfident)
    return gold, (said / said.sum(axis=1, keepdims=True)).astype(np.float32)


def multi_rows(count: int, overconfident: float, shift: float = 0.0, seed: int = 0):
    random = np.random.default_rng(seed)
    logits = random.normal(-0.5, 1.5, (count, len(MULTI.labels)))
    gold = (random.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(np.int64)
    said = 1 / (1 + np.exp(-(logits * overconfident + shift)))
    return gold, said.astype(np.float32)


def groups(count: int) -> list[str]:
    return [f"article-{row // 4}" for row in range(count)]


def test_a_too_sure_single_label_model_is_cooled_to_the_truth():
    gold, said = single_rows(1500, overconfident=3.0)
    found = calibrate(gold, said, groups(1500), SINGLE, "scaling")
    assert isinstance(found.calibration, Scaling)
    assert found.calibration.slope[0] == pytest.approx(1 / 3, rel=0.15)
    test_gold, test_said = single_rows(1500, overconfident=3.0, seed=1)
    cooled = calibrated(test_said, found.calibration, False)
    assert log_loss(test_gold, cooled, SINGLE) < log_loss(test_gold, test_said, SINGLE) - 0.3
    assert cooled.sum(axis=1) == pytest.approx(1, abs=1e-5)
    assert (cooled.argmax(axis=1) == test_said.argmax(axis=1)).all()


def test_a_multi_label_model_gets_a_slope_and_a_shift_a_label():
    gold, said = multi_rows(2000, overconfident=2.0, shift=1.0)
    found = calibrate(gold, said, groups(2000), MULTI, "scaling").calibration
    assert isinstance(found, Scaling)
    assert found.slope == pytest.approx([0.5] * len(MULTI.labels), rel=0.25)
    assert found.shift == pytest.approx([-0.5] * len(MULTI.labels), abs=0.3)


@pytest.mark.parametrize("method", ["scaling", "isotonic"])
def test_each_method_lowers_the_log_loss_of_held_out_rows(method):
    gold, said = multi_rows(1200, overconfident=3.0)
    losses = compare_methods(gold, said, groups(1200), MULTI)
    assert losses[method] < losses["none"] - 0.05


def test_auto_takes_the_method_of_least_held_out_loss():
    gold, said = single_rows(800, overconfident=2.5)
    found = calibrate(gold, said, groups(800), SINGLE)
    best = min(found.log_loss, key=lambda name: found.log_loss[name])
    assert best == "scaling" and isinstance(found.calibration, Scaling)


def test_a_well_calibrated_model_is_left_about_as_it_is():
    gold, said = single_rows(1500, overconfident=1.0)
    after = calibrated(said, calibrate(gold, said, groups(1500), SINGLE).calibration, False)
    assert np.abs(after - said).mean() < 0.03


def test_conformal_sets_hold_the_gold_label_of_every_class_as_often_as_they_say():
    gold, said = single_rows(3000, overconfident=2.0)
    found = calibrate(gold, said, groups(3000), SINGLE).conformal
    test_gold, test_said = single_rows(6000, overconfident=2.0, seed=5)
    table = calibrated(test_said, calibrate(gold, said, groups(3000), SINGLE).calibration, False)
    held = possible(table, found)[np.arange(6000), test_gold]
    for label in range(len(SINGLE.labels)):
        assert held[test_gold == label].mean() == pytest.approx(COVERAGE, abs=0.03)


def test_a_label_with_too_few_rows_is_always_possible():
    gold, said = single_rows(200, overconfident=1.0)
    gold[gold == 3] = 0
    gold[:5] = 3
    found = calibrate(gold, said, groups(200), SINGLE, "none").conformal
    assert found.quantiles[3] == 1.0
    assert possible(said, found)[:, 3].all()


def test_abstention_keeps_the_wanted_precision_on_new_rows():
    gold, said = single_rows(3000, overconfident=1.0)
    found = calibrate(gold, said, groups(3000), SINGLE, precision=0.8)
    assert found.abstention is not None and 0.05 < found.abstention.kept < 1
    test_gold, test_said = single_rows(4000, overconfident=1.0, seed=3)
    table = calibrated(test_said, found.calibration, False)
    kept = table.max(axis=1) >= found.abstention.confidence
    right = (table.argmax(axis=1) == test_gold)[kept].mean()
    assert right == pytest.approx(0.8, abs=0.04)


def test_a_precision_out_of_reach_gives_no_threshold():
    random = np.random.default_rng(0)
    gold = random.integers(0, len(SINGLE.labels), 400)
    said = random.dirichlet(np.ones(len(SINGLE.labels)), 400).astype(np.float32)
    assert calibrate(gold, said, groups(400), SINGLE, precision=0.99).abstention is None


@pytest.mark.parametrize("count", [0, 1, 30])
def test_too_few_rows_fit_nothing_and_fail_nowhere(count):
    gold, said = multi_rows(count, overconfident=2.0)
    found = calibrate(gold, said, groups(count), MULTI)
    assert found.calibration is None and found.conformal is None and found.abstention is None
    assert found.thresholds is not None and found.log_loss == {}


def test_a_decision_is_as_sure_as_its_least_sure_label():
    table = np.array([[0.9, 0.4, 0.2]], dtype=np.float32)
    decided = np.array([[True, False, False]])
    assert confidence(table, decided, multi=True) == pytest.approx([0.6])
    assert confidence(table, decided, multi=False) == pytest.approx([0.9])


def test_an_isotonic_line_of_one_knot_is_a_constant():
    line = Isotonic(said=((0.5,),) * 3, true=((0.25,),) * 3)
    table = np.array([[0.1, 0.5, 0.9]], dtype=np.float32)
    assert calibrated(table, line, multi=True) == pytest.approx(np.full((1, 3), 0.25))


@pytest.mark.parametrize("said, true", [((0.6, 0.2), (0.1, 0.3)), ((0.2,), (0.1, 0.3)), ((), ())])
def test_lines_that_fall_or_lack_knots_are_refused(said, true):
    with pytest.raises(ValueError, match="rising"):
        Isotonic(said=(said,), true=(true,))


def test_a_set_holds_labels_at_least_as_probable_as_one_minus_the_quantile():
    table = np.array([[0.7, 0.2, 0.1]], dtype=np.float32)
    sets = possible(table, Conformal(coverage=0.9, quantiles=(0.3, 0.79, 0.95)))
    assert sets.tolist() == [[True, False, True]]
