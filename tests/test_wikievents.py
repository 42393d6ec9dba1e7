"""WikiEvents' documents."""

import gzip
import json
import random

import pytest
from foreign_files import refill

from data.codebook import load_codebook
from data.errors import BadInput
from data.importers import jsonl, wikievents
from data.mapping import load_mapping
from data.records import Mention, Role

MAPPING = load_mapping("wikievents")
SENTENCES = (
    "Gunmen of the Norvale Front bombed Tirra 's depot , the ministry said .",
    "It rained .",
    "Police met the mayor of Ostmark near French vineyards by Lake Kasmara .",
)


def document(name="port_raid", sentences=SENTENCES, entities=(), events=()):
    """Tokens stand a blank apart; entities are (sentence, words, type), events (type, sentence,
    {role: number of the entity})."""
    laid, before, at = [], [], 0
    for text in sentences:
        tokens = []
        for word in text.split():
            tokens.append([word, at, at + len(word)])
            at += len(word) + 1
        before.append(sum(len(one) for one, _ in laid))
        laid.append([tokens, text])
    return {
        "doc_id": name,
        "tokens": [token[0] for tokens, _ in laid for token in tokens],
        "text": " ".join(sentences),
        "sentences": laid,
        "entity_mentions": [
            entity(n, where, words, kind, sentences, before)
            for n, (where, words, kind) in enumerate(entities)
        ],
        "relation_mentions": [],
        "event_mentions": [
            {
                "id": f"E{n}",
                "event_type": kind,
                "trigger": {"start": before[where], "end": before[where] + 1, "sent_idx": where},
                "arguments": [
                    {"entity_id": f"T{number}", "role": role} for role, number in roles.items()
                ],
            }
            for n, (kind, where, roles) in enumerate(events)
        ],
    }


def entity(number, where, words, kind, sentences, before):
    start = before[where] + sentences[where].split().index(words.split()[0])
    return {
        "id": f"T{number}",
        "sent_idx": where,
        "start": start,
        "end": start + len(words.split()),
        "entity_type": kind,
        "mention_type": "UNK",
        "text": words,
    }


ENTITIES = (
    (0, "Gunmen", "PER"),
    (0, "Norvale Front", "ORG"),
    (0, "Tirra", "GPE"),
    (0, "depot", "FAC"),
    (0, "ministry", "ORG"),
    (2, "Police", "ORG"),
    (2, "mayor", "PER"),
    (2, "Ostmark", "GPE"),
    (2, "French", "GPE"),
    (2, "Lake Kasmara", "LOC"),
)
EVENTS = (
    ("Conflict.Attack.DetonateExplode", 0, {"Attacker": 0, "Target": 3, "Place": 2}),
    ("Contact.Contact.Broadcast", 0, {"Communicator": 4}),
    ("Contact.Contact.Meet", 2, {"Participant": 5, "Place": 9}),
)
TALKS = ("Contact.Contact.Meet", 2, {"Participant": 5})


def lines(*rows) -> bytes:
    return "\n".join(json.dumps(one) for one in rows).encode() + b"\n"


def readings(path):
    refused: list[BadInput] = []
    return list(wikievents.read(path, refused.append, MAPPING)), refused


def named(sentence):
    return [
        (sentence.text[one.start : one.end], one.kind, *one.role_names) for one in sentence.mentions
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_a_sentence_with_a_trigger_carries_its_events(write, tmp_path, packed):
    raw = lines(document(entities=ENTITIES, events=EVENTS))
    path = write("dev.jsonl.gz", gzip.compress(raw) if packed else raw)
    (raid, talks), refused = readings(path)
    assert not refused and raid.text == SENTENCES[0]
    assert (raid.id, talks.id) == ("wikievents-dev-port_raid-0", "wikievents-dev-port_raid-2")
    assert raid.doc_id == "port_raid" and raid.where == talks.where == f"{path}:1"
    assert named(raid) == [
        ("Gunmen", "actor", "source"),
        ("Norvale Front", "actor"),
        ("Tirra", "place", "site"),
        ("depot", "place", "destination"),
        ("ministry", "actor", "reporter"),
    ]
    assert [one.derived for one in raid.mentions] == [False, True, False, False, False]
    assert raid.event_types == ("ASSAULT",) and talks.event_types == ("CONSULT",)
    assert not raid.complete and raid.source == "wikievents"
    jsonl.write([raid, talks], tmp_path / "out.jsonl")
    assert list(jsonl.read(tmp_path / "out.jsonl", pytest.fail)) == [raid, talks]


def test_entities_without_an_event_are_derived_and_the_untelling_left_out(write):
    (_, talks), _ = readings(write("dev.jsonl", lines(document(entities=ENTITIES, events=EVENTS))))
    assert named(talks) == [
        ("Police", "actor", "source", "target"),
        ("mayor", "actor"),
        ("Ostmark", "place", "background"),
        ("Lake Kasmara", "place", "site"),
    ]
    assert [one.derived for one in talks.mentions] == [False, True, True, False]
    (alone,), _ = readings(write("x", lines(document("a", SENTENCES, ENTITIES, [TALKS]))))
    assert ("Lake Kasmara", "place", "background") in named(alone)
    assert "French" not in [name for name, *_ in named(alone)]


def test_a_place_beside_the_place_of_an_event_is_not_background(write):
    entities = ((0, "Tirra", "GPE"), (0, "depot", "FAC"), (0, "ministry", "FAC"))
    events = [("Conflict.Attack.Unspecified", 0, {"Place": 1})]
    (one,), _ = readings(write("dev.jsonl", lines(document(entities=entities, events=events))))
    assert named(one) == [("depot", "place", "site")]


def test_an_argument_of_an_event_told_elsewhere_is_not_background(write):
    entities = ((2, "Ostmark", "GPE"), (2, "mayor", "PER"))
    events = [("Conflict.Attack.Unspecified", 0, {"Place": 0}), ("Contact.Contact.Meet", 2, {})]
    (_, two), _ = readings(write("dev.jsonl", lines(document("a", SENTENCES, entities, events))))
    assert named(two) == [("mayor", "actor")]


def test_a_statement_alone_is_made_by_its_source(write):
    events = [("Contact.Contact.Broadcast", 0, {"Communicator": 4})]
    (one,), _ = readings(write("dev.jsonl", lines(document(entities=ENTITIES, events=events))))
    assert ("ministry", "actor", "source") in named(one) and one.event_types == ()


def test_a_state_is_struck_as_an_actor_and_as_a_place(write):
    events = [("Conflict.Attack.Unspecified", 0, {"Target": 2})]
    (one,), _ = readings(write("dev.jsonl", lines(document(entities=ENTITIES, events=events))))
    assert Mention(35, 40, "actor", (Role("target"),)) in one.mentions
    assert Mention(35, 40, "place", (Role("destination"),)) in one.mentions


def test_a_pronoun_is_no_actor_and_an_argument_elsewhere_is_left_out(write):
    entities = ((1, "It", "PER"), (0, "Gunmen", "PER"))
    events = [("Life.Die.Unspecified", 1, {"Victim": 0, "Killer": 1})]
    (one,), _ = readings(write("dev.jsonl", lines(document(entities=entities, events=events))))
    assert one.text == "It rained ." and one.mentions == () and one.event_types == ("ASSAULT",)


def test_the_mapping_speaks_plover():
    labels = {name for names in MAPPING.event_types.values() for name in names or ()}
    assert labels <= set(load_codebook("event_type").labels)


def changed(path, value, row=None):
    """A document with one value of it replaced."""
    row = place = json.loads(json.dumps(row or document("other", SENTENCES, ENTITIES, EVENTS)))
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return row


@pytest.mark.parametrize(
    ("bad", "said", "left"),
    [
        (changed(["event_mentions", 0, "event_type"], "Conflit.Attack"), "'Conflit'", 1),
        (changed(["event_mentions", 0, "arguments", 0, "role"], "Atacker"), "mean 'Attacker'", 1),
        (changed(["entity_mentions", 2, "text"], "Kasmara"), "the quoted text 'Kasmara'", 1),
        (changed(["entity_mentions", 2, "start"], 60), "within the sentence's tokens 0 to 14", 1),
        (changed(["entity_mentions", 2, "end"], 3), "within the sentence's tokens", 1),
        (changed(["sentences", 0, 0, 6], ["Tirra", 3, 2]), "end lies behind its start", 1),
        (changed(["sentences", 0, 0, 6], ["Tirra", 300, 305]), "an offset between characters", 1),
        (changed(["sentences", 0, 1], " "), "blanks alone", 1),
        (changed(["entity_mentions", 2, "id"], "T1"), "each entity's id once", 0),
        (changed(["entity_mentions", 2, "id"], "T77"), "an entity of the document, found 'T2'", 0),
        (changed(["entity_mentions", 2, "sent_idx"], 3), "a sent_idx below 3", 0),
        (changed(["event_mentions", 0, "trigger", "sent_idx"], 9), "a sent_idx below 3", 0),
        (changed(["doc_id"], "port_raid"), "each doc_id once", 0),
        (changed(["sentences"], None), "sentences", 0),
        (changed(["sentences", 0, 0], []), "sentences.0.0", 0),
        ([], "a row of doc_id, sentences", 0),
    ],
)
def test_bad_documents_and_sentences_are_refused_with_their_line(write, bad, said, left):
    good = document(entities=ENTITIES, events=EVENTS)
    third = changed(["doc_id"], "third", good)
    rows, refused = readings(write("dev.jsonl", lines(good, bad, third)))
    assert [one.doc_id for one in rows] == ["port_raid"] * 2 + ["other"] * left + ["third"] * 2
    (error,) = refused
    assert "dev.jsonl:2: expected" in str(error) and said in str(error)


def bent(value, dice):
    """The JSON value with one part of it replaced by something odd."""
    odd = [None, -1, 0, 5, 10**30, 1.5, "", " ", "Place", [], {}, [[]], True, "\ud800", "x" * 600]
    value = place = json.loads(json.dumps(value))
    while True:
        key = dice.choice(list(place)) if isinstance(place, dict) else dice.randrange(len(place))
        if not isinstance(place[key], dict | list) or not place[key] or dice.random() < 0.1:
            break
        place = place[key]
    place[key] = dice.choice(odd)
    return value


@pytest.mark.slow
def test_mutated_documents_give_sentences_or_refusals_alone(write):
    dice = random.Random(9)
    path = write("fuzz.jsonl", "")
    good = document(entities=ENTITIES, events=EVENTS)
    last = lines(changed(["doc_id"], "third", good))
    for trial in range(1_000):
        raw = bytearray(lines(bent(good, dice)) + last)
        if trial % 2:
            at = dice.randrange(len(raw))
            raw[at : at + dice.randint(0, 3)] = dice.choice([b"", b'"', b"\xff", b"\n", b"9", b"{"])
        refill(path, bytes(raw))
        refused: list[BadInput] = []
        made = list(wikievents.read(path, refused.append, MAPPING))
        for one in made:
            assert all(0 <= span.start < span.end <= len(one.text) for span in one.mentions)
        assert all(error.path and error.line for error in refused)
