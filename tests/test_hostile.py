"""Hostile files, each with its expected outcome: read or refused, with line and reason."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import hostile_inline
import hostile_jsonl
import hostile_pages
import hostile_plv
import hostile_yaml
import pytest
from fuzz_readers import SEEDS, fuzz
from hostile_yaml import SLOWER, YAML

from data.articles import read_page
from data.errors import BadInput
from data.importers import read_sentences
from data.reading import read_text
from data.splits import SplitConfig
from data.strict_yaml import parse_model

READERS = (hostile_jsonl, hostile_inline, hostile_plv, hostile_yaml, hostile_pages)
CASES = tuple(case for reader in READERS for case in reader.cases())
ENDINGS = {"jsonl": "jsonl", "inline": "txt", "plv": "tsv", "yaml": "yaml", "page": "html"}


def outcome(reader: str, path: Path) -> tuple[int, list[BadInput]]:
    """Rows read (1 for a config or a page) and all refusals, those of the whole file too."""
    refused: list[BadInput] = []
    rows = 0
    try:
        if reader == "yaml":
            parse_model(path, SplitConfig)
            rows = 1
        elif reader == "page":
            read_page(read_text(path, "an article", 20_000_000))
            rows = 1
        else:
            for _ in read_sentences(path, reader, refused.append):
                rows += 1
    except BadInput as error:
        refused.append(error)
    return rows, refused


@pytest.fixture(autouse=True)
def _nothing_hangs() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError("a reader hangs")

    former = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, former)


def test_the_corpus_is_large():
    assert len(CASES) + len(SPECIAL) * len(ENDINGS) >= 200
    assert len({str(case) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_file_has_its_outcome_and_no_row_is_lost(case, tmp_path):
    path = tmp_path / f"hostile.{ENDINGS[case.reader]}"
    path.write_bytes(case.content)
    rows, refused = outcome(case.reader, path)
    found = [(error.line, str(error)) for error in refused]
    assert [line for line, _ in found] == [line for line, _ in case.refusals], found
    for (_, message), (_, reason) in zip(found, case.refusals, strict=True):
        assert reason in message and len(message) < 1_500
    assert rows == case.rows
    if case.reader in ("jsonl", "plv") and None not in (line for line, _ in found):
        lines = case.content.removeprefix(b"\xef\xbb\xbf").split(b"\n")[case.reader == "plv" :]
        assert rows + len(refused) == sum(line.strip(b" \t\r") != b"" for line in lines)


@pytest.mark.parametrize(
    "name", [name for name, (_, _, reason) in YAML.items() if reason and name not in SLOWER]
)
def test_configs_that_are_more_than_data_are_refused_within_100_ms(name, write):
    path = write("hostile.yaml", YAML[name][0])
    times = []
    for _ in range(3):
        start = time.process_time()  # of this process: others may hold the processor
        outcome("yaml", path)
        times.append(time.process_time() - start)
    assert min(times) < 0.1


def _unreadable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("x")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything

        def denied(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", denied)
        monkeypatch.setattr(Path, "read_bytes", denied)


def _socket(path: Path) -> None:
    os.chdir(path.parent)  # a socket's path may be short alone
    socket.socket(socket.AF_UNIX).bind(path.name)


def _loop(path: Path) -> None:
    other = path.with_name("other")
    other.symlink_to(path)
    path.symlink_to(other)


SPECIAL: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda path: None, "nothing there"),
    "link to nothing": (lambda path: path.symlink_to("gone"), "nothing there"),
    "links in a ring": (_loop, "too many levels of symbolic links"),
    "pipe": (os.mkfifo, "a pipe or device"),
    "link to a pipe": (
        lambda path: (os.mkfifo(f"{path}.x"), path.symlink_to(f"{path}.x")),
        "a pipe or device",
    ),
    "socket": (_socket, "a pipe or device"),
    "endless device": (lambda path: path.symlink_to("/dev/zero"), "a pipe or device"),
    "empty device": (lambda path: path.symlink_to("/dev/null"), "a pipe or device"),
    "folder": (lambda path: path.mkdir(), "a folder"),
    "file as a folder": (lambda path: path.write_text("x"), "not a directory"),
    "name of 300 letters": (lambda path: None, "file name too long"),
    "NUL in the name": (lambda path: None, "null byte"),
    "no permission": (lambda path: None, "permission denied"),
}


@pytest.mark.parametrize("reader", ENDINGS)
@pytest.mark.parametrize("name", SPECIAL)
def test_what_is_no_regular_file_is_refused_by_each_reader(name, reader, tmp_path, monkeypatch):
    make, reason = SPECIAL[name]
    path = tmp_path / f"hostile.{ENDINGS[reader]}"
    monkeypatch.chdir(tmp_path)
    make(path)
    if name == "file as a folder":
        path = path / "inside.jsonl"
    elif name == "name of 300 letters":
        path = tmp_path / ("x" * 300)
    elif name == "NUL in the name":
        path = tmp_path / "a\0b"
    elif name == "no permission":
        _unreadable(path, monkeypatch)
    rows, refused = outcome(reader, path)
    assert rows == 0 and len(refused) == 1
    if not (name == "folder" and reader == "inline"):  # a folder of no articles
        assert reason in str(refused[0])


def test_an_empty_file_of_sentences_is_no_error(write):
    assert outcome("jsonl", write("empty.jsonl", "")) == (0, [])


@pytest.mark.slow
def test_mutated_files_are_read_or_refused_and_no_row_is_lost():
    """A second or two of what CI runs for a minute: python tests/fuzz_readers.py --minutes 1."""
    result = fuzz(seconds=1.5)
    assert not result.findings
    assert set(result.executions) == set(SEEDS) and result.executions.total() > 100
