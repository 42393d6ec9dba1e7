"""brat standoff: pairs of .txt and .ann, a sentence a line."""

import random
from collections import Counter
from pathlib import Path

import pytest
from foreign_files import FRONT, TYPES, roles

from data.errors import BadInput
from data.importers import brat
from data.mapping import Mapping, load_mapping
from data.records import Mention, Role, Sentence

OWN = load_mapping("own")
TEXT = """Talks in 🛶 Norvale failed.

  Rebels of the Tirra Front shelled Port Ellis and Port Tirra, and miners struck there.\u0020
Rain fell on Norvale.
"""


def span(number: int, label: str, words: str, text: str = TEXT) -> str:
    """A T line as brat writes it: offsets into the document, the text quoted."""
    start = text.index(words)
    return f"T{number}\t{label} {start} {start + len(words)}\t{words}"


TWO_PORTS = (
    f"T6\tLOC {TEXT.index('Port Ellis')} {TEXT.index('Port Ellis') + 4};"
    f"{TEXT.index('Tirra,')} {TEXT.index('Tirra,') + 5}\tPort Tirra"
)
LINES = [
    span(1, "ORG", FRONT),
    span(2, "LOC", "Tirra Front"),
    span(3, "Shelling", "shelled"),
    span(4, "Strike", "struck"),
    span(5, "ORG", "miners"),
    TWO_PORTS,
    span(7, "LOC", "Norvale"),
    "E1\tShelling:T3 Agent:T1 Target:T6 ",
    "E2\tStrike:T4 Agent2:T5",
    "E3\tShelling:T3",
    "R1\tCoref Arg1:T2 Arg2:T7\t",
    "*\tEquiv T2 T6",
    "A1\tNegation E1",
    "M2\tSpeculation E2",
    "#1\tAnnotatorNotes T1\tis this the whole name?",
    "N1\tReference T7 Wikipedia:1\tNorvale",
]


def pair(write, lines: list[str] | bytes, text: str | bytes = TEXT, name: str = "wire-1") -> Path:
    content = lines if isinstance(lines, bytes) else "".join(f"{line}\n" for line in lines)
    write(f"{name}.ann", content)
    return write(f"{name}.txt", text).parent


def read(path: Path, mapping: Mapping = TYPES) -> tuple[list[Sentence], list[str]]:
    refused: list[BadInput] = []
    rows = list(brat.read(path, refused.append, mapping))
    return rows, [str(error) for error in refused]


def surfaces(sentence: Sentence) -> list[str]:
    return [sentence.text[mention.start : mention.end] for mention in sentence.mentions]


def test_each_line_is_a_sentence_and_spans_are_cut_to_it(write):
    folder = pair(write, LINES)
    rows, refused = read(folder)
    assert not refused
    assert [row.id for row in rows] == ["wire-1-1", "wire-1-3", "wire-1-4"]
    assert {row.doc_id for row in rows} == {"wire-1"} and {row.source for row in rows} == {"brat"}
    assert [row.text for row in rows] == [line.strip() for line in TEXT.split("\n") if line]
    assert [row.where for row in rows] == [f"{folder / 'wire-1.txt'}:{n}" for n in (1, 3, 4)]
    assert surfaces(rows[0]) == ["Norvale"]
    assert surfaces(rows[1])[:3] == [FRONT, "Tirra Front", "miners"]
    assert rows[1].event_types == ("ASSAULT", "PROTEST")


def test_arguments_give_roles_that_name_their_event_and_a_number_does_not_count(write):
    _, made, _ = read(pair(write, LINES))[0]
    assert roles(made)[FRONT] == (Role("source", "ASSAULT"),)
    assert roles(made)["miners"] == (Role("source", "PROTEST"),)
    assert [mention.kind for mention in made.mentions[:2]] == ["actor", "place"], "nested"


def test_a_discontinuous_span_is_read_from_its_first_to_its_last_character(write):
    _, made, _ = read(pair(write, LINES))[0]
    (ports,) = (mention for mention in made.mentions if "destination" in mention.role_names)
    assert made.text[ports.start : ports.end] == "Port Ellis and Port Tirra"
    assert ports.roles == (Role("site"), Role("destination", "ASSAULT"))


def test_relations_join_spans_and_events_by_the_same_rule(write):
    lines = [*LINES[:5], "R1\tAgent Arg1:T3 Arg2:T1", "E1\tStrike:T4", "R2\tAgent Arg1:E1 Arg2:T5"]
    _, made, _ = read(pair(write, lines))[0]
    assert roles(made)[FRONT] == (Role("source", "ASSAULT"),)
    assert roles(made)["miners"] == (Role("source", "PROTEST"),)


def test_a_sentence_without_event_is_none_in_a_document_with_events_and_unknown_without(write):
    rows, _ = read(pair(write, LINES))
    assert all(row.complete for row in rows) and rows[2].event_types == ()
    rows, _ = read(pair(write, []))
    assert len(rows) == 3 and not any(row.complete or row.mentions for row in rows)


def test_a_label_on_the_whole_line_is_one_of_its_sentence(write):
    made, *_ = read(pair(write, [span(1, "Talks", "Talks in 🛶 Norvale failed.")]))[0]
    assert made.event_types == ("CONSULT",) and not made.mentions


def test_labels_named_as_ours_need_no_mapping(write):
    lines = [span(1, "source", FRONT), span(2, "ASSAULT", "shelled"), span(3, "reporter", FRONT)]
    _, made, _ = read(pair(write, lines), OWN)[0]
    assert made.mentions == (Mention(0, len(FRONT), "actor", (Role("source"), Role("reporter"))),)
    assert made.event_types == ("ASSAULT",)


def test_offsets_may_count_utf16_units_or_bytes(write):
    for unit, shift in (("utf16", 1), ("bytes", 3)):
        start = TEXT.index("miners") + shift
        folder = pair(write, [f"T1\tORG {start} {start + 6}\tminers"])
        _, made, _ = read(folder, Mapping(**TYPES.model_dump() | {"offsets": unit}))[0]
        assert surfaces(made) == ["miners"]
        rows, (refusal,) = read(folder)
        assert not rows and f"offsets: {unit} would fit" in refusal


@pytest.mark.parametrize("end", ["\r\n", "\n"])
@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_the_signs_of_line_ends_and_a_byte_order_mark_count_as_in_brat(write, end, mark):
    text = mark + TEXT.replace("\n", end)
    lines = [span(1, "ORG", "miners", text), span(2, "LOC", "Norvale", text)]
    rows, refused = read(pair(write, end.join(lines).encode(), text.encode()))
    assert not refused and [row.text for row in rows][2] == "Rain fell on Norvale."
    assert surfaces(rows[1]) == ["miners"] and surfaces(rows[0]) == ["Norvale"]


def test_a_file_of_a_pair_stands_for_the_pair_and_folders_are_read_through(write):
    folder = pair(write, LINES, name="b/wire-2")
    pair(write, LINES, name="a.b")
    for name in ("wire-2.txt", "wire-2.ann"):
        assert len(read(folder / name)[0]) == 3
    write("annotation.conf", "[entities]")
    rows, refused = read(folder.parent)
    assert [row.doc_id for row in rows] == ["a.b"] * 3 + ["wire-2"] * 3 and not refused


def test_a_file_without_its_other_half_is_refused_and_the_others_are_read(write):
    folder = pair(write, LINES)
    write("lost.txt", "Rain.")
    write("gone.ann", "")
    write("c/wire-1.txt", "Rain.")
    write("c/wire-1.ann", "")
    rows, refused = read(folder)
    assert len(rows) == 1 and {row.doc_id for row in rows} == {"wire-1"}
    assert [message.partition(": ")[2] for message in refused] == [
        "expected gone.txt beside it, found nothing; add or remove one",
        "expected lost.ann beside it, found nothing; add or remove one",
        "expected each document once, found 'wire-1' again; rename",
    ]


def test_a_folder_without_any_pair_is_refused(write):
    with pytest.raises(BadInput, match=r"pairs of \.txt and \.ann"):
        read(write("notes/readme.md", "no").parent)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("T9\tORG 0 5", "a line T, E, R, A, M, N, * or # of brat's standoff"),
        ("T9 ORG 0 5\tTalks", "a line T"),
        ("T9\tORG 0 x\tTalks", "a line T"),
        ("T9\tORG 0 5;\tTalks", "a line T"),
        ("Z9\tORG 0 5\tTalks", "a line T"),
        ("E9\tStrike", "a line T"),
        ("R9\tCoref T1 T2", "a line T"),
        ("T9\tORG 0 5\tTalk", "the quoted text 'Talk' at 0:5, found 'Talks'"),
        ("T9\tORG 5 5\t ", "end lies behind its start"),
        ("T9\tORG 0 999\tTalks", "found 999"),
        ("T9\tORG 0 5;9 10\tTalks X", "the quoted text 'Talks X' at 0 5;9 10"),
        ("T1\tORG 0 5\tTalks", "each id once, found T1 again"),
        ("E1\tStrike:T4", "each id once, found E1 again"),
    ],
)
def test_a_line_of_another_form_refuses_its_document_with_its_number(write, line, said):
    pair(write, LINES, name="wire-2")
    rows, (refusal,) = read(pair(write, [*LINES, line]))
    assert {row.doc_id for row in rows} == {"wire-2"}
    assert f"wire-1.ann:{len(LINES) + 1}: expected" in refusal and said in refusal


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("E9\tStrike:T99", "a span T99 labelled 'Strike' for E9, found none"),
        ("E9\tStrike:T3", "a span T3 labelled 'Strike' for E9"),
        ("E9\tStrike:T4 Agent:T99", "both ends of the relation 'Agent', found no span 'T99'"),
        ("R9\tAgent Arg1:E99 Arg2:T1", "no span 'E99'"),
        (f"T9\tORG {TEXT.index('Rebels') - 2} {TEXT.index('Rebels')}\t  ", "spans in sentences"),
    ],
)
def test_a_reference_into_nothing_refuses_its_document(write, line, said):
    pair(write, LINES, name="wire-2")
    rows, (refusal,) = read(pair(write, [*LINES, line]))
    assert {row.doc_id for row in rows} == {"wire-2"}
    assert "wire-1.ann: expected" in refusal and said in refusal


@pytest.mark.parametrize(
    ("line", "numbers", "said"),
    [
        (span(9, "ROG", "Talks"), [1], "did you mean 'ORG'?"),
        ("E9\tStrike:T4 Agnet:T5", [3], "did you mean 'Agent'?"),
        ("R9\tAgent Arg1:T1 Arg2:T3", [3], "turn the relation round"),
        ("E9\tStrike:T4 Agent:T7", [1, 3], "relations within one sentence"),
    ],
)
def test_a_label_or_relation_that_does_not_fit_refuses_its_sentence(write, line, numbers, said):
    rows, refused = read(pair(write, [*LINES, line]))
    assert len(rows) + len(refused) == 3
    for number, message in zip(numbers, refused, strict=True):
        assert f"wire-1.txt:{number}: expected" in message and said in message


def test_a_span_over_several_lines_refuses_those_lines(write):
    start, end = TEXT.index("struck"), TEXT.index("fell")
    crossing = f"T9\tORG {start} {start + 6};{end} {end + 4}\tstruck fell"
    rows, refused = read(pair(write, [*LINES, crossing]))
    assert [row.id for row in rows] == ["wire-1-1"]
    assert ["wire-1.txt:3:" in refused[0], "wire-1.txt:4:" in refused[1]] == [True, True]
    assert "spans within one sentence, found 'ORG' at" in refused[0]
    assert len(read(pair(write, [*LINES, crossing.replace("ORG", "TIME")]))[0]) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"Talks \xff", "wire-1.txt:1: expected UTF-8 text"),
        (b"Talks\n\0", "wire-1.txt:2: expected text, found a NUL character"),
        (b" \n\n", "wire-1.txt: expected a document with text"),
        (b"", "wire-1.txt: expected a document with text"),
        (b"x" * (brat.MAX_DOCUMENT + 1), "wire-1.txt: expected a document of at most 5000000"),
    ],
)
def test_a_text_that_is_none_is_refused(write, text, said):
    rows, (refusal,) = read(pair(write, [], text))
    assert not rows and said in refusal


def test_an_annotation_file_that_is_no_text_is_refused(write):
    _, (refusal,) = read(pair(write, b"T1\tORG 0 5\t\xff"))
    assert "wire-1.ann:1: expected UTF-8 text" in refusal


SWAPS = ("ORG", "ROG", "LOC", "Agent", "Agnet", "Coref", "T1", "T3", "T7", "E2", " Target:T6")


def mutated(rng: random.Random, text: str) -> str:
    """The text with some of its signs changed, lost or doubled, or with some names exchanged."""
    for _ in range(rng.randint(1, 2)):
        if rng.random() < 0.5:
            text = text.replace(*rng.sample(SWAPS, 2), 1)
            continue
        start, end = sorted((rng.randrange(len(text)), rng.randrange(len(text))))
        end = min(end, start + rng.choice((0, 1, 1, 8, 60)))
        piece = rng.choice(("", text[start:end] * 2, "\n", "\t", " ", "7", "R", "🛶"))
        text = text[:start] + piece + text[end:]
    return text


def test_mutated_pairs_give_sentences_or_refusals_and_nothing_else(write):
    rng = random.Random(5)
    whole = "".join(f"{line}\n" for line in LINES)
    outcomes: Counter[str] = Counter()
    for number in range(500):
        text = mutated(rng, TEXT) if number % 5 == 0 else TEXT
        path = pair(write, mutated(rng, whole).encode(), text) / "wire-1.txt"
        refused: list[BadInput] = []
        rows = list(brat.read(path, refused.append, TYPES))
        if refused and (refused[0].line is None or str(refused[0].path).endswith(".ann")):
            assert not rows and len(refused) == 1
            outcomes["document refused"] += 1
        else:
            assert len(rows) + len(refused) == sum(bool(line.strip()) for line in text.split("\n"))
            outcomes["sentences refused" if refused else "read"] += 1
        assert all(row.text in text and row.text == row.text.strip() for row in rows)
    assert min(outcomes.values()) > 30 and len(outcomes) == 3, outcomes
