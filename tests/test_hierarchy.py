"""The same decisions by quad class: right groups of wrong labels, and where groups say nothing."""

import numpy as np
import pytest

from data.codebook import load_codebook
from evaluation.hierarchy import grouped, hierarchy
from evaluation.metrics import Decisions, membership

EVENTS = load_codebook("event_type")
QUAD = {"verbal cooperation", "material cooperation", "verbal conflict", "material conflict"}


def decisions(pairs: list[tuple[set[str], set[str]]], none: str | None = "no event") -> Decisions:
    labels = EVENTS.labels
    predicted = membership([pair[1] for pair in pairs], labels)
    return Decisions(
        labels,
        none,
        membership([pair[0] for pair in pairs], labels),
        predicted,
        predicted.astype(float),
        np.array([f"d{row}" for row in range(len(pairs))]),
    )


def test_both_codebooks_of_event_types_have_plovers_quad_classes():
    for name in ("event_type", "plv_root"):
        assert set(load_codebook(name).groups.values()) == QUAD


def test_a_wrong_label_of_the_right_group_is_right_above_and_half_right_between():
    rows = [
        ({"ASSAULT"}, {"ASSAULT"}),
        ({"ASSAULT"}, {"COERCE"}),  # both material conflict
        ({"ASSAULT"}, {"AID", "CONSULT"}),
        (set(), set()),
    ]
    found = hierarchy(decisions(rows), EVENTS.groups, 50, 0)
    assert found.right.value == 3 / 4 and found.near.value == 1 / 2
    # hits 2, 1, 0 of 4, 4, 6 label and group names in both sets; the empty row has none
    assert found.hierarchical_f1.value == pytest.approx(2 * 3 / 14)
    conflict = next(score for score in found.labels if score.label == "material conflict")
    assert (conflict.support, conflict.true_positives) == (3, 2)
    assert found.confusion is None and [item.rows for item in found.co_confusion.exchanges] == [
        1,
        1,
    ]
    assert found.none_label.true_positives == 1


def test_two_labels_of_one_group_are_one_decision():
    above = grouped(decisions([({"ASSAULT", "COERCE"}, {"ASSAULT"})]), EVENTS.groups)
    assert above.labels == ("verbal cooperation", "material cooperation", "verbal conflict",
                            "material conflict")  # fmt: skip
    assert above.right.all() and above.gold.sum() == 1


def test_single_label_groups_have_a_confusion_matrix_and_intervals():
    rng = np.random.default_rng(0)
    rows = [
        ({EVENTS.labels[a]}, {EVENTS.labels[a if rng.random() < 0.6 else b]})
        for a, b in rng.integers(0, 16, (200, 2))
    ]
    found = hierarchy(decisions(rows, none=None), EVENTS.groups, 300, 0)
    assert np.array(found.confusion).sum() == 200 and found.co_confusion is None
    for value in (found.macro_f1, found.right, found.hierarchical_f1, found.near):
        assert value.low < value.value < value.high
    assert all(score.f1.low < score.f1.value < score.f1.high for score in found.labels)


def test_groups_that_say_nothing_new_give_no_view():
    model = decisions([({"AID"}, {"AID"})])
    assert hierarchy(model, dict.fromkeys(EVENTS.labels, "one"), 10, 0) is None
    assert hierarchy(model, {label: label for label in EVENTS.labels}, 10, 0) is None


def test_figures_without_rows_or_mistakes_are_null_with_their_reason():
    empty = hierarchy(decisions([]), EVENTS.groups, 10, 0)
    assert empty.macro_f1.value is None and empty.right.reason == "no row was scored"
    perfect = hierarchy(decisions([({"AID"}, {"AID"})]), EVENTS.groups, 10, 0)
    assert perfect.near.reason == "no row is wrong" and perfect.right.value == 1.0
