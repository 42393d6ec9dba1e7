"""Quality beside price: which models no other beats at both."""

from collections.abc import Callable, Sequence
from typing import Literal

from data.errors import BadInput
from evaluation.cost import Cost
from evaluation.metrics import Frozen, Value
from evaluation.pairing import check_codebooks, check_rows
from evaluation.report import Report

Price = Literal["p50_ms", "p99_ms", "seconds_per_1000", "artifact_mb", "peak_memory_mb"]

PRICES: dict[Price, Callable[[Cost], float | None]] = {
    "p50_ms": lambda cost: cost.p50_ms.value,
    "p99_ms": lambda cost: cost.p99_ms.value,
    "seconds_per_1000": lambda cost: (
        1000 / cost.sentences_per_second.value if cost.sentences_per_second.value else None
    ),
    "artifact_mb": lambda cost: cost.artifact_bytes / 1e6,
    "peak_memory_mb": lambda cost: cost.peak_memory_bytes / 1e6,
}


class Point(Frozen):
    """A model's place in the plot; `beaten_by` is one that is better and no dearer, or as good."""

    model: str
    macro_f1: Value
    price: float
    beaten_by: str | None


def pareto_points(reports: Sequence[Report], price: Price = "p50_ms") -> tuple[Point, ...]:
    """The models whose price is known, cheapest first; those on the front are beaten by none.

    Points are compared, not intervals: what stands a little above the front may do so by chance.
    Raises BadInput where the reports are of other rows, or were measured on different machines.
    """
    known = [(report, _price(report, price)) for report in reports]
    priced = [(report, found) for report, found in known if found is not None]
    for report, _ in priced[1:]:
        check_codebooks(priced[0][0], report)
        check_rows(priced[0][0], report)
        _check_machine(priced[0][0], report)
    ranked = sorted(priced, key=lambda item: (item[1], -_quality(item[0]), item[0].model))
    return tuple(
        Point(
            model=report.model,
            macro_f1=report.macro_f1,
            price=found,
            beaten_by=_better(report, found, ranked),
        )
        for report, found in ranked
    )


def _price(report: Report, price: Price) -> float | None:
    return PRICES[price](report.cost) if report.cost else None


def _quality(report: Report) -> float:
    return -1.0 if report.macro_f1.value is None else report.macro_f1.value


def _check_machine(one: Report, other: Report) -> None:
    machines = [report.cost.machine if report.cost else None for report in (one, other)]
    if machines[0] != machines[1]:
        raise BadInput(
            "costs measured on one machine",
            f"{machines[0]} for {one.model!r} and {machines[1]} for {other.model!r}",
            "measure both again on the same one",
        )


def _better(report: Report, price: float, ranked: Sequence[tuple[Report, float]]) -> str | None:
    """The best of those that are no worse at both, and better at one."""
    own = (_quality(report), -price)
    found = [
        (_quality(other), -cost, other.model)
        for other, cost in ranked
        if _quality(other) >= own[0] and -cost >= own[1] and (_quality(other), -cost) != own
    ]
    return max(found)[2] if found else None
