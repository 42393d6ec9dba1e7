"""Whether a report agrees with itself: its rows are well formed and give its figures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from evaluation.figures import Bootstrap, Figures, figures_of
from evaluation.rows import Row, rows_hash, text_digest

if TYPE_CHECKING:
    from evaluation.report import Report

TOLERANCE = 1e-9
DRAWN = frozenset({"low", "high", "reason", "p_holm"})  # what hangs on the resamples


def fault_in(report: "Report", redraw: bool = False) -> str | None:
    """What is wrong with a report in words, or None.

    Every figure is made again from the rows. With `redraw` the intervals too, which takes as long
    as scoring did; they are the same to the last digit where numpy is.
    """
    if fault := _rows_fault(report):
        return fault
    if report.task != report.codebook.name:
        return f"the task {report.task!r} with the codebook {report.codebook.name!r}"
    if lacking := set(report.labels) - set(report.codebook.groups):
        return f"no group of the label {min(lacking)!r}"
    bootstrap = report.bootstrap if redraw else Bootstrap(resamples=1, seed=0)
    book = report.codebook
    found = figures_of(report.predictions, report.labels, book.none, book.groups, bootstrap)
    for name in Figures.model_fields:
        told, given = (_plain(getattr(part, name)) for part in (report, found))
        if fault := _difference(told, given, name, frozenset() if redraw else DRAWN):
            return fault
    return None


def _rows_fault(report: "Report") -> str | None:
    seen = set()
    for row in report.predictions:
        if row.id in seen:
            return f"the row {row.id!r} twice"
        seen.add(row.id)
        if fault := _row_fault(row, report):
            return f"row {row.id!r}: {fault}"
    if rows_hash(report.predictions, report.labels) != report.dataset.rows_sha256:
        return "rows that do not match rows_sha256"
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


def _plain(part: object) -> object:
    """Records as mappings, so that they can be compared field by field."""
    if isinstance(part, tuple):
        return [_plain(item) for item in part]
    dumped = getattr(part, "model_dump", None)
    return dumped(mode="json") if dumped else part


def _difference(told: object, given: object, place: str, skip: frozenset[str]) -> str | None:
    """The first place where the report tells something else than its rows give."""
    if isinstance(told, Mapping) and isinstance(given, Mapping):
        for key in [*told, *(key for key in given if key not in told)]:
            if key in skip:
                continue
            if key not in told:
                return f"no {place}.{key}"
            if key not in given:
                return f"{place}.{key}, which the rows do not give"
            if fault := _difference(told[key], given[key], f"{place}.{key}", skip):
                return fault
        return None
    if isinstance(told, list) and isinstance(given, list):
        return _list_difference(told, given, place, skip)
    if isinstance(told, float) and isinstance(given, float):
        same = abs(told - given) <= TOLERANCE
    else:
        same = told == given
    return None if same else f"{place} {told} where the rows give {given}"


def _list_difference(
    told: Sequence[object], given: Sequence[object], place: str, skip: frozenset[str]
) -> str | None:
    if len(told) != len(given):
        return f"{len(told)} of {place} where the rows give {len(given)}"
    pairs = enumerate(zip(told, given, strict=True))
    found = (_difference(one, other, f"{place}.{number}", skip) for number, (one, other) in pairs)
    return next(filter(None, found), None)
