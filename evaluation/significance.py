"""Exact McNemar test of two models' decisions, and Holm's correction of several tests."""

from collections.abc import Sequence

from scipy.stats import binomtest

from evaluation.bootstrap import check_paired
from evaluation.metrics import Decisions, Frozen, Value


class McNemar(Frozen):
    """Rows that only one of two models got wholly right, and the exact two-sided p-value.

    The test takes rows as independent, which rows of one document are not quite; the interval over
    documents is the figure to decide by.
    """

    only_first: int
    only_second: int
    p: Value


def mcnemar(first: Decisions, second: Decisions) -> McNemar:
    """Exact McNemar test on rows wholly right; p is null where both are right on the same rows."""
    check_paired(first, second)
    only_first = int((first.right & ~second.right).sum())
    only_second = int((second.right & ~first.right).sum())
    trials = only_first + only_second
    if trials:
        p = Value(value=float(binomtest(only_first, trials, 0.5).pvalue))
    else:
        p = Value(value=None, reason="both models are right on the same rows")
    return McNemar(only_first=only_first, only_second=only_second, p=p)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction (1979) over the p-values that are not None."""
    order = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    corrected: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - rank)))
        corrected[place] = highest
    return corrected
