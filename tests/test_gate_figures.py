"""The gate on what reports hold beside their rows: missing metrics, calibration error, cost."""

import pytest
from gated_models import Fake, check, macro, report

from evaluation.cost import Cost, Machine
from evaluation.gate.config import Rules
from evaluation.gate.decision import gate
from evaluation.metrics import Value
from evaluation.report import Report

NAN = Value.model_construct(value=float("nan"), low=None, high=None, reason=None)


def without(report: Report, name: str, value: Value | None) -> Report:
    metrics = dict(report.headline.metrics)
    if value is None:
        metrics.pop(name)
    else:
        metrics[name] = value
    headline = report.headline.model_copy(update={"metrics": metrics})
    return report.model_copy(update={"headline": headline})


@pytest.mark.parametrize("name", ["macro_f1", "mcc", "ece", "accuracy"])
@pytest.mark.parametrize(
    "value", [None, NAN, Value(value=None, reason="all rows got the same label")], ids=str
)
def test_a_missing_undefined_or_nan_metric_is_red(name, value):
    for rules in (Rules(), macro()):
        verdict = gate(without(report(Fake()), name, value), report(Fake()), rules)
        assert verdict.outcome == "fail" and "undefined" in check(verdict, "metrics").reason


def test_an_accepted_report_without_macro_f1_holds_no_bar():
    undefined = Value(value=None, reason="no scored row has a gold label")
    verdict = gate(report(Fake()), without(report(Fake()), "macro_f1", undefined))
    assert verdict.outcome == "fail" and "accepted" in verdict.reasons[0]


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [(0.02, 0.06, "pass"), (0.02, 0.08, "fail"), (0.09, 0.01, "pass")],
)
def test_the_calibration_error_has_a_plain_limit(before, after, outcome):
    new, old = (without(report(Fake()), "ece", Value(value=each)) for each in (after, before))
    found = check(gate(new, old), "calibration error")
    assert found.outcome == outcome and found.effect.value == pytest.approx(after - before)


def test_a_calibration_error_that_neither_report_has_decides_nothing():
    few = Value(value=None, reason="fewer than 100 probabilities to bin")
    both = without(report(Fake()), "ece", few)
    verdict = gate(both, both)
    assert check(verdict, "calibration error").outcome == "not measured" and verdict.passed


def costing(milliseconds: float, size: int, processor: str = "p") -> Cost:
    return Cost(
        machine=Machine(processor=processor, cores=2, threads="1"),
        load_seconds=0.1,
        single_calls=200,
        p50_ms=Value(value=milliseconds),
        p99_ms=Value(value=2 * milliseconds),
        batch_size=32,
        batch_rows=1000,
        sentences_per_second=Value(value=100.0),
        artifact_bytes=size,
        peak_memory_bytes=1000,
    )


@pytest.mark.parametrize(
    ("cost", "latency", "size"),
    [
        (costing(14.0, 1000), "pass", "pass"),
        (costing(16.0, 1000), "fail", "pass"),
        (costing(10.0, 1300), "pass", "fail"),
        (costing(90.0, 1000, "another"), "not measured", "pass"),
    ],
)
def test_latency_and_size_are_ratios_of_one_machine(cost, latency, size):
    old = report(Fake()).model_copy(update={"cost": costing(10.0, 1000)})
    verdict = gate(report(Fake()).model_copy(update={"cost": cost}), old)
    assert check(verdict, "latency").outcome == latency and check(verdict, "size").outcome == size
    assert verdict.passed == ("fail" not in (latency, size))


def test_a_cost_that_only_the_accepted_model_has_is_red_and_the_other_way_round_not():
    plain, measured = report(Fake()), report(Fake()).model_copy(update={"cost": costing(1.0, 1)})
    assert check(gate(plain, measured), "cost").outcome == "fail"
    verdict = gate(measured, plain)
    assert check(verdict, "cost").outcome == "not measured" and verdict.passed
