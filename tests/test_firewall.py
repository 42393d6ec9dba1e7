"""The firewall finds what is planted, raises no false alarm, and tells every row that leaks."""

import random
import runpy
import tracemalloc
from collections import defaultdict
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from firewall_rows import FIRST, SECOND, kinds, repeats_of, row
from hypothesis import given, settings
from hypothesis import strategies as st

from data import duplicates
from data.duplicates import NEAR, character_shingles, jaccard, normalised
from data.firewall import SHORT, Firewall, across, leaked_rows, linked, spread

ROOT = Path(__file__).parent.parent
BENCHMARK = runpy.run_path(str(ROOT / "benchmarks" / "firewall.py"))
CORPUS = BENCHMARK["corpus"]()
LONG = "The harbour master closed the northern quay before the storm came in"


def test_100_planted_copies_are_all_found():
    """In capitals, tokenised, with other quotes and spaces: the letters are the same."""
    changes = (
        str.upper,
        lambda text: BENCHMARK["tokenised"](text, None),
        lambda text: f"“ {text}”",
    )
    chosen = random.Random(1).sample(CORPUS, 100)
    copies = [
        replace(
            each, id=f"copy-{number}", doc_id=f"copy-{number}", text=changes[number % 3](each.text)
        )
        for number, each in enumerate(chosen)
    ]
    found = {(each.first, each.second): each for each in repeats_of([*CORPUS, *copies])}
    for each, copy in zip(chosen, copies, strict=True):
        assert found[each.id, copy.id].kind == "exact" and found[each.id, copy.id].alike == 1.0
    assert len(found) == 100


@pytest.mark.slow
@pytest.mark.parametrize("change", BENCHMARK["CHANGES"], ids=lambda change: change.__name__)
def test_of_100_planted_near_repeats_at_least_98_are_found(change):
    with_digits = [each for each in CORPUS if any(map(str.isdigit, each.text))]
    source = with_digits if change.__name__ == "numbers_changed" else CORPUS
    chosen = random.Random(2).sample(source, 101)
    count, found = BENCHMARK["planted"](change, chosen)
    assert count >= 100 and found >= 0.98 * count


def test_the_corpus_raises_no_alarm():
    assert repeats_of(CORPUS) == []


def test_signatures_estimate_the_index_and_do_not_depend_on_the_batch():
    draw = random.Random(3)
    texts = [normalised(each.text) for each in draw.sample(CORPUS, 200)]
    mixed = [one[: len(one) // 2] + other for one, other in combinations(texts[:25], 2)]
    made = duplicates.signatures([*texts, *mixed])
    assert (duplicates.signatures(mixed[7:8]) == made[207]).all()
    errors = []
    for place, text in enumerate(mixed):
        source = combinations(range(25), 2)
        other = list(source)[place][1]
        wanted = jaccard(character_shingles(text), character_shingles(texts[other]))
        errors.append((made[200 + place] == made[other]).mean() - wanted)
    mean = sum(errors) / len(errors)
    assert abs(mean) < 0.01 and max(map(abs, errors)) < 5 * 0.036


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_is_found_is_what_all_pairs_give(seed):
    """With the texts at hand: nothing at or below NEAR, and all that are clearly above."""
    draw = random.Random(seed)
    pool = [draw.choice(CORPUS).text.rstrip(".").split() for _ in range(4)]
    rows = [
        row(number, " ".join(draw.sample(words, draw.randint(len(words) * 2 // 3, len(words)))))
        for number, words in enumerate(pool * 6)
    ]
    texts = {each.id: each.text for each in rows}
    firewall = Firewall()
    for each in rows:
        firewall.add(each)
    found = {
        (each.first, each.second): each.alike
        for each in firewall.repeats(lambda ids: {name: texts[name] for name in ids})
        if each.kind == "near"
    }
    long = {each.id: each for each in rows if len(normalised(each.text)) >= SHORT}
    first = {normalised(each.text): each.id for each in reversed(list(long.values()))}
    for one, other in combinations([name for name in long if name in first.values()], 2):
        index = jaccard(character_shingles(texts[one]), character_shingles(texts[other]))
        if index > 0.6 or (one, other) in found:
            assert found[one, other] == index > NEAR


def test_short_formulas_link_nothing_but_are_counted():
    rows = [row(number, "He declined to comment.") for number in range(3)]
    rows += [row(9, "Talks resume on Monday."), row(10, ""), row(11, "…!")]
    firewall = Firewall()
    for each in rows:
        firewall.add(each)
    assert firewall.repeats() == [] and firewall.compared == {}
    assert firewall.short == {"sentences": 6, "repeating": 5}
    assert leaked_rows(rows[:1], rows[1:]) == set()


def test_equal_rows_are_paired_with_the_first_and_link_their_articles():
    rows = [
        row(0, LONG, "a"),
        row(1, LONG.upper(), "b"),
        row(2, LONG + "!", "c"),
        row(3, LONG, "c"),
    ]
    assert kinds(rows) == [("exact", "r0", "r1"), ("exact", "r0", "r2"), ("exact", "r0", "r3")]
    assert linked(repeats_of(rows)) == [frozenset("abc")]
    assert linked(repeats_of([row(0, LONG, "a"), row(1, LONG, "a")])) == []


def test_more_may_be_added_after_looking():
    firewall = Firewall()
    firewall.add(row(0, LONG))
    assert firewall.repeats() == []
    firewall.add(row(1, LONG + " at six"))
    assert (
        [each.kind for each in firewall.repeats()]
        == ["near"]
        == [each.kind for each in firewall.repeats()]
    )


@settings(max_examples=60, deadline=None)
@given(
    where=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 4), st.sampled_from(["train", "dev", "test"])),
        max_size=30,
    )
)
def test_every_row_that_another_split_repeats_is_told(where):
    """Rows of four stories in five wordings each; all of a story are near each other."""
    endings = ("", " at six", " at dusk", " again", " today")
    rows = [
        row(number, CORPUS[story * 40].text.rstrip(".") + endings[wording], f"{split}-{number}")
        for number, (story, wording, split) in enumerate(where)
    ]
    split_of = {each.doc_id: each.doc_id.split("-")[0] for each in rows}
    told: dict[str, set[str]] = defaultdict(set)
    for leak in across(repeats_of(rows), split_of):
        one, other = split_of[leak.first_doc], split_of[leak.second_doc]
        assert one != other
        told[leak.first].add(other)
        told[leak.second].add(one)
    for number, (story, _, split) in enumerate(where):
        others = {name for other, _, name in where if other == story and name != split}
        assert told[f"r{number}"] == others


@pytest.mark.slow
def test_of_a_crowd_every_row_that_leaks_is_told():
    """1,000 sentences that differ in a number, a twentieth of them in test."""
    rows = [row(number, f"{LONG}, {number:04} of them", f"{number}") for number in range(1000)]
    split_of = {each.doc_id: "test" if int(each.doc_id) < 50 else "train" for each in rows}
    found = repeats_of(rows)
    assert linked(found) == [frozenset(split_of)]
    assert len(found) < 1000 * duplicates.CROWD * 8
    leaks = across(found, split_of)
    assert {name for each in leaks for name in (each.first, each.second)} >= {
        f"r{number}" for number in range(50)
    }


def test_whom_a_place_meets_in_a_crowd_comes_from_anywhere():
    few = np.concatenate(list(duplicates.sharing(np.zeros(duplicates.CROWD + 1, np.uint32))))
    assert set(map(tuple, few.tolist())) == set(combinations(range(duplicates.CROWD + 1), 2))
    many = np.concatenate(list(duplicates.sharing(np.zeros(1000, np.uint32))))
    assert len(many) < 1000 * duplicates.CROWD
    for place in range(100):
        met = many[(many == place).any(axis=1)]
        assert (met >= 100).any()
    assert list(duplicates.sharing(np.arange(9, dtype=np.uint32))) == []


def test_equal_rows_make_no_square_of_pairs():
    rows = [row(number, LONG if number % 2 else LONG + " at six") for number in range(4000)]
    split_of = {each.doc_id: "test" if int(each.id[1:]) % 5 else "train" for each in rows}
    assert len(list(spread(repeats_of(rows), split_of))) < 5 * len(rows)


def test_leaked_rows_are_the_test_rows_that_train_holds():
    train = [row(1, LONG, "a"), row(2, CORPUS[0].text, "b"), FIRST]
    test = [
        row(1, LONG.upper(), "x"),
        row(2, LONG + " at six", "y"),
        row(3, CORPUS[9].text, "b"),
        row(4, CORPUS[5].text, "z"),
        replace(SECOND, id="r5"),
    ]
    assert leaked_rows(iter(train), iter(test)) == {"r1", "r2", "r3", "r5"}
    assert leaked_rows(train, []) == leaked_rows([], test) == set()


@pytest.mark.slow
def test_memory_is_at_most_300_bytes_a_sentence():
    rows = list(BENCHMARK["invented"](5000))
    firewall = Firewall()
    tracemalloc.start()
    try:
        for each in rows:
            firewall.add(each)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held / len(rows) < 300


def test_hostile_texts_and_ids_pass():
    texts = ["\ud800" * 30, "\0" * 40, "a" * 1_000_000, "ß" * 30, "ﬁ" * 30, "İ" * 40, "한" * 30]
    rows = [row(number, text) for number, text in enumerate(texts)]
    rows += [replace(row(90, LONG), id="\ud800"), replace(row(91, LONG), id="\n\t")]
    found = repeats_of(rows)
    assert [(each.first, each.second) for each in found] == [("\ud800", "\n\t")]
