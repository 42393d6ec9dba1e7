"""The behaviour tests as the page shows them: failure rates by capability and model, failures."""

from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.behaviour.fairness import RegionScore, Spread
from evaluation.behaviour.report import Behaviour, Failure, Kind, Said
from evaluation.compare import TaskComparison
from evaluation.metrics import Value
from evaluation.mistakes import Mistake, pieces_of
from evaluation.phrases import points
from evaluation.rendering.plots import Axis, axis_over
from evaluation.report import Report
from evaluation.rows import RowMark

MOST_FAILURES = 3  # of a capability
UNTESTED = Value(value=None, reason="not tested")


@dataclass(frozen=True)
class CapabilityLine:
    """One capability: each model's failure rate and worst part, in the order of the reports."""

    capability: str
    kind: Kind
    about: str
    cases: int
    seeds: int
    rates: tuple[Value, ...]
    worst: tuple[str, ...]
    same_cases: bool  # all models were asked the same


@dataclass(frozen=True)
class FailedTest:
    """A failed case: each text that was said, as a mistake is; `parts` are those that failed."""

    parts: tuple[str, ...]
    said: tuple[Mistake, ...]


@dataclass(frozen=True)
class Failed:
    """The failures of one capability that are shown, and how many cases failed of how many."""

    capability: str
    about: str
    cases: int
    failed: int
    shown: tuple[FailedTest, ...]


@dataclass(frozen=True)
class RegionLine:
    """How far one model's regions lie apart in one figure of one capability."""

    model: str
    capability: str
    figure: str
    spread: Spread

    @property
    def beyond_chance(self) -> bool:
        return self.spread.value > self.spread.by_chance


def tested_reports(task: TaskComparison) -> list[Report]:
    """The models whose behaviour was tested, the best first."""
    return [each for each in task.reports if each.behaviour]


def capability_lines(reports: Sequence[Report]) -> list[CapabilityLine]:
    """A line a capability, the one where the first model fails most often first."""
    found = [{each.capability: each for each in report.behaviour} for report in reports]
    names = dict.fromkeys(name for one in found for name in one)
    lines = [_line([one.get(name) for one in found]) for name in names]
    return sorted(lines, key=lambda line: (-(line.rates[0].value or 0.0), line.capability))


def rate_axis(lines: Sequence[CapabilityLine]) -> Axis:
    """One axis for all failure rates, from zero."""
    return axis_over([Value(value=0.0), *(rate for line in lines for rate in line.rates)])


def _line(results: Sequence[Behaviour | None]) -> CapabilityLine:
    known = [each for each in results if each]
    first = known[0]
    return CapabilityLine(
        capability=first.capability,
        kind=first.kind,
        about=first.about,
        cases=first.cases,
        seeds=first.seeds,
        rates=tuple(each.failure_rate if each else UNTESTED for each in results),
        worst=tuple(_worst(each) if each else "" for each in results),
        same_cases=len({each.cases_sha256 for each in known}) == 1,
    )


def _worst(result: Behaviour) -> str:
    """'link on a mention 78.5', empty where nothing failed."""
    name, rate = result.worst_part
    return f"{name} {points(rate)}" if rate else ""


def failed_tests(report: Report, most: int = MOST_FAILURES) -> list[Failed]:
    """The surest failures of each capability, in the order of its lines."""
    results = {each.capability: each for each in report.behaviour}
    ordered = (results[line.capability] for line in capability_lines([report]))
    return [
        Failed(
            capability=each.capability,
            about=each.about,
            cases=each.cases,
            failed=len(each.failures) + each.more_failures,
            shown=tuple(_failed_test(one, report.empty_set) for one in each.failures[:most]),
        )
        for each in ordered
        if each.failures
    ]


def _failed_test(failure: Failure, none: tuple[str, ...]) -> FailedTest:
    return FailedTest(failure.parts, tuple(_said(one, none) for one in failure.said))


def _said(one: Said, none: tuple[str, ...]) -> Mistake:
    marks = []
    if one.start is not None and one.end is not None:
        marks = [RowMark(name="mention", start=one.start, end=one.end)]
    return Mistake(
        id="",
        pieces=tuple(pieces_of(one.text, marks)),
        gold=one.expected or none,
        predicted=one.found or none,
        sure=one.confidence,
    )


def region_lines(reports: Sequence[Report]) -> list[RegionLine]:
    """Every model's spread between regions, of flip rates and of macro-F1."""
    return [
        RegionLine(report.model, each.capability, figure, spread)
        for report in reports
        for each in report.behaviour
        if each.fairness
        for figure, spread in (
            ("flip rate", each.fairness.flip_rate),
            ("macro-F1", each.fairness.macro_f1),
        )
    ]


def regions(report: Report) -> list[tuple[str, list[tuple[str, RegionScore]]]]:
    """For each capability that has regions, these by falling flip rate."""
    return [
        (
            each.capability,
            sorted(
                each.fairness.regions.items(), key=lambda item: -(item[1].flip_rate.value or 0.0)
            ),
        )
        for each in report.behaviour
        if each.fairness
    ]
