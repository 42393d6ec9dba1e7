"""The same figures for rows that share a feature: where a model is weak, and whether by chance."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from evaluation.bootstrap import (
    MIN_DOCUMENTS,
    RESAMPLES,
    Statistic,
    document_counts,
    drawn,
    score_interval,
    with_interval,
)
from evaluation.metrics import (
    NO_GOLD,
    Bools,
    Decisions,
    Floats,
    Frozen,
    Value,
    defined,
    macro_f1,
    outcome_counts,
)
from evaluation.permutation import against_chance, share_as_strong
from evaluation.rows import Count, Row
from evaluation.significance import holm
from evaluation.traits import Trait

MIN_ROWS = 20
PERMUTATIONS = 2000
MOST_SMALL = 5  # small slices of one kind that are named one by one
Kind = Literal["source", "tag"] | Trait
KINDS: tuple[Kind, ...] = ("source", "tag", *get_args(Trait))


class Slice(Frozen):
    """Rows that share a feature; `difference` is their share right minus that of the others.

    `p_holm` tests that difference, corrected over all slices of the report.
    """

    kind: Kind
    name: str
    rows: Count
    documents: Count
    macro_f1: Value
    right: Value  # accuracy, or exact match in multi-label tasks
    difference: Value
    p_holm: float | None = None


@dataclass(frozen=True)
class _Part:
    """A slice to be measured: which rows it has, (n,), and in how many documents."""

    kind: Kind
    name: str
    rows: Bools
    right: float
    documents: int
    other_documents: int

    @property
    def fewest(self) -> int:
        return min(self.documents, self.other_documents)

    def worst_first(self) -> tuple[bool, float, str, str]:
        return self.fewest < MIN_DOCUMENTS, self.right, self.kind, self.name


def slices_of(
    rows: Sequence[Row], decisions: Decisions, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[tuple[Slice, ...], dict[str, int]]:
    """Slices of 20 rows or more, and the number of rows of the smaller ones by "kind: name".

    Worst first by the share of wholly right rows: unlike macro-F1 it is defined for every slice,
    and slices with other labels in their gold stay comparable. Slices of too few documents for an
    interval come last, and what all rows share is no slice.
    Intervals come from the bootstrap over documents, a slice and its rest on the same resampled
    ones; p-values from permutations, which hold where errors are few (see `permutation`).
    """
    found, small = [], {}
    for (kind, name), places in members(rows).items():
        if len(places) == len(rows):
            continue
        if len(places) < MIN_ROWS:
            small[kind, name] = len(places)
        else:
            found.append(_part(kind, name, places, decisions))
    found.sort(key=_Part.worst_first)
    slices = _measured(found, decisions, resamples, seed) if found else []
    return tuple(slices), _told(small)


def members(rows: Sequence[Row]) -> dict[tuple[Kind, str], list[int]]:
    """The places of the rows that have each feature."""
    found: dict[tuple[Kind, str], list[int]] = {}
    for place, row in enumerate(rows):
        for key in dict.fromkeys(_features(row)):
            found.setdefault(key, []).append(place)
    return found


def _features(row: Row) -> Iterator[tuple[Kind, str]]:
    yield from (("tag", tag) for tag in row.tags)
    if row.source:
        yield "source", row.source
    for trait, names in row.traits.items():
        yield from ((trait, name) for name in names)


def _told(small: Mapping[tuple[Kind, str], int]) -> dict[str, int]:
    """Kinds with many small slices, as countries are, in one line."""
    kinds = Counter(kind for kind, _ in small)
    told: Counter[str] = Counter()
    for (kind, name), rows in small.items():
        few = kinds[kind] <= MOST_SMALL or kind == "tag"
        told[f"{kind}: {name}" if few else f"{kind}: {kinds[kind]} names"] += rows
    return dict(told)


def _part(kind: Kind, name: str, places: Sequence[int], decisions: Decisions) -> _Part:
    chosen = np.zeros(len(decisions.gold), dtype=bool)
    chosen[list(places)] = True
    inside, outside = (len(set(decisions.documents[rows])) for rows in (chosen, ~chosen))
    return _Part(kind, name, chosen, float(decisions.right[chosen].mean()), inside, outside)


def _measured(
    parts: Sequence[_Part], decisions: Decisions, resamples: int, seed: int
) -> list[Slice]:
    documents = len(set(decisions.documents))
    statistic = _statistic(parts, decisions)
    draws = drawn({"": statistic}, documents, resamples, seed)[""]
    corrected = holm(_p_values(parts, decisions, min(resamples, PERMUTATIONS), seed))
    return [
        _slice(part, decisions, draws[:, place], p)
        for place, (part, p) in enumerate(zip(parts, corrected, strict=True))
    ]


def _p_values(
    parts: Sequence[_Part], decisions: Decisions, permutations: int, seed: int
) -> list[float | None]:
    """Whether a slice differs from its rest; None where its documents are too few for a test."""
    tested = [part for part in parts if part.fewest >= MIN_DOCUMENTS]
    if not tested:
        return [None] * len(parts)
    groups = np.stack([part.rows for part in tested])
    null = against_chance(decisions.right, decisions.documents, groups, permutations, seed)
    found = iter(share_as_strong(null.chance, null.strength).tolist())
    return [next(found) if part.fewest >= MIN_DOCUMENTS else None for part in parts]


def _slice(part: _Part, decisions: Decisions, draws: Floats, p_holm: float | None) -> Slice:
    """`draws` are macro-F1, share right and the others' share right, (resamples, 3)."""
    inside = decisions.take(part.rows)
    macro = defined(macro_f1(*outcome_counts(inside.gold, inside.predicted)), NO_GOLD)
    difference = Value(value=part.right - float(decisions.right[~part.rows].mean()))
    return Slice(
        kind=part.kind,
        name=part.name,
        rows=int(part.rows.sum()),
        documents=part.documents,
        macro_f1=score_interval(macro, draws[:, 0], part.documents),
        right=score_interval(Value(value=part.right), draws[:, 1], part.documents),
        difference=with_interval(difference, draws[:, 1] - draws[:, 2], part.fewest),
        p_holm=p_holm,
    )


def _statistic(parts: Sequence[_Part], decisions: Decisions) -> Statistic:
    """For weights of documents each slice's macro-F1 and both shares right, (..., slices, 3)."""
    everywhere, names = document_counts(decisions), np.unique(decisions.documents)
    insides = [decisions.take(part.rows) for part in parts]
    tables = [document_counts(inside).table for inside in insides]
    places = [np.flatnonzero(np.isin(names, inside.documents)) for inside in insides]

    def figures(weights: Floats) -> Floats:
        total = weights @ everywhere.table[:, -2:]
        sums = [weights[:, chosen] @ table for chosen, table in zip(places, tables, strict=True)]
        return np.stack([_of_sums(part, total) for part in sums], axis=1)

    return figures


def _of_sums(inside: Floats, total: Floats) -> Floats:
    """A slice's three figures from its sums and from rows and right rows of all, (resamples, 3)."""
    tp, fp, fn = np.split(inside[:, :-2], 3, axis=1)
    others = total - inside[:, -2:]
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = [part[:, 1] / part[:, 0] for part in (inside[:, -2:], others)]
    return np.stack([macro_f1(tp, fp, fn), *shares], axis=1)
