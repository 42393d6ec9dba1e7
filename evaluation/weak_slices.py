"""Searches the conjunctions of features for rows that a model gets wrong more often than others.

Every candidate is tested at once, so that the worst of many slices is not called weak for being
the worst of many: see `find_weak_slices`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.metrics import Bools, Decisions, Floats, Frozen, Value
from evaluation.permutation import against_chance, share_as_strong
from evaluation.phrases import count
from evaluation.report import Report
from evaluation.rows import Count, Row, Share
from evaluation.slices import Kind, members

MIN_ROWS = 30
MIN_DOCUMENTS = 10
MOST_FEATURES = 2
PERMUTATIONS = 2000
LEVEL = 0.95
ALIKE = 0.8  # share of common rows (Jaccard) from which two slices are one
MOST = 10
CHUNK = 2000  # candidates tested at once; bounds memory, not the result


class Feature(Frozen):
    """What a slice's rows have in common."""

    kind: Kind
    name: str


class WeakSlice(Frozen):
    """Rows with all these features, their share right, and its difference to all other rows.

    The interval holds for all candidates together, and excludes zero where `p` is below 0.05; `p`
    is the chance that the strongest of all candidates is as strong as this one if no feature
    matters.
    """

    features: tuple[Feature, ...]
    rows: Count
    documents: Count
    right: Value
    difference: Value
    p: Share


class Search(Frozen):
    """The weakest candidates, the surest first; `weak` are those with p below 0.05."""

    candidates: Count
    weakest: tuple[WeakSlice, ...]
    reason: str | None = None  # why nothing was searched

    @property
    def weak(self) -> tuple[WeakSlice, ...]:
        return tuple(item for item in self.weakest if item.p < 1 - LEVEL)


@dataclass(frozen=True)
class _Candidate:
    """Features by their places, and the rows that have them all, (n,)."""

    features: tuple[int, ...]
    rows: Bools


@dataclass(frozen=True)
class _Tested:
    """Differences, their spread by chance and corrected p, (candidates,), and the interval's z."""

    differences: Floats
    spreads: Floats
    p: Floats
    reach: float


def find_weak_slices(
    report: Report,
    *,
    most_features: int = MOST_FEATURES,
    min_rows: int = MIN_ROWS,
    min_documents: int = MIN_DOCUMENTS,
    permutations: int = PERMUTATIONS,
    seed: int = 0,
) -> Search:
    """Conjunctions of up to `most_features` features, each large enough inside and outside.

    A candidate's strength is its difference in the share of right rows to the rest, over its spread
    when documents of like size swap outcomes (`permutation`). p is the share of these permutations
    in which the strongest of all candidates is as strong: the max-T correction of Westfall and
    Young (1993), which lets the worst of many slices be no weaker than chance makes it. A candidate
    that has nearly the rows of a surer one is not told.

    On the corpus's test documents (36; 40 and 74 candidates) with answers of chance, 52 to 90%
    right and more or less alike within documents, something was called weak in 3 to 6% of 150 or
    300 trials each. Flipping the signs of documents' scores instead did so in up to 39%.
    """
    rows, decisions = report.rows(), report.decisions()
    documents = len(set(decisions.documents))
    if documents < min_documents:
        few = f"{count(documents, 'document')}, and a search takes {min_documents}"
        return Search(candidates=0, weakest=(), reason=few)
    names, single = _features(rows)
    large = _Large(decisions.documents, min_rows, min_documents)
    candidates = list(_candidates(single, names, large, most_features))
    if not candidates:
        few = f"no feature has {min_rows} rows in {min_documents} documents, and leaves as many"
        return Search(candidates=0, weakest=(), reason=few)
    tested = _tested(candidates, decisions.right, decisions.documents, permutations, seed)
    weakest = (
        _told(candidates[place], place, names, tested, decisions)
        for place in _distinct(candidates, tested)
    )
    return Search(candidates=len(candidates), weakest=tuple(weakest))


def _features(rows: Sequence[Row]) -> tuple[list[Feature], Bools]:
    """The rows' features, and which rows have each, (features, n)."""
    found = members(rows)
    single = np.zeros((len(found), len(rows)), dtype=bool)
    for place, chosen in enumerate(found.values()):
        single[place, chosen] = True
    return [Feature(kind=kind, name=name) for kind, name in found], single


@dataclass(frozen=True)
class _Large:
    """Whether rows are enough, and what they leave too."""

    documents: np.ndarray
    min_rows: int
    min_documents: int

    def __call__(self, rows: Bools) -> bool:
        return self._enough(rows) and self._enough(~rows)

    def _enough(self, rows: Bools) -> bool:
        return int(rows.sum()) >= self.min_rows and (
            len(np.unique(self.documents[rows])) >= self.min_documents
        )


def _candidates(
    single: Bools, names: Sequence[Feature], large: _Large, most_features: int
) -> Iterator[_Candidate]:
    """Level by level: what is too small stays so with more features. Each set of rows once."""
    seen: set[bytes] = set()
    level = [_Candidate((), np.ones(single.shape[1], dtype=bool))]
    for _ in range(most_features):
        wider = []
        for parent in level:
            first = parent.features[-1] + 1 if parent.features else 0
            for place in range(first, len(single)):
                rows = parent.rows & single[place]
                if rows.sum() < large.min_rows or rows.tobytes() in seen:
                    continue
                seen.add(rows.tobytes())
                child = _Candidate((*parent.features, place), rows)
                wider.append(child)
                if large(rows):
                    yield child
        level = wider


def _tested(
    candidates: Sequence[_Candidate],
    right: Bools,
    documents: np.ndarray,
    permutations: int,
    seed: int,
) -> _Tested:
    """Every chunk of candidates meets the same permutations."""
    parts = []
    for start in range(0, len(candidates), CHUNK):
        groups = np.stack([each.rows for each in candidates[start : start + CHUNK]])
        parts.append(against_chance(right, documents, groups, permutations, seed))
    strongest = np.max([part.chance.max(axis=1) for part in parts], axis=0)
    strengths = np.concatenate([part.strength for part in parts])
    return _Tested(
        differences=np.concatenate([part.difference for part in parts]),
        spreads=np.concatenate([part.spread for part in parts]),
        p=share_as_strong(strongest[:, None], strengths),
        reach=float(np.quantile(strongest, LEVEL)),
    )


def _distinct(candidates: Sequence[_Candidate], tested: _Tested) -> list[int]:
    """The places of the weakest, by p, then by difference, without near repeats."""
    weaker = np.flatnonzero(tested.differences < 0)
    strength = tested.differences / np.where(tested.spreads > 0, tested.spreads, np.inf)
    ranked = sorted(
        (int(place) for place in weaker),
        key=lambda place: (strength[place], len(candidates[place].features)),
    )
    kept: list[int] = []
    for place in ranked:
        rows = candidates[place].rows
        if all(_common(rows, candidates[other].rows) < ALIKE for other in kept):
            kept.append(place)
        if len(kept) == MOST:
            break
    return kept


def _common(one: Bools, other: Bools) -> float:
    return float((one & other).sum() / (one | other).sum())


def _told(
    candidate: _Candidate,
    place: int,
    names: Sequence[Feature],
    tested: _Tested,
    decisions: Decisions,
) -> WeakSlice:
    difference = float(tested.differences[place])
    reach = tested.reach * float(tested.spreads[place])
    return WeakSlice(
        features=tuple(names[number] for number in candidate.features),
        rows=int(candidate.rows.sum()),
        documents=len(np.unique(decisions.documents[candidate.rows])),
        right=Value(value=float(decisions.right[candidate.rows].mean())),
        difference=Value(value=difference, low=difference - reach, high=difference + reach),
        p=float(tested.p[place]),
    )
