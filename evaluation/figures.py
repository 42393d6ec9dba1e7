"""All that a report says of its rows, made from the rows alone."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import Field

from evaluation.blocks import Block, measure
from evaluation.hierarchy import Hierarchy, hierarchy
from evaluation.metrics import Frozen
from evaluation.risk_coverage import RiskCoverage, risk_coverage
from evaluation.rows import Row, decisions_of
from evaluation.selective import Selective, selective
from evaluation.slices import Slice, slices_of


class Bootstrap(Frozen):
    """How the intervals were drawn: percentile, 95%, over documents."""

    resamples: Annotated[int, Field(ge=1)]
    seed: int


class Figures(Frozen):
    """The fields of a report that follow from its rows."""

    headline: Block
    derived: Block | None
    hierarchy: Hierarchy | None
    risk_coverage: RiskCoverage
    selective: Selective | None
    slices: tuple[Slice, ...]
    small_slices: dict[str, int]


def figures_of(
    rows: Sequence[Row],
    labels: tuple[str, ...],
    none: str | None,
    groups: Mapping[str, str],
    bootstrap: Bootstrap,
) -> Figures:
    """The figures of scored rows; labels that were found by rule have a block of their own."""
    drawing = (bootstrap.resamples, bootstrap.seed)
    gold = [row for row in rows if not row.derived]
    by_rule = [row for row in rows if row.derived]
    decisions = decisions_of(gold, labels, none)
    slices, small = slices_of(gold, decisions, *drawing)
    return Figures(
        headline=measure(decisions, *drawing),
        derived=measure(decisions_of(by_rule, labels, none), *drawing) if by_rule else None,
        hierarchy=hierarchy(decisions, groups, *drawing),
        risk_coverage=risk_coverage(decisions, *drawing),
        selective=selective(gold, labels, *drawing),
        slices=slices,
        small_slices=small,
    )
