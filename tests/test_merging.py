"""Merging annotators: majorities, what waits, decisions read back; nobody's order matters."""

import json
from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.importers import jsonl, read_sentences
from data.merging import majority, merge, vote
from data.records import Mention, Role, Sentence

TEXT = "The army shelled Tirra from Norvale."
ARMY, TIRRA = (4, 8), (17, 22)


def actor(span: tuple[int, int], *roles: str) -> Mention:
    return Mention(*span, "actor", tuple(Role(*role.split(":")) for role in roles))


def place(span: tuple[int, int], *roles: str) -> Mention:
    return Mention(*span, "place", tuple(Role(role) for role in roles))


def sentence(*mentions: Mention, types: tuple[str, ...] = ("ASSAULT",), **more) -> Sentence:
    more = {"id": "s1", "doc_id": "d1", "text": TEXT} | more
    return Sentence(mentions=mentions, event_types=types, **more)


def voted(*answers: Sentence):
    return vote(dict(zip("abcde", answers, strict=False)))


@pytest.fixture
def merged(tmp_path) -> Callable[..., dict]:
    """Writes the annotators' files and merges them into out.jsonl."""

    def run(*annotators: list[Sentence], order: tuple[int, ...] | None = None) -> dict:
        paths = [tmp_path / f"{name}.jsonl" for name, _ in zip("abcd", annotators, strict=False)]
        for path, rows in zip(paths, annotators, strict=True):
            jsonl.write(rows, path)
        found = merge([paths[n] for n in order or range(len(paths))], tmp_path / "out.jsonl")
        json.dumps(found, allow_nan=False)
        assert found["sentences"] == found["merged"] + found["waiting"]
        ways = ("unanimous", "majority", "single", "adjudicated")
        assert found["merged"] == sum(found[way] for way in ways)
        return found

    return run


def out(folder: Path) -> list[Sentence]:
    return list(read_sentences(folder / "out.jsonl"))


def waiting(folder: Path) -> list[dict]:
    return [json.loads(line) for line in (folder / "out-adjudication.jsonl").open()]


def edit(folder: Path, **changes: object) -> None:
    """Edits the first waiting line as a person would."""
    first, *rest = waiting(folder)
    rows = [first | changes, *rest]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    (folder / "out-adjudication.jsonl").write_text(text, encoding="utf-8")


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


def test_what_all_give_alike_stays_as_it_is(merged, tmp_path, sentences):
    found = merged(list(sentences), list(sentences), list(sentences))
    assert found["unanimous"] == len(sentences) and found["waiting"] == 0
    assert out(tmp_path) == list(sentences)
    assert not (tmp_path / "out-adjudication.jsonl").exists()
    assert list(read_sentences(tmp_path / "a.jsonl")) == out(tmp_path)


def test_one_answer_in_two_orders_is_unanimous_and_comes_out_in_one():
    marks = [actor(ARMY, "source"), place(TIRRA, "site")]
    one, other = sentence(*marks), sentence(*reversed(marks))
    found = {voted(one, other), voted(other, one)}
    assert len(found) == 1 and found.pop().how == "unanimous"


def test_a_sentence_that_one_annotator_saw_is_kept_and_counted_apart(merged, tmp_path):
    other = sentence(id="s2", types=("AID",))
    found = merged([sentence(), other], [sentence()])
    assert (found["unanimous"], found["single"]) == (1, 1)
    assert out(tmp_path)[1] == other


def test_of_the_other_fields_the_most_given_value_stays():
    found = voted(
        sentence(types=("AID",), region="europe", tags=("passive",)),
        sentence(types=("AID",)),
        sentence(types=(), region="europe", source="x", date="2020-01-01"),
    ).sentence
    assert (found.region, found.source, found.tags) == ("europe", "x", ("passive",))
    assert found.date == "2020-01-01"


TYPES = st.lists(st.sampled_from(["AID", "ASSAULT", "REJECT"]), unique=True, max_size=2)
EDGES = st.sampled_from([(0, 8), (4, 8), (4, 16), (17, 22), (17, 27), (23, 35)])
MENTION = st.one_of(
    st.builds(actor, EDGES, st.sampled_from(["source", "target", "source:AID"])),
    st.builds(lambda span, role: place(span, role), EDGES, st.sampled_from(["site", "origin"])),
)
LABELLED = st.builds(
    lambda types, mentions, complete: sentence(
        *{(m.start, m.end, m.kind): m for m in mentions}.values(),
        types=tuple(types),
        complete=complete,
    ),
    TYPES,
    st.lists(MENTION, max_size=4),
    st.booleans(),
)


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


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(LABELLED, LABELLED, LABELLED), min_size=1, max_size=4),
    st.permutations(range(3)),
)
def test_the_order_of_the_files_changes_no_byte(merged, tmp_path, rows, order):
    for path in tmp_path.glob("out*"):
        path.unlink()
    files = [
        [Sentence(**{**vars(row[side]), "id": f"s{n}"}) for n, row in enumerate(rows)]
        for side in range(3)
    ]
    files = [[*rows[side:], *rows[:side]] for side, rows in enumerate(files)]  # other orders

    def written() -> list[bytes]:
        return [path.read_bytes() for path in sorted(tmp_path.glob("out*"))]

    first = merged(*files)
    before = written()
    second = merged(*files, order=tuple(order))
    assert written() == before and first == second


def test_a_decided_line_empties_the_waiting_list(merged, tmp_path):
    files = ([sentence(actor(ARMY, "source"))], [sentence(actor(ARMY, "target"), types=("AID",))])
    found = merged(*files)
    assert (found["merged"], found["waiting"]) == (0, 1) and out(tmp_path) == []
    (row,) = waiting(tmp_path)
    assert row["decided"] is False and row["text"] == TEXT and row["event_types"] == []
    assert row["undecided"] == [
        "event type AID: no (a); yes (b)",
        "event type ASSAULT: no (b); yes (a)",
        "actor 4:8 'army': source (a); target (b)",
    ]
    assert row["answers"]["b"]["event_types"] == ["AID"]
    assert (
        row["answers"]["a"]["spans"][0] | {"role": "source", "surface": "army"}
        == (row["answers"]["a"]["spans"][0])
    )
    assert [one.id for one in read_sentences(tmp_path / "out-adjudication.jsonl")] == ["s1"]
    edit(tmp_path, decided=True, event_types=["ASSAULT"], spans=row["answers"]["b"]["spans"])
    decided = (tmp_path / "out-adjudication.jsonl").read_bytes()
    for _ in range(2):  # and a second time: the decision is not lost
        found = merged(*files)
        assert (found["adjudicated"], found["waiting"]) == (1, 0)
        assert out(tmp_path) == [sentence(actor(ARMY, "target"))]
        assert (tmp_path / "out-adjudication.jsonl").read_bytes() == decided


def test_a_decision_may_name_the_annotator_who_is_right(merged, tmp_path):
    files = ([sentence(types=("AID",))], [sentence(types=(), complete=False)], [sentence(types=())])
    assert merged(*files)["waiting"] == 1
    edit(tmp_path, decided="a")
    assert merged(*files)["adjudicated"] == 1 and out(tmp_path) == files[0]
    edit(tmp_path, decided="d")
    with pytest.raises(BadInput, match=r"out-adjudication\.jsonl:1: .*'d'; known: a, b, c"):
        merged(*files)


def test_a_line_half_edited_stays_until_the_answers_change(merged, tmp_path):
    files = ([sentence(types=("AID",))], [sentence(types=())])
    merged(*files)
    edit(tmp_path, event_types=["REJECT"], note="ask Ann")
    merged(*files)
    assert waiting(tmp_path)[0]["note"] == "ask Ann"
    merged([sentence(types=("AID", "REJECT"))], files[1])
    assert "note" not in waiting(tmp_path)[0] and len(waiting(tmp_path)) == 1
    assert merged(files[0], files[0])["waiting"] == 0 and waiting(tmp_path) == []


def test_decisions_are_read_from_the_file_that_is_named(tmp_path):
    for name, types in (("a", ("AID",)), ("b", ())):
        jsonl.write([sentence(types=types)], tmp_path / f"{name}.jsonl")
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    ledger = tmp_path / "rulings.jsonl"
    assert merge(paths, tmp_path / "out.jsonl", ledger)["waiting"] == 1
    ledger.write_text(ledger.read_text().replace('"decided": false', '"decided": true'))
    assert merge(paths, tmp_path / "out.jsonl", ledger)["adjudicated"] == 1
    assert out(tmp_path) == [sentence(types=())]


BAD = {
    "no decision said": ({"decided": None}, "true, false or an annotator's name, found None"),
    "a number": ({"decided": 1}, "found 1; set decided to true"),
    "an unknown sentence": ({"id": "s9"}, "a sentence that an annotator labelled, found 's9'"),
    "another text": ({"text": TEXT + "!"}, "text and doc_id as the annotators have them"),
    "another article": ({"doc_id": "x"}, "text and doc_id as the annotators have them"),
    "a misspelt type": ({"event_types": ["ASAULT"]}, "did you mean 'ASSAULT'?"),
    "a span outside": (
        {"spans": [{"start": 4, "end": 99, "kind": "actor", "role": "source"}]},
        "a span within the text's 36 code points",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_line_of_the_adjudication_file_is_refused_with_its_line(merged, tmp_path, name):
    change, said = BAD[name]
    files = ([sentence(types=("AID",))], [sentence(types=())])
    merged(*files)
    edit(tmp_path, **({"decided": True} | change))
    before = (tmp_path / "out.jsonl").read_bytes(), waiting(tmp_path)
    with pytest.raises(BadInput) as error:
        merged(*files)
    assert "out-adjudication.jsonl:1: expected" in str(error.value) and said in str(error.value)
    assert ((tmp_path / "out.jsonl").read_bytes(), waiting(tmp_path)) == before


def test_a_line_twice_or_broken_is_refused(merged, tmp_path, write):
    files = ([sentence(types=("AID",))], [sentence(types=())])
    merged(*files)
    line = (tmp_path / "out-adjudication.jsonl").read_bytes()
    write("out-adjudication.jsonl", line + b"\n" + line)
    with pytest.raises(BadInput, match=r"out-adjudication\.jsonl:3: .*each id once"):
        merged(*files)
    for bad in (b'{"id": 1}\n', b"[" * 100_000 + b"\n", b"\xff\n", b"null\n"):
        write("out-adjudication.jsonl", bad)
        with pytest.raises(BadInput, match=r"out-adjudication\.jsonl:1: "):
            merged(*files)


def test_other_texts_for_one_id_are_refused(merged):
    with pytest.raises(BadInput, match=r"b\.jsonl:1: expected the text of 's1' as in .*a\.jsonl:1"):
        merged([sentence()], [sentence(text="The army slept in Tirra.")])


def test_no_file_of_an_annotator_is_overwritten(tmp_path):
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for path in paths:
        jsonl.write([sentence()], path)
    for places in ((paths[0],), (tmp_path / "out.jsonl", paths[1])):
        with pytest.raises(BadInput, match="another file to write"):
            merge(paths, *places)
    with pytest.raises(BadInput, match="two files to write"):
        merge(paths, tmp_path / "out.jsonl", tmp_path / "out.jsonl")
    assert [list(read_sentences(path)) for path in paths] == [[sentence()]] * 2
