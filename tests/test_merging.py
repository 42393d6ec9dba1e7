"""Merging annotators' files: what waits, decisions read back; nobody's order matters."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from annotators import ARMY, LABELLED, TEXT, actor, sentence
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.importers import jsonl, read_sentences
from data.merging import merge
from data.records import Sentence


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


def test_what_all_give_alike_stays_as_it_is(merged, tmp_path, sentences):
    found = merged(list(sentences), list(sentences), list(sentences))
    assert found["unanimous"] == len(sentences) and found["waiting"] == 0
    assert out(tmp_path) == list(sentences)
    assert not (tmp_path / "out-adjudication.jsonl").exists()
    assert list(read_sentences(tmp_path / "a.jsonl")) == out(tmp_path)


def test_a_sentence_that_one_annotator_saw_is_kept_and_counted_apart(merged, tmp_path):
    other = sentence(id="s2", types=("AID",))
    found = merged([sentence(), other], [sentence()])
    assert (found["unanimous"], found["single"]) == (1, 1)
    assert out(tmp_path)[1] == other


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
