"""Accepted reports: what is kept of the users' rows is hashes, and never a text."""

import hashlib
from collections.abc import Iterable

from evaluation.behaviour.report import Behaviour
from evaluation.report import Report
from evaluation.rows import rows_hash

DIGITS = 16  # of a sha256, as in `rows.text_digest`


def anonymous(report: Report) -> Report:
    """The report with hashes for ids and documents and without texts; the same for one that is.

    A hash has the id's rank before it. So the order is kept in which documents are drawn, and with
    it every interval; only `rows_sha256` is made anew. Hashes keep ids from being read, not from
    being guessed.
    """
    if report.anonymous:
        return report
    ids = _pseudonyms(row.id for row in report.predictions)
    documents = _pseudonyms(row.doc_id for row in report.predictions)
    rows = tuple(
        row.model_copy(update={"id": ids[row.id], "doc_id": documents[row.doc_id], "text": None})
        for row in report.predictions
    )
    dataset = report.dataset.model_copy(update={"rows_sha256": rows_hash(rows, report.labels)})
    changed = {
        "anonymous": True,
        "dataset": dataset,
        "predictions": rows,
        "behaviour": tuple(_without_failures(each) for each in report.behaviour),
    }
    return report.model_copy(update=changed)


def _pseudonyms(names: Iterable[str]) -> dict[str, str]:
    ranked = sorted(set(names))
    width = len(str(len(ranked)))
    return {
        name: f"{rank:0{width}}-{hashlib.sha256(name.encode()).hexdigest()[:DIGITS]}"
        for rank, name in enumerate(ranked)
    }


def _without_failures(behaviour: Behaviour) -> Behaviour:
    """The rates alone: the failing texts stay with the candidate's report."""
    hidden = behaviour.more_failures + len(behaviour.failures)
    return behaviour.model_copy(update={"failures": (), "more_failures": hidden})
