"""The artifact: refused unless whole and unchanged, and the same answers as the trained model."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from skops.io import dump

from data.codebook import load_codebook
from data.errors import BadInput
from data.records import Example, Mark
from tagging import artifact as artifact_module
from tagging.artifact import find_artifacts, load_artifact, writing
from tagging.manifest import NAME, file_hash, verify, write_manifest
from tagging.runtimes import sigmoid, softmax
from training.families.tfidf import TfidfConfig

MADE = [
    ("majority", "event_type"),
    ("tfidf", "actor_role"),
    ("tfidf", "geo_direction"),
    ("transformer", "geo_direction"),
]
PLACES = load_codebook("geo_direction")


@pytest.fixture
def copy(shelf, tmp_path):
    """A copy of the TF-IDF artifact, to be damaged."""
    folder = tmp_path / "copy"
    shutil.copytree(shelf("tfidf", "geo_direction").folder, folder)
    return folder


def refusal(folder) -> str:
    with pytest.raises(BadInput) as caught:
        load_artifact(folder)
    return str(caught.value)


def table(predictions, labels) -> np.ndarray:
    return np.array([[row.probabilities[name] for name in labels] for row in predictions])


@pytest.mark.parametrize(("family", "task"), MADE)
def test_an_artifact_answers_like_the_model_it_was_made_of(shelf, family, task):
    made = shelf(family, task)
    loaded = load_artifact(made.folder)
    assert (loaded.card.task, loaded.card.family, loaded.codebook) == (
        task,
        family,
        load_codebook(task),
    )
    expected = made.fitted.probabilities(made.rows)
    found = table(loaded.predict(made.rows), loaded.card.labels)
    assert found.shape == expected.shape
    if family == "transformer":
        assert np.abs(found - expected).max() < 1e-5
    else:
        assert np.array_equal(found, expected), "exact: nothing is rounded on the way"


@pytest.mark.parametrize(("family", "task"), MADE)
def test_answers_depend_on_neither_the_batch_size_nor_the_order(shelf, family, task):
    made = shelf(family, task)
    loaded = load_artifact(made.folder)
    rows = made.rows[:40]
    expected = table(loaded.predict(rows), loaded.card.labels)
    order = np.random.default_rng(0).permutation(len(rows))
    for size in (1, 3, 64):
        done: list[int] = []
        shuffled = [rows[place] for place in order]
        found = table(loaded.predict(shuffled, size, done.append), loaded.card.labels)
        assert np.abs(found - expected[order]).max() < 1e-6
        assert sum(done) == len(rows)
    assert loaded.predict([]) == []


def test_the_decision_follows_thresholds_or_the_highest_probability(shelf, copy):
    single = load_artifact(copy)
    for row in single.predict(shelf("tfidf", "geo_direction").rows[:20]):
        assert row.labels == (max(row.probabilities, key=row.probabilities.get),)
        assert list(row.probabilities) == list(PLACES.labels)
    made = shelf("tfidf", "actor_role")
    multi = load_artifact(made.folder)
    cuts = dict(zip(multi.card.labels, (0.3, 0.6, 0.0), strict=True))
    other = replace(multi, card=replace(multi.card, thresholds=cuts))
    seen = set()
    for row in other.predict(made.rows):
        assert row.labels == tuple(n for n in cuts if row.probabilities[n] >= cuts[n])
        seen.add(row.labels)
    assert {("reporter",), ("source", "reporter"), ("source", "target", "reporter")} <= seen


def test_a_long_or_odd_text_is_answered(shelf):
    loaded = load_artifact(shelf("transformer", "geo_direction").folder)
    long = "Lorries left Goma " + "and more lorries " * 300
    odd = [
        Example("1", "d", long, (Mark("mention", 13, 17),)),
        Example("2", "d", "[/mention] [mention] 🛶 Goma", (Mark("mention", 23, 27),)),
        Example("3", "d", "[CLS][SEP][PAD]"),
        Example("4", "d", " "),
    ]
    for row in loaded.predict(odd):
        assert sum(row.probabilities.values()) == pytest.approx(1, abs=1e-5)


def test_a_flipped_bit_in_any_file_is_refused(copy):
    rng = np.random.default_rng(0)
    for path in sorted(copy.iterdir()):
        whole = path.read_bytes()
        for _ in range(5):
            place = int(rng.integers(len(whole)))
            flipped = bytearray(whole)
            flipped[place] ^= 1 << int(rng.integers(8))
            path.write_bytes(bytes(flipped))
            assert "expected" in refusal(copy)
        path.write_bytes(whole)
    load_artifact(copy)


def test_damage_is_found_before_anything_is_parsed(copy, monkeypatch):
    def parsed(*arguments):
        raise AssertionError("parsed before it was verified")

    monkeypatch.setattr(artifact_module, "read_card", parsed)
    monkeypatch.setattr(artifact_module, "runtime_of", parsed)
    model = copy / "model.skops"
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    message = refusal(copy)
    assert "the sha256" in message and "model.skops" in message and "export again" in message


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda folder: (folder / "more.txt").write_text("x"), "a difference: more.txt"),
        (lambda folder: (folder / "more").mkdir(), "a difference: more"),
        (lambda folder: (folder / "codebook.yaml").unlink(), "a difference: codebook.yaml"),
        (
            lambda folder: (folder / "model.skops").rename(folder / "model.bin"),
            "a difference: model.bin, model.skops",
        ),
        (lambda folder: (folder / NAME).unlink(), f"an artifact folder with {NAME}"),
        (lambda folder: (folder / NAME).write_text("{}"), "a manifest of file hashes"),
        (lambda folder: (folder / NAME).write_text("[" * 100_000), "a manifest of file hashes"),
        (lambda folder: (folder / NAME).write_bytes(b"\xff"), "a manifest of file hashes"),
        (lambda folder: shutil.rmtree(folder), f"an artifact folder with {NAME}"),
    ],
)
def test_added_removed_and_renamed_files_are_refused(copy, damage, said):
    damage(copy)
    message = refusal(copy)
    assert said in message and str(copy) in message


def test_a_link_is_refused_even_to_the_same_content(copy, tmp_path):
    model = copy / "model.skops"
    shutil.move(model, tmp_path / "elsewhere")
    model.symlink_to(tmp_path / "elsewhere")
    assert "plain files, found 'model.skops' is none" in refusal(copy)


def edit_card(folder, **changes) -> None:
    """Changes the card and writes a manifest to match, as somebody with an editor would."""
    path = folder / "artifact.json"
    content = json.loads(path.read_text()) | changes
    path.write_text(json.dumps({k: v for k, v in content.items() if v != "gone"}))
    write_manifest(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format_version": 0}, "a format version of (1, 2, 3), found 0"),
        ({"format_version": 4}, "a format version of (1, 2, 3), found 4"),
        ({"format_version": "gone"}, "a format version of (1, 2, 3), found None"),
        ({"surprise": 1}, "an artifact card"),
        ({"labels": "gone"}, "an artifact card"),
        ({"runtime": "pickle"}, "an artifact card"),
        ({"codebook_hash": "0" * 64}, "the codebook that the model was trained with"),
        ({"labels": list(PLACES.labels)[::-1]}, "the codebook that the model was trained with"),
    ],
)
def test_another_version_or_card_is_refused_before_the_model_is_opened(copy, changes, said):
    (copy / "model.skops").write_bytes(b"PK\x03\x04 never opened")
    edit_card(copy, **changes)
    assert said in refusal(copy)


def test_a_changed_codebook_is_refused(copy):
    path = copy / "codebook.yaml"
    path.write_text(path.read_text().replace("launched from there", "launched from here"))
    write_manifest(copy)
    assert "the codebook that the model was trained with" in refusal(copy)


class Stranger(BaseEstimator):
    """A type that no artifact may bring along."""

    def predict_proba(self, rows):
        raise AssertionError("ran")


def test_a_model_of_other_types_is_refused(copy):
    dump(Stranger(), copy / "model.skops")
    write_manifest(copy)
    message = refusal(copy)
    assert "scikit-learn types alone" in message and "Stranger" in message


def test_an_onnx_card_needs_its_lengths(shelf, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(shelf("transformer", "geo_direction").folder, folder)
    edit_card(folder, max_length=None)
    assert "max_length and pad_id in the card" in refusal(folder)


def test_an_artifact_holds_just_its_files_and_no_code(shelf):
    common = {"artifact.json", "codebook.yaml", "golden.jsonl", NAME}
    pretrained = {"model.safetensors", "config.json", "tokenizer_config.json"}
    files = {
        "majority": common,
        "tfidf": common | {"model.skops"},
        "transformer": common | pretrained | {"model.onnx", "model.int8.onnx", "tokenizer.json"},
    }
    for family, task in MADE:
        folder = shelf(family, task).folder
        assert {path.name for path in folder.iterdir()} == files[family]
        listed = json.loads((folder / NAME).read_text())["files"]
        assert set(listed) == files[family] - {NAME}
        assert all(file_hash(folder / name) == digest for name, digest in listed.items())
        assert (
            verify(folder).hash == file_hash(folder / NAME) == load_artifact(folder).manifest_hash
        )


def test_writing_appears_whole_or_not_at_all(tmp_path, listing, monkeypatch):
    folder = tmp_path / "made"
    with writing(folder) as stage:
        (stage / "a").write_text("1")
        assert not folder.exists()
    assert listing(tmp_path) == [f"made/{NAME}", "made/a"]
    with pytest.raises(RuntimeError), writing(folder) as stage:
        (stage / "b").write_text("2")
        raise RuntimeError
    assert listing(tmp_path) == [f"made/{NAME}", "made/a"]
    with writing(folder) as stage:
        (stage / "c").write_text("3")
    assert listing(tmp_path) == [f"made/{NAME}", "made/c"]
    assert verify(folder).hash


def test_artifacts_are_found_in_a_folder_of_them(shelf, tmp_path):
    one = shelf("majority", "event_type").folder
    other = shelf("tfidf", "actor_role").folder
    assert find_artifacts(one) == [one]
    assert {one, other} <= set(find_artifacts(one.parent))
    with pytest.raises(BadInput, match="an artifact folder, or a folder of them"):
        find_artifacts(tmp_path)


def test_a_codebook_of_ones_own_travels_with_the_model(shelving, write, tmp_path):
    entry = "{{name: {0}, group: g, definition: D., examples: [E.]}}"
    labels = ", ".join(entry.format(name) for name in ("wet", "dry"))
    text = f"name: mood\nversion: 1\nexample: sentence\nkind: single\nlabels: [{labels}]\n"
    mood = load_codebook(str(write("mood.yaml", text)))
    rows = [
        Example(str(n), "d", ("Rain fell.", "Dust blew.")[n % 2], (), (("wet", "dry")[n % 2],))
        for n in range(10)
    ]
    made = shelving(TfidfConfig(family="tfidf"), mood, rows, tmp_path / "mood")
    (tmp_path / "mood.yaml").unlink()
    loaded = load_artifact(made.folder)
    assert loaded.codebook == mood and loaded.codebook.hash == mood.hash
    assert [row.labels for row in loaded.predict(rows)] == [row.labels for row in rows]


def test_probabilities_of_great_logits_are_finite():
    logits = np.array([[1e4, -1e4, 0]], dtype=np.float32)
    assert sigmoid(logits).tolist() == [[1.0, 0.0, 0.5]]
    assert softmax(logits).tolist() == [[1.0, 0.0, 0.0]]
    assert softmax(logits + 5e4) == pytest.approx(softmax(logits))
