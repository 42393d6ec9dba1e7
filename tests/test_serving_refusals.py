"""What the service refuses, how it says so, and what its log never holds."""

import http.client
import io
import json
import logging
import socket
from collections.abc import Iterator

import pytest
from serving_parts import JSON, Running, call, gated, running, small_artifacts, until

from data.records import Sentence
from tagging.artifact import Artifact, load_artifact
from tagging.serving.logs import Log, ServerLines
from tagging.serving.messages import MAX_BODY, MAX_TEXT

TEXT = "Soldiers fired shells from Arvandia at the police in Nairobi on Tuesday."
SOLDIERS = {"name": "mention", "start": 0, "end": 8}
TOKEN = "abcdefghijklmnop-0123456789"


@pytest.fixture(scope="module")
def artifacts(
    sentences: tuple[Sentence, ...], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Artifact]:
    folders = small_artifacts(sentences, tmp_path_factory.mktemp("models"))
    return {task: load_artifact(folder) for task, folder in folders.items()}


@pytest.fixture(scope="module")
def served(artifacts: dict[str, Artifact]) -> Iterator[Running]:
    with running(lambda: list(artifacts.values())) as found:
        yield found


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"texts": [{"text": "a"}] * 3 + [{"text": TEXT, "marks": [SOLDIERS | {"end": 99}]}]},
         "texts[3].marks[0].end"),
        ({"texts": [{"text": TEXT, "marks": [SOLDIERS | {"start": 8}]}]},
         "texts[0].marks[0].start"),
        ({"texts": [{"text": TEXT, "marks": [SOLDIERS | {"start": -1}]}]},
         "texts[0].marks[0].start"),
        ({"texts": [{"text": TEXT, "marks": [SOLDIERS | {"start": True}]}]},
         "texts[0].marks[0].start"),
        ({"texts": [{"text": TEXT, "marks": [SOLDIERS | {"name": "mentoin"}]}]},
         "texts[0].marks[0].name"),
        ({"texts": [{"text": TEXT}], "tasks": ["event_tpye"]}, "tasks[0]"),
        ({"texts": [{"text": TEXT, "lang": "en"}]}, "texts[0].lang"),
        ({"texts": [{"text": ""}]}, "texts[0].text"),
        ({"texts": [{"text": "x" * (MAX_TEXT + 1)}]}, "texts[0].text"),
        ({"texts": [{"text": TEXT}] * 33}, "texts"),
        ({"texts": []}, "texts"),
        ({}, "texts"),
        ([], "the request"),
    ],
)  # fmt: skip
def test_a_request_that_is_none_is_told_where(served: Running, content: object, place: str):
    answer = served.raw(json.dumps(content))
    assert (answer.status, answer.error["place"]) == (422, place)


def test_a_misspelt_task_gets_the_nearest_name(served: Running):
    answer = served.tag(TEXT, tasks=["event_tpye"])
    assert "did you mean 'event_type'?" in answer.error["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"texts": [], "texts": [{"text": "a"}]}',
        b'{"texts": [{"text": "a"}], "timeout_s": NaN}',
        b'{"texts": [{"text": "a"}], "timeout_s": 1e999}',
        b'{"texts": [{"text": "\\ud800"}]}',
        b'{"texts": [{"text": "a\\u0000"}]}',
        b'{"texts": [{"text": "\xff"}]}',
        b"\xef\xbb\xbf{}",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 10_000,
    ],
)
def test_no_strict_json_is_400(served: Running, body: bytes):
    assert served.raw(body).status == 400


def test_bodies_over_two_megabytes_are_413_with_a_length_and_without(served: Running):
    def chunks() -> Iterator[bytes]:
        for _ in range(1 + MAX_BODY // 100_000):
            yield b" " * 100_000

    assert served.raw(b" " * (MAX_BODY + 1)).status == 413
    chunked = served.call("POST", "/v1/tag", chunks(), JSON)
    assert chunked.status == 413
    full = json.dumps({"texts": [{"text": TEXT}]}).encode().ljust(MAX_BODY)
    assert served.raw(full).status == 200


def test_bodies_that_are_being_read_share_their_room(artifacts: dict[str, Artifact]):
    body = json.dumps({"texts": [{"text": TEXT}]}).encode()
    with running(lambda: [artifacts["event_type"]]) as served:
        bodies = served.service.bodies
        bodies.room = room = 2 * len(body)
        slow = http.client.HTTPConnection("127.0.0.1", served.port, timeout=20)
        slow.putrequest("POST", "/v1/tag")
        slow.putheader("Content-Type", "application/json")
        slow.putheader("Content-Length", "1000000")
        slow.endheaders(body + b" ")
        until(lambda: bodies.room < room)
        assert served.raw(body).status == 429
        slow.close()
        until(lambda: bodies.room == room)
        assert served.raw(body).status == 200
        assert bodies.room == room


def test_a_request_of_too_many_mentions_is_refused(served: Running):
    crowd = "The police of Nairobi and soldiers. " * 250
    answer = served.tag(*[crowd] * 4, timeout_s=60)
    assert (answer.status, answer.error["code"]) == (422, "too_much")
    assert "mentions" in answer.error["message"]


def test_what_can_never_be_in_time_is_no_reason_to_come_back(served: Running):
    answer = served.tag(TEXT, timeout_s=1e-9)
    assert (answer.status, answer.error["code"]) == (422, "too_much")
    assert "retry-after" not in answer.headers


def test_only_plain_json_is_read(served: Running):
    body = json.dumps({"texts": [{"text": TEXT}]})
    assert served.call("POST", "/v1/tag", body, {"Content-Type": "text/plain"}).status == 415
    assert served.raw(body, **{"Content-Encoding": "gzip"}).status == 415
    assert served.raw(body, **{"Content-Type": "Application/JSON; charset=utf-8"}).status == 200


def test_other_paths_and_methods_are_refused_in_the_same_shape(served: Running):
    assert served.call("GET", "/nope").error["code"] == "no_route"
    wrong = served.call("GET", "/v1/tag")
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
    assert wrong.error["code"] == "no_method"


def test_without_the_token_nothing_but_the_probes_answers(artifacts: dict[str, Artifact]):
    with running(lambda: [artifacts["event_type"]], TOKEN) as served:
        body = json.dumps({"texts": [{"text": TEXT}]})
        for given in ({}, {"Authorization": TOKEN}, {"Authorization": f"Bearer {TOKEN}x"}):
            answer = served.call("POST", "/v1/tag", body, JSON | given)
            assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert served.call("POST", "/v1/tag", body, JSON | right).status == 200
        for path, status in (("/healthz", 200), ("/readyz", 200)):
            assert served.call("GET", path).status == status
        for path in ("/metrics", "/openapi.json"):
            assert served.call("GET", path).status == 401
            assert served.call("GET", path, headers=right).status == 200


def test_a_failing_model_is_a_500_whose_log_has_no_text(artifacts: dict[str, Artifact]):
    broken, _ = gated(artifacts["event_type"])
    with running(lambda: [broken]) as served:
        answer = served.tag("some poison here")
        assert served.tag(TEXT).status == 200
    assert (answer.status, answer.error["code"]) == (500, "failed")
    assert "poison" not in answer.body.decode()
    lines = [json.loads(line) for line in served.log.getvalue().splitlines()]
    (failed,) = [line for line in lines if line["event"] == "failed"]
    assert failed["error"] == "ZeroDivisionError"
    assert failed["request_id"] == answer.headers["x-request-id"]
    assert "poison" not in served.log.getvalue()


def test_no_canary_of_thirty_reaches_the_log(artifacts: dict[str, Artifact]):
    with running(lambda: list(artifacts.values()), TOKEN) as served:
        for number in range(3):
            _plant(served, [f"CANARY{number}{place}" for place in "abcdefghij"])
        served.call("GET", "/metrics")
        answers = served.service.metrics.text().decode()
    log = served.log.getvalue()
    assert log.count('"event": "request"') == 3 * 9 + 1
    assert "CANARY" not in log + answers
    assert TOKEN not in log + answers


def _plant(served: Running, canaries: list[str]) -> None:
    """Ten canaries in nine requests: texts, names, tokens, paths, queries, headers."""
    right = JSON | {"Authorization": f"Bearer {TOKEN}"}
    a, b, c, d, e, f, g, h, i, j = canaries
    post = [
        {"texts": [{"text": f"{a} fired at {b}."}]},
        {"texts": [{"text": TEXT, "marks": [SOLDIERS | {"name": c}]}]},
        {"texts": [{"text": TEXT}], "tasks": [d]},
        {"texts": [{"text": TEXT, e: 1}]},
    ]
    for content in post:
        served.call("POST", "/v1/tag", json.dumps(content), right)
    served.call("POST", "/v1/tag", f'{{"{f}', right)
    served.call("POST", "/v1/tag", "{}", JSON | {"Authorization": f"Bearer {g}"})
    served.call("GET", f"/{h}", headers=right)
    served.call("GET", f"/metrics?{i}", headers=right)
    served.call("GET", "/v1/tag", headers=right | {"X-Request-Id": j})


def test_what_is_no_http_is_400_and_leaves_no_trace(served: Running):
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as raw:
        raw.sendall(b"CANARY nonsense\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    assert "CANARY" not in served.log.getvalue()
    assert call(served.port, "GET", "/healthz").status == 200


def test_what_uvicorn_says_is_told_without_what_it_quotes():
    out = io.StringIO()
    logger = logging.Logger("uvicorn.error")
    logger.addHandler(ServerLines(Log(out)))
    logger.error("Cancel %s tasks", "CANARY", exc_info=ValueError("CANARY"))
    (line,) = out.getvalue().splitlines()
    assert json.loads(line)["reason"] == "Cancel %s tasks"
    assert "CANARY" not in line
