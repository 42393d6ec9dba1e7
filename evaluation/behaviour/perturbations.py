"""Changes of a sentence that should change no label: edits that carry its marks along."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Literal

from pydantic import BaseModel, ConfigDict

from data.records import Mention, Sentence

RewriteName = Literal[
    "lower case",
    "upper case",
    "headline case",
    "one typo",
    "two typos",
    "three typos",
    "other numbers",
    "other notation",
    "curly quotes",
    "other hyphens",
    "hard spaces",
    "decomposed accents",
]
FIGURE = re.compile(r"(?<![\d.,-])\d+(?:[.,]\d+)*(?!-?\d)")  # no score such as 3-1
WORD = re.compile(r"[A-Za-z]+")
LONG = re.compile(r"[A-Za-z]{5,}")
FEW = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
NUMBERS = dict(zip(FEW + TENS, [*range(2, 13), *range(20, 100, 10)], strict=True))
OPENER = re.compile(
    r"(a|about|an|around|at|eleven|from|giving|in|on|some|speaking|the|two)\b", re.I
)
KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
HARD_SPACES = 3


@dataclass(frozen=True)
class Edit:
    """The text from `start` to `end` becomes `new`; where both are equal, `new` is put in."""

    start: int
    end: int
    new: str

    @property
    def growth(self) -> int:
        return len(self.new) - (self.end - self.start)


class Insertion(BaseModel):
    """What is put round the text, round its clause (inside the full stop) or round each mention."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    at: Literal["text", "clause", "mention"]
    before: str = ""
    after: str = ""


def edited(sentence: Sentence, edits: Sequence[Edit]) -> Sentence:
    """The sentence after the edits, every mention still on its own words.

    What is put in at either end of a mention stays outside of it. Raises ValueError for edits that
    overlap or cross the end of a mention.
    """
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
    parts, at = [], 0
    for edit in ordered:
        if edit.start < at:
            raise ValueError(f"two edits overlap at {edit.start}")
        parts += [sentence.text[at : edit.start], edit.new]
        at = edit.end
    return replace(
        sentence,
        text="".join([*parts, sentence.text[at:]]),
        mentions=tuple(_moved(mention, ordered) for mention in sentence.mentions),
    )


def _moved(mention: Mention, edits: Sequence[Edit]) -> Mention:
    for edit in edits:
        if any(edit.start < end < edit.end for end in (mention.start, mention.end)):
            raise ValueError(f"an edit crosses the end of the mention at {mention.start}")
    return replace(
        mention,
        start=mention.start + sum(edit.growth for edit in edits if edit.end <= mention.start),
        end=mention.end + sum(edit.growth for edit in edits if edit.start < mention.end),
    )


def rewritten(sentence: Sentence, name: RewriteName) -> Sentence:
    """The sentence rewritten so; the same sentence id gives the same choices."""
    rng = Random(f"{sentence.id}/{name}")
    return edited(sentence, list(REWRITES[name](sentence, rng)))


def inserted(sentence: Sentence, insertion: Insertion) -> Sentence:
    """The sentence with the insertion; unchanged where its clause cannot take it."""
    places = [(0, len(sentence.text))]
    edits = []
    if insertion.at == "mention":
        places = [(mention.start, mention.end) for mention in sentence.mentions]
    elif insertion.at == "clause":
        if not sentence.text.endswith(".") or (insertion.before and not _opens_plainly(sentence)):
            return sentence
        places = [(0, len(sentence.text) - 1)]
        if insertion.before:
            edits.append(Edit(0, 1, sentence.text[0].lower()))
    for start, end in places:
        edits += [Edit(start, start, insertion.before), Edit(end, end, insertion.after)]
    return edited(sentence, edits)


def _opens_plainly(sentence: Sentence) -> bool:
    """Whether the first word may be written small: no name, and not part of a mention."""
    named = any(mention.start == 0 for mention in sentence.mentions)
    return not named and OPENER.match(sentence.text) is not None


def _outside_matches(sentence: Sentence, pattern: re.Pattern[str]) -> list[re.Match[str]]:
    """The matches that lie wholly outside of the mentions."""
    return [
        match
        for match in pattern.finditer(sentence.text)
        if all(m.end <= match.start() or match.end() <= m.start for m in sentence.mentions)
    ]


def _by_letter(sentence: Sentence, changed: Callable[[str], str]) -> Iterator[Edit]:
    for at, letter in enumerate(sentence.text):
        if (new := changed(letter)) != letter:
            yield Edit(at, at + 1, new)


def _recased(sentence: Sentence, rng: Random, *, case: Callable[[str], str]) -> Iterator[Edit]:
    return _by_letter(sentence, case)


def _headline(sentence: Sentence, rng: Random) -> Iterator[Edit]:
    for match in re.finditer(r"(?<![^\W_])(?<!['’])[^\W\d_]", sentence.text):
        if match[0].upper() != match[0]:
            yield Edit(match.start(), match.end(), match[0].upper())


def _decomposed(sentence: Sentence, rng: Random) -> Iterator[Edit]:
    return _by_letter(sentence, partial(unicodedata.normalize, "NFD"))


def _typos(sentence: Sentence, rng: Random, *, count: int) -> Iterator[Edit]:
    words = _outside_matches(sentence, LONG)
    if len(words) >= count:
        for match in rng.sample(words, count):
            yield Edit(match.start(), match.end(), _mistyped(match[0], rng))


def _mistyped(word: str, rng: Random) -> str:
    """The word with one error behind its first letter."""
    at = rng.randrange(1, len(word) - 1)
    letter, following = word[at], word[at + 1]
    row = next(row for row in KEYS if letter.lower() in row)
    beside = row[row.index(letter.lower()) - 1]  # the left neighbour; of the first key the last
    errors = (following + letter, following, letter * 2 + following, beside + following)
    new = rng.choice([error for error in errors if error != letter + following])
    return word[:at] + new + word[at + 2 :]


def _other_numbers(sentence: Sentence, rng: Random) -> Iterator[Edit]:
    for match in _outside_matches(sentence, FIGURE):
        first = rng.choice([digit for digit in "23456789" if digit != match[0][0]])
        rest = re.sub(r"\d", lambda digit: str(rng.randrange(10)), match[0][1:])
        yield Edit(match.start(), match.end(), first + rest)
    for match, word in _number_words(sentence):
        kind = FEW if word in FEW else TENS
        other = rng.choice([each for each in kind if each != word])
        yield Edit(match.start(), match.end(), _cased_as(match[0], other))


def _other_notation(sentence: Sentence, rng: Random) -> Iterator[Edit]:
    for match in _outside_matches(sentence, FIGURE):
        if re.fullmatch(r"\d+(,\d{3})+", match[0]):
            yield Edit(match.start(), match.end(), match[0].replace(",", ""))
        elif match[0].isdigit() and int(match[0]) in NUMBERS.values():
            word = next(word for word, value in NUMBERS.items() if value == int(match[0]))
            yield Edit(match.start(), match.end(), word)
    for match, word in _number_words(sentence):
        yield Edit(match.start(), match.end(), str(NUMBERS[word]))


def _number_words(sentence: Sentence) -> list[tuple[re.Match[str], str]]:
    matches = _outside_matches(sentence, WORD)
    return [(match, match[0].lower()) for match in matches if match[0].lower() in NUMBERS]


def _cased_as(model: str, word: str) -> str:
    return word.capitalize() if model[0].isupper() else word


def _curly_quotes(sentence: Sentence, rng: Random) -> Iterator[Edit]:
    opening = True
    for at, sign in enumerate(sentence.text):
        if sign == '"':
            yield Edit(at, at + 1, "“" if opening else "”")
            opening = not opening
        elif sign == "'":
            yield Edit(at, at + 1, "’")


def _other_hyphens(sentence: Sentence, rng: Random) -> Iterator[Edit]:
    for match in re.finditer(r"(?<=\w)-(?=\w)", sentence.text):
        yield Edit(match.start(), match.end(), rng.choice("\u2010\u2011–"))


def _hard_spaces(sentence: Sentence, rng: Random) -> Iterator[Edit]:
    spaces = [at for at, sign in enumerate(sentence.text) if sign == " "]
    for at in rng.sample(spaces, min(HARD_SPACES, len(spaces))):
        yield Edit(at, at + 1, rng.choice("\u00a0\u202f"))


REWRITES: dict[RewriteName, Callable[[Sentence, Random], Iterator[Edit]]] = {
    "lower case": partial(_recased, case=str.lower),
    "upper case": partial(_recased, case=str.upper),
    "headline case": _headline,
    "one typo": partial(_typos, count=1),
    "two typos": partial(_typos, count=2),
    "three typos": partial(_typos, count=3),
    "other numbers": _other_numbers,
    "other notation": _other_notation,
    "curly quotes": _curly_quotes,
    "other hyphens": _other_hyphens,
    "hard spaces": _hard_spaces,
    "decomposed accents": _decomposed,
}
