"""Bootstrap over documents: seeded, quick, wider where documents repeat themselves, calibrated."""

import time

import numpy as np
import pytest
from scipy.stats import binomtest

from evaluation.bootstrap import (
    MIN_DOCUMENTS,
    document_counts,
    macro_samples,
    paired_difference,
    resampled_sums,
    sample,
    score_interval,
    with_interval,
)
from evaluation.metrics import Decisions, Value, macro_f1, outcome_counts
from evaluation.significance import holm, mcnemar

LABELS = tuple("abcdef")


def decisions(gold: np.ndarray, predicted: np.ndarray, documents: np.ndarray) -> Decisions:
    table = np.eye(len(LABELS), dtype=bool)
    names = np.array([f"doc{place}" for place in documents])
    return Decisions(LABELS, None, table[gold], table[predicted], table[predicted] * 1.0, names)


def random_decisions(rows=400, documents=80, accuracy=0.7, seed=0) -> Decisions:
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 6, rows)
    wrong = rng.random(rows) > accuracy
    predicted = np.where(wrong, (gold + rng.integers(1, 6, rows)) % 6, gold)
    return decisions(gold, predicted, rng.integers(0, documents, rows))


def macro_interval(model: Decisions, resamples: int, seed: int = 0) -> Value:
    point = Value(value=float(macro_f1(*outcome_counts(model.gold, model.predicted))))
    counts = document_counts(model)
    return score_interval(point, sample(counts, resamples, seed).macro, len(counts.rows))


def test_counts_by_document_add_up():
    model = random_decisions()
    counts = document_counts(model)
    tp, fp, fn = outcome_counts(model.gold, model.predicted)
    assert counts.tp.sum(axis=0).tolist() == tp.tolist()
    assert counts.fp.sum(axis=0).tolist() == fp.tolist()
    assert counts.fn.sum(axis=0).tolist() == fn.tolist()
    assert counts.rows.sum() == 400 and counts.right.sum() == model.right.sum()
    assert len(counts.rows) == len(set(model.documents))


def test_resamples_draw_whole_documents():
    table = np.array([[1.0, 0], [10, 0], [100, 1]])
    for sums in resampled_sums(table, 700, seed=1):
        digits = sums[:, 0]
        drawn = digits // 100 + digits % 100 // 10 + digits % 10
        assert (drawn == 3).all()  # three draws a resample, each with its whole row
        assert (sums[:, 1] == digits // 100).all()


def test_a_resample_is_scored_as_the_drawn_rows_would_be():
    model = random_decisions(rows=60, documents=12)
    counts = document_counts(model)
    names = sorted(set(model.documents))
    draws = np.random.default_rng(5).integers(0, len(names), size=(1, len(names)))[0]
    rows = np.concatenate([np.flatnonzero(model.documents == names[place]) for place in draws])
    expected = macro_f1(*outcome_counts(model.gold[rows], model.predicted[rows]))
    assert sample(counts, 1, seed=5).macro[0] == pytest.approx(float(expected))


def test_same_seed_same_interval_other_seed_another():
    model = random_decisions()
    assert macro_interval(model, 500, seed=1) == macro_interval(model, 500, seed=1)
    assert macro_interval(model, 500, seed=1) != macro_interval(model, 500, seed=2)


def test_rows_that_repeat_within_documents_widen_the_interval():
    one = random_decisions(rows=200, documents=10**6, seed=4)
    ten = one.take(np.repeat(np.arange(200), 10))
    as_rows = Decisions(
        *(getattr(ten, name) for name in ("labels", "none", "gold", "predicted", "probabilities")),
        np.array([f"row{place}" for place in range(2000)]),
    )
    clustered, independent = macro_interval(ten, 1000), macro_interval(as_rows, 1000)
    assert clustered.high - clustered.low > 2.5 * (independent.high - independent.low)


@pytest.mark.slow
def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    truth = macro_interval(random_decisions(rows=60_000, documents=60_000, seed=99), 10).value
    covered = 0
    for seed in range(200):
        found = macro_interval(random_decisions(rows=500, documents=500, seed=seed), 300, seed)
        covered += found.low <= truth <= found.high
    assert 180 <= covered <= 199  # 95% of 200 is 190; outside has p below 0.001 each side


def test_five_thousand_resamples_of_two_thousand_rows_take_well_under_a_second():
    model = random_decisions(rows=2000, documents=600)
    start = time.perf_counter()
    paired_difference(model, model, 5000)
    assert time.perf_counter() - start < 1.0


def test_a_model_does_not_differ_from_itself():
    model = random_decisions()
    found = paired_difference(model, model, 500)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 0.0)


def test_paired_difference_is_signed_and_narrower_than_an_unpaired_one():
    better = random_decisions(accuracy=0.9, seed=1)
    spoilt = better.predicted.copy()
    spoilt[:40] = np.roll(better.gold[:40], 1, axis=1)
    worse = Decisions(LABELS, None, better.gold, spoilt, better.probabilities, better.documents)
    found = paired_difference(better, worse, 2000)
    assert found.low > 0 and found.low < found.value < found.high
    back = paired_difference(worse, better, 2000)
    assert back.value == pytest.approx(-found.value)
    first, second = (
        macro_samples([document_counts(m)], 2000, s)[0] for m, s in ((better, 1), (worse, 2))
    )
    unpaired = np.subtract(*np.quantile(first - second, [0.975, 0.025]))
    assert found.high - found.low < unpaired


def test_a_wider_level_gives_a_wider_interval():
    one, other = random_decisions(seed=1), random_decisions(seed=1)
    flipped = Decisions(
        LABELS, None, one.gold, np.roll(one.predicted, 1, axis=1), one.probabilities, one.documents
    )
    narrow = paired_difference(flipped, other, 2000, level=0.9)
    wide = paired_difference(flipped, other, 2000, level=0.99)
    assert wide.low < narrow.low and wide.high > narrow.high


def test_pairing_other_rows_is_refused():
    with pytest.raises(ValueError, match="same rows"):
        paired_difference(random_decisions(seed=1), random_decisions(seed=2))
    with pytest.raises(ValueError, match="same rows"):
        mcnemar(random_decisions(seed=1), random_decisions(seed=2))


@pytest.mark.parametrize("documents", [1, MIN_DOCUMENTS - 1])
def test_few_documents_have_no_interval_and_say_so(documents):
    found = macro_interval(random_decisions(documents=documents), 100)
    assert found.value is not None and found.low is None
    assert found.reason.startswith(f"no interval: {documents} document")
    assert macro_interval(random_decisions(documents=MIN_DOCUMENTS), 100).low is not None


def test_a_score_that_never_varies_has_no_interval_and_a_difference_has():
    perfect = random_decisions(accuracy=1.0)
    found = macro_interval(perfect, 100)
    assert found.value == 1.0 and found.low is None
    assert found.reason == "no interval: the same in every resample"
    assert paired_difference(perfect, perfect, 100).interval == (0.0, 0.0)


def test_resamples_without_gold_labels_do_not_count():
    samples = np.array([np.nan, 0.2, 0.4, np.nan])
    found = with_interval(Value(value=0.3), samples, documents=40)
    assert 0.2 <= found.low <= found.high <= 0.4
    undefined = Value(value=None, reason="why")
    assert with_interval(undefined, samples, 40) is undefined


def test_mcnemar_is_the_exact_binomial_test_of_the_rows_in_dispute():
    gold = np.zeros(20, dtype=int)
    first, second = gold.copy(), gold.copy()
    first[:2] = 1  # the second alone is right on 2 rows
    second[5:14] = 1  # the first alone on 9
    rows = np.arange(20)
    found = mcnemar(decisions(gold, first, rows), decisions(gold, second, rows))
    assert (found.only_first, found.only_second) == (9, 2)
    assert found.p.value == pytest.approx(binomtest(9, 11, 0.5).pvalue)


def test_mcnemar_without_a_dispute_is_null():
    model = random_decisions()
    assert mcnemar(model, model).p.value is None and mcnemar(model, model).p.reason


def test_holm_steps_down_keeps_order_and_skips_null():
    assert holm([0.01, None, 0.04, 0.03]) == pytest.approx([0.03, None, 0.06, 0.06])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []
