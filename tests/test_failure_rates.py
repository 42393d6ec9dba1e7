"""Failure rates of behaviour tests: intervals over seeds, and regions compared."""

from random import Random

import pytest

from evaluation.behaviour.fairness import Filling, fairness
from evaluation.behaviour.report import Behaviour, failure_rate
from evaluation.metrics import Value


def test_cases_of_one_seed_count_as_less_than_cases_of_their_own():
    alone = failure_rate({str(n): (int(n < 10), 1) for n in range(100)})
    same = failure_rate({str(n): (5 * (n < 10), 5) for n in range(100)})
    spread = failure_rate({str(n): (n % 2, 5) for n in range(100)})
    assert alone.value == same.value == spread.value == 0.1
    assert (same.low, same.high) == pytest.approx((alone.low, alone.high))
    assert alone.low == pytest.approx(0.0552, abs=1e-4)  # Wilson's, 10 of 100
    assert spread.high - spread.low < 0.6 * (alone.high - alone.low)


def test_no_failure_leaves_room_for_doubt_and_few_seeds_have_no_interval():
    none = failure_rate({str(n): (0, 40) for n in range(24)})
    assert none.low == 0 and none.high == pytest.approx(0.138, abs=1e-3)
    every = failure_rate({str(n): (40, 40) for n in range(24)})
    assert every.high == pytest.approx(1) and every.low == pytest.approx(0.862, abs=1e-3)
    few = failure_rate({str(n): (n % 2, 1) for n in range(19)})
    assert few.interval is None and few.reason == "19 seeds only: no interval"


@pytest.mark.parametrize(
    ("rates", "worst"),
    [
        ({"upper": 0.25, "lower": 0.5, "title": 0.5}, ("lower", 0.5)),
        ({"upper": None, "lower": 0.1}, ("lower", 0.1)),
        ({"upper": 0.0, "lower": 0.0}, ("upper", 0.0)),
        ({}, ("", 0.0)),
    ],
)
def test_the_worst_part_fails_most_often_and_is_the_first_of_several(rates, worst):
    parts = {name: Value(value=rate, reason="not tested") for name, rate in rates.items()}
    assert Behaviour.model_construct(parts=parts).worst_part == worst


def test_regions_alike_stay_within_chance_and_one_unlike_does_not():
    def fillings(worst: str) -> list[Filling]:
        chance = Random(0)
        return [
            Filling(f"s{seed}", f"r{region}", wrong, ("site",), ("origin",) if wrong else ("site",))
            for seed in range(40)
            for region in range(10)
            for _ in range(4)
            for wrong in [chance.random() < 0.05 or f"r{region}" == worst]
        ]

    alike = fairness(fillings(""), ("site", "origin"))
    assert 0 < alike.flip_rate.value <= alike.flip_rate.by_chance
    unlike = fairness(fillings("r3"), ("site", "origin"))
    assert unlike.flip_rate.highest == unlike.macro_f1.lowest == "r3"
    assert unlike.flip_rate.value > unlike.flip_rate.by_chance
    assert unlike.regions["r3"].flip_rate.value == 1 and unlike.regions["r3"].cases == 160
    assert unlike.regions["r0"].flip_rate.interval and unlike.regions["r0"].macro_f1.value > 0.9
