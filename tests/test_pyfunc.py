"""The MLflow model of an artifact: the same answers, by every way in, with light code alone."""

import json
import shutil
import subprocess
import sys
from copy import deepcopy
from functools import cache
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import validate_serving_input

from data.errors import BadInput
from data.records import Example, Mark
from tagging.artifact import load_artifact
from training.carried import CODE, NEEDED, ROOT, modules, requirements
from training.registry import save_model

SHELVED = [("tfidf", "geo_direction"), ("transformer", "event_type"), ("majority", "actor_role")]


@pytest.fixture(scope="module", autouse=True)
def path():
    """Loading a model puts its code in front of the path."""
    before = list(sys.path)
    yield
    sys.path[:] = before


@pytest.fixture(scope="module")
def saved(shelf, tmp_path_factory):
    """(family, task) -> the saved MLflow model and the artifact's folder."""

    @cache
    def save(family, task):
        out = tmp_path_factory.mktemp("models") / family
        folder = shelf(family, task).folder
        save_model(load_artifact(folder), out)
        return out, folder

    return save


@pytest.fixture(scope="module")
def loaded(saved):
    """(family, task) -> the model as MLflow loads it, and the artifact."""

    @cache
    def load(family, task):
        out, folder = saved(family, task)
        return mlflow.pyfunc.load_model(str(out)), load_artifact(folder)

    return load


def given(rows: list[Example]) -> list[dict]:
    """The rows as a caller has them."""
    return [
        {"text": row.text}
        | ({"marks": [dict(vars(mark)) for mark in row.marks]} if row.marks else {})
        for row in rows
    ]


@pytest.mark.parametrize(("family", "task"), SHELVED)
def test_the_model_answers_as_the_artifact_does(loaded, shelf, family, task):
    model, artifact = loaded(family, task)
    rows = shelf(family, task).rows
    found = model.predict(given(rows), params={"return_probabilities": True})
    expected = artifact.predict(rows)
    assert len(found) == len(rows) > 50
    for row, one in zip(found.to_dict("records"), expected, strict=True):
        assert tuple(row["labels"]) == one.labels and row["probabilities"] == one.probabilities
        assert (row["confidence"], row["abstains"]) == (one.confidence, one.abstains)
        assert row["possible"] == (None if one.possible is None else list(one.possible))
    assert all(row == {} for row in model.predict(given(rows[:3]))["probabilities"])


def test_a_frame_with_an_index_of_its_own_is_answered_in_order(loaded, shelf):
    model, artifact = loaded("tfidf", "geo_direction")
    rows = shelf("tfidf", "geo_direction").rows[:20]
    frame = pd.DataFrame(given(rows), index=range(40, 20, -1))
    labels = [tuple(each) for each in model.predict(frame)["labels"]]
    assert labels == [each.labels for each in artifact.predict(rows)] and len(set(labels)) > 1


def test_a_threshold_decides_every_label_of_a_multi_label_task(loaded, shelf):
    model, artifact = loaded("transformer", "event_type")
    rows = shelf("transformer", "event_type").rows[:20]
    told = artifact.predict(rows)
    share = sorted(value for one in told for value in one.probabilities.values())[150]
    found = model.predict(given(rows), params={"threshold": share}).to_dict("records")
    decided = [{name for name, p in one.probabilities.items() if p >= share} for one in told]
    assert [set(row["labels"]) for row in found] == decided
    assert 0 < sum(map(len, decided)) < 20 * 16
    for row, one in zip(found, told, strict=True):
        parts = [p if p >= share else 1 - p for p in one.probabilities.values()]
        assert row["confidence"] == pytest.approx(min(parts), abs=1e-6)
    own = model.predict(given(rows), params={"threshold": 0.5})  # the shelf's thresholds
    assert own.equals(model.predict(given(rows)))


def test_a_threshold_is_the_least_confidence_of_a_single_label_task(loaded, shelf):
    model, artifact = loaded("tfidf", "geo_direction")
    rows = shelf("tfidf", "geo_direction").rows[:40]
    told = artifact.predict(rows)
    share = sorted(one.confidence for one in told)[20]
    found = model.predict(given(rows), params={"threshold": share})
    assert [tuple(each) for each in found["labels"]] == [one.labels for one in told]
    assert list(found["abstains"]) == [one.confidence < share for one in told]
    assert 0 < sum(found["abstains"]) < 40 and not any(one.abstains for one in told)


def test_top_k_keeps_the_most_probable(loaded, shelf):
    model, artifact = loaded("transformer", "event_type")
    rows = shelf("transformer", "event_type").rows[:9]
    wanted = {"threshold": 0.0, "top_k": 2, "return_probabilities": True}
    found = model.predict(given(rows), params=wanted).to_dict("records")
    whole = model.predict(given(rows), params={"threshold": 0.0}).to_dict("records")
    for row, full, one in zip(found, whole, artifact.predict(rows), strict=True):
        best = sorted(one.probabilities.items(), key=lambda item: -item[1])[:2]
        assert list(row["probabilities"].items()) == best
        assert set(row["labels"]) == set(dict(best)) and len(full["labels"]) == 16
        assert row["confidence"] == full["confidence"] and row["possible"] == full["possible"]


MARK = {"name": "mention", "start": 0, "end": 4}
FAULTS = {
    "no text": ([{"text": None, "marks": [MARK]}], {}, "a text, found NoneType"),
    "no mark": ([{"text": "Goma fell."}], {}, "a mark named 'mention' in each row"),
    "null for marks": ([{"text": "Goma fell.", "marks": None}], {}, "none in row 0"),
    "another's": ([{"text": "Goma", "marks": [MARK | {"name": "mnt"}]}], {}, "did you mean"),
    "beyond the text": ([{"text": "Rio", "marks": [MARK]}], {}, "within the 3 characters"),
    "empty": ([{"text": "Goma", "marks": [MARK | {"end": 0}]}], {}, "0 to 0"),
    "before it": ([{"text": "Goma", "marks": [MARK | {"start": -1}]}], {}, "-1 to 4"),
    "twice": ([{"text": "Goma", "marks": [MARK, MARK]}], {}, "each mark once"),
    "not a number": ([{"text": "Goma", "marks": [MARK | {"end": "x"}]}], {}, "end"),
    "threshold": ([{"text": "Goma", "marks": [MARK]}], {"threshold": 1.5}, "between 0 and 1"),
    "top_k": ([{"text": "Goma", "marks": [MARK]}], {"top_k": 0}, "at least 1"),
    "a text for a parameter": ([{"text": "Goma", "marks": [MARK]}], {"top_k": "2"}, "top_k"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_the_model_cannot_answer_is_refused_with_its_reason(loaded, fault):
    rows, params, said = FAULTS[fault]
    model, _ = loaded("tfidf", "geo_direction")
    with pytest.raises(MlflowException, match=said) as caught:
        model.predict(deepcopy(rows), params=params)  # MLflow changes what it is given
    assert caught.value.get_http_status_code() == 400 or fault == "not a number"


def test_marks_of_a_task_without_any_are_refused(loaded):
    model, _ = loaded("transformer", "event_type")
    with pytest.raises(MlflowException, match="this task has none"):
        model.predict([{"text": "Goma fell.", "marks": [dict(MARK)]}])
    assert len(model.predict([{"text": "Goma fell."}, {"text": ""}])) == 2


def test_the_loader_may_ask_for_int8_and_threads(saved, monkeypatch):
    out, _ = saved("tfidf", "geo_direction")
    with pytest.raises(BadInput, match="int8"):
        mlflow.pyfunc.load_model(str(out), model_config={"int8": True})
    asked = []
    monkeypatch.setattr("tagging.artifact.load_artifact", lambda *a, **k: asked.append(k))
    mlflow.pyfunc.load_model(str(out), model_config={"threads": 1})
    mlflow.pyfunc.load_model(str(out))
    assert asked == [{"int8": False, "threads": 1}, {"int8": False, "threads": None}]


ROW = {"text": "Goma fell.", "marks": [MARK]}
FORMS = {
    "dataframe_records": [ROW, ROW],
    "dataframe_split": {
        "columns": ["marks", "text"],
        "index": [7, 3],
        "data": [[[MARK], "Goma fell."]] * 2,
    },
    "inputs": [ROW, ROW],
}


@pytest.mark.parametrize("form", FORMS)
def test_the_scoring_server_reads_every_form(saved, form):
    out, folder = saved("tfidf", "geo_direction")
    asked = json.dumps({form: FORMS[form], "params": {"return_probabilities": True}})
    found = validate_serving_input(str(out), asked).to_dict("records")
    (one,) = load_artifact(folder).predict([Example("", "", **marked(ROW))])
    assert [row["probabilities"] for row in found] == [one.probabilities] * 2


def marked(row: dict) -> dict:
    return row | {"marks": tuple(Mark(**mark) for mark in row["marks"])}


@pytest.mark.parametrize(("family", "task"), SHELVED)
def test_the_models_own_example_is_answered(saved, family, task):
    out, _ = saved(family, task)
    asked = (out / "serving_input_example.json").read_text()
    assert len(validate_serving_input(str(out), asked)) == 1


@pytest.mark.parametrize("name", ["artifact.json", "model.skops", "codebook.yaml", "new.txt"])
def test_a_changed_artifact_is_refused_at_load(saved, name, tmp_path):
    out, folder = saved("tfidf", "geo_direction")
    copy = tmp_path / "copy"
    shutil.copytree(out, copy)
    file = copy / "artifacts" / folder.name / name
    content = bytearray(file.read_bytes() if file.exists() else b"x")
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(BadInput, match=r"manifest|sha256"):
        mlflow.pyfunc.load_model(str(copy))


@pytest.mark.parametrize(("family", "task"), SHELVED)
def test_requirements_are_pinned_and_light(saved, family, task):
    out, folder = saved(family, task)
    runtime = load_artifact(folder).card.runtime
    told = (out / "requirements.txt").read_text().split()
    assert told == requirements(runtime) and all("==" in line for line in told)
    names = {line.split("==")[0] for line in told}
    assert names == {"mlflow", "numpy", "pandas", *NEEDED[runtime]}
    assert not names & {"torch", "transformers", "datasets", "accelerate"}


def test_the_carried_code_is_small_and_of_two_packages(saved):
    out, _ = saved("tfidf", "geo_direction")
    carried = {file.relative_to(out / "code") for file in (out / "code").rglob("*.py")}
    assert carried == {file.relative_to(ROOT) for file in modules(CODE) - {CODE}}
    assert {file.parts[0] for file in carried} == {"tagging", "data"} and len(carried) < 30
    assert not {Path("tagging/pipeline.py"), Path("data/importers/__init__.py")} & carried
    assert sum(file.stat().st_size for file in (out / "code").rglob("*")) < 200_000


ALONE = """
import json, sys

class Absent:
    # Nothing of these is installed.
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers", "datasets", "training", "workflows"):
            raise ModuleNotFoundError(name)

sys.meta_path.insert(0, Absent())
import mlflow
found = mlflow.pyfunc.load_model(sys.argv[1]).predict(json.loads(sys.argv[2]))
import data, tagging.artifact
print(json.dumps([found["labels"].tolist(), found["confidence"].tolist(),
                  data.__file__, tagging.artifact.__file__]))
"""


@pytest.mark.parametrize(("family", "task"), SHELVED[:2])
def test_a_process_elsewhere_needs_nothing_but_what_the_model_carries(
    saved, shelf, tmp_path, family, task
):
    out, folder = saved(family, task)
    rows = shelf(family, task).rows[:5]
    command = [sys.executable, "-c", ALONE, str(out), json.dumps(given(rows))]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    labels, confidence, *files = json.loads(done.stdout.strip().split("\n")[-1])
    expected = load_artifact(folder).predict(rows)
    assert [tuple(each) for each in labels] == [one.labels for one in expected]
    assert confidence == [one.confidence for one in expected]
    assert all(Path(file).is_relative_to(out / "code") for file in files)
