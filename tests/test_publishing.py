"""What an artifact holds beside the scored model, and that all of it says the same."""

import json
import logging
import pickle
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.records import Example
from tagging.artifact import Prediction, load_artifact, opened
from tagging.card import ArtifactCard
from tagging.golden import GOLDEN, TEXTS, questions, read_golden
from tagging.inputs import marked_text
from tagging.manifest import write_manifest
from tagging.runtimes import INT8, ONNX
from training.export.quantized import judged, write_int8

PLACES = load_codebook("geo_direction")


@pytest.fixture
def copy(shelf, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(shelf("transformer", "geo_direction").folder, folder)
    return folder


def table(said, labels) -> np.ndarray:
    return np.array([[row.probabilities[name] for name in labels] for row in said])


def test_the_pipeline_of_transformers_answers_as_the_artifact_does(shelf):
    from transformers import pipeline

    import training.export.pretrained  # noqa: F401

    made = shelf("transformer", "geo_direction")
    model = pipeline("text-classification", model=str(made.folder), top_k=None)
    assert list(model.model.config.id2label.values()) == list(PLACES.labels)
    tokens = made.fitted.text_encoder.tokenizer
    asked = [*questions(PLACES.marks), *made.rows]  # what is longer has a window of its own
    asked = [row for row in asked if len(tokens.encode(marked_text(row)).ids) <= 32][:40]
    assert len({len(row.marks) for row in asked}) == 2 and len(asked) > 8
    expected = table(load_artifact(made.folder).predict(asked), PLACES.labels)
    for size in (1, 7):
        said = model([marked_text(row) for row in asked], batch_size=size)
        found = [{one["label"]: one["score"] for one in row} for row in said]
        apart = np.array([[row[name] for name in PLACES.labels] for row in found]) - expected
        assert np.abs(apart).max() < 1e-5


def test_transformers_alone_refuses_the_folder_and_does_not_answer_at_random(shelf):
    folder = str(shelf("transformer", "geo_direction").folder)
    code = f"from transformers import pipeline; pipeline('text-classification', model={folder!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode and "does not recognize this architecture" in done.stderr


def test_whoever_may_read_one_file_may_read_all(shelf):
    files = shelf("transformer", "geo_direction").folder.iterdir()
    assert len({file.stat().st_mode for file in files}) == 1


def test_int8_is_smaller_and_says_nearly_the_same(shelf):
    made = shelf("transformer", "geo_direction")
    fp32, int8 = (load_artifact(made.folder, int8=kind) for kind in (False, True))
    said = [table(one.predict(made.rows), PLACES.labels) for one in (fp32, int8)]
    assert 0 < np.abs(said[0] - said[1]).max() < 0.05
    sizes = {name: (made.folder / name).stat().st_size for name in (ONNX, INT8)}
    assert sizes[INT8] < 0.8 * sizes[ONNX]  # a tiny graph is mostly no weights
    assert fp32.card.int8.written and fp32.card.int8.split == "train"
    assert fp32.card.int8.rows == len(made.rows) and fp32.card.int8.agreement >= 0.995


def prediction(label: str) -> Prediction:
    sure = {name: 0.6 if name == label else 0.1 for name in PLACES.labels}
    return Prediction((label,), sure, 0.6)


@pytest.mark.parametrize(
    ("pairs", "said"),
    [(0, None), (1, None), (2, "the same labels on 99.00% of the rows (99.5% asked)")],
)
def test_int8_is_refused_when_it_decides_otherwise(pairs, said):
    """Of each pair of rows fp32 has one right and int8 the other, so macro-F1 stays."""
    gold = ["origin", "site"] * 200
    rows = [Example(str(n), "d", "x", labels=(name,)) for n, name in enumerate(gold)]
    fp32, int8 = ([prediction(name) for name in gold] for _ in range(2))
    for pair in range(pairs):
        fp32[4 * pair] = prediction("site")
        int8[4 * pair + 2] = prediction("site")
    found = judged(fp32, int8, rows, PLACES, None, "validation")
    assert (found.written, found.reason, found.macro_f1_change) == (said is None, said, 0)


def test_macro_f1_that_is_lost_on_few_rows_refuses_int8_too():
    gold = ["origin"] * 2 + ["site"] * 998
    rows = [Example(str(n), "d", "x", labels=(name,)) for n, name in enumerate(gold)]
    fp32 = [prediction(name) for name in gold]
    found = judged(fp32, [prediction("site"), *fp32[1:]], rows, PLACES, None, "test")
    assert found.agreement == 0.999 and not found.written and "macro-F1 changed" in found.reason


def test_an_int8_model_that_was_not_written_says_why(copy):
    (copy / INT8).unlink()
    path = copy / "artifact.json"
    content = json.loads(path.read_text())
    content["int8"] |= {"written": False, "reason": "the same labels on 91% of the rows"}
    path.write_text(json.dumps(content))
    write_manifest(copy)
    assert load_artifact(copy)
    with pytest.raises(BadInput, match=r"model.int8.onnx in the artifact, found the same labels"):
        load_artifact(copy, int8=True)


def test_quantizing_leaves_logging_as_it_was(copy, monkeypatch):
    monkeypatch.delitem(sys.modules, "onnxruntime.quantization.matmul_nbits_quantizer", False)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    before = root.level, logging.root.manager.disable
    write_int8(copy / ONNX, copy / INT8)
    assert (root.level, logging.root.manager.disable) == before and not root.handlers
    assert onnx.load(str(copy / INT8)).graph.node


def test_golden_answers_are_those_of_both_models(shelf):
    folder = shelf("transformer", "geo_direction").folder
    rows = read_golden((folder / GOLDEN).read_bytes(), folder / GOLDEN)
    assert len(rows) == len(TEXTS) and all(row.int8 for row in rows)
    asked = [row.example(n) for n, row in enumerate(rows, start=1)]
    assert asked == questions(PLACES.marks)
    for kind in (False, True):
        said = load_artifact(folder, int8=kind).predict(asked)
        kept = [row.int8 if kind else row.probabilities for row in rows]
        assert all(one.probabilities == other for one, other in zip(said, kept, strict=True))
    for text, row in zip(TEXTS, rows, strict=True):
        assert text.count("[") == 0 or row.text[row.marks[0].start : row.marks[0].end] in text


@pytest.mark.parametrize("int8", [False, True])
def test_a_model_that_answers_otherwise_than_when_it_was_made_is_refused(copy, int8):
    path = copy / GOLDEN
    lines = path.read_text().splitlines()
    row = json.loads(lines[4])
    answer = row["int8" if int8 else "probabilities"]
    answer["origin"] += 0.2 if int8 else 2e-3
    lines[4] = json.dumps(row)
    path.write_text("\n".join(lines) + "\n")
    write_manifest(copy)
    with pytest.raises(BadInput, match=rf"{GOLDEN}:5: expected the golden answer within"):
        load_artifact(copy, int8=int8)
    load_artifact(copy, int8=not int8)


@pytest.mark.parametrize("damage", ["[]", "{", '{"text": 1}', '{"text": "a", "text": "b"}'])
def test_golden_rows_that_are_none_are_refused_with_their_line(copy, damage):
    path = copy / GOLDEN
    path.write_text(path.read_text().split("\n")[0] + "\n" + damage + "\n")
    write_manifest(copy)
    with pytest.raises(BadInput, match=rf"{GOLDEN}:2: expected a text with the model's answer"):
        load_artifact(copy)


def test_a_model_whose_weights_lie_elsewhere_is_refused(copy):
    model = onnx.load(str(copy / ONNX))
    onnx.save(model, str(copy / ONNX), save_as_external_data=True, location="weights.bin")
    (copy / "weights.bin").unlink()
    write_manifest(copy)
    with pytest.raises(BadInput, match="weights inside the model's file"):
        load_artifact(copy)


@pytest.mark.parametrize("name", ["model.pkl", "modeling.py", "model.bin", "model.skops"])
def test_a_file_that_no_such_artifact_has_is_refused_though_the_manifest_lists_it(copy, name):
    (copy / name).write_bytes(b"PK\x03\x04")
    write_manifest(copy)
    with pytest.raises(BadInput, match=f"the files of an artifact.*, found {name}"):
        load_artifact(copy)


@pytest.mark.parametrize("protocol", range(6))
def test_a_pickle_in_the_place_of_any_file_is_refused_before_the_card_is_read(
    copy, protocol, monkeypatch
):
    def parsed(*arguments):
        raise AssertionError("parsed before it was checked")

    monkeypatch.setattr("tagging.artifact.read_card", parsed)
    for path in sorted(copy.iterdir()):
        whole = path.read_bytes()
        if path.name == "MANIFEST.json":
            continue
        path.write_bytes(pickle.dumps({"a": [1.0]}, protocol))
        write_manifest(copy)
        with pytest.raises(BadInput, match=f"{path.name} in its own format"):
            load_artifact(copy)
        path.write_bytes(whole)


def test_a_card_survives_its_file(shelf):
    from data.codebook import Codebook
    from tagging.card import read_card

    for family in ("majority", "tfidf", "transformer"):
        folder = shelf(family, "geo_direction").folder
        loaded = load_artifact(folder)
        files = {"artifact.json": loaded.card.to_json().encode()}
        files["codebook.yaml"] = (folder / "codebook.yaml").read_bytes()
        again = read_card(files, Path("x"))
        assert again == loaded.card and isinstance(again, ArtifactCard)
        assert loaded.codebook == Codebook.model_validate_json(files["codebook.yaml"]) == PLACES


def test_a_stage_answers_before_it_has_a_manifest(copy):
    made = load_artifact(copy)
    asked = questions(PLACES.marks)
    (copy / "MANIFEST.json").unlink()
    assert opened(copy, made.card).predict(asked) == made.predict(asked)
    assert opened(copy, replace(made.card), int8=True).predict(asked) != made.predict(asked)
