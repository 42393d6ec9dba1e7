"""Paired differences of ranked models: each against the best and against the simple baselines."""

from collections.abc import Sequence
from math import hypot
from typing import Literal

import numpy as np

from evaluation.bootstrap import document_counts, macro_samples, with_interval
from evaluation.metrics import (
    NO_GOLD,
    Decisions,
    Floats,
    Frozen,
    Value,
    defined,
    macro_f1,
    outcome_counts,
)
from evaluation.pairing import Entry
from evaluation.seed_variance import seed_reach
from evaluation.significance import McNemar, holm, mcnemar

Against = Literal["best", "baseline"]
Pair = tuple[int, int]


class Difference(Frozen):
    """Macro-F1 of the model minus that of the other on the same rows; p corrected by Holm.

    `mcnemar` and `p_holm` are null where a model of several seeds takes part: the test is of one
    model's decisions, and each seed makes others.
    """

    model: str
    other: str
    against: Against
    macro_f1: Value
    mcnemar: McNemar | None
    p_holm: float | None


def differences_of(
    ranked: Sequence[Entry], baselines: Sequence[str], resamples: int, seed: int
) -> list[Difference]:
    """Each model minus the best one, and minus the best model of each baseline family.

    `ranked` are models on the same rows, the best first; without macro-F1 there is no difference.
    A model of several seeds stands with the mean of their macro-F1, on the same resampled
    documents as the other. With 3 seeds or more the interval is for new seeds too: the reach of
    each model's seed component is added by squares, as of independent sources (Zou and Donner
    2008). Else it is for new documents alone.
    Holm corrects over the pairs tested here; a pair that is told twice is one test.
    """
    decisions = [entry.decisions for entry in ranked]
    scores = [_mean(each) for each in decisions]
    if scores[0].value is None:
        return []
    samples = _samples(decisions, resamples, seed)
    reaches = [seed_reach(each) for each in decisions]
    documents = len(np.unique(decisions[0][0].documents))
    pairs = _pairs(ranked, baselines)
    tests = {(a, b): _mcnemar(decisions[a], decisions[b]) for a, b, _ in pairs}
    corrected = _corrected(tests)
    return [
        Difference(
            model=ranked[a].name,
            other=ranked[b].name,
            against=against,
            macro_f1=_widened(
                with_interval(_gap(scores[a], scores[b]), samples[a] - samples[b], documents),
                hypot(reaches[a], reaches[b]),
            ),
            mcnemar=tests[a, b],
            p_holm=corrected[_sorted(a, b)],
        )
        for a, b, against in pairs
    ]


def _mean(seeds: Sequence[Decisions]) -> Value:
    """Mean macro-F1; the rows are the same for all seeds, so all of them have it or none."""
    scores = [macro_f1(*outcome_counts(each.gold, each.predicted)) for each in seeds]
    return defined(np.mean(scores), NO_GOLD)


def _samples(decisions: Sequence[Sequence[Decisions]], resamples: int, seed: int) -> list[Floats]:
    """Each model's mean macro-F1 over its seeds on the same resampled documents, (resamples,)."""
    counts = [document_counts(each) for seeds in decisions for each in seeds]
    ends = np.cumsum([len(seeds) for seeds in decisions])[:-1]
    parts = np.split(macro_samples(counts, resamples, seed), ends)
    return [np.asarray(part.mean(axis=0)) for part in parts]


def _mcnemar(one: Sequence[Decisions], other: Sequence[Decisions]) -> McNemar | None:
    return mcnemar(one[0], other[0]) if len(one) == len(other) == 1 else None


def _corrected(tests: dict[Pair, McNemar | None]) -> dict[Pair, float | None]:
    """Holm's p of each pair, whichever of the two comes first."""
    p_values = {_sorted(*pair): test.p.value if test else None for pair, test in tests.items()}
    return dict(zip(p_values, holm(list(p_values.values())), strict=True))


def _sorted(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)


def _widened(value: Value, reach: float) -> Value:
    """The value with an interval that also holds what an independent source may add."""
    if value.value is None or value.low is None or value.high is None or not reach:
        return value
    below, above = max(0.0, value.value - value.low), max(0.0, value.high - value.value)
    return Value(
        value=value.value,
        low=value.value - hypot(below, reach),
        high=value.value + hypot(above, reach),
    )


def _pairs(ranked: Sequence[Entry], baselines: Sequence[str]) -> list[tuple[int, int, Against]]:
    pairs: list[tuple[int, int, Against]] = [(place, 0, "best") for place in range(1, len(ranked))]
    for family in baselines:
        named = [place for place, entry in enumerate(ranked) if entry.family == family][:1]
        pairs += [
            (place, baseline, "baseline")
            for baseline in named
            for place in range(len(ranked))
            if place != baseline
        ]
    return pairs


def _gap(one: Value, other: Value) -> Value:
    if one.value is None or other.value is None:
        return Value(value=None, reason=one.reason or other.reason)
    return Value(value=one.value - other.value)


def negated(value: Value) -> Value:
    """The difference seen from the other side."""
    if value.value is None:
        return value
    if value.interval is None:
        return Value(value=-value.value, reason=value.reason)
    low, high = value.interval
    return Value(value=-value.value, low=-high, high=-low)
