"""The slices of a report as the page shows them: the worst in sight, the others folded."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.phrases import interval, listed, p_value, signed, signed_interval
from evaluation.report import Report
from evaluation.slices import Slice
from evaluation.weak_slices import Search, WeakSlice, find_weak_slices

IN_SIGHT = 10
LEVEL = 0.05  # of the corrected p
MOST_SEARCHED = 1500  # rows; more would take longer than the rest of the page


@dataclass(frozen=True)
class Ranked:
    """Slices, the furthest below their rest first; those of few documents come last."""

    worst: tuple[Slice, ...]
    others: tuple[Slice, ...]

    @property
    def every(self) -> tuple[Slice, ...]:
        return self.worst + self.others


def beyond_chance(each: Slice) -> bool:
    """Whether its difference to the rest is no chance, corrected over all slices of the report."""
    return each.p_holm is not None and each.p_holm < LEVEL


def any_beyond_chance(found: Ranked) -> bool:
    """Whether one of them is."""
    return any(beyond_chance(each) for each in found.every)


def ranked(report: Report) -> Ranked:
    """All slices of the report in the order of the page."""
    found = sorted(report.slices, key=_place)
    return Ranked(tuple(found[:IN_SIGHT]), tuple(found[IN_SIGHT:]))


def _place(each: Slice) -> tuple[bool, float, str, str]:
    return each.difference.low is None, each.difference.value or 0.0, each.kind, each.name


def effect(each: Slice) -> str:
    """The tested difference: '−8.1 (−16.0 to −0.5), p 0.041'; a p never stands alone."""
    told = signed(each.difference.value)
    if not interval(each.difference):
        return f"{told} (too few documents)"
    tested = "" if each.p_holm is None else f", p {p_value(each.p_holm)}"
    return f"{told} ({signed_interval(each.difference)}){tested}"


def searched(report: Report) -> Search | None:
    """What the search of conjunctions finds; None where the report is too long to search here."""
    return find_weak_slices(report) if report.headline.rows <= MOST_SEARCHED else None


def found_effect(each: WeakSlice) -> str:
    """The same of a slice that the search found; its interval holds for all candidates together."""
    told = f"{signed(each.difference.value)} ({signed_interval(each.difference)})"
    return f"{told}, p {p_value(each.p)}"


def feature_names(each: WeakSlice) -> str:
    """'passive (tag) and body (position)'."""
    return listed([f"{feature.name} ({feature.kind})" for feature in each.features])


def small_slices(report: Report) -> Sequence[str]:
    """The slices of too few rows to show, each with its rows."""
    return [f"{name} ({rows})" for name, rows in report.small_slices.items()]
