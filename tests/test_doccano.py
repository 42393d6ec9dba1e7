"""doccano's JSON Lines, in the forms of its project types."""

import json
import random

import pytest
from foreign_files import mutated

from data.errors import BadInput
from data.importers import doccano
from data.mapping import Mapping, SpanMeaning, load_mapping
from data.records import Mention, Role, Sentence

OWN = load_mapping("own")
TEXT = "🛶🛶 Rebels of the Tirra Front shelled Port Ellis, and miners struck there."


def at(word: str) -> tuple[int, int]:
    """The word's stretch in TEXT in UTF-16 units, as doccano counts."""
    start = len(TEXT[: TEXT.index(word)].encode("utf-16-le")) // 2
    return start, start + len(word)


def in_code_points(word: str) -> tuple[int, int]:
    return TEXT.index(word), TEXT.index(word) + len(word)


def entity(number: int, word: str, label: str) -> dict[str, object]:
    start, end = at(word)
    return {"id": number, "label": label, "start_offset": start, "end_offset": end}


def edge(number: int, head: int, dependent: int, name: str) -> dict[str, object]:
    return {"id": number, "from_id": head, "to_id": dependent, "type": name}


CLASSES = {"id": 7, "text": TEXT, "wire": "a-3", "label": ["ASSAULT", "PROTEST"], "Comments": []}
SEQUENCE = {
    "id": 8,
    "text": TEXT,
    "wire": "a-3",
    "label": [
        [*at("Rebels of the Tirra Front"), "source"],
        [*at("Tirra"), "background"],
        [*at("Port Ellis"), "destination"],
        [*at("Rebels of the Tirra Front"), "reporter"],
    ],
    "Comments": ["check the nested one"],
}
RELATIONS = {
    "id": 9,
    "text": TEXT,
    "wire": "a-3",
    "Comments": [{"id": 1, "comment": "two events", "example": 9}],
    "entities": [
        entity(101, "Rebels of the Tirra Front", "bystander"),
        entity(102, "shelled", "ASSAULT"),
        entity(103, "miners", "other"),
        entity(104, "struck", "PROTEST"),
    ],
    "relations": [edge(1, 102, 101, "source"), edge(2, 104, 103, "source")],
}
INTENT = {
    "id": 10,
    "text": TEXT,
    "wire": "a-3",
    "entities": [[*at("miners"), "source"]],
    "cats": ["ASSAULT"],
    "Comments": [],
}
ROWS = [CLASSES, SEQUENCE, RELATIONS, INTENT]


def export(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def read(write, content: str | bytes, mapping: Mapping = OWN) -> tuple[list[Sentence], list[str]]:
    refused: list[BadInput] = []
    rows = list(doccano.read(write("all.jsonl", content), refused.append, mapping))
    return rows, [str(error) for error in refused]


def one(write, row: dict[str, object], mapping: Mapping = OWN) -> Sentence:
    (made,), refused = read(write, export(row), mapping)
    assert not refused
    return made


def test_text_classification_gives_event_types(write):
    made = one(write, CLASSES)
    assert (made.id, made.doc_id, made.text, made.source) == ("doccano-7",) * 2 + (TEXT, "doccano")
    assert made.event_types == ("ASSAULT", "PROTEST") and made.complete and not made.mentions
    assert made.where.endswith("all.jsonl:1")
    (made,), _ = read(write, export({"id": 1, "text": "Rain.", "labels": ["NONE"]}))
    assert made.event_types == () and made.complete


def test_sequence_labelling_gives_mentions_nested_and_with_several_roles(write):
    made = one(write, SEQUENCE)
    assert made.mentions == (
        Mention(
            *in_code_points("Rebels of the Tirra Front"),
            "actor",
            (Role("source"), Role("reporter")),
        ),
        Mention(*in_code_points("Tirra"), "place", (Role("background"),)),
        Mention(*in_code_points("Port Ellis"), "place", (Role("destination"),)),
    )
    assert not made.complete, "nobody asked for event types"


def test_relations_from_a_trigger_give_roles_that_name_their_event(write):
    made = one(write, RELATIONS)
    assert made.event_types == ("ASSAULT", "PROTEST") and made.complete
    assert made.mentions == (
        Mention(
            *in_code_points("Rebels of the Tirra Front"), "actor", (Role("source", "ASSAULT"),)
        ),
        Mention(*in_code_points("miners"), "actor", (Role("source", "PROTEST"),)),
    )


def test_intents_and_slots_are_read_together(write):
    made = one(write, INTENT)
    assert made.event_types == ("ASSAULT",) and made.complete
    assert made.mentions == (Mention(*in_code_points("miners"), "actor", (Role("source"),)),)


def test_an_example_without_any_label_is_no_negative(write):
    made = one(write, {"id": 1, "text": "Rain fell.", "label": [], "Comments": []})
    assert not made.complete and made.event_types == () and made.mentions == ()


def test_offsets_are_utf16_units_unless_the_mapping_says_code_points(write):
    start, end = in_code_points("Port Ellis")
    row = {"id": 1, "text": TEXT, "label": [[start, end, "site"]]}
    stated = OWN.model_copy(update={"offsets": "code_points"})
    assert one(write, row, stated).mentions[0].start == start
    assert one(write, row).mentions[0].start == start - 2


def test_the_mapping_gives_labels_the_source_and_the_article(write):
    mapping = Mapping(
        source="wire",
        columns={"doc_id": "wire"},
        event_types={"ASSAULT": ("ASSAULT",), "PROTEST": None},
        spans={"source": SpanMeaning(kind="actor"), "background": None},
    )
    made = one(write, CLASSES, mapping)
    assert (made.id, made.doc_id, made.source) == ("wire-7", "a-3", "wire")
    assert made.event_types == ("ASSAULT",) and not made.complete
    _, (refusal,) = read(write, export({"id": 1, "text": "Rain.", "label": []}), mapping)
    assert "all.jsonl:1: expected the article's name under 'wire', found None" in refusal


def test_a_row_without_an_id_is_named_by_its_line(write):
    rows, _ = read(write, "\n" + export({"text": "Rain.", "label": []}))
    assert [row.id for row in rows] == ["doccano-line-2"]


def broken(base: dict[str, object], **changes: object) -> str:
    return export(base | {"id": 1} | changes)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "JSON"),
        ("[]", "the content: Input should be"),
        ('{"id": 1, "id": 2}', "a key twice"),
        ('{"id": NaN}', "the number NaN"),
        ("[" * 100_000, "nesting"),
        (broken(CLASSES, text="@").replace("@", r"\ud800"), "a lone surrogate"),
        (broken(CLASSES, text="  "), "text: String should match"),
        (broken(CLASSES, text=None), "text: Input should be a valid string"),
        (broken(CLASSES, id=True), "id."),
        (export({"id": 1, "text": "Rain."}), "labels under label, labels, entities, cats"),
        (broken(CLASSES, label=["ASSULT"]), "did you mean 'ASSAULT'?"),
        (broken(CLASSES, label="ASSAULT"), "label: Input should be a valid tuple"),
        (broken(CLASSES, label=[3]), "label.0"),
        (broken(CLASSES, label=[[0, 3]]), "label.0"),
        (broken(CLASSES, label=[[0, 4.5, "source"]]), "label.0"),
        (broken(CLASSES, label=[[0, "4", "source"]]), "label.0"),
        (broken(CLASSES, label=[[False, 4, "source"]]), "label.0"),
        (broken(CLASSES, label=[[0, 4, "sorce"]]), "did you mean 'source'?"),
        (
            broken(CLASSES, label=[[1, 4, "source"]]),
            "between characters, 0 to 75 in utf16, found 1",
        ),
        (broken(CLASSES, label=[[5, 76, "source"]]), "found 76"),
        (broken(CLASSES, label=[[5, 5, "source"]]), "end lies behind its start"),
        (broken(RELATIONS, relations=[edge(1, 102, 999, "source")]), "no span '999'"),
        (broken(RELATIONS, relations=[edge(1, 102, 101, "agent")]), "'agent'"),
        (broken(RELATIONS, relations=[edge(1, 101, 102, "source")]), "turn the relation round"),
        (broken(RELATIONS, entities=[RELATIONS["entities"][0]] * 2), "each span's id once"),
        (broken(CLASSES, id=7), "'doccano-7' again"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_are_read(write, bad, said):
    rows, refused = read(write, export(CLASSES) + bad.rstrip("\n") + "\n" + export(INTENT))
    assert [row.id for row in rows] == ["doccano-7", "doccano-10"] and len(refused) == 1
    assert "all.jsonl:2: expected" in refused[0] and said in refused[0]


def test_two_thousand_mutated_rows_give_sentences_or_refusals_and_nothing_else(write):
    rng = random.Random(3)
    for _ in range(250):
        content = b"".join(mutated(rng, export(row).encode()) for row in ROWS * 2)
        rows, refused = read(write, content)
        lines = [line for line in content.split(b"\n") if line.strip(b" \t\r")]
        assert len(rows) + len(refused) == len(lines)
        assert all("all.jsonl:" in message for message in refused)
        for row in rows:
            assert all(0 <= m.start < m.end <= len(row.text) for m in row.mentions)
