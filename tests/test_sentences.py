"""Sentences: what sentencex gets wrong on news is mended, and no character is lost or shifted."""

import time
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.sentences import is_blank, split_sentences

ROOT = Path(__file__).parent.parent
bench = SimpleNamespace(**run_path(str(ROOT / "benchmarks" / "boundaries.py")))


def split(text: str) -> list[str]:
    return [sentence.of(text) for sentence in split_sentences(text)]


@pytest.mark.parametrize(
    "sentences",
    [
        ["The U.S.-led coalition struck the depot.", "It was dark."],
        ["The blast went off at 6:15 pm (1515 GMT).", "Police came."],
        ["It began at 6 a.m. Monday in Lagos.", "Polls closed at 5 p.m.", "Turnout was low."],
        ["It began at 5 p.m. Eastern time.", "It ended at 7 p.m. GMT.", "He left at 8 p.m."],
        ["The fort is approx. 3.5 km away.", "No one came."],
        ["He died in the U.S.", "Officials said so."],
        ["He met U.S. officials.", "The U.S. Senate met.", "Nobody left the U.S.", "The end."],
        ["Lt. Gen. Abdi Noor spoke.", "Maj. Gen. Diallo and Lt.-Gen. Osman left."],
        ["The envoy has said no.", "Jakarta waits.", "See no. 3 below."],
        ["Article No. 3 was read.", "No. 4 was not.", "The answer was no."],
        ["“Where is the aid?” Okello asked.", "“Go!” President Noor shouted.", "He left."],
        ['"Why?" he said.', '"Who goes there?" the guard asked.', "Then it was quiet."],
        ["J. R. Sesay spoke.", "A. B. Okoro left.", "Malcolm X. was quoted."],
        ["NAIROBI, Kenya, March 3 (AFP) - The army left.", "They came back."],
        ["MOSCOW. March 3. /TASS/. The minister left.", "He came back."],
        ["ST. LOUIS (AP) — The dam broke.", "WASHINGTON, D.C. — The senate met."],
        ["It was 45.5 C.", "Prices rose."],
        ["He spoke for the UAE.", "(He left.)", "She came."],
        ["They wait…", "The road is shut."],
        ["He lives on Main St.", "The house is old.", "It has Mr. Diallo in it."],
        ["The toll rose to 25.", "The army came.", "It was 2012.", "He was 9."],
        ["He named three: 1. The mayor.", "2. The judge."],
        ["They burned the residents' homes.", "The officers' guns were taken.", "He left."],
    ],
)
def test_news_sentences(sentences: list[str]) -> None:
    assert split(" ".join(sentences)) == sentences


def test_a_quote_of_several_sentences_stays_whole() -> None:
    text = 'He said: "We met in the U.S. The firm left. We stay." Then he went.'
    assert split(text) == ['He said: "We met in the U.S. The firm left. We stay."', "Then he went."]


def test_a_blank_line_always_parts_and_a_line_end_does_not() -> None:
    assert split("Gen.\n\nNoor left") == ["Gen.", "Noor left"]
    assert split("The army left the\nold town. It rained.") == [
        "The army left the\nold town.",
        "It rained.",
    ]


def test_the_offset_is_added() -> None:
    text = "  One fell. Two rose.  "
    moved = [(sentence.start, sentence.end) for sentence in split_sentences(text, 100)]
    assert moved == [(102, 111), (112, 121)]


WORDS = (
    "the|U.S.|Officials|a.m.|Monday|No.|3|Lt.|Gen.|“Go!”|(he)|…|é😀|\n|\n\n|said.|?|!|.|,|A.|B.|km|Mr."
    "|\u200b|\ufeff|\u2028|1.|\ud800|St.|The"
)
NEWS = st.lists(st.sampled_from(WORDS.split("|"))).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.one_of(NEWS, st.text()), st.integers(0, 10_000))
def test_nothing_is_lost_or_shifted(text: str, offset: int) -> None:
    sentences = split_sentences(text, offset)
    kept = [False] * len(text)
    last = offset
    for sentence in sentences:
        assert last <= sentence.start < sentence.end
        last = sentence.end
        surface = text[sentence.start - offset : sentence.end - offset]
        assert not is_blank(surface[0]) and not is_blank(surface[-1])
        kept[sentence.start - offset : sentence.end - offset] = [True] * len(surface)
    assert all(is_blank(c) for c, inside in zip(text, kept, strict=True) if not inside)


def test_a_hostile_paragraph_takes_no_quadratic_time() -> None:
    start = time.process_time()
    split_sentences("“" * 60_000)
    assert time.process_time() - start < 3


@pytest.mark.parametrize(
    ("half", "cases", "floor"),
    [("A", 122, 100.0), ("B", 109, 93.0)],  # no rule was tuned on B, which measures 93.9
)
def test_the_boundaries_set_by_hand(half: str, cases: int, floor: float) -> None:
    gold = bench.read_cases(half)
    assert len(gold) == cases
    assert bench.f1([bench.counts_of(case, split) for case in gold]) >= floor


def test_a_case_is_read_as_its_file_says() -> None:
    case = bench.case_of_line("One fell. ⏎ Two¶rose.⏎Why?¶⏎- so")
    assert case.text == "One fell. Two\nrose.Why?\n- so"
    assert case.boundaries == {8, 16, 20}
    found = bench.counts_of(case, lambda text: ["One fell.", "Two", "rose.", "Why? - so"])
    assert (found.right, found.wrong, found.missed) == (2, 1, 1)
    assert bench.f1([found]) == pytest.approx(100 * 2 / 3)
    assert bench.counts_of(case, lambda text: [text, " "]).wrong == 0


@pytest.mark.parametrize("name", ["ours", "sentencex"])
def test_the_splitters_that_the_benchmark_compares(name: str) -> None:
    assert len(bench.SPLITTERS[name]()("One fell. Two rose.")) == 2
