"""Scored rows whose gold label may be wrong: the model that never saw them believes another."""

import numpy as np

from evaluation.metrics import Frozen
from evaluation.report import Report
from evaluation.rows import Row
from evaluation.suspects import doubted_labels


class DoubtedRow(Frozen):
    """A row by its id; the margin is the gold answer's probability less the suggested one's."""

    id: str
    doc_id: str
    gold: tuple[str, ...]
    suggested: tuple[str, ...]
    margin: float


def doubted_rows(report: Report, most: int = 20) -> list[DoubtedRow]:
    """The gold rows that confident learning suspects (see `evaluation.suspects`), the surest first.

    A weak model's own mistakes are among them: the list is to be read, not to be followed. The
    empty label set is told by the codebook's name for it.
    """
    rows, decisions = report.rows(), report.decisions()
    if not rows:
        return []
    gold = decisions.gold.astype(np.int64)
    given = gold.argmax(axis=1) if decisions.none is None else gold
    changes = doubted_labels(given, decisions.probabilities, decisions.labels)
    found = [_doubted(rows[place], margins, report) for place, margins in changes.items()]
    return sorted(found, key=lambda row: (row.margin, row.id))[:most]


def _doubted(row: Row, margins: dict[str, float], report: Report) -> DoubtedRow:
    wanted = set(row.gold) ^ set(margins) if report.multi else set(margins)
    suggested = tuple(label for label in report.labels if label in wanted)
    return DoubtedRow(
        id=row.id,
        doc_id=row.doc_id,
        gold=row.gold or report.empty_set,
        suggested=suggested or report.empty_set,
        margin=min(margins.values()),
    )
