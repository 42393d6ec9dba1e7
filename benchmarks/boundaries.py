"""Sentence splitters side by side on the hand-set boundaries and on the corpus, as Markdown.

    python benchmarks/boundaries.py

Runs under any Python that has sentencex, numpy, pydantic and pyyaml. pysbd and spacy (both MIT) are
no dependencies of the project and are left out where they are not installed.
"""

import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Final

import numpy as np

ROOT: Final = Path(__file__).parent.parent
GOLD: Final = ROOT / "tests" / "gold" / "boundaries.txt"
RESAMPLES: Final = 5000
Split = Callable[[str], list[str]]


@dataclass(frozen=True)
class Case:
    """A text and its boundaries: how many of its non-blank characters stand before each."""

    text: str
    boundaries: frozenset[int]


@dataclass(frozen=True)
class Counts:
    """One case's boundaries: found rightly, found wrongly, missed."""

    right: int
    wrong: int
    missed: int


def read_cases(half: str, path: Path = GOLD) -> list[Case]:
    """The cases of half "A" or "B" of the gold file; its head says how they are written."""
    halves = re.split(r"(?m)^\[([A-Z])\]\n", path.read_text(encoding="utf-8"))
    lines = halves[halves.index(half) + 1].split("\n")
    return [case_of_line(line) for line in lines if line and not line.startswith("#")]


def case_of_line(line: str) -> Case:
    """A line of the gold file."""
    pieces = line.replace("¶", "\n").replace(" ⏎ ", " ⏎").split("⏎")
    return case_of(pieces, "")


def case_of(sentences: list[str], joint: str) -> Case:
    """The text of the sentences with the joint between them."""
    return Case(joint.join(sentences), frozenset(_ends(sentences)))


def _ends(sentences: list[str]) -> list[int]:
    """Where the sentences end, but for the last one."""
    return list(accumulate(len("".join(sentence.split())) for sentence in sentences))[:-1]


def counts_of(case: Case, split: Split) -> Counts:
    """What a splitter makes of a case."""
    whole = len("".join(case.text.split()))
    found = set(_ends(split(case.text))) - {0, whole}
    right = len(found & case.boundaries)
    return Counts(right, len(found) - right, len(case.boundaries) - right)


def f1(counts: list[Counts]) -> float:
    """The F1 of the boundaries, in percent."""
    return float(_scores(_table(counts).sum(axis=0, keepdims=True))[0, 2])


def _table(counts: list[Counts]) -> np.ndarray:
    return np.array([(one.right, one.wrong, one.missed) for one in counts], dtype=float)


def _scores(sums: np.ndarray) -> np.ndarray:
    """Precision, recall and F1 in percent for each row of (right, wrong, missed)."""
    right, wrong, missed = sums.T
    share = [
        right / (right + wrong),
        right / (right + missed),
        2 * right / (2 * right + wrong + missed),
    ]
    return 100 * np.stack(share, axis=1)


def cells(counts: list[Counts]) -> list[str]:
    """Precision, recall, F1 with their 95% intervals (bootstrap over cases), and exact cases."""
    table = _table(counts)
    drawn = np.random.default_rng(0).multinomial(
        len(table), np.full(len(table), 1 / len(table)), size=RESAMPLES
    )
    low, high = np.percentile(_scores(drawn @ table), [2.5, 97.5], axis=0)
    point = _scores(table.sum(axis=0, keepdims=True))[0]
    exact = 100 * np.mean(table[:, 1:].sum(axis=1) == 0)
    intervals = zip(point, low, high, strict=True)
    return [f"{p:.1f} [{one:.1f}, {two:.1f}]" for p, one, two in intervals] + [f"{exact:.1f}%"]


def corpus_paragraphs() -> Iterator[Case]:
    """The corpus' paragraphs as their authors parted them, sentences joined by a blank."""
    from data.importers.inline import read_corpus

    for article in read_corpus(ROOT / "data" / "corpus"):
        for one, two in pairwise((*article.paragraphs, len(article.sentences))):
            yield case_of([sentence.text for sentence in article.sentences[one:two]], " ")


def ours() -> Split:
    from data.sentences import split_sentences

    return lambda text: [stretch.of(text) for stretch in split_sentences(text)]


def sentencex_alone() -> Split:
    import sentencex

    return lambda text: list(sentencex.segment("en", text))


def pysbd_alone() -> Split:
    import pysbd

    segmenter = pysbd.Segmenter(language="en", clean=False)
    return lambda text: list(segmenter.segment(text))


def spacy_sentencizer() -> Split:
    import spacy

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    return lambda text: [sentence.text for sentence in pipeline(text).sents]


SPLITTERS: Final = {
    "ours": ours,
    "sentencex": sentencex_alone,
    "pysbd": pysbd_alone,
    "spaCy sentencizer": spacy_sentencizer,
}


def row(name: str, cases: list[Case], split: Split) -> str:
    start = time.perf_counter()
    counts = [counts_of(case, split) for case in cases]
    speed = sum(len(case.text) for case in cases) / (time.perf_counter() - start)
    return f"| {name} | {' | '.join(cells(counts))} | {speed:,.0f} |"


def main() -> None:
    """Prints a table for each half of the hand-set boundaries and one for the corpus."""
    sys.path.insert(0, str(ROOT))
    sets = {f"Half {half}": read_cases(half) for half in "AB"} | {
        "Corpus": list(corpus_paragraphs())
    }
    for title, cases in sets.items():
        total = sum(len(case.boundaries) for case in cases)
        print(f"\n{title}: {len(cases)} cases, {total} boundaries\n")
        print("| splitter | precision | recall | F1 | exact cases | characters/s |")
        print("|---|---|---|---|---|---|")
        for name, factory in SPLITTERS.items():
            try:
                split = factory()
            except ImportError:
                print(f"| {name} | not installed | | | | |")
                continue
            print(row(name, cases, split))


if __name__ == "__main__":
    main()
