"""Agreement of annotators' files: types, spans, roles and directions, worked out by hand."""

import json

import pytest

from data.agreement import agreement
from data.errors import BadInput
from data.importers import jsonl
from data.records import Mention, Role, Sentence

TEXT = "The army shelled Tirra from Norvale."


def sentence(number: int, types: tuple[str, ...] = (), mentions=(), **more) -> Sentence:
    more = {"text": TEXT, "doc_id": f"d{number // 2}"} | more
    return Sentence(f"s{number}", mentions=tuple(mentions), event_types=types, **more)


def actor(start: int, end: int, *roles: str) -> Mention:
    return Mention(start, end, "actor", tuple(map(Role, roles)))


def place(start: int, end: int, *roles: str) -> Mention:
    return Mention(start, end, "place", tuple(map(Role, roles)))


@pytest.fixture
def compared(tmp_path):
    def run(*annotators: list[Sentence]):
        names = ("first", "second", "third", "fourth")[: len(annotators)]
        for name, rows in zip(names, annotators, strict=True):
            jsonl.write(rows, tmp_path / f"{name}.jsonl")
        found = agreement(*(tmp_path / f"{name}.jsonl" for name in names))
        json.dumps(found, allow_nan=False)
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
    assert (found["sentences"], found["articles"], found["alone"]) == (10, 5, 0)
    expected = (0.7 - (0.5 * 0.6 + 0.5 * 0.4)) / (1 - 0.5)
    aid, none = (found["event_type"]["labels"][name] for name in ("AID", "no event"))
    assert aid["kappa"] == pytest.approx(expected) == none["kappa"]
    assert (aid["agreed"], aid["decisions"], aid["positive"]) == (0.7, 10, 7)
    # alpha: of 20 answers 11 yes and 9 no, three decisions of ten differ
    assert aid["alpha"] == pytest.approx(1 - (3 / 10) / (2 * 11 * 9 / (20 * 19)))
    assert found["event_type"]["same_set"] == 0.7
    never = found["event_type"]["labels"]["REJECT"]
    assert never["kappa"] is never["alpha"] is None
    assert never["reason"] == "only one answer was ever given" and never["decisions"] == 10
    pooled = found["event_type"]["all"]
    assert pooled["decisions"] == 160 and pooled["agreed"] == pytest.approx(157 / 160)
    assert [row["id"] for row in found["differences"]] == ["s4", "s5", "s6"]
    assert found["differences"][0]["event_types"] == {"first": ["AID"], "second": []}


def test_three_annotators_of_whom_two_cover_a_part(compared):
    first = [sentence(n, ("AID",) if n < 3 else ()) for n in range(6)]
    second = [sentence(n, ("AID",)) for n in range(4)]
    third = [sentence(n, ("AID",)) for n in (2, 5, 6)]
    found = compared(first, second, third)
    assert found["annotators"] == {"first": 6, "second": 4, "third": 3}
    assert (found["sentences"], found["alone"]) == (5, 2)  # s4 and s6 were seen once
    aid = found["event_type"]["labels"]["AID"]
    assert (aid["decisions"], aid["positive"]) == (5, 5)
    # Equal pairs: s0 1 of 1, s1 1 of 1, s2 3 of 3, s3 0 of 1, s5 0 of 1.
    assert aid["agreed"] == pytest.approx(5 / 7)
    (last,) = [row for row in found["differences"] if row["id"] == "s5"]
    assert last["event_types"] == {"first": [], "third": ["AID"]}


def test_an_absent_type_of_an_incomplete_sentence_is_no_answer(compared):
    first = [sentence(0, ("AID",)), sentence(1), sentence(2, ("AID",))]
    second = [
        sentence(0, ("AID",), complete=False),
        sentence(1, (), complete=False),
        sentence(2, ("REJECT",), complete=False),
    ]
    found = compared(first, second)["event_type"]
    assert found["labels"]["AID"]["decisions"] == 1 and found["labels"]["AID"]["agreed"] == 1.0
    assert found["labels"]["REJECT"]["agreed"] == 0.0
    assert found["labels"]["no event"]["decisions"] == 2 and found["same_set"] is None


def test_types_of_another_codebook_are_compared_too(compared):
    found = compared([sentence(0, ("YIELD",)), sentence(1)], [sentence(0, ("YIELD",)), sentence(1)])
    assert found["event_type"]["labels"]["YIELD"]["kappa"] == 1.0


def test_spans_match_exactly_or_by_overlap_and_each_once(compared):
    first = [sentence(0, (), [actor(0, 8), place(17, 22, "site")])]
    second = [sentence(0, (), [actor(4, 8), actor(0, 3), place(17, 22, "site")])]
    spans = compared(second, first)["spans"]["actor"]
    assert spans["overlapping"] == {"matched": 1, "f1": pytest.approx(2 / 3)}
    spans = compared(first, second)["spans"]
    assert spans["actor"]["marked"] == {"first": 1, "second": 2}
    assert spans["actor"]["exact"] == {"matched": 0, "f1": 0.0}
    assert spans["actor"]["overlapping"] == {"matched": 1, "f1": pytest.approx(2 / 3)}
    assert spans["place"]["exact"] == {"matched": 1, "f1": 1.0}


def test_exact_matches_go_before_overlaps(compared):
    nested = [sentence(0, (), [actor(0, 8, "source"), actor(4, 8, "target")])]
    inner = [sentence(0, (), [actor(4, 8, "target")])]
    for pair in ((nested, inner), (inner, nested)):
        target = compared(*pair)["actor_role"]["overlapping"]["labels"]["target"]
        assert (target["decisions"], target["agreed"], target["positive"]) == (1, 1.0, 1)


def test_a_mention_is_matched_with_one_at_the_most(compared):
    first = [sentence(0, (), [actor(0, 8, "source"), actor(10, 16, "target")])]
    second = [sentence(0, (), [actor(4, 12, "source")])]
    for pair in ((first, second), (second, first)):
        found = compared(*pair)
        assert found["spans"]["actor"]["overlapping"]["matched"] == 1
        assert found["actor_role"]["overlapping"]["labels"]["source"]["agreed"] == 1.0


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
    tirra, army = "17:22 Tirra (place)", "4:8 army (actor)"
    assert [row["mentions"] for row in found["differences"]] == [
        {tirra: {"first": "origin", "second": "site"}},
        {army: {"first": "source", "second": "no role"}},
    ]


def test_three_annotators_answer_for_the_mentions_that_they_marked(compared):
    found = compared(
        [sentence(0, (), [place(17, 22, "site")])],
        [sentence(0, (), [place(17, 22, "origin")])],
        [sentence(0)],
    )
    assert found["geo_direction"]["exact"]["all"]["decisions"] == 1
    assert found["spans"]["place"]["exact"] == {"matched": 1, "f1": 0.5}  # pairs: 2, 1 and 1 marks
    (row,) = found["differences"]
    assert row["mentions"]["17:22 Tirra (place)"] == {
        "first": "site",
        "second": "origin",
        "third": None,
    }


def test_a_place_without_a_direction_is_no_answer(tmp_path):
    from data.agreement import _directions

    answers = {"a": sentence(0, (), [place(17, 22)]), "b": sentence(0, (), [place(17, 22, "site")])}
    assert _directions([answers], ["a", "b"], "exact")["all"]["decisions"] == 0


def test_an_annotator_agrees_with_itself(compared, sentences):
    found = compared(list(sentences), list(sentences), list(sentences))
    assert found["event_type"]["all"]["kappa"] == 1.0 and found["event_type"]["same_set"] == 1.0
    assert found["event_type"]["all"]["alpha"] == 1.0
    assert found["event_type"]["all"]["alpha_interval"] == (1.0, 1.0)
    assert found["spans"]["actor"]["exact"]["f1"] == 1.0 and found["differences"] == []
    assert found["geo_direction"]["overlapping"]["all"]["kappa"] == 1.0


def test_annotators_of_one_file_name_go_by_their_paths(write, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        jsonl.write([sentence(0, ("AID",)), sentence(1)], tmp_path / folder / "x.jsonl")
    paths = [tmp_path / "a" / "x.jsonl", tmp_path / "b" / "x.jsonl"]
    assert list(agreement(*paths)["annotators"]) == list(map(str, paths))
    with pytest.raises(BadInput, match="each annotator's file once"):
        agreement(paths[0], tmp_path / "a" / "." / "x.jsonl")
    with pytest.raises(BadInput, match="two annotators or more"):
        agreement(paths[0])


def test_other_texts_for_an_id_are_refused_with_file_and_line(compared):
    rows = [sentence(0), sentence(1)]
    assert compared(rows, rows[1:])["sentences"] == 1
    with pytest.raises(BadInput, match=r"second\.jsonl:2: expected the text of 's1' as in .*first"):
        compared(rows, [sentence(0), sentence(1, text="Another one.")])
    with pytest.raises(BadInput, match=r"third\.jsonl:1: expected the doc_id of 's1'"):
        compared(rows, rows, [sentence(1, doc_id="other")])
    with pytest.raises(BadInput, match=r"second\.jsonl: expected ids that another annotator has"):
        compared(rows, [sentence(7)], rows)
    with pytest.raises(BadInput, match=r"second\.jsonl: expected sentences of an annotator"):
        compared(rows, [])


def test_an_id_twice_in_one_file_is_refused(write):
    header = "sentence_id\tmarked_sentence\tsentence\tgold_root\n"
    good = write("a.tsv", header + "1\t<s>A</s> fed <t>B</t>.\tx\tAID\n")
    row = json.dumps(jsonl.to_row(Sentence("plv-1", "plv-1", "A fed B.", (), ("AID",))))
    twice = write("b.jsonl", f"{row}\n{row}\n")
    with pytest.raises(BadInput, match=r"b\.jsonl:2: expected each id once"):
        agreement(good, twice)


def test_nothing_marked_gives_no_figure_but_a_reason(compared):
    found = compared([sentence(0)], [sentence(0)])
    assert found["spans"]["actor"]["exact"]["f1"] is None
    all_ = found["geo_direction"]["exact"]["all"]
    assert all_["kappa"] is all_["alpha"] is None and all_["reason"] == "nothing to compare"
