"""What of INCEpTION's export is refused, and that nothing else comes of a faulty one."""

import json
import random
import re
from collections import Counter
from typing import Any

import pytest
from foreign_files import TYPES
from inception_cas import (
    BASE,
    EVENT,
    LABELS,
    LINES,
    RELATION,
    SOFA,
    SPAN,
    Json,
    cas,
    read,
    read_path,
    structure,
    without,
)

from data.importers import inception
from data.importers.inception import META_DATA, SENTENCE


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
