"""Whether a report agrees with itself: its rows are well formed and give its figures."""

from typing import TYPE_CHECKING

from evaluation.metrics import Decisions, decision_metrics, label_scores, none_score
from evaluation.probability import probability_metrics
from evaluation.rows import Row, rows_hash, text_digest
from evaluation.selective import selective

if TYPE_CHECKING:
    from evaluation.report import Block, Report

TOLERANCE = 1e-9


def fault_in(report: "Report") -> str | None:
    """What is wrong with a report in words, or None; intervals and slices are not drawn again."""
    seen = set()
    for row in report.predictions:
        if row.id in seen:
            return f"the row {row.id!r} twice"
        seen.add(row.id)
        if fault := _row_fault(row, report):
            return f"row {row.id!r}: {fault}"
    if rows_hash(report.predictions, report.labels) != report.dataset.rows_sha256:
        return "rows that do not match rows_sha256"
    if report.task != report.codebook.name:
        return f"the task {report.task!r} with the codebook {report.codebook.name!r}"
    if any(row.derived for row in report.predictions) != (report.derived is not None):
        return "a derived block without derived rows, or rows without their block"
    for block, derived in ((report.headline, False), (report.derived, True)):
        if block and (fault := _block_fault(block, report.decisions(derived))):
            return fault
    return _selective_fault(report)


def _selective_fault(report: "Report") -> str | None:
    found = selective([row for row in report.predictions if not row.derived], report.labels, 1, 0)
    stored = report.selective
    if found is None or stored is None:
        return None if found is stored else "label sets without their figures, or the reverse"
    for name in ("kept", "right_kept", "covered", "set_size"):
        if not _equal(getattr(stored, name).value, getattr(found, name).value):
            return f"{name} of the label sets that the rows do not give"
    return None


def _row_fault(row: Row, report: "Report") -> str | None:
    if tuple(row.probabilities) != report.labels:
        return "its probabilities do not cover the scored labels in their order"
    sets = (("gold", row.gold), ("predicted", row.predicted), ("possible", row.possible or ()))
    for name, labels in sets:
        if unknown := set(labels) - set(report.labels):
            return f"its {name} label {min(unknown)!r} is not scored"
        single = name != "possible" and not report.multi
        if len(set(labels)) != len(labels) or (single and len(labels) != 1):
            return f"it has {len(labels)} {name} labels"
    if row.text is not None and text_digest(row.text) != row.text_sha256:
        return "its text does not match text_sha256"
    return None


def _block_fault(block: "Block", decisions: Decisions) -> str | None:
    if (block.rows, block.documents) != (len(decisions.gold), len(set(decisions.documents))):
        return "counts of rows or documents that the rows do not give"
    expected = {**decision_metrics(decisions), **probability_metrics(decisions)}
    for name, value in expected.items():
        stored = block.metrics.get(name)
        if stored is None:
            return f"no {name}"
        if not _equal(stored.value, value.value):
            return f"{name} {stored.value} where the rows give {value.value}"
    none = none_score(decisions)
    stored_scores = [*block.labels, *([block.none_label] if block.none_label else [])]
    scores = [*label_scores(decisions), *([none] if none else [])]
    if [score.label for score in stored_scores] != [score.label for score in scores]:
        return "a label table of other labels"
    for stored_score, score in zip(stored_scores, scores, strict=True):
        apart = {"f1", "average_precision"}
        same = stored_score.model_dump(exclude=apart) == score.model_dump(exclude=apart)
        if not same or not _equal(stored_score.f1.value, score.f1.value):
            return f"figures of the label {score.label!r} that the rows do not give"
    return None


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE
