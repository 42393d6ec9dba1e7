"""What `data check` says: complete totals, the leaking rows by kind, and nothing hidden."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from data.check import WIDTH, check
from data.duplicates import character_shingles, jaccard
from data.errors import BadInput
from data.importers import jsonl
from data.records import Mention, Role, Sentence

LONG = "The harbour master closed the northern quay before the storm came in."
OTHERS = (
    "Farmers drove their tractors into the capital to ask for cheaper fuel.",
    "The envoy flew home from the talks without a word to the press.",
    "Two bridges over the river were mined during the night, engineers found.",
    "A convoy of flour and blankets reached the mountain villages at last.",
    "Judges of the high court threw out the ban on evening assemblies.",
    "Coast guards towed the trawler back to the border and let it go.",
)


def row(name: str, text: str, doc: str = "", **fields: object) -> Sentence:
    return replace(Sentence(name, doc or f"doc-{name}", text), **fields)


def built(folder: Path, **parts: Sequence[Sentence]) -> Path:
    for name, rows in parts.items():
        jsonl.write(rows, folder / "sentences" / f"{name}.jsonl")
    return folder


def pairs(found: list[dict]) -> list[tuple[str, str, str]]:
    return [(each["kind"], each["first"]["id"], each["second"]["id"]) for each in found]


def test_clean_splits_are_counted_and_leak_nothing(tmp_path):
    mentions = (
        Mention(0, 7, "actor", (Role("source"),)),
        Mention(10, 14, "place", (Role("site"),)),
    )
    train = [
        row("1", OTHERS[0], "a", mentions=mentions, event_types=("AID",)),
        row("2", OTHERS[1], "a"),
    ]
    found = check(built(tmp_path, train=train, test=[row("3", OTHERS[2], mentions=mentions[:1])]))
    assert found == {
        "sentences": {"test": 1, "train": 2},
        "articles": {"test": 1, "train": 1},
        "event_types": {"none": 2, "AID": 1},
        "actors": {"source": 2},
        "places": {"site": 1},
        "too_short_to_compare": {"sentences": 0, "repeating": 0},
        "repeats": {},
        "leaking": {},
        "repeated": [],
        "leaks": [],
    }


def test_each_kind_of_leak_is_told_with_its_rows(tmp_path):
    names = {"Kasmara": ("actor", ()), "Tirra": ("place", (Role("site"),))}

    def report(name: str, text: str) -> Sentence:
        mentions = tuple(
            Mention(text.index(each), text.index(each) + len(each), kind, roles)
            for each, (kind, roles) in names.items()
        )
        return row(name, text, mentions=mentions, event_types=("ASSAULT",), date="2003-05-06")

    train = [
        row("1", LONG),
        row("2", OTHERS[0]),
        row("3", OTHERS[1], "shared"),
        report("4", "Shells from Tirra fell on Kasmara at dawn."),
    ]
    test = [
        row("5", LONG.upper()),
        row("6", OTHERS[0].replace("cheaper", "cheap")),
        row("7", OTHERS[2], "shared"),
        report("8", "Kasmara counted nine dead after guns fired near Tirra."),
    ]
    found = check(built(tmp_path, train=train, test=test))
    assert sorted(pairs(found["leaks"])) == [
        ("event", "4", "8"),
        ("exact", "1", "5"),
        ("near", "2", "6"),
        ("shared article", "shared", "shared"),
    ]
    assert found["leaking"] == {
        "train / test": {"shared article": 1, "exact": 1, "near": 1, "event": 1}
        | {"rows of test": 3, "rows of train": 3}
    }
    near = next(each for each in found["leaks"] if each["kind"] == "near")
    wanted = jaccard(character_shingles(train[1].text), character_shingles(test[1].text))
    assert near["alike"] == round(wanted, 2)
    assert near["second"] == {"split": "test", "id": "6", "text": test[1].text}
    assert found["repeats"] == {} and json.loads(json.dumps(found)) == found


def test_totals_are_complete_where_rows_are_cut(tmp_path):
    train = [row(f"a{number}", f"{OTHERS[number % 6]} {number}") for number in range(60)]
    test = [replace(each, id=f"b{each.id}", doc_id=f"b{each.id}") for each in train[:30]]
    path = built(tmp_path, train=[*train, row("t", LONG)], test=[*test, row("u", LONG)])
    for shown in (0, 1, 7):
        found = check(path, shown=shown)
        counts = found["leaking"]["train / test"]
        assert counts["exact"] == 31 and counts["rows of test"] == 31
        assert counts["rows of train"] == 61  # each is near one of test, if not equal
        kinds = [kind for kind, *_ in pairs(found["leaks"])]
        assert kinds.count("exact") == kinds.count("near") == shown
        assert len(found["repeated"]) == shown
    assert found["repeats"]["test"]["rows of test"] == 30


def test_repeats_within_a_split_are_no_leaks(tmp_path):
    rows = [
        row("1", LONG, "a"),
        row("2", LONG, "a"),
        row("3", LONG + "!", "b"),
        row("4", OTHERS[1]),
    ]
    jsonl.write(rows, tmp_path / "mine.jsonl")
    found = check(tmp_path / "mine.jsonl")
    assert found["leaks"] == [] and found["leaking"] == {}
    assert found["repeats"] == {"all": {"exact in one article": 1, "exact": 1, "rows of all": 3}}
    assert pairs(found["repeated"]) == [("exact in one article", "1", "2"), ("exact", "1", "3")]


def test_an_article_under_two_ids_is_told(tmp_path):
    train = [row(f"a{number}", text, "first") for number, text in enumerate(OTHERS[:4])]
    test = [row(f"b{number}", text.upper(), "second") for number, text in enumerate(OTHERS[1:4])]
    test += [row("c1", OTHERS[0], "third"), row("c2", OTHERS[5], "third")]
    found = check(built(tmp_path, train=train, test=test))
    assert [each for each in pairs(found["leaks"]) if each[0] == "same article"] == [
        ("same article", "first", "second")
    ]
    assert found["leaking"]["train / test"]["same article"] == 1
    assert found["leaking"]["train / test"]["exact"] == 4


def test_several_paths_are_a_split_each(tmp_path):
    """Ids and articles of two sets may be the same; of tokenised text the letters count."""
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    jsonl.write(
        [row("1", "They didn't say why the harbour's quay was closed."), row("2", OTHERS[0])], one
    )
    jsonl.write(
        [
            row("1", OTHERS[1], "x"),
            row("2", "They did n't say why the harbour 's quay was closed .", "y"),
        ],
        two,
    )
    found = check(one, two)
    assert found["sentences"] == {"one": 2, "two": 2}
    assert pairs(found["leaks"]) == [("exact", "1", "2")]
    assert found["leaking"] == {"one / two": {"exact": 1, "rows of one": 1, "rows of two": 1}}
    again = built(tmp_path / "set", train=[row("9", OTHERS[0])], test=[row("8", OTHERS[5])])
    found = check(one, again)
    assert list(found["sentences"]) == ["one", "set/train", "set/test"]
    assert list(found["leaking"]) == ["one / set/train"]


def test_paths_of_one_name_are_told_apart_and_none_is_given_twice(tmp_path):
    for folder in ("a", "b"):
        jsonl.write([row("1", LONG)], tmp_path / folder / "mine.jsonl")
    paths = [tmp_path / folder / "mine.jsonl" for folder in ("a", "b")]
    found = check(*paths)
    assert list(found["sentences"]) == [str(path) for path in paths]
    assert pairs(found["leaks"]) == [("shared article", "doc-1", "doc-1"), ("exact", "1", "1")]
    with pytest.raises(BadInput, match="each once"):
        check(paths[0], paths[0])
    with pytest.raises(BadInput, match="each once"):
        check()
    (tmp_path / "empty" / "sentences").mkdir(parents=True)
    with pytest.raises(BadInput, match="each once"):
        check(tmp_path / "empty")


def test_short_formulas_are_no_leaks_but_are_counted(tmp_path):
    text = "He declined to comment."
    found = check(built(tmp_path, train=[row("1", text), row("2", LONG)], test=[row("3", text)]))
    assert found["leaks"] == []
    assert found["too_short_to_compare"] == {"sentences": 2, "repeating": 2}


def test_shown_texts_are_short_and_plain(tmp_path):
    text = f"{LONG} \x1b[31m\x9b\u202e{'and so on ' * 20}"
    found = check(built(tmp_path, train=[row("1", text)], test=[row("2", text)]))
    (leak,) = found["leaks"]
    assert len(leak["first"]["text"]) == WIDTH and leak["first"]["text"].endswith("…")
    assert leak["first"]["text"].isprintable()


def test_the_command_says_leaks_by_its_exit_status(wiretag, tmp_path):
    path = built(tmp_path / "built", train=[row("1", LONG)], test=[row("2", OTHERS[0])])
    assert wiretag("data", "check", path)[0] == 0
    built(path, test=[row("2", LONG.replace(" the ", "  THE "))])
    code, out, err = wiretag("data", "check", path, "--json")
    assert code == 1 and not err
    assert json.loads(out)["leaking"] == {
        "train / test": {"exact": 1, "rows of test": 1, "rows of train": 1}
    }
    code, out, _ = wiretag("data", "check", path)
    assert code == 1 and "leaking: " in out


def test_a_bad_row_is_named(tmp_path):
    path = built(tmp_path, train=[row("1", LONG)], test=[])
    (path / "sentences" / "test.jsonl").write_text("{}\n")
    with pytest.raises(BadInput, match=r"test\.jsonl:1: "):
        check(path)
