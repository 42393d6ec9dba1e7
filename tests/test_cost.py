"""What a model costs, measured in a process of its own, and which models others beat at both."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import examples_of
from evaluation.cost import Cost, Machine, measure_cost
from evaluation.metrics import Value
from evaluation.pareto import pareto_points
from evaluation.report import Report, load_report, save_report
from evaluation.score import score
from tagging.artifact import load_artifact
from training.families.majority import MajorityConfig

PLACES = load_codebook("geo_direction")


@pytest.fixture
def majority(shelving, sentences, tmp_path) -> Path:
    rows = examples_of(sentences, PLACES).examples
    return shelving(MajorityConfig(family="majority"), PLACES, rows, tmp_path / "m").folder


@pytest.fixture
def report(majority, sentences) -> Report:
    return score(load_artifact(majority), sentences, name="m", dataset="d", resamples=10)


@pytest.fixture
def cost(majority, sentences) -> Cost:
    return measure_cost(majority, examples_of(sentences, PLACES).examples)


def test_a_cost_is_measured_in_a_fresh_process(cost, majority, report, tmp_path):
    assert cost.single_calls == 200 and cost.batch_rows == len(report.predictions) == 204
    assert 0 < cost.p50_ms.value <= cost.p99_ms.value < 1000
    assert cost.sentences_per_second.value > 100 and cost.load_seconds > 0
    assert cost.artifact_bytes == sum(file.stat().st_size for file in majority.iterdir())
    assert cost.machine.cores >= 1 and cost.machine.processor
    save_report(report.model_copy(update={"cost": cost}), tmp_path / "r.json")
    assert load_report(tmp_path / "r.json").cost == cost


@pytest.mark.slow
def test_the_memory_is_the_childs_own_and_not_what_its_parent_holds():
    asked = (
        "import subprocess, sys; held = bytearray(600_000_000); "
        "code = 'from evaluation.cost_child import peak_memory; print(peak_memory())'; "
        "print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout)"
    )
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert 20_000_000 < int(told.stdout) < 500_000_000


def test_few_rows_have_no_p99_and_no_rate(majority, sentences):
    found = measure_cost(majority, examples_of(sentences, PLACES).examples[:5])
    assert found.p99_ms.value is None and found.p99_ms.reason == "5 calls, and a p99 takes 100"
    assert found.sentences_per_second.reason == "5 rows, and a batch takes 32"
    assert found.p50_ms.value > 0


def test_what_cannot_be_measured_is_refused(majority, sentences, tmp_path):
    with pytest.raises(BadInput, match="an example"):
        measure_cost(majority, [])
    with pytest.raises(BadInput, match="loads and predicts"):
        measure_cost(tmp_path / "none", examples_of(sentences, PLACES).examples[:2])


def priced(report: Report, cost: Cost, name: str, quality: float | None, price: float) -> Report:
    value = Value(value=None, reason="no gold") if quality is None else Value(value=quality)
    headline = report.headline.model_copy(
        update={"metrics": {**report.headline.metrics, "macro_f1": value}}
    )
    cost = cost.model_copy(update={"p50_ms": Value(value=price)})
    return report.model_copy(update={"model": name, "headline": headline, "cost": cost})


def test_the_front_is_what_no_other_beats_at_both(report, cost):
    models = [("big", 0.9, 30.0), ("slow", 0.7, 40.0), ("small", 0.6, 1.0), ("none", None, 2.0)]
    models += [("twin", 0.9, 30.0), ("dear", 0.9, 31.0)]
    found = pareto_points([priced(report, cost, *model) for model in models])
    assert [point.model for point in found] == ["small", "none", "big", "twin", "dear", "slow"]
    beaten = {point.model: point.beaten_by for point in found}
    assert beaten["small"] is beaten["big"] is beaten["twin"] is None
    assert beaten["none"] == "small" and beaten["dear"] in ("big", "twin")
    assert beaten["slow"] in ("big", "twin")


def test_models_without_a_price_are_no_points_and_machines_are_not_mixed(report, cost):
    one = priced(report, cost, "one", 0.5, 1.0)
    assert [point.model for point in pareto_points([one, report])] == ["one"]
    assert pareto_points([]) == ()
    size = pareto_points([one], "artifact_mb")[0]
    assert size.price == cost.artifact_bytes / 1e6
    away = cost.model_copy(update={"machine": Machine(processor="x", cores=64, threads=None)})
    other = one.model_copy(update={"cost": away, "model": "other"})
    with pytest.raises(BadInput, match="one machine"):
        pareto_points([one, other])


def test_the_childs_answer_is_checked(majority, sentences, monkeypatch):
    real = subprocess.run

    def broken(*asked, **more):
        done = real(*asked, **more)
        done.stdout = json.dumps(json.loads(done.stdout) | {"batch_seconds": -1})
        return done

    monkeypatch.setattr("evaluation.cost.subprocess.run", broken)
    with pytest.raises(BadInput, match="loads and predicts"):
        measure_cost(majority, examples_of(sentences, PLACES).examples[:2])
