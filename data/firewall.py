"""The leakage firewall: rows that say the same, found in a stream, and what they link or leak."""

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import combinations, product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from data import duplicates
from data.duplicates import NEAR, Rows, character_shingles, jaccard, normalised
from data.records import Sentence
from data.splits import day_of, merged

Kind = Literal["exact", "near", "event"]
KINDS: tuple[Kind, ...] = ("exact", "near", "event")
SHORT = 24  # letters and digits, about five words
EVENT = 0.5  # Jaccard index of the names from which two reports are of one event
BATCH = 256  # sentences whose signatures are computed together
MARGIN = 0.12  # four standard errors of an index that signatures estimate
CAST = 20  # names in a sentence: more make it a list
Row = tuple[str, str]  # a sentence and its article
Texts = Callable[[set[str]], Mapping[str, str]]
_ARTICLE = re.compile(r"(?:the|an?)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Repeat:
    """Two rows that say the same; `alike` is 1.0 where they are exact, else a Jaccard index.

    Near: of the runs of four letters and digits. Event: one event that two articles of one day
    report; of the names of its actors and places.
    """

    first: str
    second: str
    first_doc: str
    second_doc: str
    kind: Kind
    alike: float


class Firewall:
    """Finds repeats among sentences fed one by one; keeps about 250 bytes of each and no text.

    Sentences of fewer than SHORT letters ("He declined to comment.") are formulas that any two
    articles may share: they would link everything and give nothing away, so they only count.
    Ids must be unique.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}  # of the articles
        self._docs, self._doc_of = list[str](), array("I")
        self._ids, self._id_ends = bytearray(), array("Q", [0])
        self._digests, self._short = array("Q"), array("Q")
        self._signatures, self._waiting = bytearray(), list[str]()
        self._events = _Events()

    def add(self, sentence: Sentence) -> None:
        """Takes a sentence's signature, or counts it as short."""
        text = normalised(sentence.text)
        if len(text) < SHORT:
            self._short.append(_digest(text))
            return
        self._events.add(sentence, len(self._doc_of))
        number = self._numbers.setdefault(sentence.doc_id, len(self._docs))
        if number == len(self._docs):
            self._docs.append(sentence.doc_id)
        self._doc_of.append(number)
        self._ids += sentence.id.encode("utf-8", "surrogatepass")
        self._id_ends.append(len(self._ids))
        self._digests.append(_digest(text))
        self._waiting.append(text)
        if len(self._waiting) == BATCH:
            self._sign()

    @property
    def compared(self) -> Counter[str]:
        """How many sentences of each article were compared."""
        return Counter(self._docs[number] for number in self._doc_of)

    @property
    def short(self) -> dict[str, int]:
        """How many sentences were too short to compare, and how many of them have an equal."""
        counts = Counter(self._short)
        again = sum(count for count in counts.values() if count > 1)
        return {"sentences": len(self._short), "repeating": again}

    def repeats(self, texts: Texts | None = None) -> list[Repeat]:
        """All that repeats: exact ones, near ones, events; the most alike of a kind first.

        Of rows with equal letters each is paired with the first, which stands for all of them in
        near pairs. `texts` gives the texts of the ids it is asked for: near pairs are then
        verified by their exact index; else the signatures decide (standard error 0.03).
        """
        first = self._first_equals()
        copies = np.flatnonzero(first != np.arange(len(first))).tolist()
        found = [self._repeat(int(first[row]), row, "exact", 1.0) for row in copies]
        near = self._near(first, NEAR if texts is None else NEAR - MARGIN)
        found += near if texts is None else _verified(near, texts)
        said = {(repeat.first, repeat.second) for repeat in found}
        for (one, other), index in self._events.pairs(self._doc_of).items():
            rows = sorted({int(first[one]), int(first[other])})
            if len(rows) == 2 and (self._id(rows[0]), self._id(rows[1])) not in said:
                found.append(self._repeat(one, other, "event", index))
        return sorted(found, key=lambda each: (KINDS.index(each.kind), -each.alike))

    def _first_equals(self) -> Rows:
        """For each row the first row of the same letters: itself, where there is none before."""
        digests = np.array(self._digests)
        _, first, group = np.unique(digests, return_index=True, return_inverse=True)
        return first[group]

    def _near(self, first: Rows, threshold: float) -> list[Repeat]:
        self._sign()
        pairs = duplicates.alike(self._signatures, np.unique(first), threshold)
        return [self._repeat(one, other, "near", index) for one, other, index in pairs]

    def _sign(self) -> None:
        if self._waiting:
            self._signatures += duplicates.signatures(self._waiting).tobytes()
            self._waiting = []

    def _repeat(self, first: int, second: int, kind: Kind, index: float) -> Repeat:
        one, other = (self._docs[self._doc_of[row]] for row in (first, second))
        return Repeat(self._id(first), self._id(second), one, other, kind, index)

    def _id(self, row: int) -> str:
        raw = self._ids[self._id_ends[row] : self._id_ends[row + 1]]
        return raw.decode("utf-8", "surrogatepass")


def linked(repeats: Iterable[Repeat]) -> list[frozenset[str]]:
    """Groups of articles that repeat each other, and so must not be parted."""
    return merged({repeat.first_doc, repeat.second_doc} for repeat in repeats)


def across(repeats: Iterable[Repeat], split_of: Mapping[str, str]) -> list[Repeat]:
    """The leaks, given each article's split: every row that repeats one of another split."""
    return [
        repeat
        for repeat in spread(repeats, split_of)
        if split_of[repeat.first_doc] != split_of[repeat.second_doc]
    ]


def spread(repeats: Iterable[Repeat], split_of: Mapping[str, str]) -> Iterator[Repeat]:
    """The repeats told for every row: each stands beside one of every split that repeats it."""
    kept = list(repeats)
    equal: dict[str, list[Row]] = {}
    for each in kept:
        if each.kind == "exact":
            rows = equal.setdefault(each.first, [(each.first, each.first_doc)])
            rows.append((each.second, each.second_doc))
    for rows in equal.values():
        parts = _parted(rows, split_of)
        for part in parts:
            yield from _beside(part[:1], part[1:], "exact", 1.0)
        for one, other in combinations(parts, 2):
            yield from _beside(one, other, "exact", 1.0)
    for each in kept:
        if each.kind == "event":
            yield each
        elif each.kind == "near":
            ones = equal.get(each.first, [(each.first, each.first_doc)])
            others = equal.get(each.second, [(each.second, each.second_doc)])
            for one, other in product(_parted(ones, split_of), _parted(others, split_of)):
                yield from _beside(one, other, "near", each.alike)


def _parted(rows: Iterable[Row], split_of: Mapping[str, str]) -> list[list[Row]]:
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        parts[split_of[row[1]]].append(row)
    return list(parts.values())


def _beside(
    ones: Sequence[Row], others: Sequence[Row], kind: Kind, index: float
) -> Iterator[Repeat]:
    """Each row of either side once at least, not all pairs of them."""
    for place in range(max(len(ones), len(others)) if others else 0):
        (one, one_doc), (other, other_doc) = ones[place % len(ones)], others[place % len(others)]
        yield Repeat(one, other, one_doc, other_doc, kind, index)


def leaked_rows(train: Iterable[Sentence], test: Iterable[Sentence]) -> set[str]:
    """Ids of the sentences of test that repeat one of train, or whose article train holds."""
    firewall = Firewall()
    split_of: dict[str, str] = {}
    leaked = set()
    for side, sentences in (("train", train), ("test", test)):
        for sentence in sentences:
            if f"train:{sentence.doc_id}" in split_of and side == "test":
                leaked.add(sentence.id)
            doc = f"{side}:{sentence.doc_id}"
            split_of[doc] = side
            firewall.add(replace(sentence, id=f"{side}:{sentence.id}", doc_id=doc))
    for repeat in across(firewall.repeats(), split_of):
        names = (repeat.first, repeat.second)
        leaked |= {name.removeprefix("test:") for name in names if name.startswith("test:")}
    return leaked


class _Events:
    """Who and where of the dated events, to find one that two articles report."""

    def __init__(self) -> None:
        self._rows, self._ends = array("I"), array("I", [0])  # an event's row, its names' end
        self._names = array("I")

    def add(self, sentence: Sentence, row: int) -> None:
        """Keeps each event type of a dated sentence with the names of its actors and places."""
        day, names = day_of(sentence.date), _names(sentence)
        if day is None or not 2 <= len(names) <= CAST:
            return
        for event in sentence.event_types:
            for name, proper in names.items():
                tied = _digest(day.isoformat(), event, name) >> 32
                self._names.append(tied & ~1 | proper)  # the last bit says: a proper name
            self._rows.append(row)
            self._ends.append(len(self._names))

    def pairs(self, doc_of: Sequence[int]) -> dict[tuple[int, int], float]:
        """Rows of two articles with a day, a type, two names and EVENT of all names in common.

        One of these must be a proper name: police and protesters meet in many a town.
        """
        events, keys = self._two_names()
        met = [np.sort(events[places]) @ (len(keys), 1) for places in duplicates.sharing(keys)]
        pairs = np.unique(np.concatenate([np.empty(0, int), *met]))
        found: dict[tuple[int, int], float] = {}
        for one, other in (divmod(pair, len(keys)) for pair in pairs.tolist()):
            rows = self._rows[one], self._rows[other]
            index = self._alike(one, other) if doc_of[rows[0]] != doc_of[rows[1]] else 0.0
            if index >= EVENT:
                found[rows] = max(index, found.get(rows, 0.0))
        return found

    def _two_names(self) -> tuple[Rows, NDArray[np.uint32]]:
        """Each event as often as it has two names to pair, and a key for these two."""
        ends, names = np.array(self._ends), np.array(self._names) >> np.uint32(1)
        events, keys = [np.empty(0, int)], [np.empty(0, np.uint32)]
        for size in np.unique(np.diff(ends)):
            those = np.flatnonzero(np.diff(ends) == size)
            table = np.sort(names[ends[those][:, None] + np.arange(size)])
            for one, other in combinations(range(size), 2):
                events.append(those)
                keys.append(table[:, one] * duplicates.SCATTER ^ table[:, other])
        return np.concatenate(events), np.concatenate(keys)

    def _alike(self, one: int, other: int) -> float:
        names = [self._names[self._ends[event] : self._ends[event + 1]] for event in (one, other)]
        first, second = ({name >> 1 for name in side} for side in names)
        shared = first & second
        proper = shared & {name >> 1 for side in names for name in side if name & 1}
        return jaccard(first, second) if proper else 0.0


def _names(sentence: Sentence) -> dict[str, bool]:
    """The mentions' surfaces as they compare; True for a capital that opens no sentence."""
    found: dict[str, bool] = {}
    for mention in sentence.mentions:
        surface = _ARTICLE.sub("", sentence.text[mention.start : mention.end], count=1)
        proper = any(map(str.isupper, surface[mention.start == 0 :]))
        if name := normalised(surface):
            found[name] = found.get(name, False) or proper
    return found


def _verified(near: Sequence[Repeat], texts: Texts) -> Iterator[Repeat]:
    known = texts({name for repeat in near for name in (repeat.first, repeat.second)})
    shingles = {name: character_shingles(text) for name, text in known.items()}
    for repeat in near:
        index = jaccard(shingles[repeat.first], shingles[repeat.second])
        if index > NEAR:
            yield replace(repeat, alike=index)


def _digest(*parts: str) -> int:
    content = "\t".join(parts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little")
