"""What a check of the gate is, and how a family of paired changes is decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.bootstrap import with_interval
from evaluation.gate.phrases import Unit, said, worded
from evaluation.metrics import Floats, Frozen, Value
from evaluation.phrases import count

LEVEL = 0.99  # of macro-F1's interval, and of a family's as a whole

Outcome = Literal["pass", "fail", "not enough data", "not measured"]


class Check(Frozen):
    """One thing that the gate looked at. `effect` is candidate minus accepted, or their ratio.

    `limit` is the most that may be lost (of an interval's end, for macro-F1), a floor, or the
    highest ratio.
    """

    name: str
    outcome: Outcome
    reason: str
    effect: Value | None = None
    limit: float | None = None
    unit: Unit = "points"


@dataclass(frozen=True)
class Change:
    """One figure's change from accepted to candidate, and the same in each resample.

    `worse` is the sign of a change for the worse; `units` is how many documents (or seeds) the
    figure rests on.
    """

    name: str
    value: float
    samples: Floats
    worse: Literal[-1, 1]
    units: int
    limit: float
    unit: Unit = "points"

    @property
    def chance(self) -> float:
        """The share of the resamples in which the candidate is not worse."""
        drawn = self.samples[~np.isnan(self.samples)]
        return float((drawn * self.worse <= 0).mean()) if len(drawn) else 1.0

    @property
    def lost(self) -> float:
        """How much was lost; below zero where the candidate is better."""
        return self.value * self.worse


def judged(changes: Sequence[Change], fewest: int, noun: str) -> list[Check]:
    """One check a change, in the order given.

    A change fails that is beyond its limit and whose interval lies wholly on the side of the worse:
    a clear fall and no chance one. The intervals of a family are those of Holm's procedure (1979):
    with m changes the strongest has one of level 1 - 0.01 / m, the next 1 - 0.01 / (m - 1), and
    so on, up to the first that includes zero, after which none is clear. So all of them together
    call an unchanged family worse in at most 1% of the cases, as far as the bootstrap holds.
    """
    enough = [item for item in changes if item.units >= fewest]
    tested = sorted(enough, key=lambda item: item.chance)
    found: dict[str, Check] = {}
    clear = True
    for rank, change in enumerate(tested):
        level = 1 - (1 - LEVEL) / (len(tested) - rank)
        effect = with_interval(Value(value=change.value), change.samples, change.units, level)
        clear = clear and _is_worse(effect, change.worse)
        found[change.name] = _decided(change, effect, clear, count(change.units, noun))
    return [found.get(item.name) or _too_few(item, fewest, noun) for item in changes]


def _is_worse(effect: Value, worse: int) -> bool:
    if effect.low is None or effect.high is None:
        return False
    return effect.low > 0 if worse > 0 else effect.high < 0


def _decided(change: Change, effect: Value, clear: bool, basis: str) -> Check:
    beyond = change.lost > change.limit
    text = f"{change.name} changed by {said(effect, change.unit)} over {basis}"
    if clear and beyond:
        text += f": more than the {worded(change.limit, change.unit)} allowed, beyond chance"
    elif beyond:
        text += ": more than allowed, which may be chance"
    return Check(
        name=change.name,
        outcome="fail" if clear and beyond else "pass",
        reason=text,
        effect=effect,
        limit=change.limit,
        unit=change.unit,
    )


def _too_few(change: Change, fewest: int, noun: str) -> Check:
    return Check(
        name=change.name,
        outcome="not enough data",
        reason=f"{change.name}: {count(change.units, noun)}, and the check takes {fewest}",
        effect=Value(value=change.value, reason="not tested"),
        limit=change.limit,
        unit=change.unit,
    )
