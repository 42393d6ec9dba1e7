"""Invented sentences with mentions of hard kinds, and how many a finder of mentions gets right."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.span_scores import Span

PATH = Path(__file__).parent / "span_cases.txt"
_MARKED = re.compile(r"\{([^{}]*)\}|\[([^\[\]]*)\]")
Find = Callable[[Sequence[str]], Iterable[Iterable[Span]]]


@dataclass(frozen=True)
class Case:
    """A sentence with its mentions and what is hard in it."""

    kind: str
    text: str
    gold: frozenset[Span]


def read_cases(path: Path = PATH) -> list[Case]:
    """The file's cases; its first line tells how they are written."""
    cases, kind = list[Case](), ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            kind = line[1:].strip()
        elif line:
            cases.append(case_of(kind, line))
    return cases


def case_of(kind: str, marked: str) -> Case:
    """The sentence behind its marks: {actor}, [place]."""
    text, gold, end = "", list[Span](), 0
    for match in _MARKED.finditer(marked):
        text += marked[end : match.start()]
        surface, name = (match[1], "actor") if match[1] is not None else (match[2], "place")
        gold.append((len(text), len(text) + len(surface), name))
        text, end = text + surface, match.end()
    return Case(kind, text + marked[end:], frozenset(gold))


def right_by_kind(cases: Sequence[Case], find: Find) -> dict[str, tuple[int, int]]:
    """Kind -> (sentences with all mentions right and no other, sentences)."""
    told: dict[str, tuple[int, int]] = {}
    for case, found in zip(cases, find([case.text for case in cases]), strict=True):
        right, of = told.get(case.kind, (0, 0))
        told[case.kind] = right + (frozenset(found) == case.gold), of + 1
    return told
