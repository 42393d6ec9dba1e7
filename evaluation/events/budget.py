"""The error budget: how much F1 each stage costs, by putting the gold answer in its place."""

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Final

import numpy as np

from evaluation.bootstrap import RESAMPLES
from evaluation.events.gold import Event
from evaluation.events.matching import MEASURES, Agreement, LevelName
from evaluation.events.oracles import STAGES, Stage
from evaluation.events.score import NOTHING, Events, count_table, differences, f1_of
from evaluation.metrics import Floats, Frozen, Value, defined

Fixed = tuple[Stage, ...]
Run = Callable[[Fixed], Mapping[str, Sequence[Event]]]


class Cost(Frozen):
    """What one stage costs at one level.

    `alone`: F1 with this stage's answers gold and `gain`, what that adds to the stack's own F1.
    `cumulative`: F1 with this stage and all before it gold, `cumulative_gain` over those before.
    """

    stage: Stage
    level: LevelName
    agreement: Agreement
    alone: Value
    gain: Value
    cumulative: Value
    cumulative_gain: Value


class FixedCounts(Frozen):
    """Matched, gold and predicted events with certain stages gold: [article][measure][3]."""

    fixed: Fixed
    counts: tuple[tuple[tuple[int, int, int], ...], ...]

    @property
    def table(self) -> Floats:
        return np.array(self.counts, dtype=float).reshape(-1, len(MEASURES), 3)


ALONE: Final[tuple[Fixed, ...]] = tuple((stage,) for stage in STAGES)
CUMULATIVE: Final[tuple[Fixed, ...]] = tuple(accumulate(ALONE))
RUNS: Final = tuple(dict.fromkeys(((), *ALONE, *CUMULATIVE)))


def fixed_counts(
    gold: Events, run: Run, progress: Callable[[int], None] | None = None
) -> tuple[FixedCounts, ...]:
    """The counts of every run that the budget needs."""
    made = []
    for fixed in RUNS:
        table = count_table(gold, run(fixed)).astype(int).tolist()
        made.append(FixedCounts(fixed=fixed, counts=table))
        if progress:
            progress(1)
    return tuple(made)


def costs(found: Sequence[FixedCounts], resamples: int = RESAMPLES) -> tuple[Cost, ...]:
    """The costs by stage, and within it by measure. Intervals are paired, over articles."""
    tables = {each.fixed: each.table for each in found}
    made: list[Cost] = []
    for alone, cumulative in zip(ALONE, CUMULATIVE, strict=True):
        gains = differences(tables[alone], tables[()], resamples)
        steps = differences(tables[cumulative], tables[cumulative[:-1]], resamples)
        for place, (level, agreement) in enumerate(MEASURES):
            made.append(
                Cost(
                    stage=alone[0],
                    level=level.name,
                    agreement=agreement,
                    alone=_f1(tables[alone], place),
                    gain=gains[place],
                    cumulative=_f1(tables[cumulative], place),
                    cumulative_gain=steps[place],
                )
            )
    return tuple(made)


def _f1(table: Floats, place: int) -> Value:
    return defined(f1_of(table.sum(axis=0))[place], NOTHING)
