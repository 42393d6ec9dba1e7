"""The capitalised names of a sentence: their extent, with each one's sense (actor or place)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from data.records import MentionKind
from tagging.gazetteer import Gazetteer, plain
from tagging.lexicon import load_lexicon
from tagging.senses import sense, sense_alone, speaks
from tagging.tokens import Span, Token

_PARTICLE: Final = re.compile(
    r"(?:de|del|della|la|las|los|le|les|du|des|da|do|dos|es|el|al|bin|ben|von|van|der|den)"
)


@dataclass(frozen=True)
class Name:
    """A name over tokens[start:end] and what it seems to be."""

    start: int
    end: int
    kind: MentionKind


def find_names(tokens: list[Token], taken: list[Span]) -> Iterator[Name]:
    """The names outside the spans that are taken (by actor phrases), in order."""
    limits = {index for span in taken for index in range(*span)}
    runs = list(_runs(tokens, limits))
    kinds: list[MentionKind | None] = []
    for number, (start, end) in enumerate(runs):
        before = kinds[-1] if kinds else None
        joined = number > 0 and _is_listed(tokens, runs[number - 1][1], start)
        if joined and before and not _starts_clause(tokens, runs, number):
            kinds.append(sense_alone(tokens, start, end) or before)
        else:
            kinds.append(sense(tokens, start, end, _last_of_list(tokens, runs, number)))
    for (start, end), kind in zip(runs, kinds, strict=True):
        if kind is not None:
            yield _widened(tokens, start, end, kind, limits)


def _runs(tokens: list[Token], limits: set[int]) -> Iterator[Span]:
    """The spans of capitalised names, one behind the other, outside the tokens in `limits`."""
    index = 0
    while index < len(tokens):
        end = index if index in limits else _run(tokens, index, limits)
        if end > index:
            yield index, end
        index = max(end, index + 1)


def _is_listed(tokens: list[Token], end: int, start: int) -> bool:
    """Whether two names are parted by a comma or an "and" alone."""
    return 0 < start - end <= 2 and all(
        token.kind == "and" or token.text == "," for token in tokens[end:start]
    )


def _starts_clause(tokens: list[Token], runs: list[Span], number: int) -> bool:
    """Whether ", and X verb" opens a clause of its own behind the name before."""
    start, end = runs[number]
    gap = start - runs[number - 1][1]
    after = tokens[end] if end < len(tokens) else tokens[-1]
    if gap == 1 and tokens[start - 1].text == ",":
        return speaks(tokens, end)
    return gap == 2 and after.kind in ("verb", "auxiliary")


def _last_of_list(tokens: list[Token], runs: list[Span], number: int) -> int:
    """The end of the last of the names that are joined to this one."""
    while number + 1 < len(runs) and _is_listed(tokens, runs[number][1], runs[number + 1][0]):
        number += 1
    return runs[number][1]


def _run(tokens: list[Token], start: int, limits: set[int]) -> int:
    """The end of the name that starts at the token; `start` itself where none does."""
    if tokens[start].kind not in ("name", "demonym"):
        return start
    known, end = _gazetteer_run(tokens, start), start + 1
    known = next((index for index in range(start, known) if index in limits), known)
    while end < len(tokens):
        further = _further(tokens, end)
        if further == end or not limits.isdisjoint(range(end, further)):
            break
        end = further
    joined = known < len(tokens) and _PARTICLE.fullmatch(tokens[known].lower)
    if known > start and end > known and not joined and not _is_one_name(tokens, start, end):
        return known
    if tokens[start].kind == "demonym" and end == start + 1 and known == start:
        return start
    return max(end, known)


def _further(tokens: list[Token], end: int) -> int:
    """Where a name that reaches to `end` ends at least; `end` itself where it ends there."""
    lexicon, token, last = load_lexicon(), tokens[end], tokens[end - 1].text
    if token.kind == "name" or (token.kind == "number" and last in lexicon["numbered"]):
        return end + 1
    if particles := _particles(tokens, end):
        return particles
    following = tokens[end + 1].kind if end + 1 < len(tokens) else "mark"
    if token.kind == "of" and following in ("name", "demonym"):
        office = last in lexicon["org words"] | lexicon["titles"] | {"Heads", "Head"}
        if office or (following == "name" and last in lexicon["of a place"]):
            return end + 2
    return end


def _particles(tokens: list[Token], start: int) -> int:
    """The end of "de la Constitucion" from its first particle on; 0 where there is none."""
    end = start
    while end < len(tokens) and _PARTICLE.fullmatch(tokens[end].lower):
        end += 1
    return end + 1 if end > start and end < len(tokens) and tokens[end].kind == "name" else 0


def _is_one_name(tokens: list[Token], start: int, end: int) -> bool:
    """Whether capitals that begin with a known place are one longer name by its last word."""
    lexicon = load_lexicon()
    words = {token.text for token in tokens[start:end]}
    return bool(words & (lexicon["org words"] | lexicon["Place types"]))


def _gazetteer_run(tokens: list[Token], start: int) -> int:
    """The end of the longest gazetteer name from the token on, or `start`."""
    gazetteer = Gazetteer.load()
    most = gazetteer.openings.get(plain(tokens[start].text), 1)
    for length in range(min(most, len(tokens) - start), 0, -1):
        if gazetteer.is_place(" ".join(token.text for token in tokens[start : start + length])):
            return start + length
    return start


def _widened(
    tokens: list[Token], start: int, end: int, kind: MentionKind, limits: set[int]
) -> Name:
    """The name with the compass word before and the type word behind it where it is a place."""
    if kind == "place":
        lexicon = load_lexicon()
        if start and start - 1 not in limits and tokens[start - 1].lower in lexicon["compass"]:
            start -= 1
        if end < len(tokens) and end not in limits and tokens[end].lower in lexicon["place types"]:
            end += 1
    return Name(start, end, kind)
