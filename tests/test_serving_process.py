"""The service as a process: it drains, it ends with 0, and it takes its token from no argument."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from serving_parts import JSON, call, small_artifacts, until

from data.errors import BadInput
from data.records import Sentence
from workflows.serving import read_token

ROOT = Path(__file__).parent.parent
TOKEN = "abcdefghijklmnop-0123456789"
BODY = json.dumps({"texts": [{"text": "A CANARY sang in Nairobi."}]})


@pytest.fixture(scope="module")
def folder(sentences: tuple[Sentence, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    return small_artifacts(sentences, root, ("geo_direction",))["geo_direction"]


@contextmanager
def serving(*arguments: object, **variables: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "wiretag.py", "serve", *map(str, arguments), "--port", "0"]
    environment = {name: os.environ[name] for name in os.environ if name != "WIRETAG_TOKEN"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment | variables, stderr=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def listening(process: "subprocess.Popen[str]") -> int:
    """The port, once the models are loaded."""
    assert process.stderr
    told = {}
    while not {"ready", "listening"} <= told.keys():
        line = process.stderr.readline()
        assert line, f"the service ended with {process.wait()}"
        told[json.loads(line)["event"]] = json.loads(line)
    return int(told["listening"]["port"])


@pytest.mark.slow
def test_on_sigterm_it_answers_what_came_before_and_ends_with_0(folder: Path):
    with serving(folder, WIRETAG_TOKEN=TOKEN) as process:
        port = listening(process)
        assert call(port, "POST", "/v1/tag", BODY, JSON).status == 401
        right = JSON | {"Authorization": f"Bearer {TOKEN}", "Content-Length": str(len(BODY))}
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.putrequest("POST", "/v1/tag")
        for name, value in right.items():
            connection.putheader(name, value)
        connection.endheaders(BODY[:20].encode())
        until(lambda: call(port, "GET", "/healthz").status == 200)  # the head has been read
        process.send_signal(signal.SIGTERM)
        until(lambda: refuses(port))
        connection.send(BODY[20:].encode())
        answer = connection.getresponse()
        content = answer.read()
        _, log = process.communicate(timeout=20)
    assert answer.status == 200, content
    assert process.returncode == 0
    lines = [json.loads(line) for line in log.splitlines()]
    assert [line["event"] for line in lines[-2:]] == ["request", "ended"]
    assert "CANARY" not in log
    assert TOKEN not in log


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.slow
def test_an_artifact_that_was_changed_ends_it_with_3(folder: Path, tmp_path: Path):
    changed = tmp_path / "changed"
    shutil.copytree(folder, changed)
    card = changed / "artifact.json"
    card.write_text(card.read_text().replace('"seed": 1', '"seed": 2'))
    with serving(changed) as process:
        _, log = process.communicate(timeout=30)
    assert process.returncode == 3
    assert "expected" in log
    assert "Traceback" not in log


def test_the_token_comes_from_a_file_or_the_environment(
    write: Callable[[str, str], Path], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("WIRETAG_TOKEN", raising=False)
    assert read_token(None) is None
    monkeypatch.setenv("WIRETAG_TOKEN", "another-token-of-the-environment")
    assert read_token(None) == "another-token-of-the-environment"
    assert read_token(write("token", TOKEN + "\n")) == TOKEN


@pytest.mark.parametrize(
    "token", ["", "short", "with spaces in the middle", "ünïcödé-ünïcödé-ünïcödé"]
)
def test_a_token_that_is_none_is_refused_and_not_shown(
    token: str, write: Callable[[str, str], Path]
):
    with pytest.raises(BadInput) as error:
        read_token(write("token", token))
    assert not token or token not in str(error.value)


def test_neither_the_artifact_nor_the_help_needs_the_servers_libraries():
    code = (
        "import sys, tagging.artifact, wiretag; "
        "sys.exit(bool({'starlette', 'uvicorn', 'prometheus_client'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
