"""Words, tags and pieces: what the mention tagger sees stands where the text has it."""

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.records import Example, Mark
from tagging.mention_encoder import WordEncoder
from tagging.mention_traits import SHAPES, TRAITS, traits_of
from tagging.mention_words import best_tags, stretches, sureness, tags_in, tags_of, words_of

KINDS = ("actor", "place")
TEXT = "Kenyan police fired at El Geneina."
MARKS = (Mark("actor", 0, 13), Mark("place", 23, 33))


def example(text: str, *marks: Mark) -> Example:
    return Example("1", "a", text, marks)


@pytest.fixture(scope="module")
def encoder(tiny_encoder):
    from tokenizers import Tokenizer

    return WordEncoder(Tokenizer.from_file(str(tiny_encoder / "tokenizer.json")), 16)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Moscow's Al-Hawa, 3.5", ["Moscow", "'", "s", "Al-Hawa", ",", "3", ".", "5"]),
        ("N’Djamena-based riders'", ["N’Djamena", "-", "based", "riders", "'"]),
        (
            "Nu\u0303n\u0303oa \u0915\u093f\u0932\u093e.",
            ["Nu\u0303n\u0303oa", "\u0915\u093f\u0932\u093e", "."],
        ),
        (" \t\n", []),
        ("北京 🛩️!", ["北京", "🛩️", "!"]),
    ],
)
def test_words_are_runs_of_letters_with_their_combining_marks_or_lone_signs(text, words):
    assert [text[start:end] for start, end in words_of(text)] == words


@given(st.text(max_size=60))
def test_words_cover_all_that_is_no_blank_and_do_not_overlap(text):
    spans = words_of(text)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))
    assert "".join(text[a:b] for a, b in spans) == "".join(text.split())


def test_tags_and_stretches_undo_each_other():
    tags = tags_in(words_of(TEXT), MARKS, KINDS)
    assert [tags_of(KINDS)[tag] for tag in tags] == [
        "B-actor", "I-actor", "O", "O", "B-place", "I-place", "O",
    ]  # fmt: skip
    assert list(stretches(tags)) == [(0, 2, 0), (4, 6, 1)]


def test_neighbouring_mentions_stay_two():
    tags = tags_in(words_of("Mali Niger"), (Mark("place", 0, 4), Mark("place", 5, 10)), KINDS)
    assert list(stretches(tags)) == [(0, 1, 1), (1, 2, 1)]


@given(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)))
def test_a_mark_has_every_word_that_it_touches(one, other):
    words, (start, end) = words_of(TEXT), sorted((one, other))
    touched = [place for place, (a, b) in enumerate(words) if a < end and b > start]
    tags = tags_in(words, (Mark("place", start, end),), KINDS)
    assert list(np.flatnonzero(tags)) == touched
    assert [tags_of(KINDS)[tags[place]] for place in touched[:1]] == ["B-place"] * bool(touched)


@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
@settings(max_examples=200)
def test_the_best_tags_are_the_most_probable_of_all_that_are_allowed(length, seed):
    table = np.random.default_rng(seed).dirichlet(np.ones(5), size=length)

    def allowed(tags):
        return all(tag % 2 or not tag or before in (tag, tag - 1)
                   for before, tag in pairwise((0, *tags)))  # fmt: skip

    def probability(tags):
        return float(np.prod([row[tag] for row, tag in zip(table, tags, strict=True)]))

    best = max(filter(allowed, product(range(5), repeat=length)), key=probability)
    found = best_tags(table)
    assert allowed(found) and probability(found) == pytest.approx(probability(best))


def test_no_words_have_no_tags():
    assert len(best_tags(np.zeros((0, 5), np.float32))) == 0


def test_a_mention_is_as_sure_as_its_least_sure_part_and_its_end():
    table = np.full((3, 5), 0.1)
    table[0, 3], table[1, 4], table[2, 0], table[2, 4] = 0.9, 0.8, 0.6, 0.3
    assert sureness(table, (0, 2, 1)) == pytest.approx(0.7)  # 1 - 0.3: it may go on
    assert sureness(table[:2], (0, 2, 1)) == pytest.approx(0.8)


def test_every_word_is_the_mean_of_its_tokens(encoder):
    (item,) = encoder.encode([example("the police fired polo")])
    tokens = encoder.tokenizer.encode("the police fired polo").tokens
    assert item.pool.shape == (4, len(tokens)) and item.traits.shape == (4, TRAITS)
    assert np.allclose(item.pool.sum(axis=1), 1)
    assert not item.pool[:, [0, -1]].any()  # the frame belongs to no word
    last = np.flatnonzero(item.pool[3])
    assert (item.pool[3, last] == 0.25).all()
    assert [tokens[place] for place in last] == ["p", "##o", "##l", "##o"]


def test_shapes_tell_what_lower_case_hides():
    text = "The UN and McCain met in Oslo, 12"
    table = traits_of(text, words_of(text))
    shapes = [SHAPES[row[: len(SHAPES)].argmax()] for row in table]
    assert shapes == [
        "first",
        "UPPER",
        "lower",
        "Mixed",
        "lower",
        "lower",
        "Capital",
        "sign",
        "number",
    ]
    own, before, behind = np.split(table, 3, axis=1)
    assert (before[1:] == own[:-1]).all() and (behind[:-1] == own[1:]).all()
    assert not before[0].any() and not behind[-1].any()


def test_traits_tell_what_the_rules_propose():
    table = traits_of(TEXT, words_of(TEXT))
    assert (table[:, len(SHAPES) : TRAITS // 3].argmax(axis=1) == [1, 2, 0, 0, 3, 4, 0]).all()


@given(st.lists(st.sampled_from(["the", "police", "fired", "zzz", ",", ".", " "]), max_size=60))
@settings(max_examples=150, deadline=None)
def test_pieces_hold_every_word_once_and_fit(encoder, words):
    text = " ".join(words)
    (pieces,) = encoder.pieces([example(text)])
    assert "".join(piece.text for piece in pieces) == text
    assert sum((len(words_of(piece.text)) for piece in pieces), 0) == len(words_of(text))
    assert all(len(item.ids) <= 16 for item in encoder.encode(pieces))
    assert all(item.pool.any(axis=1).all() for item in encoder.encode(pieces))


def test_marks_move_with_their_piece(encoder):
    text = "the police fired, " * 6 + "the police fired"
    start = len(text) - len("police fired")
    (pieces,) = encoder.pieces([example(text, Mark("actor", start, start + 6))])
    assert len(pieces) > 2 and not any(piece.marks for piece in pieces[:-1])
    (mark,) = pieces[-1].marks
    assert pieces[-1].text[mark.start : mark.end] == "police"
    assert all(piece.text.rstrip().endswith(",") for piece in pieces[:-1])


def test_a_word_longer_than_the_encoder_is_cut_and_keeps_its_row(encoder):
    (pieces,) = encoder.pieces([example("z" * 50 + " police")])
    items = encoder.encode(pieces)
    assert [len(item.pool) for item in items] == [1, 1] and len(items[0].ids) == 16


def test_a_length_that_holds_nothing_is_refused(encoder):
    with pytest.raises(BadInput):
        WordEncoder(encoder.tokenizer, 4)
