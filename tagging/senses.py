"""Whether a capitalised name of a sentence is an actor or a place, by its words and neighbours."""

import re
from typing import Final

from data.records import MentionKind
from tagging.gazetteer import Gazetteer, plain
from tagging.lexicon import load_lexicon
from tagging.tokens import Token

_WHERE: Final = frozenset(
    {"in", "at", "near", "into", "through", "outside", "towards", "toward", "off", "around"}
)
_STATES: Final = ("country", "capital")


def sense_alone(tokens: list[Token], start: int, end: int) -> MentionKind | None:
    """What the name is by itself, wherever it stands."""
    lexicon, gazetteer = load_lexicon(), Gazetteer.load()
    words = [token.text for token in tokens[start:end]]
    after = tokens[end].lower if end < len(tokens) else ""
    if plain(" ".join(words)) in lexicon["org names"]:
        return "actor"
    if gazetteer.is_place(" ".join(words)):
        return None
    if len(words) > 2 and any(word in lexicon["titles"] for word in words[1:-1]):
        return "actor"
    if words[-1] in lexicon["Place types"] or after in lexicon["place types"]:
        return "place"
    if any(word in lexicon["org words"] for word in words):
        return "actor"
    if len(words) > 1 and words[0] in lexicon["Place types"]:
        return "place"
    if len(words) > 1 and words[0].lower() in lexicon["compass"] | {"new"}:
        return "place"
    return None


def sense(tokens: list[Token], start: int, end: int, last: int) -> MentionKind | None:
    """What the name is; `last` is where the list that it opens ends (its own end if none)."""
    if (sure := sense_alone(tokens, start, end)) is not None:
        return sure
    lexicon, gazetteer = load_lexicon(), Gazetteer.load()
    text = " ".join(token.text for token in tokens[start:end])
    before = _before(tokens, start)
    after = tokens[last] if last < len(tokens) else None
    if start == 0 and text.isupper() and after is not None and after.text in "-–—,(":
        return "place"  # a dateline
    if after is not None and after.text.startswith("-"):
        return "place" if len(after.text) > 1 or start == 0 else None
    if gazetteer.is_place(text):
        return "actor" if _acts(tokens, start, last, before) else "place"
    if re.fullmatch(r"[A-Z][A-Z0-9.-]{1,5}", text):
        return "actor"
    person = end > start + 1 and tokens[start].text in lexicon["titles"] | lexicon["given names"]
    if person and before not in _WHERE:
        return "actor"
    if before in lexicon["place prepositions"] | lexicon["reaching verbs"] | {"of"}:
        return "place"
    if after is not None and after.kind == "possessive":
        return "actor"
    if before in ("by", "with", "against") or before in lexicon["address"] | lexicon["speech"]:
        return "actor"
    aged = (
        last + 1 < len(tokens)
        and after is not None
        and after.text == ","
        and (
            tokens[last + 1].kind == "number" or tokens[last + 1].lower in ("who", "whose", "whom")
        )
    )
    if speaks(tokens, last) or aged:
        return "actor"
    if start == 0 and end == start + 1:
        return None
    if after is not None and after.kind in ("verb", "auxiliary"):
        return "actor"
    if end > start + 1:
        return "actor"
    return None if after is not None and after.kind in ("word", "noun") else "place"


def speaks(tokens: list[Token], end: int) -> bool:
    """Whether a verb of speech follows, perhaps behind an auxiliary, an adverb or a weekday."""
    lexicon = load_lexicon()
    for token in tokens[end : end + 3]:
        if token.lower in lexicon["speech"] | lexicon["address"]:
            return True
        if token.kind not in ("auxiliary", "function"):
            return False
    return False


def _before(tokens: list[Token], start: int) -> str:
    """The word before a name, its compass word and article left out."""
    index = start - 1
    skipped = load_lexicon()["compass"] | {"the", "nearby", "old", "a"}
    while index >= 0 and tokens[index].lower in skipped:
        index -= 1
    return tokens[index].lower if index >= 0 else ""


def _acts(tokens: list[Token], start: int, end: int, before: str) -> bool:
    """Whether a place of the gazetteer stands for its government."""
    lexicon = load_lexicon()
    name = " ".join(token.text for token in tokens[start:end])
    place = Gazetteer.load().places.get(plain(name))
    state = place is None or place.kind in _STATES
    after = tokens[end] if end < len(tokens) else None
    if after is not None and after.kind == "possessive":
        return True
    if before == "to" and state and start > 1 and tokens[start - 2].lower in lexicon["appeals"]:
        return True
    if before in lexicon["address"] and before not in lexicon["reaching verbs"]:
        return state
    if before in lexicon["place prepositions"] or before == "of":
        return False
    if before in ("by", "with", "against"):
        return state
    if start == 0 and after is not None and after.text == "," and state:
        return True
    while after is not None and after.kind in ("function", "determiner") and end < start + 5:
        if after.lower in lexicon["place prepositions"]:
            return False
        end += 1
        after = tokens[end] if end < len(tokens) else None
    if after is None:
        return False
    if not state:
        return after.lower in lexicon["speech"] | lexicon["address"]
    return after.kind in ("verb", "auxiliary", "participle")
