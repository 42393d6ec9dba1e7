"""Votes on what annotators answer: majorities of types, roles, directions and edges."""

from itertools import permutations

from annotators import ARMY, LABELLED, TIRRA, actor, place, sentence
from hypothesis import given, settings
from hypothesis import strategies as st

from data.merging import majority, vote
from data.records import Role, Sentence


def voted(*answers: Sentence):
    return vote(dict(zip("abcde", answers, strict=False)))


def test_a_majority_is_more_than_half():
    assert majority([True, True, False]) is True
    assert majority([True, False]) is None
    assert majority(["a", "a", "b", "c"]) is None


def test_each_type_and_each_role_has_its_own_majority():
    found = voted(
        sentence(actor(ARMY, "source", "reporter"), types=("ASSAULT", "AID")),
        sentence(actor(ARMY, "source"), types=("ASSAULT",)),
        sentence(actor(ARMY, "reporter"), types=("ASSAULT", "REJECT")),
    )
    assert found.how == "majority" and found.undecided == ()
    assert found.sentence.event_types == ("ASSAULT",)
    assert found.sentence.mentions == (actor(ARMY, "reporter", "source"),)


def test_a_direction_is_voted_on_as_a_whole():
    site, origin, destination = (
        sentence(place(TIRRA, role)) for role in ("site", "origin", "destination")
    )
    assert voted(site, site, origin).sentence.mentions == (place(TIRRA, "site"),)
    found = voted(site, origin, destination)
    assert found.sentence.mentions == () and found.undecided == (
        "place 17:22 'Tirra': destination (c); origin (b); site (a)",
    )


def test_a_tie_of_two_is_not_decided():
    found = voted(sentence(types=("AID",)), sentence(types=()))
    assert found.undecided == ("event type AID: no (b); yes (a)",)
    assert found.sentence.event_types == ()


def test_a_mention_needs_more_than_half_of_those_who_saw_the_sentence():
    marked, bare = sentence(actor(ARMY, "source")), sentence()
    assert voted(marked, marked, bare).sentence.mentions == marked.mentions
    assert voted(marked, bare, bare).sentence.mentions == ()
    assert voted(marked, bare).undecided == ("actor 4:8 'army': no (b); yes (a)",)


def test_overlapping_spans_are_one_mention_whose_edges_are_voted_on():
    short, long = sentence(actor(ARMY, "source")), sentence(actor((0, 8), "source"))
    assert voted(short, short, long).sentence.mentions == short.mentions
    found = voted(short, long)
    assert found.sentence.mentions == ()
    assert found.undecided == ("actor 0:8 'The army', start and end: 0:8 (b); 4:8 (a)",)
    target = sentence(actor((0, 8), "target"))
    assert voted(short, short, target).sentence.mentions == short.mentions
    # a role that those of other edges share with one of the two still counts
    both = sentence(actor(ARMY, "source", "target"))
    assert voted(short, both, target).sentence.mentions == (actor(ARMY, "source", "target"),)


def test_spans_that_only_a_third_one_links_are_one_mention():
    text = "The army and police came."
    wide, left, right = (
        sentence(actor(span, "source"), text=text) for span in ((4, 19), (4, 8), (13, 19))
    )
    found = voted(wide, left, right, sentence(text=text), sentence(text=text))
    assert found.undecided and "4:19 (a); 4:8 (b)" in found.undecided[0]


def test_an_actor_and_a_place_on_one_stretch_are_two():
    found = voted(sentence(actor(TIRRA, "target")), sentence(place(TIRRA, "site")))
    assert len(found.undecided) == 2
    kept = voted(*[sentence(actor(TIRRA, "target"))] * 2, sentence(place(TIRRA, "site")))
    assert kept.sentence.mentions == (actor(TIRRA, "target"),)


def test_a_role_of_an_event_counts_apart_and_needs_its_event():
    named = sentence(actor(ARMY, "source:ASSAULT", "target:AID"), types=("ASSAULT", "AID"))
    found = voted(named, named, sentence(actor(ARMY, "source:AID"), types=("AID",)))
    assert found.undecided == () and found.sentence.mentions[0].roles == (
        Role("source", "ASSAULT"),
        Role("target", "AID"),
    )
    plain, bare = sentence(actor(ARMY, "source")), sentence(types=())
    assert voted(named, plain, plain).sentence.mentions == (actor(ARMY, "source"),)
    assert voted(named, plain).undecided[-1] == (
        "actor 4:8 'army': source (b); source of ASSAULT, target of AID (a)"
    )
    lost = voted(named, named, sentence(actor(ARMY), types=()), bare, bare)
    assert "source of ASSAULT: no majority for ASSAULT" in lost.undecided


def test_who_left_the_types_incomplete_has_no_say_on_an_absent_one():
    sure, unsure = sentence(types=("AID",)), sentence(types=(), complete=False)
    found = voted(sure, unsure, unsure)
    assert found.sentence.event_types == ("AID",) and found.sentence.complete
    assert found.undecided == ()
    assert not voted(unsure, sentence(types=("AID",), complete=False)).sentence.complete


def test_one_answer_in_two_orders_is_unanimous_and_comes_out_in_one():
    marks = [actor(ARMY, "source"), place(TIRRA, "site")]
    one, other = sentence(*marks), sentence(*reversed(marks))
    found = {voted(one, other), voted(other, one)}
    assert len(found) == 1 and found.pop().how == "unanimous"


def test_of_the_other_fields_the_most_given_value_stays():
    found = voted(
        sentence(types=("AID",), region="europe", tags=("passive",)),
        sentence(types=("AID",)),
        sentence(types=(), region="europe", source="x", date="2020-01-01"),
    ).sentence
    assert (found.region, found.source, found.tags) == ("europe", "x", ("passive",))
    assert found.date == "2020-01-01"


def canonical(row: Sentence) -> tuple[object, ...]:
    marks = {(m.start, m.end, m.kind, frozenset(m.roles)) for m in row.mentions}
    return frozenset(row.event_types), frozenset(marks), row.complete


@settings(max_examples=150, deadline=None)
@given(st.lists(LABELLED, min_size=2, max_size=4))
def test_who_is_named_first_does_not_matter(answers):
    found = {
        (
            vote(dict(zip("abcd", order, strict=False))).sentence,
            bool(vote(dict(zip("abcd", order, strict=False))).undecided),
        )
        for order in permutations(answers)
    }
    assert len(found) == 1


@settings(max_examples=150, deadline=None)
@given(LABELLED, LABELLED)
def test_two_of_three_alike_win_and_one_more_alike_changes_nothing(one, other):
    found = voted(one, one, other)
    if one.complete:
        assert set(found.sentence.event_types) == set(one.event_types)
    assert not [why for why in found.undecided if why.startswith("event type")] or not one.complete
    assert canonical(voted(one, one, one).sentence) == canonical(one)
    assert voted(one, one, one).how == "unanimous"
    if not found.undecided and one.complete:
        assert canonical(voted(one, one, one, other).sentence)[0] == canonical(found.sentence)[0]
