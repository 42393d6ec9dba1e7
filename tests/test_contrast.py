"""The contrast sentences: counts as told, sentences that differ, and nothing of what is scored."""

import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from data.firewall import leaked_rows
from data.importers import read_sentences
from data.records import Sentence
from evaluation.behaviour.direction_bench import load_pairs

DATA = Path(__file__).parent.parent / "data"
CONTRAST = DATA / "contrast"
LINE = re.compile(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", re.MULTILINE)


@cache
def sentences() -> tuple[Sentence, ...]:
    return tuple(read_sentences(CONTRAST, "inline"))


def test_the_readme_has_the_counts_of_the_folders() -> None:
    text = (CONTRAST / "README.md").read_text(encoding="utf-8")
    told = {name: (int(families), int(rows)) for name, families, rows in LINE.findall(text)}
    found = Counter(Path(row.where).parent.name for row in sentences())
    assert told == {
        name: (len(list((CONTRAST / name).glob("*.txt"))), rows) for name, rows in found.items()
    }
    assert f"{len(sentences()):,} sentences in {sum(one for one, _ in told.values())} f" in text


def test_no_sentence_twice() -> None:
    plain = Counter("".join(filter(str.isalnum, row.text.casefold())) for row in sentences())
    assert [text for text, count in plain.items() if count > 1] == []


def test_mentions_follow_one_another_and_end_with_their_words() -> None:
    for row in sentences():
        ordered = sorted(row.mentions, key=lambda mention: mention.start)
        assert all(one.end <= other.start for one, other in pairwise(ordered)), row.where
        for mention in ordered:
            around = row.text[mention.start - 1 : mention.start] + row.text[mention.end :][:1]
            assert not re.search(r"\w", around), f"{row.where}: it ends inside a word"


@pytest.mark.slow
def test_nothing_of_direction_bench_and_of_the_corpus_is_among_them() -> None:
    bench = [
        Sentence(one.id, one.doc_id, one.text)
        for task in ("geo_direction", "actor_role")
        for pair in load_pairs(task)
        for one in pair.examples
    ]
    corpus = read_sentences(DATA / "corpus", "inline")
    assert leaked_rows([*bench, *corpus], sentences()) == set()
    assert leaked_rows([sentences()[0]], sentences())  # the firewall that says so works


def test_a_places_name_does_not_tell_its_direction() -> None:
    directions: dict[str, set[str]] = {}
    times: Counter[str] = Counter()
    for row in sentences():
        for mention in row.mentions:
            if mention.kind == "place":
                name = row.text[mention.start : mention.end]
                directions.setdefault(name, set()).update(mention.role_names)
                times[name] += 1
    often = [name for name, count in times.items() if count > 2]
    fixed = [name for name in often if len(directions[name]) == 1]
    assert len(often) > 100 and len(fixed) < len(often) / 5, fixed
