"""The labelled corpus keeps what is promised of it: counts, exact offsets, tags, no repeats."""

import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from data.codebook import load_codebook
from data.coverage import SUBJECTS, Coverage, coverage, is_dual, is_reciprocal
from data.duplicates import near_duplicates, skeletons, word_shingles
from data.importers.inline import read_corpus, scheme
from data.records import Article, Sentence
from data.splits import SplitConfig, split

CORPUS = Path(__file__).parent.parent / "data" / "corpus"
ROLES = {"source": 700, "target": 700, "reporter": 250, "bystander": 300, "reciprocal": 100}
DIRECTIONS = {"origin": 200, "destination": 300, "site": 400, "transit": 80, "background": 350}


@cache
def articles() -> list[Article]:
    return read_corpus(CORPUS)


@cache
def sentences() -> list[Sentence]:
    return [row for article in articles() for row in article.sentences]


@cache
def counts() -> Coverage:
    return coverage(sentences())


def test_size() -> None:
    assert len(sentences()) >= 1500 and len(articles()) >= 200
    assert [a.id for a in articles() if not 3 <= len(a.sentences) <= 14] == []


def test_offsets_are_exact() -> None:
    for row in sentences():
        for mention in row.mentions:
            surface = row.text[mention.start : mention.end]
            assert 0 <= mention.start < mention.end <= len(row.text), row.where
            assert surface and surface == surface.strip(), row.where
            around = row.text[mention.start - 1 : mention.start] + row.text[mention.end :][:1]
            assert not re.search(r"\w", around), f"{row.where}: {surface!r} ends inside a word"
        ordered = sorted(row.mentions, key=lambda mention: mention.start)
        assert all(one.end <= other.start for one, other in pairwise(ordered)), row.where


def test_labels_are_of_the_closed_sets() -> None:
    types = set(load_codebook("event_type").labels)
    names = {
        "actor": set(load_codebook("actor_role").labels),
        "place": set(load_codebook("geo_direction").labels),
    }
    for row in sentences():
        assert set(row.event_types) <= types and set(row.tags) <= set(scheme()["tags"]), row.where
        assert row.region in scheme()["regions"] and row.style in scheme()["styles"], row.where
        assert len(set(row.tags)) == len(row.tags), row.where
        for mention in row.mentions:
            assert set(mention.role_names) <= names[mention.kind], row.where
            assert mention.kind == "actor" or len(mention.role_names) == 1, row.where
            events = {role.event for role in mention.roles} - {None}
            assert events <= set(row.event_types) and not mention.derived, row.where


def test_every_coded_event_of_several_has_a_mention() -> None:
    for row in sentences():
        tied = {role.event for mention in row.mentions for role in mention.roles}
        assert len(row.event_types) < 2 or set(row.event_types) <= tied, row.where


@pytest.mark.parametrize("name", load_codebook("event_type").labels)
def test_each_event_type_has_60_sentences(name: str) -> None:
    assert counts().event_types[name].number >= 60


def test_minimum_counts() -> None:
    found = counts()
    assert found.event_types["no event"].number >= 350
    for name, least in ROLES.items():
        assert found.actor_roles[name].number >= least, name
    for name, least in DIRECTIONS.items():
        assert found.directions[name].number >= least, name
    for name, count in found.tags.items():
        assert count.number >= 20, name


def test_every_event_type_stands_in_every_region_and_style() -> None:
    empty = {grid.title: grid.empty for grid in counts().plan}
    assert empty["event type by region"] == [] and empty["event type by style"] == []


def test_no_sentence_twice() -> None:
    plain = ["".join(filter(str.isalnum, row.text.casefold())) for row in sentences()]
    assert len(set(plain)) == len(plain)


def test_no_skeleton_more_than_three_times() -> None:
    assert skeletons(sentences()).most <= 3


def test_no_near_duplicate_across_the_default_split() -> None:
    part_of = {
        row.id: name for name, rows in split(sentences(), SplitConfig()).items() for row in rows
    }
    assert set(part_of.values()) == {"train", "validation", "test"}
    pairs = near_duplicates(sentences()) + near_duplicates(sentences(), shingles=word_shingles)
    assert [pair for pair in pairs if part_of[pair.first] != part_of[pair.second]] == []


def test_tags_follow_from_the_labels() -> None:
    for row in sentences():
        tags = set(row.tags)
        said = any("reporter" in mention.role_names for mention in row.mentions)
        follows = {
            "reported": said and "double-reported" not in tags,
            "multi-event": len(row.event_types) > 1,
            "reciprocal": any(map(is_reciprocal, row.mentions)),
            "dual-role": any(map(is_dual, row.mentions)),
        }
        for tag, wanted in follows.items():
            assert (tag in tags) == wanted, f"{row.where}: {tag}"
        assert said or "double-reported" not in tags, row.where
        assert not (tags & set(SUBJECTS) and row.event_types), row.where


def test_datasheet_has_the_counts_of_the_articles() -> None:
    text = (CORPUS / "DATASHEET.md").read_text(encoding="utf-8")
    composition = text.split("## Composition")[1].split("\n## ")[0]
    for heading, wanted in (
        ("event type", counts().event_types),
        ("actor role", counts().actor_roles),
        ("direction", counts().directions),
        ("region", counts().regions),
        ("style", counts().styles),
        ("decade", counts().decades),
        ("tag", counts().tags),
    ):
        table = composition.split(f"| {heading} |")[1].split("\n\n")[0]
        cells = re.findall(r"^\| ([^|]+) \| (\d+) \| (\d+) \|$", table, re.MULTILINE)
        stated = {name: (int(number), int(docs)) for name, number, docs in cells}
        assert stated == {name: tuple(count) for name, count in wanted.items()}, heading
    assert f"{len(sentences()):,} sentences of {len(articles())} articles" in composition
    assert f"{counts().actors:,} actor mentions and {counts().places:,} place" in composition
