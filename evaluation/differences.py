"""Paired differences of ranked models: each against the best and against the simple baselines."""

from collections.abc import Sequence
from typing import Literal

from evaluation.bootstrap import document_counts, macro_samples, with_interval
from evaluation.metrics import Frozen, Value
from evaluation.report import Report
from evaluation.significance import McNemar, holm, mcnemar

Against = Literal["best", "baseline"]


class Difference(Frozen):
    """Macro-F1 of the model minus that of the other on the same rows; p corrected by Holm."""

    model: str
    other: str
    against: Against
    macro_f1: Value
    mcnemar: McNemar
    p_holm: float | None


def differences_of(
    ranked: Sequence[Report], baselines: Sequence[str], resamples: int, seed: int
) -> list[Difference]:
    """Each model minus the best one, and minus the best model of each baseline family.

    `ranked` are reports on the same rows, the best first; without macro-F1 there is no difference.
    Holm corrects over the pairs tested here; a pair that is told twice is one test.
    """
    if ranked[0].macro_f1.value is None:
        return []
    decisions = [report.decisions() for report in ranked]
    counts = [document_counts(item) for item in decisions]
    samples = macro_samples(counts, resamples, seed)
    pairs = _pairs(ranked, baselines)
    tests = {(a, b): mcnemar(decisions[a], decisions[b]) for a, b, _ in pairs}
    tested = list(dict.fromkeys(tuple(sorted(pair)) for pair in tests))
    p_values = {tuple(sorted(pair)): test.p.value for pair, test in tests.items()}
    corrected = dict(zip(tested, holm([p_values[pair] for pair in tested]), strict=True))
    return [
        Difference(
            model=ranked[a].model,
            other=ranked[b].model,
            against=against,
            macro_f1=with_interval(
                _gap(ranked[a].macro_f1, ranked[b].macro_f1),
                samples[a] - samples[b],
                len(counts[0].rows),
            ),
            mcnemar=tests[a, b],
            p_holm=corrected[tuple(sorted((a, b)))],
        )
        for a, b, against in pairs
    ]


def _pairs(ranked: Sequence[Report], baselines: Sequence[str]) -> list[tuple[int, int, Against]]:
    pairs: list[tuple[int, int, Against]] = [(place, 0, "best") for place in range(1, len(ranked))]
    for family in baselines:
        named = [place for place, report in enumerate(ranked) if report.family == family][:1]
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
