"""What multi-label models confuse: which labels are missed while which others are falsely added."""

from collections import Counter
from collections.abc import Sequence

from evaluation.metrics import Bools, Decisions, Frozen


class Exchange(Frozen):
    """How many rows missed the one label and falsely carry the other."""

    missed: str
    added: str
    rows: int


class CoConfusion(Frozen):
    """Exchanges by frequency, and the labels that were missed or added with nothing opposite.

    An empty label set counts as the codebook's `none` on either side.
    """

    exchanges: tuple[Exchange, ...]
    missed_alone: dict[str, int]
    added_alone: dict[str, int]


def co_confusion(decisions: Decisions) -> CoConfusion:
    """Which labels are missed together with which falsely added ones; multi-label only."""
    assert decisions.none is not None
    exchanges, missed_alone, added_alone = (
        Counter[tuple[str, str]](),
        Counter[str](),
        Counter[str](),
    )
    for gold, predicted in zip(decisions.gold, decisions.predicted, strict=True):
        wanted = _named(gold, decisions.labels, decisions.none)
        got = _named(predicted, decisions.labels, decisions.none)
        missed, added = wanted - got, got - wanted
        exchanges.update((one, other) for one in missed for other in added)
        if not added:
            missed_alone.update(missed)
        if not missed:
            added_alone.update(added)
    ordered = sorted(exchanges.items(), key=lambda item: (-item[1], item[0]))
    return CoConfusion(
        exchanges=tuple(Exchange(missed=a, added=b, rows=rows) for (a, b), rows in ordered),
        missed_alone=_by_count(missed_alone),
        added_alone=_by_count(added_alone),
    )


def _named(row: Bools, labels: Sequence[str], none: str) -> set[str]:
    return {label for label, chosen in zip(labels, row, strict=True) if chosen} or {none}


def _by_count(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
