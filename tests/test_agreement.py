"""Agreement of two annotators: figures worked out by hand."""

import json

import pytest

from data.agreement import agreement
from data.errors import BadInput
from data.importers import jsonl
from data.records import Mention, Role, Sentence

TEXT = "The army shelled Tirra from Norvale."


def sentence(number: int, types: tuple[str, ...] = (), mentions=(), text=TEXT) -> Sentence:
    return Sentence(f"s{number}", f"d{number // 2}", text, tuple(mentions), types)


def actor(start: int, end: int, *roles: str) -> Mention:
    return Mention(start, end, "actor", tuple(map(Role, roles)))


def place(start: int, end: int, role: str) -> Mention:
    return Mention(start, end, "place", (Role(role),))


@pytest.fixture
def compared(tmp_path):
    def run(first: list[Sentence], second: list[Sentence]):
        jsonl.write(first, tmp_path / "first.jsonl")
        jsonl.write(second, tmp_path / "second.jsonl")
        found = agreement(tmp_path / "first.jsonl", tmp_path / "second.jsonl")
        json.dumps(found)
        return found

    return run


def test_kappa_of_event_types_is_cohens(compared):
    # AID by both in 4 rows, by the first alone in 1, by the second alone in 2, by neither in 3.
    answers = [(1, 1)] * 4 + [(1, 0)] + [(0, 1)] * 2 + [(0, 0)] * 3
    rows = [
        [sentence(n, ("AID",) if pair[side] else ()) for n, pair in enumerate(answers)]
        for side in (0, 1)
    ]
    found = compared(*rows)
    assert (found["sentences"], found["articles"]) == (10, 5)
    expected = (0.7 - (0.5 * 0.6 + 0.5 * 0.4)) / (1 - 0.5)
    aid, none = (found["event_type"]["labels"][name] for name in ("AID", "no event"))
    assert aid["kappa"] == pytest.approx(expected) == none["kappa"]
    assert (aid["agreed"], aid["decisions"], aid["positive"]) == (0.7, 10, 7)
    assert found["event_type"]["same_set"] == 0.7
    never = found["event_type"]["labels"]["REJECT"]
    assert never["kappa"] is None and never["reason"] == "only one answer was ever given"
    pooled = found["event_type"]["all"]
    assert pooled["decisions"] == 160 and pooled["agreed"] == pytest.approx(157 / 160)
    assert [row["id"] for row in found["differences"]] == ["s4", "s5", "s6"]
    assert found["differences"][0]["event_types"] == [["AID"], []]


def test_spans_match_exactly_or_by_overlap_and_each_once(compared):
    first = [sentence(0, (), [actor(0, 8), place(17, 22, "site")])]
    second = [sentence(0, (), [actor(4, 8), actor(0, 3), place(17, 22, "site")])]
    spans = compared(second, first)["spans"]["actor"]
    assert spans["overlapping"] == {"matched": 1, "f1": pytest.approx(2 / 3)}
    spans = compared(first, second)["spans"]
    assert (spans["actor"]["first"], spans["actor"]["second"]) == (1, 2)
    assert spans["actor"]["exact"] == {"matched": 0, "f1": 0.0}
    assert spans["actor"]["overlapping"] == {"matched": 1, "f1": pytest.approx(2 / 3)}
    assert spans["place"]["exact"] == {"matched": 1, "f1": 1.0}


def test_touching_spans_do_not_overlap(compared):
    found = compared([sentence(0, (), [actor(0, 4)])], [sentence(0, (), [actor(4, 8)])])
    assert found["spans"]["actor"]["overlapping"]["matched"] == 0


def test_kappa_of_roles_and_directions(compared):
    # source by both twice, by the first alone once, by neither once: 3 of 4 agreed.
    mine = [("source",), ("source",), ("source",), ()]
    theirs = [("source",), ("source",), (), ()]
    way = ["origin", "origin", "site", "site"]
    back = ["origin", "site", "site", "site"]
    first, second = (
        [sentence(n, ("AID",), [actor(4, 8, *roles[n]), place(17, 22, ways[n])]) for n in range(4)]
        for roles, ways in ((mine, way), (theirs, back))
    )
    found = compared(first, second)
    source = found["actor_role"]["exact"]["labels"]["source"]
    assert source["kappa"] == pytest.approx((0.75 - 0.5) / 0.5) and source["positive"] == 3
    assert found["actor_role"]["exact"]["labels"]["target"]["kappa"] is None
    directions = found["geo_direction"]["exact"]
    assert directions["all"]["kappa"] == pytest.approx((0.75 - 0.5) / 0.5)
    assert directions["labels"]["origin"]["agreed"] == 0.75
    assert found["differences"] == [
        {"id": "s1", "text": TEXT, "mentions": [["17:22 Tirra", "origin", "site"]]},
        {"id": "s2", "text": TEXT, "mentions": [["4:8 army", "source", "bystander"]]},
    ]


def test_an_annotator_agrees_with_itself(compared, sentences):
    found = compared(list(sentences), list(sentences))
    assert found["event_type"]["all"]["kappa"] == 1.0 and found["event_type"]["same_set"] == 1.0
    assert found["spans"]["actor"]["exact"]["f1"] == 1.0 and found["differences"] == []
    assert found["geo_direction"]["overlapping"]["all"]["kappa"] == 1.0


def test_a_part_may_be_labelled_again_but_nothing_else(compared):
    rows = [sentence(0), sentence(1)]
    assert compared(rows, rows[1:])["sentences"] == 1
    with pytest.raises(BadInput, match=r"second\.jsonl:1: .*ids of the first annotator.*'s7'"):
        compared(rows, [sentence(7)])
    with pytest.raises(BadInput, match=r"second\.jsonl:1: .*the text of 's1' unchanged"):
        compared(rows, [sentence(1, text="Another one.")])
    with pytest.raises(BadInput, match="sentences of a second annotator"):
        compared(rows, [])


def test_nothing_marked_gives_no_figure_but_a_reason(compared):
    found = compared([sentence(0)], [sentence(0)])
    assert found["spans"]["actor"]["exact"]["f1"] is None
    all_ = found["geo_direction"]["exact"]["all"]
    assert all_["kappa"] is None and all_["reason"] == "nothing to compare"
