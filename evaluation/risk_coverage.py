"""What a model gains by answering only where it is sure: risk-coverage curve and its area."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.bootstrap import Statistic, drawn, score_interval
from evaluation.metrics import Bools, Decisions, Floats, Frozen, Ints, Value
from evaluation.phrases import count
from evaluation.rows import Share
from tagging.calibrated import confidence

WANTED = (0.5, 0.7, 0.9)  # shares of the rows that are answered
MIN_ROWS = 50
MOST_POINTS = 50


class CurvePoint(Frozen):
    """Answering where the confidence is this or more: the share answered, and of it wrong."""

    confidence: Share
    coverage: Share
    risk: Share


class AtCoverage(Frozen):
    """The share of wholly right rows among the surest `wanted` of them.

    Rows of equal confidence are answered together, so `coverage` may be more than was wanted.
    """

    wanted: Share
    coverage: Share
    precision: Value


class RiskCoverage(Frozen):
    """The curve of gold rows, its area (Geifman et al. 2019) and the least that it could be.

    The area is the mean risk over all coverages; small is good. `best` is that of a model with the
    same decisions that is less sure of each wrong row than of any right one.
    """

    area: Value
    best: Share | None = None
    at: tuple[AtCoverage, ...] = ()
    points: tuple[CurvePoint, ...] = ()  # at most 50, the last of all rows


@dataclass(frozen=True)
class _Ranking:
    """Rows by falling confidence; `ends` are the last places of rows of equal confidence."""

    order: Ints
    confidence: Floats
    ends: Ints
    wrong: Bools


def risk_coverage(decisions: Decisions, resamples: int, seed: int) -> RiskCoverage:
    """The figures with 95% intervals over documents; fewer than 50 rows have none, and say so."""
    if len(decisions.gold) < MIN_ROWS:
        reason = f"{count(len(decisions.gold), 'row')}, and a curve takes {MIN_ROWS}"
        return RiskCoverage(area=Value(value=None, reason=reason))
    ranking = _ranking(decisions)
    names, places = np.unique(decisions.documents, return_inverse=True)
    everywhere = np.ones((1, len(ranking.order)))
    area, *precisions = _figures(everywhere, ranking)[0].tolist()
    draws = drawn({"": _statistic(ranking, places)}, len(names), resamples, seed)[""]

    def reach(figure: float, column: int) -> Value:
        return score_interval(Value(value=figure), draws[:, column], len(names))

    curve = _curve(ranking)
    return RiskCoverage(
        area=reach(area, 0),
        best=_best_area(ranking.wrong),
        at=tuple(
            AtCoverage(
                wanted=wanted,
                coverage=next(point.coverage for point in curve if point.coverage >= wanted),
                precision=reach(precision, place + 1),
            )
            for place, (wanted, precision) in enumerate(zip(WANTED, precisions, strict=True))
        ),
        points=_thinned(curve),
    )


def confidences(decisions: Decisions) -> Floats:
    """How sure each decision is, (n,), as the artifact itself counts it."""
    table = decisions.probabilities.astype(np.float32)
    sure = confidence(table, decisions.predicted, decisions.none is not None)
    return np.round(sure.astype(float), 6)


def _ranking(decisions: Decisions) -> _Ranking:
    sure = confidences(decisions)
    order = np.argsort(-sure, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(sure[order])), len(order) - 1)
    return _Ranking(order, sure[order], ends, ~decisions.right[order])


def _statistic(ranking: _Ranking, places: Ints) -> Statistic:
    documents = places[ranking.order]
    return lambda weights: _figures(weights[:, documents], ranking)


def _figures(weights: Floats, ranking: _Ranking) -> Floats:
    """Area and precision at each wanted coverage for weights of the ranked rows, (m, 1 + wanted).

    Coverage can only be had at the ends of equal confidence, so each of these steps is as high as
    the risk at its end.
    """
    answered = np.cumsum(weights, axis=1)[:, ranking.ends]
    wrong = np.cumsum(weights * ranking.wrong, axis=1)[:, ranking.ends]
    with np.errstate(invalid="ignore"):
        risk = np.where(answered > 0, wrong / answered, 0.0)
    total = answered[:, -1:]
    area = (np.diff(answered, axis=1, prepend=0.0) * risk).sum(axis=1) / total[:, 0]
    lines = np.arange(len(weights))
    reached = [(answered >= wanted * total - 1e-9).argmax(axis=1) for wanted in WANTED]
    return np.column_stack([area, *(1 - risk[lines, place] for place in reached)])


def _best_area(wrong: Bools) -> float:
    ranked = np.sort(wrong).cumsum() / np.arange(1, len(wrong) + 1)
    return float(ranked.mean())


def _curve(ranking: _Ranking) -> list[CurvePoint]:
    answered = ranking.ends + 1
    risk = ranking.wrong.cumsum()[ranking.ends] / answered
    sure = np.clip(ranking.confidence[ranking.ends], 0, 1)
    return [
        CurvePoint(confidence=float(level), coverage=float(share), risk=float(height))
        for level, share, height in zip(sure, answered / len(ranking.order), risk, strict=True)
    ]


def _thinned(curve: Sequence[CurvePoint]) -> tuple[CurvePoint, ...]:
    """The first point at or behind each fiftieth of the coverage."""
    kept: list[CurvePoint] = []
    for point in curve:
        step = int(point.coverage * MOST_POINTS + 1e-9)
        if step > (int(kept[-1].coverage * MOST_POINTS + 1e-9) if kept else 0):
            kept.append(point)
    return tuple(kept)
