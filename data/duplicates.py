"""Sentences that repeat: the same letters, nearly the same, or the same with the names masked."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.records import Sentence

MASK = "_"
SIZE = 4  # letters and digits of a shingle
NEAR = 0.45  # Jaccard index of the shingles above which two sentences are near-duplicates
BANDS, WIDTH = 48, 4  # 192 MinHash values of a byte each; four of them are a band's key
SCATTER = np.uint32(2654435769)  # the golden ratio of 2^32, odd: each place gets its own number
GATHER = np.uint32(pow(int(SCATTER), -1, 2**32))
CHUNK = 1 << 15  # pairs that are compared together
CROWD = 16  # of a key that more rows share, each row meets the next so many alone
Shingles = frozenset[Hashable]
Rows = NDArray[np.int64]
_DRAW = np.random.default_rng(2011)
_FACTORS = _DRAW.integers(1, 2**31, BANDS * WIDTH, dtype=np.uint32) * 2 + 1
_SHIFTS = _DRAW.integers(0, 2**32, BANDS * WIDTH, dtype=np.uint32)
_NEITHER_LETTER_NOR_DIGIT = re.compile(r"[\W_]+")
_WORD = re.compile(r"\w+(?:['’.,]\w+)*")
_NUMBER = re.compile(
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|(?:thir|four|fif|six"
    r"|seven|eigh|nine)teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?"
    r"|[mb]illions?|\S*\d\S*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Skeletons:
    """How often masked sentences repeat."""

    sentences: int
    different: int
    repeating: int  # sentences whose skeleton another sentence has too
    most: int  # sentences of the most frequent skeleton
    groups: tuple[tuple[str, ...], ...]  # ids of the sentences of one skeleton, largest group first

    @property
    def share(self) -> float | None:
        """Share of the sentences whose skeleton repeats; None without sentences."""
        return self.repeating / self.sentences if self.sentences else None


@dataclass(frozen=True)
class NearPair:
    """Two sentences of different articles and the Jaccard index of their shingles."""

    first: str
    second: str
    alike: float


def skeletons(sentences: Sequence[Sentence]) -> Skeletons:
    """Masks each sentence and groups the equal ones; all articles count, also the same one."""
    common = common_words(sentence.text for sentence in sentences)
    found: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for sentence in sentences:
        found[masked(sentence, common)].append(sentence.id)
    groups = [tuple(sorted(ids)) for ids in found.values() if len(ids) > 1]
    return Skeletons(
        sentences=len(sentences),
        different=len(found),
        repeating=sum(map(len, groups)),
        most=max(map(len, found.values()), default=0),
        groups=tuple(sorted(groups, key=lambda ids: (-len(ids), ids))),
    )


def common_words(texts: Iterable[str]) -> frozenset[str]:
    """The words that occur in lower case: at the start of a sentence they are no names."""
    return frozenset(word for text in texts for word in words(text) if word[0].islower())


def masked(sentence: Sentence, common: frozenset[str]) -> tuple[str, ...]:
    """The words in lower case; mentions, names and numbers, alone or in a row, are one mask."""
    covered = [(mention.start, mention.end) for mention in sentence.mentions]
    made: list[str] = []
    for place, match in enumerate(_WORD.finditer(sentence.text)):
        word = match[0]
        in_mention = any(start < match.end() and match.start() < end for start, end in covered)
        if in_mention or _NUMBER.fullmatch(word) or _is_name(word, place == 0, common):
            if made[-1:] != [MASK]:
                made.append(MASK)
        else:
            made.append(word.lower())
    return tuple(made)


def _is_name(word: str, first: bool, common: frozenset[str]) -> bool:
    return word[0].isupper() and not (first and word.lower() in common)


def words(text: str) -> list[str]:
    """The words as they stand, without punctuation round them."""
    return _WORD.findall(text)


def word_shingles(text: str, size: int = 3) -> Shingles:
    """Each run of `size` words in lower case; of a shorter text the whole."""
    found = [word.lower() for word in words(text)]
    return frozenset(tuple(found[start : start + size]) for start in _starts(found, size))


def normalised(text: str) -> str:
    """Letters and digits alone, lower case, without accents: blind to how a text is tokenised."""
    return _NEITHER_LETTER_NOR_DIGIT.sub("", unicodedata.normalize("NFKD", text).casefold())


def character_shingles(text: str, size: int = SIZE) -> Shingles:
    """Each run of `size` letters and digits; of a shorter text the whole.

    Of the corpus's sentences with two words replaced, 99 in 100 stay above NEAR; the two most
    alike of its own have 0.32. benchmarks/firewall.py measures it.
    """
    letters = normalised(text)
    return frozenset(letters[start : start + size] for start in _starts(letters, size))


def _starts(content: Sequence[str], size: int) -> range:
    return range(max(1, len(content) - size + 1)) if content else range(0)


def near_duplicates(
    sentences: Sequence[Sentence],
    threshold: float = NEAR,
    shingles: Callable[[str], Shingles] = character_shingles,
) -> list[NearPair]:
    """All pairs of different articles whose Jaccard index is above the threshold, most alike first.

    Exact, for thousands of sentences; the firewall's signatures serve millions.
    """
    sets = [shingles(sentence.text) for sentence in sentences]
    found = [
        NearPair(sentences[one].id, sentences[other].id, index)
        for one, other, index in _overlapping(sets, threshold)
        if sentences[one].doc_id != sentences[other].doc_id
    ]
    return sorted(found, key=lambda pair: (-pair.alike, pair.first, pair.second))


def _overlapping(
    sets: Sequence[Shingles], threshold: float, block: int = 256
) -> Iterator[tuple[int, int, float]]:
    """Pairs of sets and their index where it is above the threshold; a sparse product a block."""
    from scipy.sparse import csr_array

    sizes = np.array([len(members) for members in sets])
    columns: dict[Hashable, int] = {}
    members = [columns.setdefault(item, len(columns)) for each in sets for item in each]
    content = (np.ones(len(members), dtype=np.int32), members, np.append(0, np.cumsum(sizes)))
    table = csr_array(content, shape=(len(sets), len(columns)))
    for start in range(0, len(sets), block):
        shared = (table[start : start + block] @ table.T).tocoo()
        ones, others = shared.row + start, shared.col
        index = shared.data / (sizes[ones] + sizes[others] - shared.data)
        for place in np.flatnonzero((index > threshold) & (ones < others)):
            yield int(ones[place]), int(others[place]), float(index[place])


def jaccard(one: Set[Hashable], other: Set[Hashable]) -> float:
    """Shared members over all members; 0 for two empty sets."""
    return len(one & other) / len(one | other) if one or other else 0.0


def signatures(texts: Sequence[str]) -> NDArray[np.uint8]:
    """MinHash (Broder, 1997) of normalised texts, each of SIZE letters at least: a row a text.

    Two rows agree in a byte with the Jaccard index of the texts' shingles as probability, or by
    chance (1 in 256; b-bit MinHash, Li and König, 2010).
    """
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), dtype=np.uint32)
    ends = np.cumsum([len(text) for text in texts])
    whole = np.ones(len(codes), dtype=bool)  # a shingle starts here and ends in the same text
    whole[(ends[:, None] - np.arange(1, SIZE)).ravel()] = False
    hashed = np.zeros(len(codes), dtype=np.uint32)
    for place in range(SIZE):
        hashed = _mixed(hashed ^ np.roll(codes, -place))
    hashed = hashed[whole]
    starts = np.concatenate([[0], ends[:-1]]) - np.arange(len(texts)) * (SIZE - 1)
    made = np.empty((len(texts), BANDS * WIDTH), dtype=np.uint8)
    for column, (factor, shift) in enumerate(zip(_FACTORS, _SHIFTS, strict=True)):
        lowest = np.minimum.reduceat(hashed * factor + shift, starts)
        made[:, column] = lowest >> 8  # the high bits of a minimum are all zero
    return made


def _mixed(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Spreads every bit over all the others (the end of MurmurHash3)."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        values = (values ^ (values >> np.uint32(shift))) * np.uint32(factor)
    return values ^ (values >> np.uint32(16))


def alike(
    made: bytes | bytearray, rows: Rows, threshold: float
) -> Iterator[tuple[int, int, float]]:
    """Pairs of the rows whose signatures say an index above the threshold, once each, and that.

    Rows that agree in a band are compared. A pair of index s meets with 1 - (1 - s^4)^48: 98 in
    100 at 0.53, all but 3 in 1,000 at 0.58.
    """
    table = np.frombuffer(made, dtype=np.uint8).reshape(-1, BANDS * WIDTH)
    pairs, indices = np.empty(0, dtype=np.int64), np.empty(0)
    for band in table.view(np.uint32).T:
        kept = [(pairs, indices)]
        for met in sharing(band[rows]):
            for chunk in np.split(met, range(CHUNK, len(met), CHUNK)):
                index = _estimated(table, rows[chunk])
                near = index > threshold
                kept.append((chunk[near] @ (len(rows), 1), index[near]))
        pairs, first = np.unique(np.concatenate([each for each, _ in kept]), return_index=True)
        indices = np.concatenate([each for _, each in kept])[first]
    for pair, estimated in zip(pairs.tolist(), indices.tolist(), strict=True):
        one, other = divmod(pair, len(rows))
        yield int(rows[one]), int(rows[other]), estimated


def _estimated(table: NDArray[np.uint8], pairs: Rows) -> NDArray[np.float64]:
    same = table[pairs[:, 0]] == table[pairs[:, 1]]
    agree: NDArray[np.float64] = np.count_nonzero(same, axis=1) / table.shape[1]
    return (agree - 1 / 256) / (1 - 1 / 256)


def sharing(keys: NDArray[np.uint32]) -> Iterator[Rows]:
    """Pairs of places that hold the same key, the lower first, as arrays of two columns.

    Key and scattered place are sorted as one number, in place; scattered, so that in a crowd,
    where each meets only the next CROWD, these come from anywhere.
    """
    packed = np.empty((len(keys), 2), dtype="<u4")
    packed[:, 0] = np.arange(len(keys), dtype=np.uint32) * SCATTER
    packed[:, 1] = keys
    packed.view("<u8")[:, 0].sort()
    starts = np.flatnonzero(packed[:-1, 1] == packed[1:, 1])
    for distance in range(1, CROWD + 1):
        if not len(starts):
            return
        places = np.stack([packed[starts, 0], packed[starts + distance, 0]], axis=1)
        yield np.sort((places * GATHER).astype(np.int64))
        starts = starts[: np.searchsorted(starts, len(keys) - distance - 1)]
        starts = starts[packed[starts, 1] == packed[starts + distance + 1, 1]]
