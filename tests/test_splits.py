"""Splits and folds: by article, deterministic, disjoint, exhaustive, in proportion."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from data.errors import BadInput
from data.records import Mention, Role, Sentence
from data.splits import SplitConfig, folds, split

TYPES = ("AID", "ASSAULT", "PROTEST")


def sentence(doc: int, number: int, types: tuple[str, ...] = (), roles=()) -> Sentence:
    mentions = tuple(Mention(0, 5, "actor", (Role(role),)) for role in roles)
    return Sentence(f"d{doc}-{number}", f"d{doc}", "Goods moved.", mentions, types)


documents = st.lists(
    st.lists(st.lists(st.sampled_from(TYPES), unique=True, max_size=2), min_size=1, max_size=5),
    min_size=3,
    max_size=40,
).map(
    lambda docs: [
        sentence(doc, number, tuple(types))
        for doc, rows in enumerate(docs)
        for number, types in enumerate(rows)
    ]
)
configs = st.builds(
    SplitConfig,
    test=st.sampled_from([0, 0.15, 0.3]),
    validation=st.sampled_from([0, 0.15, 0.3]),
    seed=st.integers(0, 1000),
)


def check_parts(parts: list[list[Sentence]], rows: list[Sentence]) -> None:
    """Every row in one part, every article in one part."""
    assert sorted(row.id for part in parts for row in part) == sorted(row.id for row in rows)
    homes = Counter(doc for part in parts for doc in {row.doc_id for row in part})
    assert set(homes.values()) == {1}


@settings(max_examples=80, deadline=None)
@given(rows=documents, config=configs)
def test_splits_are_disjoint_exhaustive_and_the_same_whatever_the_order(rows, config):
    try:
        parts = split(rows, config)
    except BadInput:
        assume(False)
    check_parts(list(parts.values()), rows)
    assert list(parts) == ["train", "validation", "test"]
    assert bool(parts["test"]) == (config.test > 0)
    assert bool(parts["validation"]) == (config.validation > 0)
    by_doc: dict[str, list[Sentence]] = {}
    for row in rows:
        by_doc.setdefault(row.doc_id, []).append(row)
    shuffled = list(by_doc.values())
    random.Random(config.seed).shuffle(shuffled)
    assert split([row for part in shuffled for row in part], config) == parts


@settings(max_examples=80, deadline=None)
@given(rows=documents, count=st.integers(2, 6), seed=st.integers(0, 1000))
def test_folds_part_no_article_and_none_is_empty(rows, count, seed):
    assume(count <= len({row.doc_id for row in rows}))
    parts = folds(rows, count, seed)
    check_parts(parts, rows)
    assert len(parts) == count and all(parts)
    assert folds(rows, count, seed) == parts


def corpus(size: int = 200) -> list[Sentence]:
    """Articles of 1 to 6 rows; one label in 25 of them, one in half, one once an article."""
    rows = []
    for doc in range(size):
        for number in range(1 + doc * 7 % 6):
            types = ("AID",) if doc % 8 == 0 and number == 0 else ()
            types += ("PROTEST",) if doc % 2 and number == 0 else ()
            roles = ("reporter",) if number == 0 else ("source", "target")
            rows.append(sentence(doc, number, types, roles))
    return rows


def shares(parts: list[list[Sentence]], label: str) -> list[float]:
    counts = [sum(label in row.event_types for row in part) for part in parts]
    return [count / sum(counts) for count in counts]


@pytest.mark.parametrize("seed", range(5))
def test_rows_and_labels_are_in_proportion(seed):
    rows = corpus()
    parts = split(rows, SplitConfig(test=0.2, validation=0.1, seed=seed))
    wanted = {"train": 0.7, "validation": 0.1, "test": 0.2}
    for name, share in wanted.items():
        assert len(parts[name]) / len(rows) == pytest.approx(share, abs=0.02)
    for label in ("AID", "PROTEST"):
        assert shares(list(parts.values()), label) == pytest.approx([0.7, 0.1, 0.2], abs=1 / 25)


def test_folds_are_of_equal_size_and_mix():
    parts = folds(corpus(), 5, 3)
    sizes = [len(part) for part in parts]
    assert all(abs(size - sum(sizes) / 5) < 0.15 * sum(sizes) / 5 for size in sizes)
    assert shares(parts, "AID") == pytest.approx([0.2] * 5, abs=0.001)
    assert shares(parts, "PROTEST") == pytest.approx([0.2] * 5, abs=0.011)


def test_another_seed_makes_other_splits():
    rows = corpus()
    tests = {
        tuple(row.id for row in split(rows, SplitConfig(seed=seed))["test"]) for seed in range(5)
    }
    assert len(tests) == 5


def test_what_is_not_a_label_does_not_move_a_row():
    rows = corpus(40)
    other = [replace(row, text="Other words.", tags=("quote",)) for row in rows]
    ids = [[row.id for row in part] for part in split(rows, SplitConfig()).values()]
    assert [[row.id for row in part] for part in split(other, SplitConfig()).values()] == ids


def test_too_few_articles_are_refused():
    with pytest.raises(BadInput, match="at least 3 articles to split, found 2"):
        split([sentence(0, 0), sentence(1, 0)], SplitConfig())
    with pytest.raises(BadInput, match="2 to 2 folds"):
        folds([sentence(0, 0), sentence(1, 0)], 3, 1)
    with pytest.raises(BadInput, match="folds"):
        folds(corpus(10), 1, 1)
    with pytest.raises(BadInput, match="found 0"):
        split([], SplitConfig())


def test_a_split_that_would_stay_empty_is_refused_and_named():
    rows = [sentence(doc, 0, (TYPES[doc],)) for doc in range(3)]
    with pytest.raises(BadInput, match="an article at least for validation, found none of the 3"):
        split(rows, SplitConfig())


def test_shares_that_leave_nothing_to_train_on_are_refused():
    with pytest.raises(ValidationError, match="less than a tenth"):
        SplitConfig(test=0.5, validation=0.45)
    with pytest.raises(ValidationError):
        SplitConfig(test=-0.1)
