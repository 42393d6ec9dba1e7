"""The services that are not ours answer as `tagging` does, without a line of it."""

import ast
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from conftest import shelve
from consumer_models import CASES, ask, write_artifact

from data.codebook import load_codebook
from data.examples import examples_of
from data.records import Example, Mark
from tagging.artifact import load_artifact
from tagging.golden import GOLDEN
from tagging.manifest import write_manifest

ROOT = Path(__file__).parents[1]
CONSUMER = ROOT / "examples" / "consumer"
PYTHON, NODE = CONSUMER / "python" / "tag.py", CONSUMER / "node" / "tag.mjs"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A case -> a verified artifact with golden rows that are harder than those of training."""
    root = tmp_path_factory.mktemp("made")

    def build(case: str) -> Path:
        folder = root / case.replace(" ", "-")
        if not folder.exists():
            write_artifact(case, folder)
        return folder

    return build


@pytest.fixture
def copy(made, tmp_path) -> Path:
    return Path(shutil.copytree(made("temperature"), tmp_path / "copy"))


Run = Callable[..., tuple[int, str]]


@pytest.fixture(params=["python", pytest.param("node", marks=pytest.mark.slow)])
def consumer(request, monkeypatch, capsys) -> Run:
    """Arguments -> exit status and all that was said; Python's runs in this process."""
    if request.param == "node":
        node = shutil.which("node")
        if not node or not (NODE.parent / "node_modules").is_dir():
            pytest.skip("no Node.js, or not its packages: make consumer-setup")
        return lambda *given: ran([node, NODE, *given])

    def called(*given: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["tag.py", *map(str, given)])
        with pytest.raises(SystemExit) as left:
            loaded().main()
        shown = capsys.readouterr().out
        code = left.value.code
        return (1, shown + code) if isinstance(code, str) else (int(code), shown)

    return called


def ran(command: list[object]) -> tuple[int, str]:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, encoding="utf-8")
    return done.returncode, done.stdout + done.stderr


def loaded() -> ModuleType:
    found = importlib.util.spec_from_file_location("consumer_tag", PYTHON)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_every_golden_row_is_reproduced(consumer, made, case):
    folder = made(case)
    rows = len((folder / GOLDEN).read_bytes().splitlines())
    for options, near in ((), 1e-5), (("--int8",), 1e-5):  # the same machine: int8 as near
        code, said = consumer(folder, *options)
        assert code == 0, said
        largest = re.fullmatch(rf"{rows} of {rows} golden rows agree, .* (\S+)\n", said)
        assert rows == 230 and largest and float(largest[1]) <= near


@pytest.mark.slow
def test_the_cases_are_hard_enough(made):
    """Levels that are thresholds, several decisions, and calibration that changes something."""
    answers = [json.loads(row) for row in (made("isotonic") / GOLDEN).read_bytes().splitlines()]
    for level in (float(np.float32(0.7)), 0.75):
        assert any(level in row["probabilities"].values() for row in answers)
    for case in CASES:
        load_artifact(made(case))  # tagging finds its own answers again
        lines = (made(case) / GOLDEN).read_bytes().splitlines()
        assert len({tuple(json.loads(row)["labels"]) for row in lines}) > 1


def test_an_answer_that_differs_is_shown(consumer, copy):
    lines = (copy / GOLDEN).read_text(encoding="utf-8").split("\n")
    first, second = json.loads(lines[0]), json.loads(lines[1])
    first["probabilities"]["site"] += 3e-5
    second["labels"] = ["nowhere"]
    lines[:2] = json.dumps(first), json.dumps(second)
    (copy / GOLDEN).write_text("\n".join(lines), encoding="utf-8")
    write_manifest(copy)
    code, said = consumer(copy)
    assert code == 1 and "228 of 230 golden rows agree" in said
    assert re.search(r"^line 1: .*3\.0e-0?5 apart$", said, re.M) and "line 2: " in said


def test_a_text_that_is_too_long_is_not_answered(consumer, copy):
    long = Example("long", "long", "a boat " * 40, (Mark("mention", 2, 6),))
    card = load_artifact(copy).card
    (copy / GOLDEN).write_text(ask(copy, card, [long]), encoding="utf-8")
    write_manifest(copy)
    code, said = consumer(copy)
    assert code == 1 and "0 of 1 golden rows agree" in said
    assert "line 1: 204 tokens, the model takes 128: not answered" in said


def test_an_artifact_that_is_not_whole_is_refused(consumer, copy):
    for name in ("model.onnx", "artifact.json", "codebook.yaml"):
        whole = (copy / name).read_bytes()
        for content in (whole[:-1] + bytes([whole[-1] ^ 1]), None):
            (copy / name).write_bytes(content) if content else (copy / name).unlink()
            code, said = consumer(copy)
            assert code == 1 and f"not as MANIFEST.json says: {name}" in said
            (copy / name).write_bytes(whole)
    (copy / "code.py").write_text("raise SystemExit")
    assert consumer(copy)[0] == 1
    (copy / "code.py").unlink()
    (copy / "model.sig").write_text("a signature lies beside the manifest's files")
    assert consumer(copy)[0] == 0
    (copy / "model.sig").unlink()
    (copy / "model.int8.onnx").unlink()
    write_manifest(copy)
    code, said = consumer(copy, "--int8")
    assert code == 1 and "format 3 with model.int8.onnx was expected" in said


@pytest.fixture(scope="module")
def exported(transformer, sentences, tmp_path_factory) -> Path:
    """A transformer of 128 tokens: letters of the golden texts are tokens of the tiny encoder."""
    book = load_codebook("geo_direction")
    rows = examples_of(sentences, book).examples[:40]
    folder = tmp_path_factory.mktemp("exported") / "model"
    return shelve(transformer(max_length=128), book, rows, folder).folder


def test_a_trained_and_exported_transformer_is_reproduced(consumer, exported):
    assert consumer(exported)[1].startswith("24 of 24 golden rows agree")


def test_python_needs_three_libraries_and_nothing_of_wiretag(made):
    """Measured: what a fresh, isolated process has imported when it ends."""
    code = (
        "import sys, runpy\nbefore = set(sys.modules)\n"
        f"sys.argv = ['tag.py', {str(made('two marks'))!r}]\n"
        f"try: runpy.run_path({str(PYTHON)!r}, run_name='__main__')\n"
        "except SystemExit as left: assert not left.code\n"
        "names = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(names - sys.stdlib_module_names))"
    )
    status, said = ran([sys.executable, "-I", "-c", code])
    assert status == 0 and said.startswith("230 of 230 golden rows agree"), said
    assert set(said.splitlines()[-1].split()) == {"numpy", "onnxruntime", "tokenizers"}
    tree = ast.walk(ast.parse(PYTHON.read_text(encoding="utf-8")))
    named = {a.name for node in tree if isinstance(node, ast.Import) for a in node.names}
    assert {"numpy", "onnxruntime"} <= named and not named & {"data", "tagging"}


def test_the_pins_are_those_that_the_golden_answers_were_made_with():
    pins = set((PYTHON.parent / "requirements.txt").read_text().split())
    assert pins <= set((ROOT / "constraints.txt").read_text().split())
    assert {pin.split("==")[0] for pin in pins} == {"numpy", "onnxruntime", "tokenizers"}


def test_the_lock_names_no_registry_and_hashes_every_package():
    lock = json.loads((NODE.parent / "package-lock.json").read_text())
    wanted = json.loads((NODE.parent / "package.json").read_text())["dependencies"]
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert all("integrity" in entry and "resolved" not in entry for entry in packages.values())
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
