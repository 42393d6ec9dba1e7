"""When a predicted event counts as the gold one, and how often."""

import pytest
from event_parts import event
from hypothesis import given
from hypothesis import strategies as st

from evaluation.events.gold import FIELDS
from evaluation.events.matching import LEVELS, MEASURES, counts, filler_counts, same

LEVEL = {level.name: level for level in LEVELS}
WHO, WHERE = LEVEL["type + source + target"], LEVEL["type + origin + destination"]
TYPE, WHOLE = LEVEL["type"], LEVEL["whole event"]
GOLD = event(source=((0, 8),), target=((10, 15), (20, 25)), origin=((30, 36),))


@pytest.mark.parametrize(
    ("predicted", "strict", "lenient"),
    [
        (GOLD, True, True),
        (GOLD.model_copy(update={"event_type": "ASSAULT"}), False, False),
        (event(source=((4, 8),), target=((10, 15), (20, 25))), False, True),  # "border police"
        (event(source=((0, 8),), target=((10, 25),)), False, True),  # one span for two
        (event(source=((0, 8),), target=((10, 15),)), False, False),  # one is missing
        (event(source=((0, 8), (40, 44)), target=((10, 15), (20, 25))), False, False),  # spurious
        (event(target=((0, 8),), source=((10, 15), (20, 25))), False, False),  # turned round
        (event(sentence=(0, 20), source=((0, 8),), target=((10, 15), (20, 25))), False, True),
        (event(sentence=(51, 90), source=((0, 8),), target=((10, 15), (20, 25))), False, False),
    ],
)
def test_fields_must_hold_the_same_spans_or_spans_that_overlap(predicted, strict, lenient):
    assert same(GOLD, predicted, WHO, "strict") is strict
    assert same(GOLD, predicted, WHO, "lenient") is lenient


def test_a_level_asks_for_its_own_fields_alone():
    other = GOLD.model_copy(update={"parts": GOLD.parts | {"reporter": ((40, 45),)}})
    assert same(GOLD, other, WHO, "strict") and same(GOLD, other, WHERE, "strict")
    assert not same(GOLD, other, WHOLE, "lenient")


def test_of_ways_only_events_with_an_origin_or_a_destination_count():
    still, moving = event(site=((0, 4),)), event("MOBILIZE", origin=((5, 9),))
    lost = event("MOBILIZE", site=((5, 9),))
    assert counts([still, moving], [still, moving], WHERE, "strict") == (1, 1, 1)
    assert counts([still, moving], [still, lost], WHERE, "strict") == (0, 1, 0)
    assert counts([still, lost], [still, moving], WHERE, "strict") == (0, 0, 1)
    assert counts([still, moving], [still, moving], TYPE, "strict") == (2, 2, 2)


def test_a_sentence_that_was_cut_in_two_matches_once():
    halves = [event(sentence=(0, 20)), event(sentence=(21, 50))]
    assert counts([event()], halves, TYPE, "lenient") == (1, 1, 2)
    assert counts([event()], halves, TYPE, "strict") == (0, 1, 2)


def test_two_sentences_in_one_match_once():
    gold = [event(sentence=(0, 20)), event(sentence=(21, 50))]
    assert counts(gold, [event()], TYPE, "lenient") == (1, 2, 1)


def test_pairs_are_as_many_as_can_be():
    gold = [event(sentence=(0, 30)), event(sentence=(31, 60))]
    found = [event(sentence=(0, 10)), event(sentence=(11, 40))]
    for one in (found, found[::-1]):
        assert counts(gold, one, TYPE, "lenient") == (2, 2, 2)


def test_fillers_are_counted_by_field_and_type():
    near = event(source=((4, 8),), target=((10, 15), (40, 44)))
    other = event("ASSAULT", source=((0, 8),))
    assert filler_counts([GOLD], [near, other], "source", "strict") == (0, 1, 2)
    assert filler_counts([GOLD], [near, other], "source", "lenient") == (1, 1, 2)
    assert filler_counts([GOLD], [near], "target", "strict") == (1, 2, 2)
    assert filler_counts([GOLD], [event(target=((10, 25),))], "target", "lenient") == (1, 2, 1)
    assert filler_counts([GOLD], [near], "origin", "lenient") == (0, 1, 0)


spans = st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda at: (at[0], at[0] + at[1]))
events = st.lists(
    st.builds(
        lambda kind, number, parts: event(
            kind, (40 * number, 40 * number + 39), **{k: tuple(v) for k, v in parts.items() if v}
        ),
        st.sampled_from(["AID", "ASSAULT"]),
        st.integers(0, 2),
        st.dictionaries(st.sampled_from(FIELDS), st.sets(spans, max_size=2), max_size=3),
    ),
    max_size=4,
    unique_by=lambda one: (one.event_type, one.sentence),
)


@given(events, events)
def test_bounds_of_the_counts(gold, predicted):
    found = {
        (level.name, agreement): counts(gold, predicted, level, agreement)
        for level, agreement in MEASURES
    }
    for level in LEVELS:
        strict, lenient = found[level.name, "strict"], found[level.name, "lenient"]
        assert strict[1:] == lenient[1:] and strict[0] <= lenient[0] <= min(lenient[1:])
    for agreement in ("strict", "lenient"):
        assert found["whole event", agreement][0] <= found[WHO.name, agreement][0]
        assert found[WHO.name, agreement][0] <= found["type", agreement][0]


@given(events)
def test_the_gold_matches_itself_wholly(gold):
    for level, agreement in MEASURES:
        matched, total, claimed = counts(gold, gold, level, agreement)
        assert matched == total == claimed
