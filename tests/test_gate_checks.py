"""The gate's checks on made-up rows and rates: pass, fail, not enough data, and their intervals."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm

from data.errors import BadInput
from evaluation.behaviour.report import Behaviour
from evaluation.gate.checks import Change, judged
from evaluation.gate.config import (
    BehaviourRule,
    GateConfig,
    LabelRule,
    Rules,
    SliceRule,
    load_gate_config,
)
from evaluation.gate.figures import behaviour_checks
from evaluation.gate.rows import Pair, label_checks, loss_checks, slice_checks
from evaluation.metrics import Decisions, Value

LABELS = ("one", "two", "three")
RNG = np.random.default_rng(5)
GOLD = RNG.integers(0, 2, 400)  # of 40 documents; `three` has no gold row
BASE = np.where(RNG.random(400) < 0.8, GOLD, 1 - GOLD)


def decisions(answers: np.ndarray, sure: float = 0.7, documents: int = 40) -> Decisions:
    table = np.eye(3, dtype=bool)
    told = np.where(table[answers], sure, (1 - sure) / 2)
    names = np.array([f"d{row % documents:02d}" for row in range(len(answers))])
    return Decisions(LABELS, None, table[GOLD[: len(answers)]], table[answers], told, names)


def pair(answers=BASE, sure=0.7, documents=40, slices=None) -> Pair:
    new, old = (decisions(*each, documents) for each in ((answers, sure), (BASE, 0.7)))
    return Pair(new, old, slices or {}, 2000, 0)


def spoilt(where: np.ndarray) -> np.ndarray:
    """The right answers of these rows turned wrong."""
    return np.where(where & (BASE == GOLD), 1 - GOLD, BASE)


def outcomes(checks) -> dict[str, str]:
    return {check.name: check.outcome for check in checks}


def test_a_label_that_clearly_fell_fails_and_a_chance_fall_does_not():
    lost = np.random.default_rng(1).random(400) < 0.3
    found = label_checks(pair(spoilt(lost & (GOLD == 0))), LabelRule(margin=0.1))
    assert outcomes(found)["label one"] == "fail" and "beyond chance" in found[0].reason
    assert found[0].effect.high < 0 and found[0].effect.value < -0.1
    # the same fall in two documents alone: beyond the margin, but it may be chance
    lost = np.isin(np.arange(400) % 40, (1, 2, 3)) & (GOLD == 0)
    found = label_checks(pair(spoilt(lost)), LabelRule(margin=0.01))
    assert outcomes(found)["label one"] == "pass" and "may be chance" in found[0].reason


def test_a_clear_fall_within_the_margin_passes():
    lost = np.random.default_rng(1).random(400) < 0.3
    found = label_checks(pair(spoilt(lost & (GOLD == 0))), LabelRule(margin=0.9))
    assert outcomes(found) == {"label one": "pass", "label two": "pass"}
    assert found[0].effect.high < 0


def test_labels_of_few_documents_are_not_judged_and_those_without_gold_rows_not_told():
    found = label_checks(pair(spoilt(GOLD == 0), documents=7), LabelRule())
    assert outcomes(found) == {"label one": "not enough data", "label two": "not enough data"}
    assert "7 documents, and the check takes 8" in found[0].reason


@pytest.mark.parametrize(("floor", "outcome"), [(0.6, "pass"), (0.83, "pass"), (0.95, "fail")])
def test_a_floor_fails_where_the_whole_interval_lies_below(floor, outcome):
    found = label_checks(pair(), LabelRule(floors={"one": floor}))
    assert found[-1].name == "floor of one" and found[-1].outcome == outcome
    assert found[-1].effect.low < 0.8 < found[-1].effect.high


def test_a_label_that_is_never_found_does_not_escape_its_floor():
    never = label_checks(pair(np.ones(400, dtype=int)), LabelRule(floors={"one": 0.2}))
    assert never[-1].outcome == "fail" and never[-1].effect.value == 0.0
    absent = label_checks(pair(), LabelRule(floors={"three": 0.2}))
    assert absent[-1].outcome == "fail" and "no gold row" in absent[-1].reason
    few = label_checks(pair(documents=7), LabelRule(floors={"one": 0.99}))
    assert few[-1].outcome == "not enough data"


def test_slices_are_judged_by_their_wholly_right_rows():
    half = np.arange(400) < 200
    lost = half & (np.random.default_rng(1).random(400) < 0.3)
    slices = {"tag a": half, "tag b": ~half, "tag few": np.arange(400) < 19}
    found = slice_checks(pair(spoilt(lost), slices=slices), SliceRule(margin=0.1))
    told = {"slice tag a": "fail", "slice tag b": "pass", "small slices": "not enough data"}
    assert outcomes(found) == told and "1 slice of fewer than 20 rows" in found[-1].reason
    assert found[0].effect.value == pytest.approx(-(BASE[lost] == GOLD[lost]).sum() / 200)
    assert slice_checks(pair(), SliceRule())[0].outcome == "not measured"


@pytest.mark.parametrize(("sure", "outcome"), [(0.7, "pass"), (0.72, "pass"), (0.995, "fail")])
def test_log_loss_that_clearly_rose_fails(sure, outcome):
    (found,) = loss_checks(pair(sure=sure), 0.1)
    assert found.outcome == outcome and found.unit == "nats"
    assert loss_checks(pair(sure=sure, documents=7), 0.1)[0].outcome == "not enough data"


def change(name: str, value: float, spread: float, worse=-1, units=40) -> Change:
    samples = value + spread * norm.ppf((np.arange(5000) + 0.5) / 5000)
    return Change(name, value, samples, worse, units, 0.05)


def test_holm_widens_the_intervals_of_a_family():
    """2.9 standard errors: beyond chance alone (2.58), not among six (3.14)."""
    fallen = change("fallen", -0.29, 0.1)
    others = [change(f"still {number}", 0.0, 0.1) for number in range(5)]
    (alone,) = judged([fallen], 8, "document")
    among = judged([*others, fallen], 8, "document")
    assert alone.outcome == "fail" and among[-1].outcome == "pass"
    assert among[-1].effect.low < alone.effect.low and among[-1].effect.high > 0
    assert [check.name for check in among] == [each.name for each in [*others, fallen]]


def test_holm_steps_down_from_the_strongest():
    """3 standard errors are enough for the second of two where the first is clearer still."""
    first, second = change("first", -0.9, 0.1), change("second", -0.27, 0.1)
    assert [check.outcome for check in judged([second, first], 8, "document")] == ["fail", "fail"]
    weak = change("first", -0.265, 0.1)  # clear alone, but not behind one that is not
    assert judged([weak], 8, "document")[0].outcome == "fail"
    assert {check.outcome for check in judged([second, weak], 8, "document")} == {"pass"}


def test_what_rises_is_judged_from_the_other_side():
    assert judged([change("rate", 0.5, 0.1, worse=1)], 8, "seed")[0].outcome == "fail"
    assert judged([change("rate", -0.5, 0.1, worse=1)], 8, "seed")[0].outcome == "pass"
    assert judged([change("f1", 0.5, 0.1)], 8, "document")[0].outcome == "pass"


def suite(capability: str, failed: list[int], asked: str = "same", cases: int = 4) -> Behaviour:
    by_seed = {f"seed{number:02d}": (bad, cases) for number, bad in enumerate(failed)}
    return Behaviour(
        capability=capability,
        kind="invariance",
        task="geo_direction",
        about="",
        cases_sha256=asked,
        cases=cases * len(failed),
        seeds=len(failed),
        failure_rate=Value(value=sum(failed) / (cases * len(failed))),
        parts={},
        outcomes=by_seed,
        failures=(),
        more_failures=sum(failed),
    )


def behaviour(new: list[Behaviour], old: list[Behaviour], rule=BehaviourRule()):  # noqa: B008
    return behaviour_checks(new, old, rule, 2000, 0)


GOOD = [number % 2 for number in range(30)]
WORSE = [bad + (number % 3 > 0) for number, bad in enumerate(GOOD)]


def test_a_failure_rate_that_clearly_rose_fails():
    found = behaviour([suite("typos", WORSE)], [suite("typos", GOOD)])
    assert outcomes(found) == {"behaviour typos": "fail"}
    assert found[0].effect.value == pytest.approx(20 / 120)
    assert behaviour([suite("typos", GOOD)], [suite("typos", GOOD)])[0].outcome == "pass"
    assert behaviour([suite("typos", GOOD)], [suite("typos", WORSE)])[0].outcome == "pass"


def test_a_capability_may_have_a_margin_of_its_own():
    rule = BehaviourRule(margins={"typos": 0.2})
    found = behaviour([suite("typos", WORSE)], [suite("typos", GOOD)], rule)
    assert found[0].outcome == "pass" and found[0].limit == 0.2
    rule = BehaviourRule(margins={"typo": 0})
    with pytest.raises(BadInput, match="did you mean 'typos'"):
        behaviour(
            [suite("typos", WORSE)], [suite("typos", GOOD)], BehaviourRule(margins={"typo": 0})
        )


def test_models_that_were_asked_the_same_are_paired_by_seed():
    """Most of the spread is the seeds', and pairing takes it out."""
    old = [0] * 15 + [3] * 15
    new = [bad + (number % 2) for number, bad in enumerate(old)]
    (paired,) = behaviour([suite("typos", new)], [suite("typos", old)])
    (apart,) = behaviour([suite("typos", new, "other")], [suite("typos", old)])
    assert paired.outcome == "fail" and apart.outcome == "pass"
    assert apart.effect.low < paired.effect.low


def test_behaviour_that_only_the_accepted_model_shows_is_red():
    typos, negation = suite("typos", GOOD), suite("negation", GOOD)
    assert outcomes(behaviour([], [typos])) == {"behaviour": "fail"}
    found = outcomes(behaviour([typos], [typos, negation]))
    assert found == {"behaviour typos": "pass", "behaviour negation": "fail"}
    assert outcomes(behaviour([typos], [])) == {"behaviour": "not measured"}
    few = suite("typos", GOOD[:19])
    assert outcomes(behaviour([few], [few])) == {"behaviour typos": "not enough data"}


def test_a_task_overrides_single_keys():
    config = GateConfig.model_validate(
        {
            "defaults": {"macro_f1": {"margin": 0.02}, "behaviour": {"margins": {"typos": 0.1}}},
            "tasks": {
                "t": {"macro_f1": {"min_documents": 50}, "behaviour": {"margins": {"names": 0.2}}},
                "u": {"labels": None},
            },
        }
    )
    rules = config.rules("t")
    assert (rules.macro_f1.margin, rules.macro_f1.min_documents) == (0.02, 50)
    assert rules.behaviour.margins == {"typos": 0.1, "names": 0.2}
    assert rules.labels == LabelRule()
    assert config.rules("u").labels is None and config.rules("u").macro_f1.margin == 0.02
    assert config.rules("other") == config.defaults


def test_the_shipped_config_says_the_defaults():
    path = Path(__file__).parent.parent / "configs" / "gate.yaml"
    assert load_gate_config(path).rules("event_type") == Rules()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("defaults: {macro_f1: {margn: 0.03}}", "did you mean 'margin'"),
        ("defaults: {macro_f1: {margin: .nan}}", "macro_f1.margin"),
        ("defaults: {macro_f1: {min_documents: 7}}", "greater than or equal to 8"),
        ("defaults: {cost: {latency: 0.5}}", "cost.latency"),
        ("tasks: {event_type: {labels: {floors: {AID: 1.5}}}}", "AID"),
        ("- a", "a YAML mapping"),
    ],
)
def test_a_config_that_says_something_else_is_refused(write, text, said):
    with pytest.raises(BadInput, match=said):
        load_gate_config(write("gate.yaml", text))
