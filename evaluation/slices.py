"""The same figures by source and by tag: where a model is weak."""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from evaluation.bootstrap import document_counts, sample, with_interval
from evaluation.metrics import NO_GOLD, Decisions, defined, macro_f1, outcome_counts, ratio
from evaluation.report import Bootstrap, Slice
from evaluation.rows import Row

MIN_ROWS = 20
Kind = Literal["source", "tag"]


def slices_of(
    rows: Sequence[Row], decisions: Decisions, bootstrap: Bootstrap
) -> tuple[tuple[Slice, ...], dict[str, int]]:
    """Slices of 20 rows or more, and the number of rows of each smaller one by "kind: name".

    Worst first by the share of wholly right rows: unlike macro-F1 it is defined for every slice,
    and slices with other labels in their gold stay comparable.
    """
    found, small = [], {}
    for (kind, name), chosen in _members(rows).items():
        if len(chosen) < MIN_ROWS:
            small[f"{kind}: {name}"] = len(chosen)
        else:
            part = decisions.take(np.array(chosen))
            found.append(_slice(kind, name, part, bootstrap))
    found.sort(key=lambda item: (item.right.value or 0.0, item.kind, item.name))
    return tuple(found), small


def _members(rows: Sequence[Row]) -> dict[tuple[Kind, str], list[int]]:
    members: dict[tuple[Kind, str], list[int]] = {}
    for place, row in enumerate(rows):
        keys: list[tuple[Kind, str]] = [("tag", tag) for tag in dict.fromkeys(row.tags)]
        if row.source:
            keys.append(("source", row.source))
        for key in keys:
            members.setdefault(key, []).append(place)
    return members


def _slice(kind: Kind, name: str, part: Decisions, bootstrap: Bootstrap) -> Slice:
    counts = document_counts(part)
    samples = sample(counts, bootstrap.resamples, bootstrap.seed)
    documents, rows = len(counts.rows), len(part.gold)
    macro = defined(macro_f1(*outcome_counts(part.gold, part.predicted)), NO_GOLD)
    right = ratio(int(part.right.sum()), rows, "no row")
    return Slice(
        kind=kind,
        name=name,
        rows=rows,
        documents=documents,
        macro_f1=with_interval(macro, samples.macro, documents),
        right=with_interval(right, samples.right, documents),
    )
