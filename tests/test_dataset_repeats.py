"""Repeats in a dataset: grouped into one split, left out and told, or refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from data.dataset import build
from data.errors import BadInput
from data.importers import read_sentences
from data.records import Sentence
from data.splits import SplitConfig, split


def repeating(sentences, *pairs: tuple[int, int]) -> list[Sentence]:
    """The sentences; the second of each pair gets the first one's text, its labels stay."""
    rows = list(sentences)
    for one, other in pairs:
        rows[other] = replace(rows[other], text=rows[one].text)
    return rows


def test_articles_that_share_a_sentence_go_to_one_split(distinct, tmp_path):
    pairs = [(place, place + 84) for place in range(0, 84, 12)]  # of articles n and n + 21
    home = split_of(distinct, tmp_path, SplitConfig())
    assert any(home[distinct[a].doc_id] != home[distinct[b].doc_id] for a, b in pairs)
    rows = repeating(distinct, *pairs)
    card = build(rows, tmp_path / "x", SplitConfig())
    home = split_of(rows, tmp_path, SplitConfig())
    assert all(home[rows[a].doc_id] == home[rows[b].doc_id] for a, b in pairs)
    found = card["duplicates"]
    assert found["repeats"] == {"exact": 7} and found["across_splits"] == {}
    assert found["groups"] == 7 and found["left_out"] == []


def split_of(rows, tmp_path: Path, config: SplitConfig, **options) -> dict[str, str]:
    build(rows, tmp_path / "home", config, **options)
    files = (tmp_path / "home" / "sentences").iterdir()
    return {row.doc_id: path.stem for path in files for row in read_sentences(path)}


def test_a_group_that_is_too_large_is_refused_with_advice(distinct, tmp_path):
    pairs = [(0, place) for place in range(4, 60, 4)]
    with pytest.raises(BadInput, match=r'at most 20% .* one of 36%; .* duplicates "drop"'):
        build(repeating(distinct, *pairs), tmp_path / "x", SplitConfig())
    build(repeating(distinct, *pairs), tmp_path / "x", SplitConfig(), duplicates="drop")


def test_repeats_across_splits_are_left_out_of_train_first_and_told(distinct, tmp_path):
    parts = split(distinct, SplitConfig())
    place = {row.id: index for index, row in enumerate(distinct)}
    train, validation, test = (
        [place[row.id] for row in parts[name]] for name in ("train", "validation", "test")
    )
    rows = repeating(
        distinct,
        (test[0], train[0]),
        (train[1], test[1]),
        (validation[0], train[2]),
        (validation[0], train[3]),
        (test[2], validation[1]),
        (test[3], validation[2]),
        (test[3], train[4]),
        (train[5], train[6]),  # within one split: both stay
    )
    card = build(rows, tmp_path / "x", SplitConfig(), duplicates="drop")
    out = {rows[index].id for index in (*train[:5], validation[1], validation[2])}
    told = card["duplicates"]["left_out"]
    assert {row["id"] for row in told} == out
    assert all(rows[place[row["id"]]].text == rows[place[row["repeats"]]].text for row in told)
    kept = {
        row.id for path in (tmp_path / "x" / "sentences").iterdir() for row in read_sentences(path)
    }
    assert kept == {row.id for row in rows} - out
    assert sum(card["sentences"].values()) == len(rows) - len(told)


def test_a_split_that_repeats_alone_is_refused(distinct, tmp_path):
    same = [replace(row, text=distinct[0].text) for row in distinct]
    with pytest.raises(BadInput, match="a sentence at least for train, found repeats alone"):
        build(same, tmp_path / "x", SplitConfig(), duplicates="drop")


def test_near_repeats_are_left_out_too(distinct, tmp_path):
    parts = split(distinct, SplitConfig())
    near = replace(parts["train"][0], text=parts["test"][0].text.upper() + " Again")
    rows = [near if row.id == near.id else row for row in distinct]
    card = build(rows, tmp_path / "x", SplitConfig(), duplicates="drop")
    assert card["duplicates"]["left_out"] == [{"id": near.id, "repeats": parts["test"][0].id}]
    assert card["duplicates"]["repeats"] == {"near": 1}


def test_leaks_are_refused_with_examples_where_asked(distinct, tmp_path, listing):
    parts = split(distinct, SplitConfig())
    build(distinct, tmp_path / "x", SplitConfig(), duplicates="refuse")
    before = listing(tmp_path)
    one, other = parts["train"][0], parts["test"][0]
    rows = [replace(row, text=other.text) if row.id == one.id else row for row in distinct]
    with pytest.raises(BadInput) as caught:
        build(rows, tmp_path / "x", SplitConfig(), duplicates="refuse")
    message = str(caught.value)
    assert "1 repeats: " in message and repr(one.id) in message and repr(other.id) in message
    assert listing(tmp_path) == before
    with pytest.raises(BadInput, match="did you mean 'refuse'"):
        build(rows, tmp_path / "y", SplitConfig(), duplicates="refused")
