"""Metrics against scikit-learn as the oracle, and null where a metric is undefined."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sklearn import metrics as oracle

from evaluation.blocks import measure
from evaluation.confusion import co_confusion
from evaluation.metrics import (
    Decisions,
    Value,
    confusion_counts,
    decision_metrics,
    label_scores,
    membership,
    none_score,
)
from evaluation.probability import (
    Bin,
    calibration_error,
    label_average_precision,
    precision_areas,
    probability_metrics,
    reliability,
)

LABELS = ("a", "b", "c", "d")


def single(gold: list[str], predicted: list[str], probabilities: np.ndarray | None = None):
    return multi([{label} for label in gold], [{label} for label in predicted], probabilities, None)


def multi(gold: list[set[str]], predicted: list[set[str]], probabilities=None, none="none"):
    sets = membership(predicted, LABELS)
    return Decisions(
        LABELS,
        none,
        membership(gold, LABELS),
        sets,
        sets.astype(float) if probabilities is None else probabilities,
        np.array([f"d{row}" for row in range(len(gold))]),
    )


single_rows = st.lists(st.tuples(*[st.sampled_from(LABELS)] * 2), min_size=1, max_size=40)
label_sets = st.sets(st.sampled_from(LABELS))
multi_rows = st.lists(st.tuples(label_sets, label_sets), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(single_rows)
def test_single_label_metrics_are_those_of_scikit_learn(rows):
    gold, predicted = [row[0] for row in rows], [row[1] for row in rows]
    found = decision_metrics(single(gold, predicted))
    present = sorted(set(gold))
    args = {"labels": present, "average": "macro", "zero_division": 0}
    assert found["macro_f1"].value == pytest.approx(oracle.f1_score(gold, predicted, **args))
    assert found["accuracy"].value == pytest.approx(oracle.accuracy_score(gold, predicted))
    assert found["micro_f1"].value == pytest.approx(found["accuracy"].value)
    args = {"labels": present, "average": "weighted", "zero_division": 0}
    assert found["weighted_f1"].value == pytest.approx(oracle.f1_score(gold, predicted, **args))
    if len(set(gold)) > 1 and len(set(predicted)) > 1:
        expected = oracle.matthews_corrcoef(gold, predicted)
        assert found["mcc"].value == pytest.approx(expected)
    else:
        assert found["mcc"].value is None and found["mcc"].reason
    table = oracle.confusion_matrix(gold, predicted, labels=LABELS)
    assert (confusion_counts(single(gold, predicted)) == table).all()


@settings(max_examples=60, deadline=None)
@given(multi_rows)
def test_multi_label_metrics_are_those_of_scikit_learn(rows):
    decisions = multi([row[0] for row in rows], [row[1] for row in rows])
    found = decision_metrics(decisions)
    present = [column for column in range(4) if decisions.gold[:, column].any()]
    if not present:
        assert found["macro_f1"].value is None and found["micro_f1"].value is None
        assert found["macro_f1"].reason == "no scored row has a gold label"
        return
    both = decisions.gold.astype(int), decisions.predicted.astype(int)
    expected = oracle.f1_score(*both, labels=present, average="macro", zero_division=0)
    assert found["macro_f1"].value == pytest.approx(expected)
    expected = oracle.f1_score(*both, average="micro", zero_division=0)
    assert found["micro_f1"].value == pytest.approx(expected)
    assert found["exact_match"].value == pytest.approx(oracle.accuracy_score(*both))
    expected = oracle.f1_score(*both, average="samples", zero_division=1)
    assert found["samples_f1"].value == pytest.approx(expected)
    assert "mcc" not in found and "accuracy" not in found
    for column, score in enumerate(label_scores(decisions)):
        tn, fp, fn, tp = oracle.multilabel_confusion_matrix(*both)[column].ravel()
        cells = (score.true_negatives, score.false_positives, score.false_negatives)
        assert (*cells, score.true_positives) == (tn, fp, fn, tp)
        assert score.support == tp + fn and score.predicted == tp + fp


def test_a_label_without_gold_is_null_and_outside_the_mean():
    decisions = single(["a", "a", "b"], ["a", "d", "b"])
    scores = {score.label: score for score in label_scores(decisions)}
    assert scores["d"].f1.value is None and scores["d"].f1.reason == "no gold row has this label"
    assert scores["d"].precision.value == 0.0 and scores["d"].predicted == 1
    assert scores["c"].precision.value is None and scores["c"].precision.reason == "never predicted"
    # a: 2/3, b: 1; d's false positive lowers a, and no zero for c or d enters the mean
    assert decision_metrics(decisions)["macro_f1"].value == pytest.approx((2 / 3 + 1) / 2)


def test_a_label_that_is_never_predicted_has_f1_zero_and_no_precision():
    score = label_scores(single(["a", "b"], ["a", "a"]))[1]
    assert score.f1.value == 0.0 and score.recall.value == 0.0 and score.precision.value is None


def test_no_rows_give_null_everywhere():
    found = decision_metrics(single([], [])) | probability_metrics(single([], []))
    assert all(value.value is None and value.reason for value in found.values())


def test_the_empty_set_has_a_row_of_its_own_and_no_part_in_the_mean():
    decisions = multi([set(), set(), {"a"}], [set(), {"a"}, {"a"}])
    score = none_score(decisions)
    assert score is not None and score.label == "none"
    assert (score.support, score.predicted, score.true_positives) == (2, 1, 1)
    assert score.f1.value == pytest.approx(2 / 3)
    assert decision_metrics(decisions)["macro_f1"].value == pytest.approx(2 / 3)  # of a alone
    assert none_score(single(["a"], ["a"])) is None


def test_co_confusion_pairs_missed_with_added_and_counts_what_stands_alone():
    found = co_confusion(
        multi(
            [{"a"}, {"a"}, set(), {"a", "b"}, {"c"}, {"a"}],
            [{"b"}, {"b"}, {"c"}, {"a"}, {"c", "d"}, set()],
        )
    )
    pairs = {(item.missed, item.added): item.rows for item in found.exchanges}
    assert pairs == {("a", "b"): 2, ("none", "c"): 1, ("a", "none"): 1}
    assert found.exchanges[0].rows == 2
    assert found.missed_alone == {"b": 1} and found.added_alone == {"d": 1}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.2, 0.2001, 0.7, 1.0])), min_size=2)
)
def test_average_precision_is_that_of_scikit_learn(cells):
    gold = np.array([cell[0] for cell in cells])
    scores = np.array([cell[1] for cell in cells])
    found = label_average_precision(gold, scores)
    if gold.all() or not gold.any():
        assert found.value is None and found.reason
    else:
        assert found.value == pytest.approx(oracle.average_precision_score(gold, scores))


def random_probabilities(rows: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).dirichlet(np.ones(4), rows)


def test_log_loss_and_brier_are_those_of_scikit_learn():
    probabilities = random_probabilities(50)
    gold = [LABELS[place] for place in np.random.default_rng(1).integers(0, 4, 50)]
    decided = [LABELS[place] for place in probabilities.argmax(axis=1)]
    found = probability_metrics(single(gold, decided, probabilities))
    expected = oracle.log_loss(gold, probabilities, labels=list(LABELS))
    assert found["log_loss"].value == pytest.approx(expected)
    squares = (probabilities - membership([{label} for label in gold], LABELS)) ** 2
    assert found["brier"].value == pytest.approx(squares.sum(axis=1).mean())
    sets = [{label} for label in gold]
    found = probability_metrics(multi(sets, sets, probabilities))
    table = membership(sets, LABELS)
    losses = [oracle.log_loss(table[:, k], probabilities[:, k], labels=[0, 1]) for k in range(4)]
    assert found["log_loss"].value == pytest.approx(np.mean(losses))


def test_log_loss_of_a_sure_error_is_finite():
    found = probability_metrics(single(["a"], ["b"]))
    assert found["log_loss"].value == pytest.approx(-np.log(1e-6))


def test_calibration_error_of_honest_and_of_boastful_probabilities():
    rng = np.random.default_rng(3)
    rows = 6000
    probability = rng.uniform(0.5, 1, rows)
    right = rng.random(rows) < probability
    table = np.column_stack([probability, 1 - probability, np.zeros((rows, 2))])
    gold = ["a" if hit else "b" for hit in right]
    honest = single(gold, ["a"] * rows, table)
    assert probability_metrics(honest)["ece"].value == pytest.approx(0, abs=0.03)
    bins = reliability(honest)
    assert len(bins) == 15 and {item.cases for item in bins} == {rows // 15}
    boastful = single(gold, ["a"] * rows, np.tile([1.0, 0, 0, 0], (rows, 1)))
    assert probability_metrics(boastful)["ece"].value == pytest.approx(1 - right.mean())


def test_calibration_error_counts_doubt_like_boasting():
    bins = [Bin(probability=0.5, share=1.0, cases=1), Bin(probability=0.5, share=0.0, cases=3)]
    assert calibration_error(bins) == 0.5


def test_few_probabilities_have_no_calibration_error_and_some_have_fewer_bins():
    rows = random_probabilities(120)
    few = probability_metrics(single(["a"] * 99, ["a"] * 99, rows[:99]))["ece"]
    assert few.value is None and few.reason == "fewer than 100 probabilities to bin"
    bins = reliability(single(["a"] * 120, ["a"] * 120, rows))
    assert [item.cases for item in bins] == [10] * 12


def test_equal_probabilities_share_one_bin():
    gold = ["a", "b"] * 100
    constant = single(gold, ["a"] * 200, np.tile([0.5, 0.5, 0, 0], (200, 1)))
    assert [item.cases for item in reliability(constant)] == [200]
    assert calibration_error(reliability(constant)) == 0.0


def test_probabilities_that_are_no_distribution_give_null_with_the_number_of_rows():
    found = probability_metrics(single(["a", "b"], ["a", "b"], np.full((2, 4), 0.5)))
    assert found["ece"].value is None
    assert found["ece"].reason == "the probabilities of 2 rows do not sum to 1"


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_of_a_resample_is_that_of_the_drawn_rows(ties):
    rng = np.random.default_rng(2)
    scores = np.round(rng.random((60, 4)), 1 if ties else 6)
    sets = [set(np.array(LABELS)[row > 0.6]) for row in rng.random((60, 4))]
    model = replace(multi(sets, sets, scores), documents=np.array([f"d{n % 9}" for n in range(60)]))
    weights = rng.multinomial(9, [1 / 9] * 9, size=5).astype(float)
    found = precision_areas(model)(weights)
    for weight, areas in zip(weights, found, strict=True):
        rows = np.repeat(np.arange(60), [int(weight[n % 9]) for n in range(60)])
        for column in range(4):
            expected = label_average_precision(model.gold[rows, column], scores[rows, column])
            assert areas[column] == pytest.approx(expected.value)


def test_an_area_without_a_drawn_gold_row_is_undefined():
    model = single(["a", "b", "b"], ["a", "b", "b"])
    found = precision_areas(model)(np.array([[0.0, 1, 2]]))
    assert np.isnan(found[0, 0]) and found[0, 1] == 1.0


def test_every_metric_but_the_calibration_error_has_an_interval():
    rng = np.random.default_rng(4)
    rows = rng.dirichlet(np.ones(4), 200)
    gold = [LABELS[rng.choice(4, p=row)] for row in rows]
    decided = [LABELS[place] for place in rows.argmax(axis=1)]
    documents = np.array([f"d{n % 40}" for n in range(200)])
    one = measure(replace(single(gold, decided, rows), documents=documents), 300)
    sets = [{label} for label in gold]
    other = measure(
        replace(multi(sets, [{name} for name in decided], rows), documents=documents), 300
    )
    for block in (one, other):
        for name, value in block.metrics.items():
            if name == "ece":
                assert value.low is None and value.value is not None
            else:
                assert value.low < value.value < value.high, name
        for score in block.labels:
            for value in (score.precision, score.recall, score.f1, score.average_precision):
                assert value.low < value.value < value.high


def test_a_label_of_few_documents_has_figures_without_intervals():
    gold = ["a"] * 30 + ["b"] * 7
    found = measure(single(gold, ["a", "b"] * 15 + ["b", "a"] * 3 + ["b"]), 200)
    a, b = found.labels[:2]
    assert a.f1.low is not None and a.recall.low is not None
    assert b.recall.value is not None and b.recall.low is None
    assert b.f1.reason == "no interval: found in 7 documents, and one takes 8"
    assert b.precision.low is not None  # it was decided in 19


def test_pr_auc_macro_leaves_out_labels_without_both_classes():
    decisions = single(["a", "b", "a"], ["a", "b", "a"])
    assert probability_metrics(decisions)["pr_auc_macro"].value == 1.0
    alone = probability_metrics(single(["a", "a"], ["a", "b"]))["pr_auc_macro"]
    assert alone.value is None and alone.reason


@pytest.mark.parametrize(
    "fields",
    [
        {"value": None},
        {"value": float("nan")},
        {"value": 0.5, "low": 0.4},
        {"value": 0.5, "low": 0.6, "high": 0.4},
        {"value": None, "reason": "why", "low": 0.1, "high": 0.2},
    ],
)
def test_a_value_is_whole_or_refused(fields):
    with pytest.raises(ValidationError):
        Value(**fields)
