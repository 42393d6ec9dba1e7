"""Scores of found mentions: exact and overlapping counts by hand, intervals, paired differences."""

import json

import pytest

from evaluation.span_cases import case_of, read_cases, right_by_kind
from evaluation.span_scores import SpanRow, differences_of, drawn, scores_of
from tagging.mention_words import words_of

KINDS = ("actor", "place")
A, P = "actor", "place"


def row(document, gold, found):
    return SpanRow(document, frozenset(gold), frozenset(found))


def figures(rows, kind, match):
    counts = drawn(rows, KINDS, 200, 0)
    (score,) = (one for one in scores_of(counts) if (one.kind, one.match) == (kind, match))
    return score


ROWS = [
    row("a", [(0, 6, A), (10, 14, P)], [(0, 6, A), (10, 16, P)]),
    row("a", [(0, 20, A)], [(0, 5, A), (8, 12, A)]),  # two found within one of gold
    row("b", [(0, 4, P), (6, 9, P)], [(0, 9, P)]),  # one found over two of gold
    row("b", [(0, 4, P)], [(0, 4, A)]),  # another kind is no match
]


@pytest.mark.parametrize(
    ("kind", "match", "precision", "recall"),
    [
        (A, "exact", 1 / 4, 1 / 2),
        (A, "overlapping", 3 / 4, 1),
        (P, "exact", 0, 0),
        (P, "overlapping", 1, 3 / 4),
        ("all", "exact", 1 / 6, 1 / 6),
        ("all", "overlapping", 5 / 6, 5 / 6),
    ],
)
def test_each_mention_counts_once_on_its_side(kind, match, precision, recall):
    found = figures(ROWS, kind, match)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
    values = (found.precision.value, found.recall.value, found.f1.value)
    assert values == pytest.approx((precision, recall, f1))


def test_touching_ends_do_not_overlap():
    assert figures([row("a", [(0, 4, P)], [(4, 8, P)])], P, "overlapping").f1.value == 0


def test_what_is_undefined_says_why():
    found = figures([row("a", [(0, 4, P)], [])], P, "exact")
    assert found.precision.value is None and found.precision.reason == "no found mention"
    assert (found.recall.value, found.f1.value) == (0, 0)
    assert figures([row("a", [], [])], A, "exact").f1.value is None


def test_intervals_are_over_articles_and_differences_are_paired():
    good = [row(f"d{n}", [(0, 4, P)], [(0, 4, P)] if n % 3 else [(1, 4, P)]) for n in range(30)]
    worse = [row(f"d{n}", [(0, 4, P)], [(0, 4, P)] if n % 3 == 1 else []) for n in range(30)]
    one, other = (drawn(rows, KINDS, 500, 0) for rows in (good, worse))
    score = next(each for each in scores_of(one) if (each.kind, each.match) == (P, "exact"))
    assert score.f1.low < score.f1.value < score.f1.high
    gap = next(each.f1 for each in differences_of(one, other) if each.kind == "all")
    assert gap.value == pytest.approx(2 / 3 - 0.5) and gap.low > 0
    same = differences_of(one, one)
    assert all(each.f1.value == each.f1.low == each.f1.high == 0 for each in same if each.kind == P)
    with pytest.raises(ValueError):
        differences_of(one, drawn(good[:-1], KINDS, 500, 0))


def test_the_hard_sentences_are_marked_well_and_begin_and_end_with_words():
    cases = read_cases()
    assert len(cases) >= 30 and len({case.text for case in cases}) == len(cases)
    for case in cases:
        words, (starts, ends) = words_of(case.text), (set(), set())
        for start, end in words:
            starts.add(start)
            ends.add(end)
        assert case.gold and not set("{}[]") & set(case.text)
        assert all(start in starts and end in ends for start, end, _ in case.gold)


def test_a_case_is_right_with_all_its_mentions_and_no_other():
    cases = [case_of("x", "{Police} left [Goma]."), case_of("x", "{Police} left.")]
    assert cases[0].text == "Police left Goma." and cases[0].gold == {(0, 6, A), (12, 16, P)}
    said = [[(0, 6, A), (12, 16, P)], [(0, 6, A), (7, 11, P)]]
    assert right_by_kind(cases, lambda texts: said) == {"x": (1, 2)}
    assert json.dumps(right_by_kind(cases, lambda texts: [[], []])) == '{"x": [0, 2]}'
