"""Words of a sentence with their offsets and a rough class each: what the mention rules look at."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from tagging.gazetteer import Gazetteer, plain
from tagging.lexicon import Lexicon, load_lexicon

# noun: for persons or a group; name: capitalised; word: a lower-case word of no other class
Class = Literal[
    "noun", "name", "demonym", "word", "verb", "participle", "auxiliary", "determiner", "number",
    "function", "possessive", "of", "and", "mark",
]  # fmt: skip

Span = tuple[int, int]  # indices of tokens, the end not included

_TOKEN: Final = re.compile(
    r"(?:[A-Z]\.){2,}(?=\W|$)|[A-Z]\.(?= [A-Z])"
    r"|(?:St|Lt|Gen|Col|Dr|Mr|Mrs|Ms|Sgt|Capt|Maj|Adm|Gov|Sen|Rep|Rev|Prof|Brig|Cmdr|Mt|Ft|Hon)\."
    r"|\d[\d,.]*(?<![,.])(?:[-–]\w+)*|[^\W\d_]\w*(?:[.'’&-]+\w+)*|\s+|."
)
_TIME: Final = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August"
    r"|September|October|November|December|GMT|Christmas|Easter|Ramadan|Eid"
)
_MODALS: Final = frozenset(
    [
        "will",
        "would",
        "shall",
        "should",
        "may",
        "might",
        "can",
        "could",
        "must",
        "did",
        "do",
        "does",
        "didn't",
        "don't",
        "doesn't",
        "cannot",
    ]
)
_JOINED: Final = re.compile(r"(?:al|el|ad|an|ar|as|at|az|ed|es|ez|ul|ash|esh|bin)-[A-Z]")  # al-Hawa
_BASED: Final = re.compile(r"-(?:based|born|bound|registered|flagged)$")
_ADJECTIVE: Final = re.compile(r"(?:[a-z-]{3,}(?:al|ian|ic|ist|ive|ary|ous|ful|less|ese|ish|ern))$")
_AGENT: Final = re.compile(r"[a-z-]{2,}(?:[^e]ers|[st]ors|ists|ologists|smen|women|[a-z]men)$")


@dataclass(frozen=True)
class Token:
    """A word or mark: text[start:end], its lower-case form with plain apostrophes, its class."""

    start: int
    end: int
    text: str
    lower: str
    kind: Class

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()


def tokenise(text: str) -> list[Token]:
    """The tokens of a sentence in order, blanks left out; a possessive 's is a token of its own."""
    spans: list[tuple[int, int]] = []
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        if match[0].isspace():
            continue
        ending = re.search(r"(?<=\w)['’]s$", match[0]) or _BASED.search(match[0])
        if ending and not Gazetteer.load().is_place(match[0]):
            spans += [(start, start + ending.start()), (start + ending.start(), end)]
        else:
            spans.append((start, end))
    return _classified(text, spans)


def is_plural(token: Token) -> bool:
    """Whether the noun or people's name is a plural by its form."""
    lexicon = load_lexicon()
    return token.lower in lexicon.plurals or bool(_AGENT.match(token.lower))


def is_modifier(token: Token) -> bool:
    """Whether the word is known or looks like one that stands before nouns."""
    lower = token.lower
    return lower in load_lexicon()["modifiers"] or bool(_ADJECTIVE.match(lower))


def _classified(text: str, spans: list[tuple[int, int]]) -> list[Token]:
    lexicon, tokens = load_lexicon(), list[Token]()
    for index, (start, end) in enumerate(spans):
        word = text[start:end]
        lower = plain(word).lower()
        before = tokens[-1] if tokens else None
        following = text[slice(*spans[index + 1])] if index + 1 < len(spans) else ""
        if lower == "'s" or (word in "'’" and before and before.lower.endswith("s")
                             and start == before.end and following[:1].isalpha()):  # fmt: skip
            kind: Class = "possessive"
        elif word[0].isdigit():
            kind = "number"
        elif not word[0].isalpha():
            kind = "mark"
        elif _JOINED.match(word):
            kind = "name"
        elif word[0].isupper() and not _is_plain_opening(lower, before, following, word, lexicon):
            kind = _name_class(word)
        else:
            kind = _word_class(lower, before, lexicon)
        tokens.append(Token(start, end, word, lower, kind))
    return tokens


def _is_plain_opening(
    lower: str, before: Token | None, following: str, word: str, lexicon: Lexicon
) -> bool:
    """Whether a capital is only that of the sentence's first word."""
    if word == "I" or _TIME.fullmatch(word):
        return True
    opens = before is None or (before.kind == "mark" and before.text in "\"“‘'”’(-–—:;.!?…")
    if not opens:
        return False
    gazetteer = Gazetteer.load()
    if gazetteer.is_place(word) or plain(word) in gazetteer.demonyms or word.isupper():
        return word in ("The", "A")
    known = any(
        lower in lexicon[section]
        for section in ("determiners", "function words", "auxiliaries", "modifiers", "compass")
    )
    known = known or lower in lexicon.nouns or lower in lexicon["collective"]
    known = known or _verbal(lower, lexicon) or bool(_AGENT.match(lower) or _ADJECTIVE.match(lower))
    if following[:1].isupper() and not _TIME.fullmatch(following):
        # "President Ruto", "Western Union" and "Rebel Tigers" are names; "The" and "Two" open
        return lower in lexicon["determiners"] or lower in lexicon["function words"]
    return known


def _name_class(word: str) -> Class:
    return "demonym" if plain(word) in Gazetteer.load().demonyms else "name"


def _word_class(lower: str, before: Token | None, lexicon: Lexicon) -> Class:
    if lower == "of":
        return "of"
    if lower in ("and", "or", "&"):
        return "and"
    if _TIME.fullmatch(lower.capitalize()) and lower not in ("march", "may"):
        return "function"
    if lower in lexicon["auxiliaries"]:
        return "auxiliary"
    if lower in lexicon["determiners"]:
        return "determiner"
    if lower in lexicon["function words"] or (lower.endswith("ly") and len(lower) > 4
                                              and lower not in lexicon["modifiers"]
                                              and lower not in lexicon.nouns
                                              and lower != "supply"):  # fmt: skip
        return "function"
    if lower in lexicon["base verbs"] and before is not None and _awaits_verb(before):
        return "verb"
    after_name = before is not None and (
        before.kind in ("name", "noun")
        or (before.kind == "demonym" and before.lower.endswith("s") and before.lower != "swiss")
    )
    if lower in lexicon.nouns:
        return "noun"
    if lower in lexicon["modifiers"]:
        acts = lower.endswith("ed") or lower in lexicon["irregular verbs"]
        return "verb" if after_name and acts else "word"
    if lower in lexicon["irregular verbs"] or lower in lexicon["speech"] | lexicon["address"]:
        return "verb"
    if _AGENT.match(lower) and lower not in lexicon["things"]:
        return "noun"
    if lower.endswith(("ed", "ing")) and len(lower) > 3 and not lower.endswith("eed"):
        return "verb" if after_name else "participle"
    return "word"


def _awaits_verb(before: Token) -> bool:
    """Whether a verb in its base form follows: to, a modal, do, not."""
    return before.lower == "to" or (
        before.lower in ("not", "never") or (before.kind == "auxiliary" and before.lower in _MODALS)
    )


def _verbal(lower: str, lexicon: Lexicon) -> bool:
    return lower.endswith(("ing", "ed")) or lower in lexicon["irregular verbs"]
