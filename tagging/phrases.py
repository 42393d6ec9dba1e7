"""Noun phrases whose head is a noun for persons or groups, by the guide's rules for actor spans."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from tagging.gazetteer import Gazetteer, plain
from tagging.lexicon import load_lexicon, plural
from tagging.tokens import Span, Token, is_modifier, is_plural

_INSIDE: Final = ("word", "noun", "name", "demonym", "participle", "possessive")
_AFTER_HEAD: Final = (
    "mark", "function", "verb", "auxiliary", "determiner", "number", "of", "and", "participle",
)  # fmt: skip
_LONGEST: Final = 12  # tokens before a head
_ARTICLES: Final = frozenset({"of", "the", "a", "an", "its", "their", "his", "her"})


def actor_phrases(tokens: list[Token]) -> Iterator[Span]:
    """The spans of actor noun phrases; they may overlap one another."""
    for index, token in enumerate(tokens):
        if _is_head(tokens, index):
            yield _left(tokens, index - _is_phrase(tokens, index)), _right(tokens, index)
        elif token.kind == "possessive" and index and tokens[index - 1].kind == "noun":
            yield _left(tokens, index - 1), index  # the possessor, where its thing is no actor


def _is_head(tokens: list[Token], index: int) -> bool:
    token, lexicon = tokens[index], load_lexicon()
    following = tokens[index + 1] if index + 1 < len(tokens) else None
    if token.lower in ("force", "forces", "state", "power") and not _has_article(tokens, index):
        return False  # by force, state of emergency
    if token.kind == "word" and token.lower in _weak_nouns():
        return _acts(tokens, index)
    if token.kind == "noun" or _is_phrase(tokens, index):
        if following is None or following.kind in _AFTER_HEAD:
            return True
        if following.kind == "word":
            return _is_subject(tokens, index)
        return following.kind in ("name", "demonym")
    free = following is None or following.kind in _AFTER_HEAD
    if token.kind == "demonym" and plain(token.text) in Gazetteer.load().peoples:
        return free and _is_people(tokens, index)
    return (
        free
        and token.lower in lexicon["collective"]
        and index > 0
        and tokens[index - 1].kind in ("determiner", "number")
        and tokens[index - 1].lower not in ("a", "an")
        and token.kind in ("word", "participle", "verb")
    )


def _is_phrase(tokens: list[Token], index: int) -> bool:
    """Whether the word and the one before it are one noun: "opposite number"."""
    return index > 0 and f"{tokens[index - 1].lower} {tokens[index].lower}" in load_lexicon().nouns


@lru_cache(maxsize=1)
def _weak_nouns() -> frozenset[str]:
    """Nouns that name a group only where it acts, with their plurals."""
    weak = load_lexicon()["weak"]
    return weak | frozenset(map(plural, weak))


def _has_article(tokens: list[Token], index: int) -> bool:
    return _left(tokens, index) < index or (
        index > 0 and tokens[index - 1].kind in ("determiner", "number", "possessive")
    )


def _acts(tokens: list[Token], index: int) -> bool:
    """Whether a noun for a building, an area or an office has a verb or is spoken to."""
    lexicon = load_lexicon()
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    start = _left(tokens, index)
    while start > 0 and tokens[start - 1].kind in ("determiner", "number"):
        start -= 1
    before = tokens[start - 1].lower if start else ""
    if before in lexicon["place prepositions"] or before == "of":
        return False
    spoken = lexicon["speech"] | lexicon["address"] | lexicon["irregular verbs"]
    acts = after is not None and (after.lower in spoken or after.kind == "verb")
    return acts or before == "told" or before in lexicon["address"] - lexicon["reaching verbs"]


def _is_subject(tokens: list[Token], index: int) -> bool:
    """Whether the unknown word behind the noun is rather its verb than a noun of a compound."""
    token, following = tokens[index], tokens[index + 1]
    if is_plural(token) and token.lower != "police":
        return following.lower.endswith("ed") or not is_modifier(following)
    if following.lower in load_lexicon()["predicates"]:
        return True
    after = tokens[index + 2].kind if index + 2 < len(tokens) else "mark"
    singular = index > 0 and tokens[index - 1].lower in ("a", "an", "no", "every", "each", "one")
    return singular and following.lower.endswith("s") and after in ("determiner", "function")


def _is_people(tokens: list[Token], index: int) -> bool:
    """A people's name that stands for persons, not for a language or as an adjective."""
    before = tokens[index - 1] if index else None
    if tokens[index].lower.endswith("s") and not tokens[index].lower.endswith("ss"):
        return True
    if before is not None and before.kind in ("determiner", "number"):
        return True
    return tokens[index].lower.endswith("men") or (before is not None and before.lower == "by")


def _left(tokens: list[Token], head: int) -> int:
    """Where the phrase starts: behind its article or number, or behind what is no part of it."""
    start = head
    while start > max(0, head - _LONGEST) and (
        tokens[start - 1].kind in _INSIDE or _is_pair(tokens, start)
    ):
        before = tokens[start - 1]
        if before.text.startswith("-") or (
            before.kind == "participle" and start > 1 and tokens[start - 2].kind == "word"
        ):
            break
        start -= 1
    name = start
    while name < head and tokens[name].kind == "name":
        name += 1
    if start and name > start and tokens[start - 1].lower in ("in", "at", "near", "outside"):
        start = name  # "in Bamako police fired": a place, then the subject
    licensed = start == 0 or tokens[start - 1].kind in ("determiner", "number")
    while start < head and (
        tokens[start].kind in ("possessive", "and")
        or (tokens[start].kind == "participle" and not licensed)
    ):
        start += 1
    return start


def _is_pair(tokens: list[Token], start: int) -> bool:
    """Whether two nationalities stand before one noun: "Estonian and Russian negotiators"."""
    if start < 2 or tokens[start - 1].kind != "and":
        return False
    left, right = tokens[start - 2], tokens[start]
    adjective = not left.lower.endswith("s") or left.lower in ("swiss", "us", "laos")
    return left.kind == "demonym" and right.kind == "demonym" and adjective


def _right(tokens: list[Token], head: int) -> int:
    """Where the phrase ends: behind its head, the name that the head is a title of, or "of ..."."""
    end = head + 1
    if not is_plural(tokens[head]) or tokens[head].lower.endswith("police"):
        while end < len(tokens) and tokens[end].kind == "name" and tokens[head].kind == "noun":
            end += 1
    for _ in range(2):
        if end < len(tokens) and tokens[end].kind == "of":
            end = _complement(tokens, end) or end
    return end


def _complement(tokens: list[Token], of: int) -> int | None:
    """The end of the noun phrase behind the "of" at that index, or None."""
    end = of + 1
    while end < len(tokens) and tokens[end].kind in ("determiner", "number"):
        end += 1
    content = end
    while end < min(len(tokens), of + _LONGEST) and tokens[end].kind in (*_INSIDE, "number"):
        if tokens[end].kind == "participle" and tokens[end - 1].lower not in _ARTICLES:
            break
        end += 1
    number = end == content and tokens[end - 1].kind in ("number", "determiner") and end > of + 1
    return end if end > content or number else None
