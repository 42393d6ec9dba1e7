"""The model registry: one version an artifact, and aliases that wait for the gate."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from tracked_runs import client, down

from data.errors import BadInput
from tagging.artifact import load_artifact
from training.registry import register
from training.tracking import Store
from training.verdicts import Judged, judged, verdict_tag
from workflows.export import Registration, export_run

GOOD, OTHER = "a" * 64, "b" * 64


@pytest.fixture
def runs(tmp_path, store_in) -> Path:
    store_in(tmp_path / "runs")
    return tmp_path / "runs"


@pytest.fixture
def majority(shelf) -> Path:
    return shelf("majority", "geo_direction").folder


@pytest.fixture
def export(runs, majority, tmp_path):
    """Exports the majority artifact into the registry, as `--register places` does."""

    def call(alias=None, force=False, folder=majority, name="places"):
        wanted = Registration(name, alias, force)
        return export_run(str(folder), tmp_path / "out", runs, wanted)

    return call


def say(runs: Path, folder: Path, **outcomes: str) -> None:
    """What the gate says of the artifact, a dataset each."""
    manifest = load_artifact(folder).manifest_hash
    with TemporaryDirectory() as scratch:  # the same artifact is exported to the same manifest
        exported = export_run(str(folder), Path(scratch) / "out", runs)["manifest"]
    run = Store(runs).existing(exported[:32])  # the shelf's artifacts were never tracked
    for dataset, outcome in outcomes.items():
        run.tags(verdict_tag(dataset, outcome.replace("_", " "), manifest))


def aliases(runs: Path, name: str = "places") -> dict[str, str]:
    found = client(runs).get_registered_model(name).aliases
    return {alias: str(version) for alias, version in found.items()}


def test_an_artifact_is_registered_once(export, runs, majority, shelf):
    first, again = export(), export()
    assert (first["version"], first["new"]) == ("1", True)
    assert (again["version"], again["new"]) == ("1", False)
    other = export(folder=shelf("tfidf", "geo_direction").folder)
    assert (other["version"], other["new"]) == ("2", True)
    assert export(name="more")["version"] == "1"
    tags = client(runs).get_model_version("places", "1").tags
    assert tags["wiretag.manifest"] == first["manifest"] == again["manifest"]
    assert tags["wiretag.task"] == "geo_direction"
    assert tags["wiretag.run"] == tags["gate.verdict"] == "none"
    assert aliases(runs) == {} and first["gate"] == "none" and first["alias"] is None


def test_the_version_belongs_to_the_run_that_trained(runs, majority, monkeypatch):
    store, artifact = Store(runs), load_artifact(majority)
    with store.run("geo_direction", "m", {}) as run:
        pass
    monkeypatch.setitem(vars(artifact), "card", replaced(artifact.card, run_id=run.id))
    made = register(store, artifact, "places")
    version = client(runs).get_model_version("places", made.version)
    assert made.run == version.run_id == run.id and version.tags["wiretag.run"] == run.id
    assert client(runs).get_run(run.id).info.status == "FINISHED"


def replaced(card, **changes):
    from dataclasses import replace

    return replace(card, **changes)


def test_a_store_that_does_not_know_the_run_gets_one_that_is_found_by_its_id(runs, majority):
    artifact = load_artifact(majority)
    vars(artifact)["card"] = replaced(artifact.card, run_id="c" * 32)
    made = register(Store(runs), artifact, "places")
    found = Store(runs).find("c" * 32)
    assert found.info.run_id == made.run != "c" * 32 and found.info.status == "FINISHED"
    assert found.data.tags["wiretag.trained"] == "in another store"


@pytest.mark.parametrize(
    ("outcomes", "reason"),
    [
        ({}, "the gate has not judged this artifact"),
        ({"test": "fail"}, "the gate said 'fail' on test"),
        ({"test": "not_enough_data"}, "the gate said 'not enough data' on test"),
        ({"a": "pass", "b": "not_enough_data", "c": "fail"}, "the gate said 'fail' on c"),
    ],
)
def test_an_alias_waits_for_the_gate(export, runs, majority, outcomes, reason):
    export()
    say(runs, majority, **outcomes)
    found = export("champion")
    said = f"champion of places is given to no version: {reason}; run `wiretag evaluate "
    assert found["refused"].startswith(said) and found["alias"] is None
    assert "`wiretag gate " in found["refused"] and "--force" in found["refused"]
    assert found["version"] == "1" and aliases(runs) == {}


def test_an_alias_moves_when_the_gate_passed(export, runs, majority, shelf):
    export()
    say(runs, majority, test="pass", more="pass")
    found = export("champion")
    assert "refused" not in found and found["alias"] == "champion" and found["gate"] == "pass"
    assert aliases(runs) == {"champion": "1"}
    tags = client(runs).get_model_version("places", "1").tags
    assert tags["gate.verdict"] == "pass" and "gate.forced" not in tags
    better = shelf("tfidf", "geo_direction").folder
    refused = export("champion", folder=better)["refused"]
    assert refused.startswith("champion of places stays at version 1: ")
    say(runs, better, test="pass")
    export("champion", folder=better)
    export("candidate")
    assert aliases(runs) == {"champion": "2", "candidate": "1"}


def test_a_first_report_opens_a_free_alias_alone(export, runs, majority, shelf):
    export()
    say(runs, majority, test="first")
    assert export("champion")["gate"] == "first" and aliases(runs) == {"champion": "1"}
    assert "refused" not in export("champion")  # it is there
    other = shelf("tfidf", "geo_direction").folder
    export(folder=other)
    say(runs, other, test="first")
    assert "with nothing to hold it against" in export("champion", folder=other)["refused"]
    assert aliases(runs) == {"champion": "1"}


def test_force_moves_an_alias_and_is_remembered(export, runs, majority):
    export()
    say(runs, majority, test="fail")
    assert export("candidate", force=True)["alias"] == "candidate"
    tags = client(runs).get_model_version("places", "1").tags
    assert tags["gate.forced"] == "candidate" and tags["gate.verdict"] == "fail"
    assert aliases(runs) == {"candidate": "1"}


def test_a_verdict_on_another_artifact_of_the_run_does_not_count():
    tags = verdict_tag("a", "pass", OTHER) | verdict_tag("b", "not enough data", GOOD)
    assert judged(tags, {GOOD}) == Judged({"b": "not enough data"})
    assert judged(tags, {OTHER}).moves(occupied=True) and not judged(tags, {GOOD}).moves(False)
    assert judged(tags | {"gate.on.c": f"fine {GOOD}"}, {GOOD}).outcome == "fail"
    assert judged({"gate.on.x": "pass", "gate.on.y": ""}, {GOOD}).outcome == "none"
    assert verdict_tag("a", "pass", None) == {}
    assert judged({}, {GOOD}).outcome == "none" and not judged({}, {GOOD}).moves(occupied=False)


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "x' OR 'y' = 'y", "-a", "models:/x"])
def test_a_name_that_cannot_be_addressed_is_refused(export, name):
    with pytest.raises(BadInput, match="a model's name"):
        export(name=name)


def test_the_folder_stays_if_the_store_is_down(export, tmp_path, monkeypatch):
    down(monkeypatch)
    with pytest.raises(BadInput, match="a tracking store that answers") as caught:
        export("champion")
    assert re.search("the artifact is in .*out, not registered", str(caught.value))
    assert load_artifact(tmp_path / "out")


def test_a_store_that_refuses_is_told_in_a_line(export, tmp_path, monkeypatch):
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    def refuse(*_, **__):
        raise MlflowException("no registry here\nand more")

    monkeypatch.setattr(MlflowClient, "create_model_version", refuse)
    with pytest.raises(BadInput, match="found no registry here; store: sqlite"):
        export()
    assert load_artifact(tmp_path / "out")


def test_a_registered_model_is_served_by_its_alias(export, runs, shelf, tmp_path, unused_port):
    made = shelf("tfidf", "geo_direction")
    export("champion", force=True, folder=made.folder)
    command = [sys.executable, "-m", "mlflow", "models", "serve", "-m", "models:/places@champion"]
    options = ["--env-manager", "local", "-h", "127.0.0.1", "-p", str(unused_port)]
    environment = os.environ | {
        "MLFLOW_TRACKING_URI": f"sqlite:///{runs}/mlflow.db",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    log = tmp_path / "server.log"
    with log.open("wb") as told:
        server = subprocess.Popen(
            command + options, cwd=tmp_path, env=environment, stdout=told, stderr=told
        )
    row = made.rows[0]
    body = {"text": row.text, "marks": [vars(mark) for mark in row.marks]}
    try:
        found = ask(unused_port, {"dataframe_records": [body]})
    except URLError:
        pytest.fail(log.read_text())
    finally:
        server.terminate()
        server.wait(10)
    (expected,) = load_artifact(made.folder).predict([row])
    assert found["predictions"][0]["labels"] == list(expected.labels)
    assert found["predictions"][0]["confidence"] == expected.confidence


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ask(port: int, body: dict, seconds: float = 180) -> dict:
    """The server's answer, as soon as it listens."""
    headers = {"Content-Type": "application/json"}
    request = Request(f"http://127.0.0.1:{port}/invocations", json.dumps(body).encode(), headers)
    until = time.monotonic() + seconds
    while True:
        try:
            with urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except URLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
