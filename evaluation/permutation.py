"""Which rows would be right if no feature of a row mattered: answers dealt anew among documents."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import Bools, Floats, Ints

STRATUM = 20  # documents at least that are alike in size
DIGITS = 12
CHUNK = 500  # permutations held at once; bounds memory, not the result


@dataclass(frozen=True)
class Null:
    """Differences of groups of rows to their rest, (groups,), and how they spread by chance.

    `strength` is the difference over its spread, and `chance` the same of each permutation,
    (permutations, groups); both without sign.
    """

    difference: Floats
    spread: Floats
    strength: Floats
    chance: Floats


def against_chance(
    right: Bools, documents: NDArray[np.str_], groups: Bools, permutations: int, seed: int
) -> Null:
    """The share right of each group of rows, (groups, n), minus that of the other rows."""
    inside = groups.T.astype(float)
    weights = inside / inside.sum(axis=0) - (1 - inside) / (1 - inside).sum(axis=0)
    dealt = permuted(right, documents, permutations, seed)
    parts = []
    while chunk := list(islice(dealt, CHUNK)):
        parts.append(np.stack(chunk).astype(float) @ weights)
    # Rounded, or sums of equal shares would differ by their order.
    chance = np.round(np.concatenate(parts), DIGITS)
    difference = np.round(right.astype(float) @ weights, DIGITS)
    middle, spread = chance.mean(axis=0), chance.std(axis=0)
    unit = np.where(spread > 0, spread, 1.0)  # all rows alike: every difference is 0
    return Null(
        difference=difference,
        spread=spread,
        strength=np.abs(difference - middle) / unit,
        chance=np.abs(chance - middle) / unit,
    )


def share_as_strong(chance: Floats, strength: Floats) -> Floats:
    """Share of permutations at least as strong, the observed one among them: p, (groups,)."""
    return np.asarray((1 + (chance >= strength - 1e-9).sum(axis=0)) / (1 + len(chance)))


def permuted(
    right: Bools, documents: NDArray[np.str_], permutations: int, seed: int
) -> Iterator[Bools]:
    """Each time the rows' rightness (n,) dealt anew, as it could be if features did not matter.

    Documents of like size swap their rows' outcomes, and these are shuffled within the document, so
    that rows of one document stay as much alike as they are. A document that gets a smaller one's
    outcomes repeats them. Permuting whole clusters: Good (2005); that the rows within them are
    exchangeable too lets features of rows be tested beside those of documents.
    """
    names, place = np.unique(documents, return_inverse=True)
    sizes = np.bincount(place, minlength=len(names))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    grouped = np.argsort(place, kind="stable")  # rows, document by document
    slots = np.arange(len(place)) - np.repeat(starts, sizes)
    strata = _strata(sizes)
    rng = np.random.default_rng(seed)
    for _ in range(permutations):
        shuffled = right[np.argsort(place + rng.random(len(place)))]
        givers = np.arange(len(names))
        for stratum in strata:
            givers[stratum] = rng.permutation(stratum)
        giver = np.repeat(givers, sizes)
        dealt = np.empty(len(place), dtype=bool)
        dealt[grouped] = shuffled[starts[giver] + slots % sizes[giver]]
        yield dealt


def _strata(sizes: Ints) -> list[Ints]:
    """The documents in groups of like size, 20 or more in each where there are as many."""
    strata: list[Ints] = []
    low = 0
    for size in np.unique(sizes):
        members = np.flatnonzero((sizes > low) & (sizes <= size))
        rest = int((sizes > size).sum())
        if len(members) >= STRATUM and (rest >= STRATUM or not rest):
            strata.append(members)
            low = size
    left = np.flatnonzero(sizes > low)
    return [*strata, left] if len(left) else strata
