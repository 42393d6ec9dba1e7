"""Model inputs: columns for scikit-learn, marked texts, token ids and pooling rows for encoders."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from data.errors import BadInput
from data.records import Example, Mark
from tagging.inputs import (
    TextEncoder,
    collate,
    columns,
    marked_text,
    marker_tokens,
    sorted_batches,
)

PAIR = ("source", "target")


def example(text: str, *marks: tuple[str, int, int]) -> Example:
    return Example("x", "d", text, tuple(Mark(*mark) for mark in marks))


def words_tokenizer(marks: tuple[str, ...]) -> Tokenizer:
    """A token a word: a … z, and anything else is unknown."""
    vocabulary = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", *"abcdefghijklmnopqrstuvwxyz"]
    ids = {word: place for place, word in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
    )
    tokenizer.add_special_tokens(marker_tokens(marks))
    return tokenizer


def encoder(*marks: str, max_length: int = 64) -> TextEncoder:
    return TextEncoder(words_tokenizer(marks), marks, max_length)


def tokens(made: TextEncoder, ids) -> str:
    return " ".join(made.tokenizer.id_to_token(int(one)) for one in ids)


def test_columns_hold_the_text_and_both_sides_of_each_mark():
    rows = [example("a b c", ("target", 2, 3)), example("d e", ("source", 0, 1))]
    table = columns(rows, PAIR)
    assert table.tolist() == [
        ["a b c", "", "", "", "", "", "a ", "b", " c", "a", "c"],
        ["d e", "", "d", " e", "", "e", "", "", "", "", ""],
    ]
    assert columns([], ("mention",)).shape == (0, 6)
    assert columns(rows[:1], ("target",)).shape == (1, 6)


def test_near_columns_hold_three_words_on_either_side():
    table = columns([example("a b c d E f g h i", ("mention", 8, 9))], ("mention",))
    assert table[0, 4:].tolist() == ["b c d", "f g h"]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ([], "a b c d"),
        ([("target", 2, 3)], "a [target] b [/target] c d"),
        ([("source", 0, 1), ("target", 6, 7)], "[source] a [/source] b c [target] d [/target]"),
        # inner and outer with the same start, the same end, and wholly inside
        ([("source", 0, 3), ("target", 0, 1)], "[source] [target] a [/target] b [/source] c d"),
        ([("source", 0, 3), ("target", 2, 3)], "[source] a [target] b [/target] [/source] c d"),
        ([("target", 0, 7), ("source", 2, 5)], "[target] a [source] b c [/source] d [/target]"),
        # one ends where the other starts
        ([("target", 2, 4), ("source", 0, 2)], "[source] a [/source] [target] b [/target] c d"),
    ],
)
def test_marks_are_wrapped_and_nest_properly(marks, expected):
    for order in (marks, marks[::-1]):
        assert " ".join(marked_text(example("a b c d", *order)).split()) == expected


def test_marks_of_the_same_words_are_both_there():
    text = marked_text(example("a b", ("source", 0, 1), ("target", 0, 1)))
    before, after = text.split(" a ")
    assert set(before.split()) == {"[source]", "[target]"}
    assert set(after.split()) == {"[/source]", "[/target]", "b"}


def test_pooling_rows_average_the_text_and_pick_each_mark():
    made = encoder(*PAIR)
    (row,) = made.encode([example("a b c d", ("source", 2, 5))])
    assert tokens(made, row.ids) == "[CLS] a [source] b c [/source] d [SEP]"
    assert row.pool.shape == (5, 8)
    assert row.pool[0].tolist() == [0.125] * 8
    assert row.pool[1].tolist() == [0, 0, 1, 0, 0, 0, 0, 0]
    assert row.pool[2].tolist() == [0, 0, 0.25, 0.25, 0.25, 0.25, 0, 0]
    assert not row.pool[3:].any()


words = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=60)


@settings(max_examples=200, deadline=None)
@given(words=words, data=st.data(), max_length=st.integers(8, 40))
def test_a_window_holds_the_mark_and_its_rows_sum_to_one(words, data, max_length):
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(len(words) - 1, first + max_length - 5)))
    made = encoder("mention", max_length=max_length)
    (row,) = made.encode([example(" ".join(words), ("mention", 2 * first, 2 * last + 1))])
    whole = ["[CLS]", *words[:first], "[mention]", *words[first : last + 1], "[/mention]"]
    whole += [*words[last + 1 :], "[SEP]"]
    assert len(row.ids) == min(len(whole), max_length)
    shown = tokens(made, row.ids)
    assert shown.startswith("[CLS] ") and shown.endswith(" [SEP]")
    assert " ".join(["[mention]", *words[first : last + 1], "[/mention]"]) in shown
    assert shown[6:-6] in " ".join(whole)
    assert row.pool.sum(axis=1) == pytest.approx([1, 1, 1])
    assert row.pool[1].argmax() == shown.split().index("[mention]")


def test_a_mark_that_just_fits_the_window_is_whole():
    made = encoder("mention", max_length=8)
    (row,) = made.encode([example("a b c d e", ("mention", 2, 9))])
    assert tokens(made, row.ids) == "[CLS] [mention] b c d e [/mention] [SEP]"


def test_without_a_mark_a_long_text_keeps_its_start():
    made = encoder("mention", max_length=8)
    (row,) = made.encode([example("a b c d e f g h i j")])
    assert tokens(made, row.ids) == "[CLS] a b c d e f [SEP]"
    assert row.pool[0] == pytest.approx([1 / 8] * 8) and not row.pool[1:].any()


def test_a_mark_longer_than_the_window_keeps_both_its_ends():
    made = encoder("mention", max_length=8)
    (row,) = made.encode([example("a b c d e f g h i j", ("mention", 4, 19))])
    assert tokens(made, row.ids) == "[CLS] b [mention] c d j [/mention] [SEP]"
    assert row.pool.sum(axis=1) == pytest.approx([1, 1, 1])


@settings(max_examples=100, deadline=None)
@given(places=st.lists(st.integers(0, 999), min_size=2, max_size=2, unique=True),
       max_length=st.integers(8, 40))  # fmt: skip
def test_marks_that_no_window_holds_are_all_there_with_what_is_next_to_them(places, max_length):
    made = encoder(*PAIR, max_length=max_length)
    marks = [(name, 2 * at, 2 * at + 1) for name, at in zip(PAIR, places, strict=True)]
    (row,) = made.encode([example(" ".join("abcdefghij"[n % 10] for n in range(1000)), *marks)])
    shown = tokens(made, row.ids)
    assert len(row.ids) == max_length
    for name, at in zip(PAIR, places, strict=True):
        assert f"[{name}] {'abcdefghij'[at % 10]} [/{name}]" in shown
    assert row.pool.sum(axis=1) == pytest.approx([1] * 5)
    assert shown.startswith("[CLS] ") and shown.endswith(" [SEP]")


def test_a_window_without_room_for_the_marks_is_refused():
    with pytest.raises(BadInput, match=r"max_length of 8 at least, for 2 marks, found 7"):
        encoder(*PAIR, max_length=7)


@pytest.mark.parametrize("text", ["[/mention] a [mention] b", "[/mention][mention]", "a [mention]"])
def test_a_text_that_spells_a_marker_marks_nothing(text):
    made = encoder("mention")
    (plain,) = made.encode([example(text)])
    assert not plain.pool[1:].any() and "mention]" not in tokens(made, plain.ids)
    end = len(text)
    (row,) = made.encode([example(f"{text} c d", ("mention", end + 1, end + 2))])
    shown = tokens(made, row.ids)
    assert shown.endswith("[mention] c [/mention] d [SEP]") and shown.count("mention]") == 2
    assert row.pool.sum(axis=1) == pytest.approx([1, 1, 1])


def test_a_tokenizer_without_the_markers_is_refused():
    with pytest.raises(BadInput, match=r"the token \[source\]"):
        TextEncoder(words_tokenizer(("mention",)), PAIR, 64)


def test_batches_hold_each_row_once_and_pad_with_nothing():
    made = encoder("mention")
    texts = [" ".join("abcdefgh"[:size]) for size in (8, 1, 5, 1, 3, 7, 2)]
    encoded = made.encode([example(text, ("mention", 0, 1)) for text in texts])
    batches = sorted_batches(encoded, 3, 0)
    assert sorted(int(row) for batch in batches for row in batch.rows) == list(range(7))
    lengths = [batch.ids.shape[1] for batch in batches]
    assert lengths == sorted(lengths) and [len(batch.rows) for batch in batches] == [3, 3, 1]
    for batch in batches:
        for place, row in enumerate(batch.rows):
            size = len(encoded[row].ids)
            assert batch.ids[place, :size].tolist() == encoded[row].ids.tolist()
            assert batch.mask[place].tolist() == [1] * size + [0] * (batch.ids.shape[1] - size)
            assert not batch.ids[place, size:].any() and not batch.pool[place, :, size:].any()
            assert np.array_equal(batch.pool[place, :, :size], encoded[row].pool)
    assert (collate(encoded, np.array([1, 3]), 99).ids != 99).all()
    assert (collate(encoded, np.array([0, 1]), 99).ids == 99).sum() == 7


def test_a_source_with_guidelines_stands_in_front_of_its_texts_alone():
    plain = encoder("mention", max_length=12)
    told = replace(plain, guidelines=("b",))
    rows = [
        replace(example(text, ("mention", start, start + 1)), source=source)
        for text, start, source in (("a c d", 2, "b"), ("a c d", 2, "e"), ("b c", 0, ""))
    ]
    found = [tokens(told, one.ids) for one in told.encode(rows)]
    colon = "[UNK]"
    assert found == [
        f"[CLS] b {colon} a [mention] c [/mention] d [SEP]",
        "[CLS] a [mention] c [/mention] d [SEP]",
        "[CLS] [mention] b [/mention] c [SEP]",
    ]
    (row,) = told.encode(rows[:1])
    assert row.pool[1].argmax() == 4 and row.pool[2].nonzero()[0].tolist() == [4, 5, 6]
    assert [tokens(plain, one.ids) for one in plain.encode(rows)] == [
        found[1], found[1], found[2]
    ]  # fmt: skip


def test_a_long_text_keeps_its_guidelines_and_its_mark():
    plain = encoder("mention", max_length=10)
    plain.tokenizer.enable_padding(length=128)  # as files of pretrained encoders have it
    plain.tokenizer.enable_truncation(1)
    told = replace(plain, guidelines=("b",))
    row = replace(example("a " * 30 + "x" + " c" * 30, ("mention", 60, 61)), source="b")
    (found,) = told.encode([row])
    assert tokens(told, found.ids) == "[CLS] b [UNK] a [mention] x [/mention] c c [SEP]"
    with pytest.raises(BadInput, match="max_length of 7 at least"):
        replace(told, max_length=6)
