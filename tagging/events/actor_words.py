"""What an actor mention shows by its words: its nouns, number, names, country, and "the"."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from tagging.gazetteer import Gazetteer, plain
from tagging.lexicon import load_lexicon, plural
from tagging.tagged import TaggedMention, TaggedSentence

_FILE: Final = Path(__file__).parent / "references.txt"
_WORD: Final = re.compile(r"(?:[A-Z]\.){2,}|[^\W_]+(?:[-'’][^\W_]+)*")
_COMPLEMENT: Final = re.compile(r" (?:of|in|from|for|at|on|to|with|who|that|by) ")
_DEFINITE: Final = re.compile(
    r"(?i)\b(?:the|this|that|these|those|each|every)\s+(?:(?:\d[\d,]*|two|three|four|five|six|seven"
    r"|eight|nine|ten|eleven|twelve|dozen|same|latter|first|last)\s+)*$"
)
_MARKED: Final = re.compile(
    r"(?i)(?:\b(?:the|this|that|these|those|each|every|a|an|no|some|any|many|several|both|all|other|its"
    r"|their|his|her|our|two|three|four|five|six|seven|eight|nine|ten|more|few|most|of)|\d)\s+$"
)
_SMALL: Final = frozenset({"the", "of", "for", "and", "a", "an", "in", "on", "to", "with"})
_ENDING: Final = re.compile(r"['’]s?$")
Number = Literal["one", "many", "body"]


@dataclass(frozen=True)
class Actor:
    """An actor mention as the rules see it.

    `heads` are the nouns it goes by, in the singular; `words` all its words but small ones, small
    letters, nouns in the singular; `names` its capitalised words where it ends in one (`named`).
    `peoples` are the countries of its demonyms, `state` the one whose government it names. It is
    `definite` behind "the" and the like, `bare` behind no article, number or possessive.
    """

    mention: TaggedMention
    sentence: int
    definite: bool
    bare: bool
    number: Number
    heads: frozenset[str]
    words: frozenset[str]
    names: tuple[str, ...]
    initials: str
    peoples: frozenset[str]
    state: str | None

    @property
    def named(self) -> bool:
        return bool(self.names)


def read_actor(sentence: TaggedSentence, mention: TaggedMention) -> Actor:
    """The mention's words taken apart."""
    surface = re.sub(r"^[Tt]he ", "", mention.surface)
    before = sentence.text[: mention.start - sentence.start]
    core = _COMPLEMENT.split(surface)[0]
    tokens = [_ENDING.sub("", word) for word in _WORD.findall(core)]
    opens = not before.strip(" \"'“‘-–—:;.0123456789")
    names = _names(tokens, opens)
    heads = _heads(tokens, names)
    return Actor(
        mention=mention,
        sentence=sentence.number,
        definite=bool(_DEFINITE.search(before)) or surface != mention.surface,
        bare=not _MARKED.search(before) and surface == mention.surface,
        number=_number(tokens, names, heads),
        heads=heads,
        words=_words(surface),
        names=names,
        initials="".join(word[0] for word in _WORD.findall(surface) if word[0].isupper()),
        peoples=_peoples(tokens),
        state=_state(surface, core, heads),
    )


def singular(noun: str) -> str:
    """The singular of an English noun in small letters; a singular is returned as it is."""
    if noun in _singulars():
        return _singulars()[noun]
    regular = noun.endswith("s") and not noun.endswith(("ss", "us", "is")) and len(noun) > 3
    return noun.removesuffix("s") if regular else noun


@lru_cache(maxsize=4096)
def classes(heads: frozenset[str]) -> frozenset[str]:
    """The classes of references.txt that hold one of the nouns."""
    return frozenset(name for name, nouns in _classes().items() if heads & nouns)


def _names(tokens: list[str], opens: bool) -> tuple[str, ...]:
    """The capitalised words of a name; none where a noun or a people's name stands last."""
    if not tokens or not tokens[-1][0].isupper():
        return ()
    last, gazetteer = tokens[-1], Gazetteer.load()
    noun = opens and len(tokens) == 1 and singular(last.lower()) in _singulars().values()
    if noun or (plain(last) in gazetteer.demonyms and not gazetteer.is_place(last)):
        return ()
    return tuple(token for token in tokens if token[0].isupper())


def _heads(tokens: list[str], names: tuple[str, ...]) -> frozenset[str]:
    """The nouns that an actor goes by: the last word, and a person's office before the name."""
    if not tokens:
        return frozenset()
    nouns = _singulars()
    heads = {singular(tokens[-1].lower())}
    if len(tokens) > 1:
        heads.add(f"{tokens[-2]} {tokens[-1]}".lower())
    if names:
        offices = [singular(word.lower()) for word in tokens[:-1]]
        heads = {word for word in [*heads, *offices] if word in nouns}
    elif _is_demonym(tokens[-1]):
        heads = set()
    return frozenset(heads)


def _number(tokens: list[str], names: tuple[str, ...], heads: frozenset[str]) -> Number:
    """Whether the actor is one person, many, or a body."""
    bodies = load_lexicon()["groups"] - load_lexicon()["persons"]
    last = tokens[-1].lower() if tokens else ""
    if names and not heads & load_lexicon()["persons"]:
        return "body"
    if names:
        return "one"
    if last in load_lexicon().plurals or _singulars().get(last, last) != last:
        return "many"
    if last in bodies or " ".join(tokens[-2:]).lower() in bodies:
        return "body"
    return "many" if last.endswith("s") and singular(last) != last else "one"


def _words(surface: str) -> frozenset[str]:
    """The words of the whole phrase but small ones and demonyms."""
    found = [_ENDING.sub("", word) for word in _WORD.findall(surface)]
    return frozenset(
        singular(word.lower())
        for word in found
        if word.lower() not in _SMALL and not _is_demonym(word)
    )


def _peoples(tokens: list[str]) -> frozenset[str]:
    """The countries of the demonyms; the word itself where it is no one country's."""
    demonyms = Gazetteer.load().demonyms
    return frozenset(demonyms[plain(word)] or word.lower() for word in tokens if _is_demonym(word))


def _is_demonym(word: str) -> bool:
    return plain(word) in Gazetteer.load().demonyms


def _state(surface: str, core: str, heads: frozenset[str]) -> str | None:
    """The country that the words name, by itself, by its capital or by its government."""
    gazetteer, name = Gazetteer.load(), plain(surface)
    if surface in _state_names():
        return _state_names()[surface]
    place = gazetteer.places.get(name)
    if place and place.kind in ("country", "capital"):
        return place.country or None
    words = core.split()
    if heads & {"government"} and len(words) == 2:
        return gazetteer.country(_ENDING.sub("", words[0]))
    return None


@lru_cache(maxsize=1)
def _sections() -> dict[str, tuple[str, ...]]:
    """The words of references.txt by section, phrases with blanks."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    parts = re.split(
        r"^\[([^]]+)\]$",
        "\n".join(line for line in lines if not line.startswith("#")),
        flags=re.MULTILINE,
    )
    return {
        name: tuple(word.replace("_", " ") for word in words.split())
        for name, words in zip(parts[1::2], parts[2::2], strict=True)
    }


@lru_cache(maxsize=1)
def _classes() -> dict[str, frozenset[str]]:
    return {
        name: frozenset(map(singular, words))
        for name, words in _sections().items()
        if name != "state names"
    }


@lru_cache(maxsize=1)
def _state_names() -> dict[str, str]:
    return dict((name, code) for name, code in (w.split("=") for w in _sections()["state names"]))


@lru_cache(maxsize=1)
def _singulars() -> dict[str, str]:
    """Every known noun, plural or singular -> its singular."""
    lexicon = load_lexicon()
    known = lexicon["persons"] | lexicon["groups"] | {w for ws in _sections().values() for w in ws}
    plurals = {plural(word): word for word in sorted(known) if plural(word) != word}
    return {word: word for word in known if word not in plurals} | plurals
