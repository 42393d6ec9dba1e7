"""Scored rows whose gold label may be wrong: the model that never saw them believes another."""

from collections import defaultdict

import numpy as np

from evaluation.metrics import Decisions, Frozen
from evaluation.report import Report
from evaluation.rows import Row
from evaluation.suspects import label_suspects, suspects


class DoubtedRow(Frozen):
    """A row by its id; the margin is the gold answer's probability less the suggested one's."""

    id: str
    doc_id: str
    gold: tuple[str, ...]
    suggested: tuple[str, ...]
    margin: float


def doubted_rows(report: Report, most: int = 20) -> list[DoubtedRow]:
    """The gold rows that confident learning suspects (see `suspects`), the surest first.

    A weak model's own mistakes are among them: the list is to be read, not to be followed. The
    empty label set is told by the codebook's name for it.
    """
    rows, decisions = report.rows(), report.decisions()
    if not rows:
        return []
    changes = _changes(decisions)
    found = [_doubted(rows[place], margins, report) for place, margins in changes.items()]
    return sorted(found, key=lambda row: (row.margin, row.id))[:most]


def _changes(decisions: Decisions) -> dict[int, dict[str, float]]:
    """Row -> the labels that would change, each with its margin."""
    found: dict[int, dict[str, float]] = defaultdict(dict)
    if decisions.none is None:
        given = decisions.gold.argmax(axis=1).astype(np.int64)
        for one in suspects(given, decisions.probabilities):
            found[one.row] = {decisions.labels[one.suggested]: one.margin}
        return found
    columns = label_suspects(decisions.gold.astype(np.int64), decisions.probabilities)
    for label, doubted in zip(decisions.labels, columns, strict=True):
        for one in doubted:
            found[one.row][label] = one.margin
    return found


def _doubted(row: Row, margins: dict[str, float], report: Report) -> DoubtedRow:
    none = (report.codebook.none,) if report.codebook.none else ()
    wanted = set(row.gold) ^ set(margins) if report.multi else set(margins)
    return DoubtedRow(
        id=row.id,
        doc_id=row.doc_id,
        gold=row.gold or none,
        suggested=tuple(label for label in report.labels if label in wanted) or none,
        margin=min(margins.values()),
    )
