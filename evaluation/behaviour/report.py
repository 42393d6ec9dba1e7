"""What the behaviour tests found: failure rates over seed sentences, and the failures themselves.

Several cases of one seed are not independent. A failure rate's 95% interval is therefore Wilson's
at the effective number of cases: as many independent cases as would vary like the seeds do.
"""

from math import inf, sqrt
from typing import Literal, Self

import numpy as np
from pydantic import model_validator

from evaluation.behaviour.fairness import Fairness
from evaluation.metrics import Floats, Frozen, Value
from evaluation.rows import Count

SCHEMA_VERSION: Literal[1] = 1
Kind = Literal["minimum", "invariance", "directional"]  # as in CheckList (Ribeiro et al. 2020)
Z = 1.959964  # 95%, two-sided
MIN_SEEDS = 20  # a rate over fewer has no interval
Outcomes = dict[str, tuple[Count, Count]]


class Said(Frozen):
    """What was asked for and what was found in one text (of its mention, `start` to `end`).

    In an invariance test the labels found in the first text are what is expected of the second.
    """

    text: str
    start: Count | None = None
    end: Count | None = None
    expected: tuple[str, ...]
    found: tuple[str, ...]
    confidence: float


class Failure(Frozen):
    """A failed case; `parts` are the ones that failed of it."""

    id: str
    seed: str
    parts: tuple[str, ...]
    said: tuple[Said, ...]


class Behaviour(Frozen):
    """How one model does in one capability; the surest failure of each seed comes first."""

    capability: str
    kind: Kind
    task: str
    about: str
    cases_sha256: str  # of all that was asked: where it is equal, models can be paired by seed
    cases: Count
    seeds: Count
    failure_rate: Value
    parts: dict[str, Value]  # the same by perturbation, region, member of the pair, label …
    outcomes: Outcomes  # by seed: failed cases, cases
    failures: tuple[Failure, ...]
    more_failures: Count
    fairness: Fairness | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        failed, cases = _totals(self.outcomes)
        if cases != self.cases or len(self.outcomes) != self.seeds:
            raise ValueError("the seeds' cases do not add up")
        if failed != len(self.failures) + self.more_failures:
            raise ValueError("the failures do not add up")
        return self

    @property
    def worst_part(self) -> tuple[str, float]:
        """The part that fails most often, the first of several, and its failure rate."""
        rates = [(name, rate.value or 0.0) for name, rate in self.parts.items()]
        return max(rates, key=lambda part: part[1], default=("", 0.0))


class BehaviourReport(Frozen):
    """All behaviour tests of one artifact."""

    schema_version: Literal[1] = SCHEMA_VERSION
    task: str
    model: str
    codebook_hash: str
    manifest_sha256: str
    results: tuple[Behaviour, ...]


def failure_rate(outcomes: Outcomes) -> Value:
    """Failed cases over all cases, with its 95% interval over seeds."""
    failed, cases = np.array(list(outcomes.values()), dtype=float).T
    rate = float(failed.sum() / cases.sum())
    if len(outcomes) < MIN_SEEDS:
        return Value(value=rate, reason=f"{len(outcomes)} seeds only: no interval")
    low, high = _wilson(rate, _effective(rate, failed, cases))
    return Value(value=rate, low=low, high=high)


def _effective(rate: float, failed: Floats, cases: Floats) -> float:
    """How many independent cases would leave the rate as uncertain; no more than there are.

    Where no case failed, or every one, the seeds tell nothing of their spread: a seed counts once.
    """
    if rate in (0, 1):
        return len(cases)
    variance = float(((failed - rate * cases) ** 2).sum() / cases.sum() ** 2)
    return min(float(cases.sum()), rate * (1 - rate) / variance if variance else inf)


def _wilson(rate: float, n: float) -> tuple[float, float]:
    spread = Z * sqrt(rate * (1 - rate) / n + Z**2 / (4 * n**2))
    middle, scale = rate + Z**2 / (2 * n), 1 + Z**2 / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def _totals(outcomes: Outcomes) -> tuple[int, int]:
    return sum(failed for failed, _ in outcomes.values()), sum(n for _, n in outcomes.values())
