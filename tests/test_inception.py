"""INCEpTION's UIMA CAS JSON 0.4."""

import copy
import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from data.errors import BadInput
from data.importers import inception
from data.importers.inception import ENTITY, META_DATA, SENTENCE
from data.mapping import Mapping, SpanMeaning, load_mapping
from data.records import Mention, Role, Sentence

OWN = load_mapping("own")
LINES = (
    "Talks in 🛶 Norvale failed.",
    "🏳 Rebels of the Tirra Front shelled Port Ellis, and miners struck there.",
    "Rain fell.",
)
TEXT = "\n".join(LINES)
FRONT = "Rebels of the Tirra Front"
TYPES = Mapping(
    event_types={"Shelling": ("ASSAULT",), "Strike": ("PROTEST",), "Talks": ("CONSULT",)},
    spans={
        "ORG": SpanMeaning(kind="actor"),
        "LOC": SpanMeaning(kind="place", roles=("site",)),
        "Agent": SpanMeaning(kind="actor", roles=("source",)),
        "Target": SpanMeaning(kind="place", roles=("destination",)),
        "TIME": None,
        "Coref": None,
    },
)
SPAN, RELATION, EVENT = "custom.Span", "custom.Relation", "webanno.custom.Event"
Json = dict[str, Any]


def place(words: str) -> Json:
    """The stretch in UTF-16 units, as Java counts."""
    begin = len(TEXT[: TEXT.index(words)].encode("utf-16-le")) // 2
    return {"@sofa": 1, "begin": begin, "end": begin + len(words.encode("utf-16-le")) // 2}


def layer(name: str, *features: str) -> Json:
    made: Json = {"%NAME": name, "%SUPER_TYPE": "uima.tcas.Annotation"}
    return made | {one: {"%NAME": one, "%RANGE": "uima.cas.String"} for one in features}


def structure(number: int, kind: str, words: str = "", **features: Any) -> Json:
    return {"%ID": number, "%TYPE": kind} | (place(words) if words else {}) | features


SOFA = structure(
    1, "uima.cas.Sofa", sofaNum=1, sofaID="_InitialView", mimeType="text", sofaString=TEXT
)
DKPRO = "de.tudarmstadt.ukp.dkpro.core.api"
ORIGIN = {"@sofa": 1, "begin": 0, "end": 0}
BASE = [
    SOFA,
    structure(
        2, META_DATA, TEXT, documentTitle="wire-1.txt", documentId="anna", isLastSegment=False
    ),
    structure(3, "de.tudarmstadt.ukp.clarin.webanno.api.type.CASMetadata", **ORIGIN),
    structure(4, f"{DKPRO}.lexmorph.type.pos.POS", "failed", PosValue="VBD"),
    structure(5, f"{DKPRO}.segmentation.type.Lemma", "failed", value="fail"),
    structure(6, f"{DKPRO}.segmentation.type.Token", "failed", order=0, **{"@lemma": 5}),
    *(structure(10 + number, SENTENCE, line) for number, line in enumerate(LINES)),
]
LABELS = [
    structure(20, SPAN, FRONT, label="ORG"),
    structure(21, SPAN, "Tirra", label="LOC"),
    structure(22, ENTITY, "Norvale", value="LOC", identifier="wd:Q1"),
    structure(23, SPAN, "miners", label="ORG"),
    structure(24, EVENT, "shelled", label="Shelling", **{"@arguments": 30}),
    structure(25, EVENT, "struck", label="Strike"),
    structure(26, SPAN, "Port Ellis", label="LOC"),
    structure(27, RELATION, "miners", label="Agent", **{"@Governor": 25, "@Dependent": 23}),
    structure(28, "webanno.custom.Certainty", "shelled", degree="high"),
    structure(30, f"{EVENT}ArgumentsLink[]", **{"%ELEMENTS": [31, 32, 33]}),
    structure(31, f"{EVENT}ArgumentsLink", role="Agent", **{"@target": 20}),
    structure(32, f"{EVENT}ArgumentsLink", role="Target", **{"@target": 26}),
    structure(33, f"{EVENT}ArgumentsLink", role="Agent"),
]
LAYERS = [
    layer(SPAN, "label"),
    layer(EVENT, "label", "arguments"),
    layer(RELATION, "label", "Governor", "Dependent"),
    layer("webanno.custom.Certainty", "degree"),
]


def cas(*structures: Json, base: list[Json] = BASE) -> Json:
    made = [*base, *structures]
    indexed = [one["%ID"] for one in made if "begin" in one]
    return {
        "%TYPES": {one["%NAME"]: one for one in LAYERS},
        "%FEATURE_STRUCTURES": made,
        "%VIEWS": {"_InitialView": {"%SOFA": 1, "%MEMBERS": indexed}},
    }


def read_path(path: Path, mapping: Mapping) -> tuple[list[Sentence], list[str]]:
    refused: list[BadInput] = []
    rows = list(inception.read(path, refused.append, mapping))
    return rows, [str(error) for error in refused]


def read(
    write, content: Json | str | bytes, mapping: Mapping = TYPES
) -> tuple[list[Sentence], list[str]]:
    raw = json.dumps(content, indent=2) if isinstance(content, dict) else content
    return read_path(write("anna.json", raw), mapping)


def roles(sentence: Sentence) -> dict[str, tuple[Role, ...]]:
    return {sentence.text[one.start : one.end]: one.roles for one in sentence.mentions}


def test_the_cas_is_cut_to_its_sentences_with_offsets_in_code_points(write):
    rows, refused = read(write, cas(*LABELS))
    assert not refused and [row.text for row in rows] == list(LINES)
    assert [row.id for row in rows] == ["wire-1.txt-1", "wire-1.txt-2", "wire-1.txt-3"]
    assert {(row.doc_id, row.source) for row in rows} == {("wire-1.txt", "inception")}
    assert [row.where.rpartition(":")[2] for row in rows] == ["1", "2", "3"]
    assert rows[0].mentions == (Mention(11, 18, "place", (Role("site"),)),)
    assert list(roles(rows[1])) == [FRONT, "Tirra", "miners", "Port Ellis"]
    assert rows[1].event_types == ("ASSAULT", "PROTEST")
    assert all(row.complete for row in rows) and rows[2].event_types == ()


def test_links_and_relations_give_roles_that_name_their_event(write):
    _, made, _ = read(write, cas(*LABELS))[0]
    assert roles(made) == {
        FRONT: (Role("source", "ASSAULT"),),
        "Tirra": (Role("site"),),
        "miners": (Role("source", "PROTEST"),),
        "Port Ellis": (Role("site"), Role("destination", "ASSAULT")),
    }


def test_a_label_on_the_whole_sentence_gives_its_event_type(write):
    first, second, _ = read(write, cas(structure(40, SPAN, LINES[0], label="Talks")))[0]
    assert first.event_types == ("CONSULT",) and first.mentions == ()
    assert second.event_types == () and second.complete


def test_a_document_without_any_event_says_nothing_of_them(write):
    rows, _ = read(write, cas(structure(40, SPAN, FRONT, label="ORG")))
    assert len(rows) == 3 and not any(row.complete for row in rows)


def test_labels_named_as_ours_need_no_mapping_and_a_stretch_may_have_several(write):
    labels = ("source", "reporter", "background")
    spans = [structure(40 + at, SPAN, FRONT, label=name) for at, name in enumerate(labels)]
    _, made, _ = read(write, cas(*spans), OWN)[0]
    start = LINES[1].index(FRONT)
    assert made.mentions == (
        Mention(start, start + len(FRONT), "actor", (Role("source"), Role("reporter"))),
        Mention(start, start + len(FRONT), "place", (Role("background"),)),
    )


def test_the_mapping_may_name_the_feature_that_holds_the_label(write):
    """Here `value`, which lemmas have too: layers of INCEpTION's own are not read."""
    mapping = TYPES.model_copy(update={"columns": {"label": "value"}, "source": "desk"})
    certain = structure(40, "webanno.custom.Certainty", "miners", value="ORG")
    _, made, _ = read(write, cas(certain, structure(41, SPAN, FRONT, label="x")), mapping)[0]
    assert roles(made) == {"miners": ()} and made.source == "desk"


def test_a_relation_or_span_that_the_mapping_reads_over_may_cross_sentences(write):
    coref = structure(40, RELATION, "miners", label="Coref", **{"@Governor": 22, "@Dependent": 23})
    wide = structure(41, SPAN, f"{LINES[0]}\n{LINES[1]}", label="TIME")
    rows, refused = read(write, cas(*LABELS, coref, wide))
    assert rows == read(write, cas(*LABELS))[0] and not refused


def test_structures_may_stand_under_their_ids_and_types_be_left_out(write):
    listed = cas(*LABELS)
    keyed = {str(one["%ID"]): one for one in copy.deepcopy(listed["%FEATURE_STRUCTURES"])}
    for one in keyed.values():
        del one["%ID"]
    rows, refused = read(write, {"%FEATURE_STRUCTURES": keyed, "%VIEWS": listed["%VIEWS"]})
    assert not refused and rows == read(write, listed)[0]


def test_what_is_not_in_the_index_is_no_annotation(write):
    made = cas(*LABELS)
    made["%VIEWS"]["_InitialView"]["%MEMBERS"].remove(21)
    _, second, _ = read(write, made)[0]
    assert "Tirra" not in roles(second)


def test_a_folder_is_read_through_and_a_second_annotator_is_refused(write):
    for name in ("a/anna.json", "b/anna.json", "c/anna.json"):
        made = copy.deepcopy(cas(*LABELS))
        title = {"a": "wire-1.txt", "b": None, "c": "wire-1.txt"}[name[0]]
        made["%FEATURE_STRUCTURES"][1]["documentTitle"] = title
        folder = write(name, json.dumps(made)).parent.parent
    rows, (refusal,) = read_path(folder, TYPES)
    assert [row.doc_id for row in rows] == ["wire-1.txt"] * 3 + ["anna"] * 3
    assert "c/anna.json: expected each document once, found 'wire-1.txt' again" in refusal


def test_a_folder_without_any_file_is_refused(write):
    with pytest.raises(BadInput, match=r"CAS files \(\*\.json\)"):
        read_path(write("notes/readme.md", "no").parent, TYPES)


@pytest.mark.parametrize(
    ("extra", "numbers", "said"),
    [
        ([structure(40, SPAN, "Rain", label="LOK")], ["3"], "did you mean 'LOC'?"),
        ([structure(40, SPAN, "Rain")], ["3"], "a span label of the mapping, found ''"),
        (
            [structure(40, SPAN, "failed.\n🏳 Rebels", label="ORG")],
            ["1", "2"],
            "spans within one sentence",
        ),
        (
            [structure(40, RELATION, "Rain", label="Agent", **{"@Governor": 25, "@Dependent": 22})],
            ["1", "2"],
            "relations within one sentence",
        ),
        (
            [structure(40, RELATION, "Rain", label="Agent", **{"@Governor": 23, "@Dependent": 20})],
            ["2"],
            "turn the relation round",
        ),
        (
            [
                structure(40, EVENT, "fell", label="Strike", **{"@arguments": 41}),
                structure(41, "uima.cas.FSArray", **{"%ELEMENTS": [42]}),
                structure(42, f"{EVENT}ArgumentsLink", **{"@target": 40}),
            ],
            ["3"],
            "a span label of the mapping, found ''",
        ),
    ],
)
def test_what_does_not_fit_refuses_its_sentences(write, extra, numbers, said):
    rows, refused = read(write, cas(*LABELS, *extra))
    assert len(rows) + len(refused) == 3
    for number, message in zip(numbers, refused, strict=True):
        assert f"anna.json:{number}: expected" in message and said in message


def without(kind: str) -> list[Json]:
    return [one for one in BASE if one["%TYPE"] != kind]


def changed(**changes: Any) -> Json:
    return cas(*LABELS) | {f"%{key}": value for key, value in changes.items()}


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "UIMA CAS JSON 0.4"),
        ("[]", "the content: Input should be"),
        ('{"%TYPES": {}, "%TYPES": {}}', "a key twice"),
        ("[" * 100_000, "nesting"),
        (b"\xff", "UTF-8 text"),
        (b'{"%VIEWS": "\\ud800"}', "a lone surrogate"),
        (changed(VIEWS={}), "one view, found 0"),
        (changed(VIEWS={"_InitialView": {"%SOFA": 1}}), "%MEMBERS: Field required"),
        (changed(VIEWS={"_InitialView": {"%SOFA": 1, "%MEMBERS": [999]}}), "one missing"),
        (changed(VIEWS={"_InitialView": {"%SOFA": 2, "%MEMBERS": []}}), "a text as sofaString"),
        (changed(FEATURE_STRUCTURES=[*BASE, SOFA]), "each %ID once"),
        (changed(FEATURE_STRUCTURES=[{"%ID": 1}]), "%TYPE: Field required"),
        (changed(FEATURE_STRUCTURES={"1": 2}), "%FEATURE_STRUCTURES.0"),
        (changed(FEATURE_STRUCTURES={"one": {"%TYPE": "x"}}), "%ID: Input should be"),
        (cas(*LABELS, structure(40, SPAN, begin="0", end=2, label="ORG")), "begin: Input should"),
        (cas(base=without(SENTENCE)), "annotations of sentences, found none"),
        (cas(structure(40, SENTENCE, "Norvale failed")), "sentences side by side"),
        (cas(structure(40, SPAN, begin=0, end=999, label="ORG")), "in utf16, found 999"),
        (cas(structure(40, SPAN, begin=10, end=12, label="ORG")), "in utf16, found 10"),
        (cas(structure(40, SPAN, begin=3, end=3, label="ORG")), "end lies behind its start"),
        (cas(structure(40, SPAN, begin=3, label="ORG")), "begin and end, found none at %ID 40"),
        (cas(structure(40, SPAN, "\n", label="ORG")), "spans in sentences, found 'ORG'"),
        (cas(structure(40, SPAN, "Rain", label=7)), "a text as 'label' of custom.Span, found 7"),
        (
            cas(structure(40, RELATION, "Rain", label="Agent", **{"@Governor": 99})),
            "both ends of the relation 'Agent', found no span '99'",
        ),
    ],
)
def test_a_faulty_cas_is_refused_whole_and_the_others_are_read(write, bad, said):
    raw = json.dumps(bad) if isinstance(bad, dict) else bad
    folder = write("b.json", raw).parent
    write("a.json", json.dumps(cas(*LABELS, base=without(META_DATA))))
    rows, (refusal,) = read_path(folder, TYPES)
    assert {row.doc_id for row in rows} == {"a"} and len(rows) == 3
    assert re.search(r"b\.json(:1)?: expected", refusal) and said in refusal


def test_a_blank_sentence_is_refused(write):
    text = "Rain. \n Snow."
    sofa = SOFA | {"sofaString": text}
    bounds = [(0, 5), (5, 8), (8, 13)]
    lines = [
        structure(10 + at, SENTENCE, begin=begin, end=end) for at, (begin, end) in enumerate(bounds)
    ]
    rows, (refusal,) = read(write, cas(base=[sofa, *lines]))
    assert [row.id for row in rows] == ["anna-1", "anna-3"]
    assert "anna.json:2: expected a sentence, found blanks alone" in refusal


def test_text_outside_of_all_sentences_is_refused_and_the_others_are_read(write):
    lines = [one for one in BASE if one["%ID"] not in (10, 12)]
    rows, refused = read(write, cas(base=lines))
    assert [row.text for row in rows] == [LINES[1]]
    assert [message.partition("anna.json: ")[2] for message in refused] == [
        f"expected all text in sentences, found {line!r}; mend the sentences"
        for line in (LINES[0], LINES[2])
    ]


def test_a_file_that_is_too_large_is_refused(write, monkeypatch):
    monkeypatch.setattr(inception, "MAX_CAS", 1_000)
    rows, (refusal,) = read(write, cas(*LABELS))
    assert not rows and "of at most 1000 bytes" in refusal


SWAPS = ('"ORG"', '"ROG"', '"LOC"', '"Agent"', '"Agnet"', '"Strike"', ": 20}", ": 25}", ": 22}")


def mutated(rng: random.Random, raw: str) -> str:
    """The JSON with two names or ids exchanged, or with some of its signs changed or lost."""
    if rng.random() < 0.4:
        return raw.replace(*rng.sample(SWAPS, 2), 1)
    for _ in range(rng.randint(1, 2)):
        start = rng.randrange(len(raw))
        end = start + rng.choice((0, 1, 1, 8, 200))
        piece = rng.choice(("", "1", "-", "null", '"', "[", "}", ",", raw[start:end] * 2))
        raw = raw[:start] + piece + raw[end:]
    return raw


def test_mutated_files_give_sentences_or_refusals_and_nothing_else(write):
    rng = random.Random(6)
    raw = json.dumps(cas(*LABELS), ensure_ascii=False)
    outcomes: Counter[str] = Counter()
    for _ in range(600):
        content = mutated(rng, raw)
        rows, refused = read(write, content)
        if rows and not refused:
            whole = json.loads(content)["%FEATURE_STRUCTURES"][0]["sofaString"]
            assert "".join(row.text for row in rows).split() == whole.replace("\n", "").split()
        outcomes["read" if not refused else "sentences refused" if rows else "file refused"] += 1
        assert rows or refused
        assert all(0 <= m.start < m.end <= len(row.text) for row in rows for m in row.mentions)
    assert min(outcomes.values()) > 50 and len(outcomes) == 3, outcomes
