"""Whether a model treats the names of all regions alike: flip rate and macro-F1 by region.

A spread is the highest region's figure minus the lowest's; chance alone puts it above zero. So it
stands beside the spread that 95 of 100 shuffles of the regions within each seed stay below.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.bootstrap import RESAMPLES, resampled_sums, with_interval
from evaluation.metrics import Floats, Frozen, Value, macro_f1, membership

SHUFFLES = 1000
QUANTILE = 0.95


class RegionScore(Frozen):
    """One region's names: how often they flip the decision, and how good it is; 95% over seeds."""

    cases: int
    flip_rate: Value
    macro_f1: Value


class Spread(Frozen):
    """Highest minus lowest figure of the regions; `by_chance` is what shuffles stay below."""

    value: float
    lowest: str
    highest: str
    by_chance: float


class Fairness(Frozen):
    """The regions' figures and how far they lie apart."""

    regions: dict[str, RegionScore]
    flip_rate: Spread
    macro_f1: Spread


@dataclass(frozen=True)
class Filling:
    """What a model made of one mention (or sentence) of a seed with the names of one region."""

    seed: str
    region: str
    flipped: bool
    gold: tuple[str, ...]
    found: tuple[str, ...]


def fairness(fillings: Sequence[Filling], labels: Sequence[str]) -> Fairness:
    """The figures by region; every region has every seed with the same number of names."""
    regions = list(dict.fromkeys(each.region for each in fillings))
    table = _table(fillings, regions, labels)
    flips, scores = _figures(table.sum(axis=0))
    shuffled_flips, shuffled_scores = _figures(_shuffled(table))
    return Fairness(
        regions={
            region: _region(table[:, place], float(flips[place]), float(scores[place]))
            for place, region in enumerate(regions)
        },
        flip_rate=_spread(flips, shuffled_flips, regions),
        macro_f1=_spread(scores, shuffled_scores, regions),
    )


def _table(fillings: Sequence[Filling], regions: list[str], labels: Sequence[str]) -> Floats:
    """Sums by seed and region, (seeds, regions, 2 + 3 labels): flips, cases, tp, fp, fn."""
    seeds = list(dict.fromkeys(each.seed for each in fillings))
    gold = membership([each.gold for each in fillings], labels)
    found = membership([each.found for each in fillings], labels)
    flips = np.array([[each.flipped, True] for each in fillings])
    cells = np.column_stack([flips, gold & found, ~gold & found, gold & ~found]).astype(float)
    table = np.zeros((len(seeds), len(regions), cells.shape[1]))
    places = (
        [seeds.index(each.seed) for each in fillings],
        [regions.index(each.region) for each in fillings],
    )
    np.add.at(table, places, cells)
    return table


def _figures(sums: Floats) -> tuple[Floats, Floats]:
    """Flip rate and macro-F1 of sums (..., 2 + 3 labels)."""
    counts = np.split(sums[..., 2:], 3, axis=-1)
    return sums[..., 0] / sums[..., 1], macro_f1(*counts)


def _shuffled(table: Floats) -> Floats:
    """The sums when the regions of each seed change places, (shuffles, regions, columns)."""
    rng = np.random.default_rng(0)
    seeds, regions, _ = table.shape
    order = np.tile(np.arange(regions), (seeds, 1))
    return np.stack(
        [
            np.take_along_axis(table, rng.permuted(order, axis=1)[:, :, None], axis=1).sum(axis=0)
            for _ in range(SHUFFLES)
        ]
    )


def _region(table: Floats, flip_rate: float, score: float) -> RegionScore:
    flips, scores = _figures(np.concatenate(list(resampled_sums(table, RESAMPLES, seed=0))))
    return RegionScore(
        cases=int(table[:, 1].sum()),
        flip_rate=with_interval(Value(value=flip_rate), flips, len(table)),
        macro_f1=with_interval(Value(value=score), scores, len(table)),
    )


def _spread(figures: Floats, shuffled: Floats, regions: list[str]) -> Spread:
    spreads = shuffled.max(axis=1) - shuffled.min(axis=1)
    return Spread(
        value=float(figures.max() - figures.min()),
        lowest=regions[int(figures.argmin())],
        highest=regions[int(figures.argmax())],
        by_chance=float(np.quantile(spreads, QUANTILE)),
    )
