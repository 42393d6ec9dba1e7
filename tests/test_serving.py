"""The service's answers, asked over HTTP."""

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sample_articles import LINES
from serving_parts import Running, gated, running, small_artifacts, until

from data.codebook import load_codebook
from data.errors import BadInput
from data.records import Example, Mark, Sentence
from tagging.artifact import Artifact, load_artifact
from tagging.mentions import propose
from tagging.serving.admission import Limits
from tagging.serving.router import Router

TEXT = "Soldiers fired shells from Arvandia at the police in Nairobi on Tuesday."
SOLDIERS = {"name": "mention", "start": 0, "end": 8}
TOKEN = "abcdefghijklmnop-0123456789"


@pytest.fixture(scope="module")
def artifacts(
    sentences: tuple[Sentence, ...], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Artifact]:
    words = ("event_type", "actor_role")
    folders = small_artifacts(sentences, tmp_path_factory.mktemp("models"), words=words)
    return {task: load_artifact(folder) for task, folder in folders.items()}


@pytest.fixture(scope="module")
def served(artifacts: dict[str, Artifact]) -> Iterator[Running]:
    with running(lambda: list(artifacts.values())) as found:
        yield found


def test_a_sentence_is_answered_by_all_tasks_with_mentions_found_by_rule(served: Running):
    answer = served.tag(TEXT)
    assert answer.status == 200
    (text,) = answer.json["texts"]
    assert text["marked_by"] == "rules"
    found = {
        (tag["task"], mark["kind"], mark["start"], mark["end"])
        for tag in text["tags"]
        for mark in tag["marks"]
    }
    tasks = {"actor": "actor_role", "place": "geo_direction"}
    wanted = {(tasks[one.kind], one.kind, one.start, one.end) for one in propose(TEXT)}
    assert {kind for _, kind, _, _ in wanted} == {"actor", "place"}
    assert found == wanted
    assert [tag["task"] for tag in text["tags"] if not tag["marks"]] == ["event_type"]


def test_the_answers_are_those_of_the_artifact(served: Running, artifacts: dict[str, Artifact]):
    texts = [{"text": f"Number {n}: {TEXT}", "marks": [SOLDIERS]} for n in range(5)]
    answer = served.tag(*texts, return_probabilities=True).json
    for task in ("event_type", "actor_role"):
        card = artifacts[task].card
        marks = (Mark("mention", 0, 8),) if card.marks else ()
        wanted = artifacts[task].predict([Example("", "", row["text"], marks) for row in texts])
        tags = [tag for text in answer["texts"] for tag in text["tags"] if tag["task"] == task]
        assert [tuple(tag["labels"]) for tag in tags] == [one.labels for one in wanted]
        assert [tag["probabilities"] for tag in tags] == [one.probabilities for one in wanted]
        assert [tag["confidence"] for tag in tags] == [one.confidence for one in wanted]
        (model,) = [one for one in answer["models"] if one["task"] == task]
        assert model["manifest_hash"] == artifacts[task].manifest_hash


def test_answers_of_a_batch_go_to_those_who_asked(artifacts: dict[str, Artifact]):
    slow, gate = gated(artifacts["event_type"])
    texts = [f"{start} in Nairobi." for start in LINES[:6]]
    with running(lambda: [slow], limits=Limits(burst=10)) as served, ThreadPoolExecutor(9) as pool:
        gate.sizes.clear()
        gate.open.clear()
        pool.submit(served.tag, TEXT)
        until(lambda: gate.sizes == [1])
        asked = [
            pool.submit(served.tag, *[text] * number, return_probabilities=True)
            for number, text in enumerate(texts, start=1)
        ]
        until(lambda: served.service.worker.waiting == 21)
        gate.open.set()
        answers = [one.result().json["texts"] for one in asked]
    assert gate.sizes == [1, 21]
    wanted = artifacts["event_type"].predict([Example("", "", text) for text in texts])
    assert len({tuple(one.probabilities.values()) for one in wanted}) > 1
    for number, (said, one) in enumerate(zip(answers, wanted, strict=True), start=1):
        found = [text["tags"][0]["probabilities"] for text in said]
        assert found == [pytest.approx(one.probabilities)] * number


def test_marks_ask_their_tasks_alone_and_a_kind_leaves_the_other_out(served: Running):
    marks = [SOLDIERS | {"kind": "actor"}, {"name": "mention", "start": 27, "end": 35}]
    answer = served.tag({"text": TEXT, "marks": marks}, tasks=["actor_role", "geo_direction"])
    (text,) = answer.json["texts"]
    assert text["marked_by"] == "request"
    asked = [(tag["task"], tag["marks"][0]["start"]) for tag in text["tags"]]
    assert asked == [("actor_role", 0), ("actor_role", 27), ("geo_direction", 27)]


def test_no_probabilities_unless_they_are_asked_for(served: Running):
    assert {tag["probabilities"] for tag in served.tag(TEXT).json["texts"][0]["tags"]} == {None}


def test_what_a_task_cannot_answer_is_said(served: Running):
    plain, unmarked = served.tag("It rained.", {"text": TEXT, "marks": []}).json["texts"]
    said = {one["task"]: one["reason"] for one in plain["unanswered"]}
    assert said["actor_role"] == "no actor was found in the text"
    assert {one["task"] for one in unmarked["unanswered"]} == {"actor_role", "geo_direction"}
    assert "needs a mark named 'mention'" in unmarked["unanswered"][0]["reason"]


def test_a_task_of_several_marks_needs_each_of_them_once(artifacts: dict[str, Artifact]):
    simple = artifacts["geo_direction"]
    both = replace(simple, card=replace(simple.card, marks=("source", "target")))
    with running(lambda: [both]) as served:
        source, target = ({"name": name, "start": 0, "end": 4} for name in ("source", "target"))
        full, half = served.tag(
            {"text": TEXT, "marks": [target, source]}, {"text": TEXT, "marks": [source]}
        ).json["texts"]
    assert [mark["name"] for mark in full["tags"][0]["marks"]] == ["target", "source"]
    assert not half["tags"]
    assert half["unanswered"][0]["reason"] == "it needs each of these marks once: source, target"


def test_two_artifacts_of_a_task_are_refused(artifacts: dict[str, Artifact]):
    with pytest.raises(BadInput, match="expected one artifact for event_type"):
        Router([artifacts["event_type"], artifacts["event_type"]])


def test_offsets_are_code_points(served: Running):
    text = "\N{FIRE}\N{FIRE} soldiers fired"
    escaped = json.dumps({"texts": [{"text": text, "marks": [SOLDIERS | {"start": 3, "end": 11}]}]})
    assert "\\ud83d" in escaped
    (row,) = served.raw(escaped).json["texts"]
    tag = next(tag for tag in row["tags"] if tag["task"] == "actor_role")
    assert text[tag["marks"][0]["start"] : tag["marks"][0]["end"]] == "soldiers"


def test_ready_is_not_said_while_loading_nor_while_ending(artifacts: dict[str, Artifact]):
    may_load = threading.Event()

    def load() -> list[Artifact]:
        may_load.wait(20)
        return [artifacts["event_type"]]

    with running(load, ready=False) as served:
        assert served.call("GET", "/healthz").status == 200
        assert served.call("GET", "/readyz").status == 503
        assert served.tag(TEXT).status == 503
        may_load.set()
        until(lambda: served.call("GET", "/readyz").status == 200)
        served.service.ending = True
        assert served.call("GET", "/readyz").status == 503


def test_the_metrics_count_what_was_asked(artifacts: dict[str, Artifact]):
    with running(lambda: [artifacts["event_type"]]) as served:
        served.tag(TEXT, TEXT, TEXT)
        served.tag()
        served.call("GET", "/secret-path?token=x")
        page = served.call("GET", "/metrics")
    figures = dict(re.findall(r"^(\S+) (\S+)$", page.body.decode(), re.MULTILINE))
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert figures['wiretag_requests_total{route="/v1/tag",status="200"}'] == "1.0"
    assert figures['wiretag_requests_total{route="/v1/tag",status="422"}'] == "1.0"
    assert figures['wiretag_requests_total{route="other",status="404"}'] == "1.0"
    assert figures["wiretag_texts_total"] == "3.0"
    assert figures["wiretag_batch_texts_sum"] == "3.0"
    assert figures["wiretag_queue_texts"] == "0.0"
    assert figures["wiretag_ready"] == "1.0"
    assert figures['wiretag_request_seconds_count{route="/v1/tag"}'] == "2.0"
    assert any(artifacts["event_type"].manifest_hash in name for name in figures)


def test_the_openapi_document_holds_what_is_answered(served: Running):
    import jsonschema_rs

    document = served.call("GET", "/openapi.json").json
    assert set(document["paths"]) == {"/v1/tag", "/healthz", "/readyz", "/metrics", "/openapi.json"}
    schemas = {"$defs": document["components"]["schemas"]}
    text = json.dumps(schemas).replace("#/components/schemas/", "#/$defs/")
    for name, content in (
        ("TagResponse", served.tag(TEXT, return_probabilities=True).json),
        ("ErrorResponse", served.tag().json),
        ("TagRequest", {"texts": [{"text": TEXT, "marks": [SOLDIERS]}]}),
    ):
        jsonschema_rs.validate(json.loads(text) | {"$ref": f"#/$defs/{name}"}, content)


def test_labels_of_the_models_are_those_of_the_codebook(served: Running):
    (model,) = served.tag(TEXT, tasks=["event_type"]).json["models"]
    assert tuple(model["labels"]) == load_codebook("event_type").labels
