"""Prodigy's `db-out` JSON Lines: spans, relations, categories and choices."""

import json
import random

import pytest
from foreign_files import mutated

from data.errors import BadInput
from data.importers import prodigy
from data.mapping import Mapping, SpanMeaning, load_mapping
from data.records import Mention, Role, Sentence

OWN = load_mapping("own")
TEXT = "🛶 Rebels of the Tirra Front shelled Port Ellis, and miners struck there."
TOKENS = TEXT.replace(",", " ,").replace(".", " .").split()
FRONT, TIRRA, ELLIS = "Rebels of the Tirra Front", "Tirra", "Port Ellis"


def stretch(words: str) -> tuple[int, int]:
    return TEXT.index(words), TEXT.index(words) + len(words)


def span(words: str, label: str | None, **more: object) -> dict[str, object]:
    """A span as Prodigy writes it: code points, and the tokens that it starts and ends with."""
    start, end = stretch(words)
    first, *_, last = words.split() * 2
    tokens = {"token_start": TOKENS.index(first), "token_end": TOKENS.index(last)}
    return {"start": start, "end": end, **tokens, "label": label, **more}


def edge(head: str, child: str, name: str, labels: tuple[str, str]) -> dict[str, object]:
    ends = span(head, labels[0]), span(child, labels[1])
    return {
        "head": ends[0]["token_end"],
        "child": ends[1]["token_end"],
        "head_span": ends[0],
        "child_span": ends[1],
        "color": "#ffd882",
        "label": name,
    }


def row(number: int, **more: object) -> dict[str, object]:
    tokens = [{"text": word, "id": place, "ws": True} for place, word in enumerate(TOKENS)]
    return {
        "text": TEXT,
        "meta": {"wire": "a-3", "score": 0.5},
        "_input_hash": -1400334998,
        "_task_hash": number,
        "tokens": tokens,
        "_is_binary": False,
        "_view_id": "spans_manual",
        "answer": "accept",
        "_timestamp": 1700000000,
        "_annotator_id": "roles-anna",
        "_session_id": "roles-anna",
    } | more


NESTED = [
    span(FRONT, "source", text=FRONT, source="patterns", pattern=3),
    span(TIRRA, "background"),
    span(ELLIS, "destination"),
    span(FRONT, "reporter"),
]
EVENTS = [
    span(FRONT, "bystander"),
    span("shelled", "ASSAULT"),
    span("miners", "other"),
    span("struck", "PROTEST"),
]
EDGES = [
    edge("shelled", FRONT, "source", ("ASSAULT", "bystander")),
    edge("struck", "miners", "source", ("PROTEST", "other")),
]
OPTIONS = [{"id": name, "text": name.title()} for name in ("ASSAULT", "PROTEST", "AID")]
SPANS = row(1, spans=NESTED)
RELATIONS = row(2, spans=EVENTS, relations=EDGES, _view_id="relations")
BINARY = row(3, label="ASSAULT", _is_binary=True, _view_id="classification")
CHOICE = row(4, options=OPTIONS, accept=["ASSAULT", "PROTEST"], _view_id="choice")
ROWS = [SPANS, RELATIONS, BINARY, CHOICE]


def export(*rows: object) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows)


def read(write, content: str | bytes, mapping: Mapping = OWN) -> tuple[list[Sentence], list[str]]:
    refused: list[BadInput] = []
    rows = list(prodigy.read(write("roles.jsonl", content), refused.append, mapping))
    return rows, [str(error) for error in refused]


def one(write, task: dict[str, object], mapping: Mapping = OWN) -> Sentence:
    (made,), refused = read(write, export(task), mapping)
    assert not refused
    return made


def test_spans_are_mentions_nested_and_with_several_roles(write):
    made = one(write, SPANS)
    assert (made.id, made.doc_id) == ("prodigy-1", "prodigy--1400334998")
    assert (made.text, made.source) == (TEXT, "prodigy") and made.where.endswith("roles.jsonl:1")
    assert made.mentions == (
        Mention(*stretch(FRONT), "actor", (Role("source"), Role("reporter"))),
        Mention(*stretch(TIRRA), "place", (Role("background"),)),
        Mention(*stretch(ELLIS), "place", (Role("destination"),)),
    )
    assert not made.complete, "nobody asked for event types"


@pytest.mark.parametrize("keys", [("head_span", "child_span"), ()])
def test_relations_from_a_trigger_give_roles_that_name_their_event(write, keys):
    """The ends are spans; older rows name the tokens alone."""
    ends = ("head", "child", "label", *keys)
    edges = [{key: one[key] for key in ends} for one in EDGES]
    made = one(write, RELATIONS | {"relations": edges})
    assert made.event_types == ("ASSAULT", "PROTEST") and made.complete
    assert made.mentions == (
        Mention(*stretch(FRONT), "actor", (Role("source", "ASSAULT"),)),
        Mention(*stretch("miners"), "actor", (Role("source", "PROTEST"),)),
    )


def test_an_accepted_label_is_a_positive_and_says_nothing_of_the_others(write):
    made = one(write, BINARY)
    assert made.event_types == ("ASSAULT",) and not made.complete


def test_a_choice_was_asked_about_all_its_options(write):
    made = one(write, CHOICE)
    assert made.event_types == ("ASSAULT", "PROTEST") and made.complete
    none = one(write, CHOICE | {"accept": []})
    assert none.event_types == () and none.complete
    numbers = Mapping(event_types={"1": ("AID",), "2": None})
    options = [{"id": 1, "text": "Aid"}, {"id": 2, "text": "Other"}]
    made = one(write, CHOICE | {"options": options, "accept": [1]}, numbers)
    assert made.event_types == ("AID",) and made.complete
    assert not one(write, CHOICE | {"options": options, "accept": [2]}, numbers).complete


@pytest.mark.parametrize("answer", ["reject", "ignore"])
@pytest.mark.parametrize("task", ROWS)
def test_a_rejected_or_ignored_row_is_refused_with_that_reason(write, answer, task):
    rows, (refusal,) = read(write, export(task | {"answer": answer}))
    assert not rows
    assert f"roles.jsonl:1: expected an accepted row, found answer '{answer}'" in refusal


def test_the_mapping_gives_labels_the_source_and_the_article(write):
    mapping = Mapping(
        source="desk",
        columns={"doc_id": "wire"},
        spans={"source": SpanMeaning(kind="actor"), "destination": None}
        | dict.fromkeys(("background", "reporter")),
    )
    made = one(write, SPANS, mapping)
    assert (made.id, made.doc_id, made.source) == ("desk-1", "a-3", "desk")
    assert made.mentions == (Mention(*stretch(FRONT), "actor"),)
    _, (refusal,) = read(write, export(SPANS | {"meta": {}}), mapping)
    assert "the article's name under meta.wire, found None" in refusal


def test_a_second_annotator_of_a_task_is_refused(write):
    second = SPANS | {"_annotator_id": "roles-ben"}
    rows, (refusal,) = read(write, export(SPANS, second))
    assert len(rows) == 1 and "roles.jsonl:2: " in refusal
    assert "each task once, found 1 again, by 'roles-ben'" in refusal


def broken(base: dict[str, object], **changes: object) -> str:
    return export(base | {"_task_hash": 99} | changes)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "Expecting property name"),
        ("7", "the content: Input should be"),
        ('{"text": "a", "text": "b"}', "a key twice"),
        ('{"a":' * 100_000, "nesting"),
        (broken(SPANS, text="@").replace("@", r"\udfff"), "a lone surrogate"),
        (broken(SPANS, text=" "), "text: String should match"),
        (broken(SPANS, answer="maybe"), "answer: Input should be 'accept', 'reject' or 'ignore'"),
        (export({k: v for k, v in SPANS.items() if k != "answer"}), "answer: Field required"),
        (export({k: v for k, v in SPANS.items() if k != "_task_hash"}), "_task_hash: Field"),
        (broken(SPANS, spans=[span(ELLIS, None)]), "spans.0.label"),
        (broken(SPANS, spans=[span(ELLIS, "destinaton")]), "did you mean 'destination'?"),
        (broken(SPANS, spans=[span(ELLIS, "site", start=-1)]), "spans.0.start"),
        (broken(SPANS, spans=[span(ELLIS, "site", end=99)]), "in code_points, found 99"),
        (broken(SPANS, spans=[span(ELLIS, "site", end=3)]), "end lies behind its start"),
        (broken(SPANS, spans=[span(ELLIS, "site", text="Port Elli")]), "the quoted text"),
        (broken(RELATIONS, relations=EDGES[0]), "relations: Input should be a valid tuple"),
        (
            broken(RELATIONS, relations=[edge("struck", ELLIS, "site", ("PROTEST", "x"))]),
            "a labelled span at a relation's end, found 0 at 36:46",
        ),
        (
            broken(SPANS, relations=[edge(FRONT, ELLIS, "site", (None, None))]),
            "found 2 at 2:27",
        ),
        (
            broken(RELATIONS, relations=[{"head": 6, "child": 0, "label": "site"}]),
            "found 0 at token 0",
        ),
        (
            broken(
                RELATIONS, relations=[edge(FRONT, "struck", "source", ("bystander", "PROTEST"))]
            ),
            "turn the relation round",
        ),
        (broken(CHOICE, accept=["ASSULT"]), "a choice of ASSAULT, PROTEST, AID, found 'ASSULT'"),
        (broken(CHOICE, accept="ASSAULT"), "accept: Input should be a valid tuple"),
        (broken(BINARY, label="ASSULT"), "did you mean 'ASSAULT'?"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_others_are_read(write, bad, said):
    rows, refused = read(write, export(SPANS) + bad.rstrip("\n") + "\n" + export(CHOICE))
    assert [made.id for made in rows] == ["prodigy-1", "prodigy-4"] and len(refused) == 1
    assert "roles.jsonl:2: expected" in refused[0] and said in refused[0]


def test_a_quote_in_other_units_names_the_unit_that_fits(write):
    start, end = stretch(ELLIS)
    shifted = span(ELLIS, "site", start=start + 1, end=end + 1, text=ELLIS)
    _, (refusal,) = read(write, export(row(5, spans=[shifted])))
    assert "offsets: utf16 would fit" in refusal
    utf16 = Mapping(**OWN.model_dump() | {"offsets": "utf16"})
    assert one(write, row(5, spans=[shifted]), utf16).mentions[0].start == start


def test_two_thousand_mutated_rows_give_sentences_or_refusals_and_nothing_else(write):
    rng = random.Random(4)
    short = [{key: one[key] for key in one if key != "tokens"} for one in ROWS]
    for _ in range(250):
        content = b"".join(mutated(rng, export(task).encode()) for task in short * 2)
        rows, refused = read(write, content)
        lines = [line for line in content.split(b"\n") if line.strip(b" \t\r")]
        assert len(rows) + len(refused) == len(lines)
        assert all("roles.jsonl:" in message for message in refused)
        for made in rows:
            assert all(0 <= m.start < m.end <= len(made.text) for m in made.mentions)
