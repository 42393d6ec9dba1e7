"""The words by which actors and places are told, from lexicon.txt; nouns with their plurals."""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_FILE = Path(__file__).parent / "lexicon.txt"
_PLURAL = re.compile(
    r"(?:men|people|children|folk|folks|gentry|mice|wives|midwives|police|troops|s)$"
)
_SINGULAR_S = re.compile(r"(?:ss|us|is)$")


@dataclass(frozen=True)
class Lexicon:
    """The words of lexicon.txt by section; phrases with blanks.

    `nouns`: every noun for persons and groups, singular and plural; `plurals`: the plural ones.
    """

    sections: dict[str, frozenset[str]]
    nouns: frozenset[str]
    plurals: frozenset[str]

    def __getitem__(self, section: str) -> frozenset[str]:
        return self.sections[section]


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """The lexicon of the repository, read once."""
    text = _FILE.read_text(encoding="utf-8")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    parts = re.split(r"^\[([^]]+)\]$", body, flags=re.MULTILINE)
    sections = {
        name: frozenset(word.replace("_", " ") for word in words.split())
        for name, words in zip(parts[1::2], parts[2::2], strict=True)
    }
    written = sections["persons"] | sections["groups"]
    plurals = {plural(word) for word in written}
    return Lexicon(sections, written | plurals, frozenset(plurals))


def plural(noun: str) -> str:
    """The plural of an English noun; a plural is returned as it is."""
    if noun.endswith("man") and noun != "human":
        return noun.removesuffix("man") + "men"
    if _PLURAL.search(noun) and not _SINGULAR_S.search(noun):
        return noun
    if re.search(r"[^aeiou]y$", noun):
        return noun.removesuffix("y") + "ies"
    return noun + ("es" if re.search(r"(?:s|x|z|ch|sh)$", noun) else "s")
