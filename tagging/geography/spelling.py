"""Keys under which spellings of one place name meet: as written, and across transliterations."""

import re
import unicodedata
from typing import Final

_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ß": "ss", "æ": "ae", "ə": "a", "þ": "th"}
)
_SILENT: Final = re.compile(r"['’‘ʼʻ`.]")
_PARTS: Final = {"st": "saint", "mt": "mount", "ft": "fort"}
_ARTICLE: Final = re.compile(r"^(?:a[ldnrstz]|ash|el) (?=\w{4})")
_LETTER_PAIRS: Final = (
    ("ou", "u"),  # Zouwara, Zuwara: French and English writing of one sound
    ("oo", "u"),  # Khartoom
    ("ee", "i"),  # Jaseera
    ("dj", "j"),  # Djenne, Jenne
    ("ck", "k"),
    ("q", "k"),  # Qamishli, Kamishli
    ("y", "i"),  # Deir ez-Zoyr
)
SHORTEST: Final = 5  # letters of a name that may be matched across transliterations


def folded(name: str) -> str:
    """The name in small letters, without diacritics, apostrophes, full stops and hyphens."""
    bare = unicodedata.normalize("NFKD", _SILENT.sub("", name).casefold().translate(_LETTERS))
    bare = "".join(letter for letter in bare if not unicodedata.combining(letter))
    words = re.split(r"[\s\-‐–]+", bare.strip())
    return " ".join(_PARTS.get(word, word) for word in words)


def loose(name: str) -> str | None:
    """One key for the usual transliterations of a name; None where it is too short for that.

    Leading Arabic articles, doubled letters and a last silent h do not count; a pair of letters
    that writes one sound counts as one. Nothing else is bent: this is no fuzzy match.
    """
    key = _ARTICLE.sub("", folded(name)).replace(" ", "")
    if len(key) < SHORTEST:
        return None
    for pair, letter in _LETTER_PAIRS:
        key = key.replace(pair, letter)
    return re.sub(r"(.)\1", r"\1", key.removesuffix("h") if key.endswith("ah") else key)
