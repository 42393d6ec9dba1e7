"""Tests of tagging/events/merging.py: records of one article that tell of one event."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.merging import Pair, is_merged, read_pairs
from benchmarks.references import CORPUS
from data.importers.inline import read_corpus
from tagging.events.merging import is_same, merge
from tagging.events.record import (
    Affiliation,
    EventDate,
    EventRecord,
    Evidence,
    Location,
    Party,
    Precision,
    Whereabouts,
)

UNDATED = EventDate(None, "unknown", "none")
GAO = Location("Gao", "city", "ML", "Gao", "ML-7", 16.27, -0.04, 5.0)
REGION = Location("Gao", "region", "ML", "Gao", "ML-7", 17.0, 0.5, 200.0)
ACCRA = Location("Accra", "city", "GH", None, None, 5.56, -0.2, 10.0)


def party(text: str, at: int, refers_to: int | None = None, sector: str | None = None) -> Party:
    """An actor at an offset that stands for the one at another."""
    named = Evidence("named", refers_to, refers_to + 5, None) if refers_to is not None else None
    return Party(
        Evidence(text, at, at + len(text), None), 0.9, Affiliation(None, sector), refers_to=named
    )


def place(text: str, at: int, location: Location | None = None) -> Whereabouts:
    return Whereabouts(Evidence(text, at, at + len(text), None), 0.8, location)


def dated(day: str | None, precision: Precision = "day", background: bool = False) -> EventDate:
    basis: Literal["expression", "none"] = "expression" if day else "none"
    return EventDate(day, precision, basis, None, background)


def record(
    number: int,
    text: str = "Gunmen fired on a convoy.",
    *,
    kind: str = "ASSAULT",
    date: EventDate = UNDATED,
    probability: float = 0.7,
    sources: Sequence[Party] = (),
    targets: Sequence[Party] = (),
    origins: Sequence[Whereabouts] = (),
    destinations: Sequence[Whereabouts] = (),
    sites: Sequence[Whereabouts] = (),
) -> EventRecord:
    """The record of one sentence."""
    return EventRecord(
        id=f"{kind}-{number}",
        article="a",
        sentences=(number,),
        evidence=Evidence(text, 100 * number, 100 * number + len(text), None),
        date=date,
        event_type=kind,
        quad_class="material conflict",
        probability=probability,
        joint=probability,
        sources=tuple(sources),
        targets=tuple(targets),
        reporters=(),
        origins=tuple(origins),
        destinations=tuple(destinations),
        sites=tuple(sites),
        transits=(),
        movement=None,
        cameo=None,
        acled=None,
        models={},
        codebooks={},
    )


# the attackers stand for the gunmen of the first sentence
FIRST = record(1, sources=[party("named", 100)], sites=[place("Gao", 120, GAO)])
AGAIN = record(4, sources=[party("attackers", 400, refers_to=100)], sites=[place("Gao", 420, GAO)])


def test_the_same_actor_at_the_same_place_is_one_event() -> None:
    (event,) = merge([FIRST, AGAIN])
    assert event.sentences == (1, 4)
    assert event.id == FIRST.id
    assert event.evidence == FIRST.evidence


@pytest.mark.parametrize(
    "later",
    [
        replace(AGAIN, event_type="COERCE"),
        replace(AGAIN, sources=(party("soldiers", 400),)),
        replace(AGAIN, sites=(place("Accra", 420, ACCRA),)),
        replace(AGAIN, date=dated("1995-03-01", background=True)),
        replace(AGAIN, sources=()),  # one place alone is too little
        replace(AGAIN, sources=(), sites=()),
    ],
)
def test_what_speaks_against_one_event_keeps_two(later: EventRecord) -> None:
    assert is_same(FIRST, AGAIN)
    assert not is_same(FIRST, later)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (dated("2014-11-09"), dated("2014-11-09"), True),
        (dated("2014-11-09"), dated("2014-11-08"), False),
        (dated("2014-11-03", "week"), dated("2014-11-09"), True),
        (dated("2014-11-03", "week"), dated("2014-11-10"), False),
        (dated("2014-11-01", "month"), dated("2014-11-30"), True),
        (dated("2014-11-09"), UNDATED, True),
        (dated("2014-11-09"), dated("2014-11-20", "unknown"), True),
        (dated("2014-11-09"), EventDate("2014-11-20", "unknown", "article"), True),
    ],
)
def test_dates_must_be_able_to_be_one_day(first: EventDate, second: EventDate, same: bool) -> None:
    assert is_same(replace(FIRST, date=first), replace(AGAIN, date=second)) is same


def test_a_place_within_the_other_is_compatible_and_a_far_one_is_not() -> None:
    text = "The ambush of the convoy shook the region."
    assert is_same(FIRST, record(3, text, sites=[place("Gao region", 320, REGION)]))
    assert is_same(FIRST, record(3, text, sites=[place("Tin-Aouker", 320)]))
    assert not is_same(FIRST, record(3, text, sites=[place("Accra", 320, ACCRA)]))


def test_a_definite_noun_for_the_act_tells_of_it_again() -> None:
    first = record(1, sources=[party("gunmen", 100)])
    assert is_same(first, record(5, "The attack on the convoy was the third this year."))
    assert not is_same(first, record(5, "An attack on a convoy was the third this year."))
    other = record(5, "The attack by rebels was new.", sources=[party("rebels", 500)])
    assert not is_same(first, other)


def test_who_goes_on_as_they_in_the_next_sentence_is_one_event() -> None:
    first = record(1, sources=[party("gunmen", 100)])
    assert is_same(first, record(2, "In the gorge they had burned two lorries."))
    assert not is_same(first, record(3, "In the gorge they had burned two lorries."))
    assert not is_same(first, record(2, "Shells burned two lorries."))
    assert not is_same(record(1), record(2, "They burned two lorries."))
    state = record(1, sources=[party("Ankara", 100, sector="GOV")])
    assert not is_same(state, record(2, "They burned two lorries."))


def test_a_group_named_again_close_by_goes_on_and_a_state_does_not() -> None:
    first = record(1, sources=[party("named", 100)])
    near = record(3, sources=[party("group", 300, refers_to=100)])
    assert is_same(first, near)
    assert not is_same(first, replace(near, sentences=(4,)))
    assert not is_same(first, record(3, sources=[party("Ankara", 300, 100, sector="GOV")]))


def test_missing_fields_are_filled_and_known_ones_stay() -> None:
    first = record(1, sources=[party("named", 100)], probability=0.6)
    later = record(
        2,
        sources=[party("group", 200, refers_to=100)],
        targets=[party("drivers", 220)],
        origins=[place("Accra", 230, ACCRA)],
        destinations=[place("Gao", 240, GAO)],
        date=dated("2014-11-09"),
        probability=0.9,
    )
    (event,) = merge([first, later])
    assert event.sources == first.sources
    assert (event.targets, event.origins, event.date) == (later.targets, later.origins, later.date)
    assert event.probability == 0.9
    assert event.joint == pytest.approx(0.9 * 0.9 * 0.9 * 0.8 * 0.8)
    assert event.movement is not None
    assert event.movement.cross_border is True


def test_one_sentence_with_two_events_keeps_two() -> None:
    both = [record(1), record(1, kind="COERCE")]
    assert merge(both) == tuple(both)


def test_the_nearest_of_several_events_is_the_one_told_again() -> None:
    events = [record(1), record(3), record(4, "The attack lasted an hour.")]
    assert [event.sentences for event in merge(events)] == [(1,), (3, 4)]


def test_the_order_of_the_records_does_not_matter() -> None:
    events = [record(1), record(2, kind="COERCE"), record(3), record(4, "The attack went on.")]
    for order in itertools.permutations(events):
        assert merge(order) == merge(events)


def test_no_events() -> None:
    assert merge([]) == ()


TEXTS = st.sampled_from(["The attack went on.", "They fled.", "Rockets fell.", "", "The "])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            record,
            st.integers(1, 9),
            TEXTS,
            kind=st.sampled_from(["ASSAULT", "COERCE"]),
            sources=st.lists(
                st.builds(party, st.just("group"), st.integers(0, 3), st.integers(0, 3)),
                max_size=2,
            ),
        ),
        max_size=8,
    )
)
def test_no_sentence_is_lost_and_no_id_is_new(events: list[EventRecord]) -> None:
    merged = merge(events)
    told = {(event.event_type, number) for event in events for number in event.sentences}
    assert {(event.event_type, n) for event in merged for n in event.sentences} == told
    assert {event.id for event in merged} <= {event.id for event in events}
    assert [event.sentences[0] for event in merged] == sorted(e.sentences[0] for e in merged)


def test_every_gold_pair_has_its_type_in_the_corpus() -> None:
    types = {
        (article.id, number): row.event_types
        for article in read_corpus(CORPUS)
        for number, row in enumerate(article.sentences, 1)
    }
    pairs = read_pairs()
    for pair in pairs:
        assert all(pair.event_type in types[pair.article, n] for n in pair.sentences), pair
    assert len(pairs) >= 120
    assert len({(pair.article, pair.half) for pair in pairs}) == len({p.article for p in pairs})


def test_a_pair_is_merged_where_one_record_of_the_type_holds_both() -> None:
    pair = Pair("final", "a", (1, 3), "ASSAULT", True)
    assert is_merged(pair, [replace(record(1), sentences=(1, 2, 3))])
    assert not is_merged(pair, [record(1), record(3)])
    assert not is_merged(pair, [replace(record(1, kind="COERCE"), sentences=(1, 3))])
