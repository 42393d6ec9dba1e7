"""Splits and folds: by article and group, in proportion or by date; disjoint, exhaustive."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.records import Mention, Role, Sentence
from data.splits import Documents, SplitConfig, assign, folds, merged, split

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
shares_ = {name: st.sampled_from([0, 0.15, 0.3]) for name in ("test", "validation")}
configs = st.builds(SplitConfig, **shares_, seed=st.integers(0, 1000))
timed = st.builds(SplitConfig, **shares_, by=st.just("time"))
groupings = st.lists(
    st.sets(st.integers(0, 45).map("d{}".format), min_size=1, max_size=4), max_size=6
)


def parted(make: Callable, rows: list[Sentence], *arguments):
    """What it makes of the rows: each row in one part, and each article; refused cases go."""
    try:
        made = make(rows, *arguments)
    except BadInput:
        assume(False)
    parts = list(made.values()) if isinstance(made, dict) else made
    assert sorted(row.id for part in parts for row in part) == sorted(row.id for row in rows)
    homes = Counter(doc for part in parts for doc in {row.doc_id for row in part})
    assert set(homes.values()) == {1}
    return made


def check_groups(groups: list[set[str]], home: dict[str, object]) -> None:
    """Each group in one part."""
    for group in groups:
        assert len({home[doc] for doc in group if doc in home}) <= 1


@settings(max_examples=80, deadline=None)
@given(rows=documents, config=configs)
def test_splits_are_disjoint_exhaustive_and_the_same_whatever_the_order(rows, config):
    parts = parted(split, rows, config)
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
    parts = parted(folds, rows, count, seed)
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


def dated(rows: list[Sentence], days: list[int]) -> list[Sentence]:
    """Each article on one of the days, counted from 2001."""
    first = date(2001, 1, 1)
    return [
        replace(row, date=str(first + timedelta(days[int(row.doc_id[1:]) % len(days)])))
        for row in rows
    ]


@settings(max_examples=80, deadline=None)
@given(rows=documents, config=configs, groups=groupings)
def test_a_group_is_never_parted(rows, config, groups):
    parts = parted(split, rows, config, groups)
    home = {row.doc_id: name for name, part in parts.items() for row in part}
    check_groups(groups, home)
    assert home == assign(Documents(rows), config, groups)


@settings(max_examples=60, deadline=None)
@given(rows=documents, count=st.integers(2, 4), groups=groupings)
def test_folds_part_no_group_and_none_is_empty(rows, count, groups):
    parts = parted(folds, rows, count, 1, groups)
    assert all(parts)
    check_groups(groups, {row.doc_id: n for n, part in enumerate(parts) for row in part})


def test_groups_keep_the_proportions():
    groups = [{f"d{doc}", f"d{doc + 100}"} for doc in range(0, 60, 2)]
    parts = split(corpus(), SplitConfig(test=0.2, validation=0.1), groups)
    assert shares(list(parts.values()), "AID") == pytest.approx([0.7, 0.1, 0.2], abs=2 / 25)


def test_groups_that_share_a_member_are_one():
    assert merged([{"b", "a"}, {"d"}, {"c", "b"}, {"f", "e"}, set()]) == [
        frozenset("abc"),
        frozenset("ef"),
    ]
    chain = [{f"{number:04}", f"{number + 1:04}"} for number in range(5000)]
    assert [len(group) for group in merged(reversed(chain))] == [5001]


@settings(max_examples=80, deadline=None)
@given(
    rows=documents,
    days=st.lists(st.integers(0, 60), min_size=1, max_size=20),
    config=timed,
    groups=groupings,
)
def test_train_lies_before_validation_and_validation_before_test(rows, days, config, groups):
    rows = dated(rows, days)
    parts = parted(split, rows, config, groups)
    check_groups(groups, {row.doc_id: name for name, part in parts.items() for row in part})
    # An early article may stand in a later split, with its group; never a late one in an earlier.
    grouped = {doc for group in groups if len(group) > 1 for doc in group}
    latest = {name: max((row.date for row in part), default="") for name, part in parts.items()}
    alone = {
        name: min((row.date for row in part if row.doc_id not in grouped), default="9")
        for name, part in parts.items()
    }
    assert latest["train"] < min(alone["validation"], alone["test"])
    assert latest["validation"] < alone["test"]


def test_shares_hold_by_time_and_a_day_is_not_parted():
    rows = dated(corpus(), list(range(200)))
    parts = split(rows, SplitConfig(test=0.2, validation=0.1, by="time"))
    for name, share in {"train": 0.7, "validation": 0.1, "test": 0.2}.items():
        assert len(parts[name]) / len(rows) == pytest.approx(share, abs=0.01)
    days = [{row.date for row in part} for part in parts.values()]
    assert not days[0] & days[1] and not days[1] & days[2]


def test_given_days_part_the_splits():
    rows = dated(corpus(20), list(range(20)))
    config = SplitConfig(by="time", validation_from="2001-01-06", test_from="2001-01-11")
    found = {name: {row.date for row in part} for name, part in split(rows, config).items()}
    assert found["train"] == {f"2001-01-0{day}" for day in range(1, 6)}
    assert min(found["validation"]) == "2001-01-06" and max(found["validation"]) == "2001-01-10"
    assert min(found["test"]) == "2001-01-11"
    config = SplitConfig(by="time", test=0, validation=0, test_from="2001-01-11")
    assert {name: bool(part) for name, part in split(rows, config).items()} == {
        "train": True,
        "validation": False,
        "test": True,
    }


def test_a_group_that_straddles_the_day_goes_to_the_later_side():
    rows = dated(corpus(20), list(range(20)))
    config = SplitConfig(by="time", validation_from="2001-01-06", test_from="2001-01-11")
    home = assign(Documents(rows), config, [{"d0", "d15"}, {"d1", "d7"}, {"d2", "d3"}])
    assert home["d0"] == home["d15"] == "test"
    assert home["d1"] == home["d7"] == "validation"
    assert home["d2"] == home["d3"] == "train"


@pytest.mark.parametrize("written", [None, "", "yesterday", "2001-02-31", "2001"])
def test_an_article_without_a_day_is_refused_by_time(written):
    rows = [*dated(corpus(20), list(range(20))), replace(sentence(77, 0), date=written)]
    with pytest.raises(BadInput, match=r"a date .* for each article, found .* in article 'd77'"):
        split(rows, SplitConfig(by="time"))
    split(rows, SplitConfig())


def test_the_latest_date_of_an_article_counts():
    rows = dated(corpus(20), list(range(20)))
    config = SplitConfig(by="time", validation=0, test_from="2001-01-20")
    for place in (0, -1):
        own = [row for row in rows if row.doc_id == "d5"]
        own[place] = replace(own[place], date="2001-01-20T09:30:00")
        documents = Documents([*own, *(row for row in rows if row.doc_id != "d5")])
        assert len(own) == 6 and assign(documents, config)["d5"] == "test"


def test_linked_articles_count_once():
    rows = [sentence(doc, 0) for doc in range(4)]
    with pytest.raises(BadInput, match=r"at least 3 articles to split, found 2 \(linked ones"):
        split(rows, SplitConfig(), [{"d0", "d1"}, {"d1", "d2"}])
    with pytest.raises(BadInput, match="2 to 2 folds"):
        folds(rows, 3, 1, [{"d0", "d1", "d2"}])


@pytest.mark.slow
def test_many_articles_take_time_in_proportion():
    documents = Documents(
        replace(sentence(doc, number, (TYPES[doc % 3],)), date="2001-01-01")
        for doc in range(20_000)
        for number in range(2)
    )
    home = assign(documents, SplitConfig(), [{"d1", "d2"}])
    assert Counter(home.values()) == {"train": 14_000, "validation": 3000, "test": 3000}
