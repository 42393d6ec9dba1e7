"""Perturbations: the marks stay on their words through every change, which is as told."""

import unicodedata
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.records import Mention, Sentence
from evaluation.behaviour.perturbations import (
    REWRITES,
    Edit,
    Insertion,
    RewriteName,
    edited,
    inserted,
    rewritten,
)
from evaluation.behaviour.seed_sentences import read_seed

LINE = (
    'AID :: The {Red Cross|source} gave 1,500 {families|target} nine-day rations of "rice and'
    " beans\" near {São Tomé|site} on its workers' third visit."
)
SENTENCE = read_seed(LINE, "aid")
LETTERS = st.characters(codec="utf-8", exclude_characters="{|}")
WORDS = st.text(st.one_of(st.sampled_from("abstßİǆé'\"-–., 01279\u0301😀"), LETTERS), max_size=9)


@st.composite
def sentences(draw) -> Sentence:
    """Any text in which every second stretch is a mention."""
    text, mentions = draw(WORDS), []
    for stretch, between in draw(st.lists(st.tuples(WORDS.filter(bool), WORDS), max_size=4)):
        mentions.append(Mention(len(text), len(text) + len(stretch), "actor"))
        text += stretch + between
    return Sentence("any", "any", text, tuple(mentions))


@st.composite
def edits_of(draw, sentence: Sentence) -> list[Edit]:
    """Edits between neighbouring cuts; the ends of the mentions are among the cuts."""
    ends = {end for m in sentence.mentions for end in (m.start, m.end)}
    cuts = sorted(ends | set(draw(st.lists(st.integers(0, len(sentence.text)), max_size=6))))
    chosen = [(a, b) for a, b in pairwise(cuts) if draw(st.booleans())]
    points = [(at, at) for at in cuts if draw(st.booleans())]
    return [Edit(a, b, draw(WORDS)) for a, b in draw(st.permutations(chosen + points))]


def surfaces(sentence: Sentence) -> list[str]:
    return [sentence.text[mention.start : mention.end] for mention in sentence.mentions]


def rebuilt(sentence: Sentence, edits: list[Edit]) -> tuple[str, list[str]]:
    """The text and the surfaces letter by letter: a slow second way to do the edits."""
    cells, put_in = list(sentence.text), [""] * (len(sentence.text) + 1)
    for edit in edits:
        if edit.start == edit.end:
            put_in[edit.start] += edit.new
        else:
            cells[edit.start : edit.end] = [edit.new] + [""] * (edit.end - edit.start - 1)
    inside = [
        "".join(put_in[at] * (at > m.start) + cells[at] for at in range(m.start, m.end))
        for m in sentence.mentions
    ]
    return "".join(map("".join, zip(put_in, [*cells, ""], strict=True))), inside


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_marks_stay_on_their_words_through_any_edits(data):
    sentence = data.draw(sentences())
    edits = data.draw(edits_of(sentence))
    done = edited(sentence, edits)
    assert (done.text, surfaces(done)) == rebuilt(sentence, edits)


@settings(max_examples=60, deadline=None)
@given(sentences())
def test_marks_stay_on_their_words_through_every_rewrite(sentence):
    before = surfaces(sentence)
    as_expected = {
        "lower case": ["".join(sign.lower() for sign in text) for text in before],
        "upper case": ["".join(sign.upper() for sign in text) for text in before],
        "decomposed accents": [
            "".join(unicodedata.normalize("NFD", sign) for sign in text) for text in before
        ],
    }
    for name in REWRITES:
        after = surfaces(rewritten(sentence, name))
        if name in as_expected:
            assert after == as_expected[name], name
        elif name in ("headline case", "other hyphens", "hard spaces", "curly quotes"):
            assert [plain(text) for text in after] == [plain(text) for text in before], name
        else:
            assert after == before, name


def plain(text: str) -> str:
    for written, sign in {"“”": '"', "’": "'", "\u2010\u2011–": "-", "\u00a0\u202f": " "}.items():
        for other in written:
            text = text.replace(other, sign)
    return "".join(sign.upper() for sign in text)


@settings(max_examples=100, deadline=None)
@given(sentences(), st.sampled_from(["text", "clause", "mention"]), WORDS, WORDS)
def test_what_is_put_in_stays_outside_of_the_marks(sentence, at, before, after):
    done = inserted(sentence, Insertion(name="x", at=at, before=before, after=after))
    assert surfaces(done) == surfaces(sentence)
    if at == "text":
        assert done.text == before + sentence.text + after


def test_edits_that_cross_a_mark_or_each_other_are_refused():
    sentence = Sentence("s", "s", "The army left.", (Mention(4, 8, "actor"),))
    for edit in (Edit(2, 5, ""), Edit(7, 9, "x")):
        with pytest.raises(ValueError, match="crosses the end of the mention at 4"):
            edited(sentence, [edit])
    with pytest.raises(ValueError, match="overlap at 1"):
        edited(sentence, [Edit(0, 2, "a"), Edit(1, 3, "b")])


def test_every_rewrite_that_a_file_may_name_is_there():
    assert set(get_args(RewriteName)) == set(REWRITES)


def test_a_rewrite_of_one_sentence_is_always_the_same_and_another_one_s_differs():
    for name in REWRITES:
        assert rewritten(SENTENCE, name) == rewritten(SENTENCE, name)
    others = {rewritten(read_seed(LINE, f"aid-{n}"), "two typos").text for n in range(20)}
    assert len(others) > 10


@pytest.mark.parametrize("count, name", [(1, "one typo"), (2, "two typos"), (3, "three typos")])
def test_typos_change_so_many_words_and_never_a_first_letter(count, name):
    old, new = SENTENCE.text.split(), rewritten(SENTENCE, name).text.split()
    wrong = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert len(wrong) == count
    assert all(a.strip('"')[0] == b.strip('"')[0] and abs(len(a) - len(b)) <= 1 for a, b in wrong)


def test_numbers_change_and_nothing_else_does():
    other = rewritten(SENTENCE, "other numbers").text
    assert "1,500" not in other and "nine" not in other
    assert len(other.split()) == len(SENTENCE.text.split())
    written = rewritten(SENTENCE, "other notation").text
    assert "gave 1500 families 9-day rations" in written
    score = read_seed("none :: The {club|bystander} won 3-1 in {Split|background}.", "score")
    assert rewritten(score, "other numbers") == rewritten(score, "other notation") == score


def test_punctuation_is_set_anew():
    assert "“rice and beans”" in rewritten(SENTENCE, "curly quotes").text
    assert "workers’ third" in rewritten(SENTENCE, "curly quotes").text
    assert rewritten(SENTENCE, "hard spaces").text.count(" ") == SENTENCE.text.count(" ") - 3
    assert "nine-day" not in rewritten(SENTENCE, "other hyphens").text
    assert "Sa\u0303o Tome\u0301" in rewritten(SENTENCE, "decomposed accents").text
    assert "Its Workers' Third Visit" in rewritten(SENTENCE, "headline case").text


def test_a_clause_goes_inside_the_full_stop_and_makes_an_opening_article_small():
    clause = Insertion(name="x", at="clause", before="As rain fell, ", after=", they said")
    assert inserted(SENTENCE, clause).text.startswith("As rain fell, the Red Cross gave")
    assert inserted(SENTENCE, clause).text.endswith("third visit, they said.")
    named = read_seed("ASSAULT :: {The Hague gang|source} shot {him|target} in {Delft|site}.", "n")
    open_ended = read_seed("none :: The {team|bystander} rested", "o")
    assert inserted(named, clause) == named and inserted(open_ended, clause) == open_ended
