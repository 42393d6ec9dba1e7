"""RAMS's JSON Lines, and what public event sets share: packed files and the keys of a mapping."""

import gzip
import json
import random
import tracemalloc
import zlib

import pytest
from foreign_files import refill

from data import event_arguments
from data.codebook import load_codebook
from data.errors import BadInput
from data.event_arguments import key_of
from data.importers import jsonl, rams
from data.mapping import Mapping, load_mapping
from data.records import Mention, Role

MAPPING = load_mapping("rams")
BEFORE = ["Gunmen", "came", "by", "boat", "."]
SENTENCE = [
    "In",
    "Tirra",
    "they",
    "killed",
    '"',
    "six",
    '"',
    "of",
    "the",
    "dockers",
    "'",
    "men",
    ".",
]


def row(key="nw_RC1", event="life.die.deathcausedbyviolentevents", trigger=(8, 8), links=None):
    """Five tokens and thirteen more; the trigger is "killed"."""
    if links is None:
        links = [((0, 0), "killer"), ((6, 6), "place"), ((10, 15), "victim"), ((7, 7), "killer")]
    return {
        "doc_key": key,
        "source_url": "http://news.example/tirra",
        "split": "dev",
        "language_id": "eng",
        "sentences": [BEFORE, SENTENCE],
        "ent_spans": [],
        "evt_triggers": [[*trigger, [[event, 1.0]]]],
        "gold_evt_links": [
            [list(trigger), list(span), f"evt090arg{n:02d}{role}"]
            for n, (span, role) in enumerate(links, start=1)
        ],
    }


def lines(*rows) -> bytes:
    return "\n".join(json.dumps(one) for one in rows).encode() + b"\n"


def readings(path, mapping=MAPPING):
    refused: list[BadInput] = []
    return list(rams.read(path, refused.append, mapping)), refused


@pytest.mark.parametrize("packed", [False, True])
def test_a_row_is_the_sentence_of_its_trigger(write, tmp_path, packed):
    raw = lines(row())
    path = write("dev.jsonlines", gzip.compress(raw) if packed else raw)
    (made,), refused = readings(path)
    assert not refused
    assert made.id == "rams-dev-nw_RC1" and made.doc_id == "http://news.example/tirra"
    assert made.text == 'In Tirra they killed "six" of the dockers\' men.'
    assert made.mentions == (
        Mention(3, 8, "place", (Role("site"),)),
        Mention(22, 42, "actor", (Role("target"),)),
    )
    assert made.text[22:42] == "six\" of the dockers'"
    assert made.event_types == ("ASSAULT",) and not made.complete
    assert made.source == "rams" and made.where == f"{path}:1"
    jsonl.write([made], tmp_path / "out.jsonl")
    assert list(jsonl.read(tmp_path / "out.jsonl", pytest.fail)) == [made]


def test_an_argument_of_another_sentence_makes_no_mention_but_tells_the_type(write):
    killer, nobody = row(links=[((0, 0), "killer")]), row("nw_RC2", links=[((6, 6), "place")])
    ahead = row("nw_RC3", trigger=(1, 1), links=[((0, 0), "killer"), ((6, 6), "place")])
    (one, two, three), _ = readings(write("dev.jsonlines", lines(killer, nobody, ahead)))
    assert three.text == "Gunmen came by boat." and len(three.mentions) == 1
    assert one.mentions == () and one.event_types == ("ASSAULT",)
    assert two.event_types == ()


def test_one_stretch_with_two_roles_is_one_mention(write):
    links = [((14, 14), "attacker"), ((14, 14), "target"), ((6, 6), "origin"), ((6, 6), "origin")]
    (made,), _ = readings(write("x", lines(row(event="conflict.attack.n/a", links=links))))
    assert made.mentions == (
        Mention(3, 8, "place", (Role("origin"),)),
        Mention(34, 41, "actor", (Role("source"), Role("target"))),
    )


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        ('He said : " No . " Then " go ! "', 'He said: "No." Then "go!"'),
        ("It was n't Norvale 's ( old ) port - side $ 5 crane", None),
        ("“ We 're ‘ late ’ , ” they said", "“We're ‘late’,” they said"),
        ("Ostmark -- once 60 % /40 % -- fell", "Ostmark -- once 60% /40% -- fell"),
        ("the farmers’ [ own ] fields", "the farmers’ [own] fields"),
    ],
)
def test_text_is_put_together_from_tokens(tokens, text):
    made, starts = rams.text_of(tokens.split())
    assert made == (text or "It wasn't Norvale's (old) port-side $5 crane")
    assert [
        made[at : at + len(token)] for token, at in zip(tokens.split(), starts, strict=True)
    ] == (tokens.split())


def test_the_most_telling_key_counts():
    known = {"life.die|killer", "killer", "life|killer|PER", "life", "life.die"}
    assert key_of(known, "life.die.n/a", "killer") == "life.die|killer"
    assert key_of(known, "life.injure.n/a", "killer", "PER") == "life|killer|PER"
    assert key_of(known, "life.injure.n/a", "killer", "ORG") == "killer"
    assert key_of(known, "life.die.n/a") == "life.die" and key_of(known, "life.x") == "life"
    assert key_of(known, "death.x") == "death" and key_of(known, "death.x", "who") == "who"
    assert len(key_of(known, "." * 500)) <= 500


def test_the_mapping_speaks_plover():
    labels = {name for names in MAPPING.event_types.values() for name in names or ()}
    assert labels <= set(load_codebook("event_type").labels)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (row(event="conflct.attack"), "an event label of the mapping, found 'conflct'"),
        (row(links=[((6, 6), "palce")]), "did you mean 'place'"),
        (row(trigger=(30, 30)), "a trigger within one sentence of the 18 tokens"),
        (row(trigger=(4, 5)), "a trigger within one sentence"),
        (row(trigger=(8, 7)), "a trigger within one sentence"),
        (row(links=[((17, 18), "place")]), "an argument within the 18 tokens"),
        (row(links=[((7, 6), "place")]), "an argument within the 18 tokens"),
        (row("nw_RC1"), "each doc_key once"),
        (row() | {"evt_triggers": []}, "evt_triggers"),
        (row() | {"gold_evt_links": [[[9, 9], [6, 6], "place"]]}, "links from the trigger (8, 8)"),
        (row() | {"gold_evt_links": [[[8, 8], [-1, 6], "place"]]}, "gold_evt_links.0.1.0"),
        (row() | {"gold_evt_links": [[[8, 8], [6, 6.0], "place"]]}, "gold_evt_links.0.1.1"),
        (row() | {"sentences": [BEFORE, [*SENTENCE, " "]]}, "sentences.1.13"),
        (row() | {"sentences": [[], SENTENCE]}, "sentences.0"),
        (row() | {"sentences": "none"}, "sentences"),
        ([1], "a row of doc_key, source_url, split"),
        ({"doc_key": "\ud800"}, "a lone surrogate"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_are_read(write, bad, said):
    raw = lines(row()) + json.dumps(bad).encode() + b"\n\n" + lines(row("nw_RC3"))
    for content in (raw, gzip.compress(raw)):
        rows, refused = readings(write("dev.jsonlines", content))
        assert [one.id for one in rows] == ["rams-dev-nw_RC1", "rams-dev-nw_RC3"]
        (error,) = refused
        assert "dev.jsonlines:2: expected" in str(error) and said in str(error)


@pytest.mark.parametrize(
    "raw", [b'{"doc_key": 1,', b"[" * 50_000, b"\xff", b"NaN", b'{"a":1,"a":2}']
)
def test_lines_that_are_no_json_are_refused(write, raw):
    rows, refused = readings(write("dev.gz", gzip.compress(lines(row()) + raw + b"\n")))
    assert len(rows) == 1 and [error.line for error in refused] == [2]


def test_a_bomb_of_one_line_is_refused_in_little_memory(write, monkeypatch):
    monkeypatch.setattr(event_arguments, "MAX_LINE", 100_000)
    packer = zlib.compressobj(wbits=31)
    zeros = b"0" * 1_000_000
    bomb = b"".join(packer.compress(zeros) for _ in range(30)) + packer.compress(
        b"\n" + lines(row())
    )
    path = write("dev.gz", bomb + packer.flush())
    tracemalloc.start()
    rows, refused = readings(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(rows) == 1 and [error.line for error in refused] == [1]
    assert peak < 1_500_000


def test_a_bomb_of_many_lines_is_stopped(write, monkeypatch):
    monkeypatch.setattr(event_arguments, "MAX_UNPACKED", 100_000)
    with pytest.raises(BadInput, match="at most 100000 bytes unpacked"):
        readings(write("dev.gz", gzip.compress(b"\n" * 200_000)))


def test_a_torn_file_is_told_after_its_whole_rows(write):
    whole = gzip.compress(lines(*(row(f"nw_RC{n}") for n in range(500))))
    found = rams.read(write("dev.gz", whole[: len(whole) // 2]), pytest.fail, MAPPING)
    assert next(found).id == "rams-dev-nw_RC0"
    with pytest.raises(BadInput, match=r"dev\.gz:\d+: expected a whole gzip file"):
        list(found)


def test_a_folder_or_nothing_is_told(tmp_path):
    for path in (tmp_path, tmp_path / "none.gz"):
        with pytest.raises(BadInput):
            readings(path)


def bent(value, dice):
    """The JSON value with one part of it replaced by something odd."""
    odd = [None, -1, 0, 7, 10**30, 1.5, "", " ", "place", [], {}, [[]], True, "\ud800", "x" * 600]
    value = place = json.loads(json.dumps(value))
    while True:
        key = dice.choice(list(place)) if isinstance(place, dict) else dice.randrange(len(place))
        if not isinstance(place[key], dict | list) or not place[key] or dice.random() < 0.2:
            break
        place = place[key]
    place[key] = dice.choice(odd)
    return value


def test_mutated_rows_give_sentences_or_refusals_alone(write):
    dice = random.Random(5)
    path, first, last = write("fuzz.gz", ""), lines(row("a")), lines(row("c"))
    for trial in range(1_000):
        raw = bytearray(first + lines(bent(row("b"), dice)) + last)
        for _ in range(dice.randrange(3)):
            at = dice.randrange(len(raw))
            raw[at : at + dice.randint(0, 3)] = dice.choice([b"", b'"', b"\xff", b"\n", b"9", b"{"])
        if packed := trial % 2:
            raw = bytearray(gzip.compress(raw, 1))
            if trial % 4 == 1:
                raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        refill(path, bytes(raw))
        refused: list[BadInput] = []
        try:
            made = list(rams.read(path, refused.append, MAPPING))
        except BadInput as error:
            assert packed and "fuzz.gz" in str(error)
            continue
        for one in made:
            assert all(0 <= span.start < span.end <= len(one.text) for span in one.mentions)
        assert all(error.path and error.line for error in refused)


def test_another_mapping_reads_the_roles_otherwise(write):
    mapping = Mapping.model_validate(
        {
            "event_types": {"life": [], "life.die": None},
            "spans": {"killer": None, "place": None, "victim": {"kind": "actor"}},
        }
    )
    (made,), _ = readings(write("x", lines(row())), mapping)
    assert [mention.roles for mention in made.mentions] == [
        ()
    ] and made.complete is mapping.complete
