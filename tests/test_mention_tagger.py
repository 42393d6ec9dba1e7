"""The mention tagger from training to artifact: one answer everywhere, spans that are words."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from data.codebook import Codebook, load_codebook
from data.errors import BadInput
from data.examples import content_hash
from data.records import Example, Mention
from data.strict_yaml import validate
from evaluation.span_report import SpanReport
from tagging.artifact import load_artifact
from tagging.manifest import write_manifest
from tagging.mention_answers import mentions_of
from tagging.mention_examples import mention_examples
from tagging.mention_finder import MentionFinder
from tagging.mention_words import words_of
from training.checkpoint import Checkpoints, Identity
from training.config import RunConfig
from training.fitting import Fit
from training.losses import WordLoss
from training.sources import load_data
from training.span_calibration import Judged, calibrate_spans, scaled
from training.tracking import Store

CONFIG = Path(__file__).parent.parent / "configs" / "mention" / "minilm.yaml"
BOOK = load_codebook("mention")
TEXTS = [
    "Rebels shelled the market in Goma.",
    "",
    "   ",
    "Nobody was hurt, nobody at all.",
    "é" * 9,
]


@pytest.fixture(scope="module")
def learnt(sentences, transformer, tmp_path_factory):
    """A tagger that has learnt the small corpus by heart, in torch and as an artifact."""
    from conftest import shelve

    config = transformer(epochs=6, learning_rate=3e-3, head_learning_rate=1e-2, dropout=0.0)
    rows = mention_examples(sentences)
    return shelve(config, BOOK, rows, tmp_path_factory.mktemp("mention") / "tagger")


@pytest.fixture(scope="module")
def artifact(learnt):
    return load_artifact(learnt.folder)


def refused(action, *words):
    with pytest.raises(BadInput) as caught:
        action()
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_a_codebook_of_spans_is_of_sentences_without_marks():
    entries = [
        {"name": name, "group": "g", "definition": "d", "examples": ["e"]} for name in ("up", "low")
    ]
    book = {"name": "x", "version": 1, "example": "sentence", "kind": "spans", "labels": entries}
    assert validate(book, Codebook).spans and not validate(book, Codebook).multi
    for change in ({"marks": ["mention"]}, {"example": "actor", "marks": ["mention"]}):
        refused(lambda change=change: validate(book | change, Codebook), "spans")


def test_an_example_has_the_mentions_of_its_sentence_once_and_in_order(sentences):
    row = replace(sentences[0], mentions=(Mention(9, 12, "place"), *sentences[0].mentions[:1] * 2))
    (made,) = mention_examples([row])
    assert len(made.marks) == 2 and list(made.marks) == sorted(made.marks, key=lambda m: m.start)
    assert made.complete and not mention_examples([row], complete=False)[0].complete
    assert content_hash([made]) != content_hash(mention_examples([sentences[0]]))


def test_it_learns(learnt, artifact):
    rows = learnt.rows
    found = artifact.mentions([row.text for row in rows])
    gold = {(n, m.start, m.end, m.name) for n, row in enumerate(rows) for m in row.marks}
    said = {(n, m.start, m.end, m.kind) for n, each in enumerate(found) for m in each}
    assert len(gold & said) / len(gold | said) > 0.9


def test_mentions_are_words_that_do_not_overlap(learnt, artifact):
    texts = [row.text for row in learnt.rows[:40]] + TEXTS + [" ".join(["Goma and Bukavu,"] * 40)]
    for text, found in zip(texts, artifact.mentions(texts), strict=True):
        starts, ends = ({word[side] for word in words_of(text)} for side in (0, 1))
        assert all(one.start in starts and one.end in ends for one in found)
        assert all(0 <= one.probability <= 1 for one in found)
        places = [place for one in found for place in (one.start, one.end)]
        assert places == sorted(places)
    assert artifact.mentions([]) == [] and artifact.mentions([""]) == [[]]


@pytest.mark.parametrize(
    ("text", "kept"),
    [("The army hid in tarpaulin.", 0), ("The army hid in Goma.", 1), ("army hid in goma", 1)],
)
def test_a_place_without_a_capital_has_no_name(text, kept):
    words = words_of(text)
    table = np.full((len(words), 5), 0.01, np.float32)
    table[:, 0] = 0.9
    table[[word for word, (start, _) in enumerate(words) if text[start:][:3].lower() in
           ("tar", "gom")], 3] = 0.95  # fmt: skip
    found = mentions_of(text, table, BOOK.labels, None)
    assert len(found) == kept and all(one.kind == "place" for one in found)


def test_a_text_longer_than_the_encoder_is_read_to_its_end(learnt, artifact):
    row = max(learnt.rows, key=lambda one: len(one.marks))
    text = " ".join([row.text] * 12)
    last = max(one.end for one in artifact.mentions([text])[0])
    assert last > len(text) - len(row.text)


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_same_in_torch_and_in_any_batch(learnt, artifact, size):
    rows = learnt.fitted.prepared(learnt.rows[:50])
    table = learnt.fitted.probabilities(rows)
    for own, other in zip(artifact.word_tables([r.text for r in rows], size), table, strict=True):
        assert np.abs(own - other[: len(own)]).max() < 1e-5


def test_int8_is_judged_by_words(learnt):
    card = load_artifact(learnt.folder).card
    assert card.int8 is not None and card.int8.rows == len(learnt.rows)
    if card.int8.written:
        texts = [row.text for row in learnt.rows]
        one, other = (load_artifact(learnt.folder, int8=each).mentions(texts) for each in (0, 1))
        assert [[m.kind for m in each] for each in one] == [
            [m.kind for m in each] for each in other
        ]


def test_golden_answers_are_replayed(learnt, tmp_path):
    folder = tmp_path / "changed"
    shutil.copytree(learnt.folder, folder)
    lines = (folder / "golden.jsonl").read_text(encoding="utf-8").splitlines()
    first = json.loads(lines[0])
    assert len(first["probabilities"]) == 5 * len(words_of(first["text"]))
    first["probabilities"]["1 O"] += 0.01
    (folder / "golden.jsonl").write_text("\n".join([json.dumps(first), *lines[1:]]) + "\n")
    write_manifest(folder)
    refused(lambda: load_artifact(folder), "golden answer")


def test_each_artifact_says_what_it_cannot_do(artifact, shelf):
    refused(lambda: artifact.predict([Example("1", "a", "Police")]), "mentions(texts)")
    other = load_artifact(shelf("majority", "actor_role").folder)
    refused(lambda: other.mentions(["Police"]), "actor_role", "predict(examples)")
    refused(lambda: MentionFinder(other), "actor_role")


def test_files_of_other_runtimes_are_refused(learnt, tmp_path):
    folder = tmp_path / "more"
    shutil.copytree(learnt.folder, folder)
    (folder / "config.json").write_text("{}")
    write_manifest(folder)
    refused(lambda: load_artifact(folder), "config.json")


def test_words_that_nobody_judged_have_no_part_in_the_loss():
    gold = [np.array([1, 0, 0]), np.array([0, 3])]
    row = Example("1", "a", "x")
    logits = torch.randn(2, 3, 5)
    batch = np.array([0, 1])
    whole = WordLoss([row, row], gold)(logits, batch)
    each = torch.nn.functional.cross_entropy(
        torch.cat([logits[0], logits[1, :2]]), torch.tensor([1, 0, 0, 0, 3])
    )
    assert torch.isclose(whole, each)
    partly = WordLoss([replace(row, complete=False)] * 2, gold)(logits, batch)
    each = torch.nn.functional.cross_entropy(
        torch.stack([logits[0, 0], logits[1, 1]]), torch.tensor([1, 3])
    )
    assert torch.isclose(partly, each)
    heavy = WordLoss([replace(row, weight=1e6), row], gold)(logits, batch)
    each = torch.nn.functional.cross_entropy(logits[0], torch.tensor(gold[0]))
    assert torch.isclose(heavy, each, rtol=1e-3)


def test_other_sets_are_learnt_from_by_their_marked_words_alone(labelled, tmp_path):
    other = tmp_path / "other.jsonl"
    line = {"id": "o", "doc_id": "o", "text": "Sailors rowed to Zanzibar at noon.", "spans": [
        {"start": 17, "end": 25, "kind": "place", "role": "site"}], "event_types": []}  # fmt: skip
    other.write_text(json.dumps(line) + "\n")
    sources = [{"path": str(labelled)}, {"path": str(other), "auxiliary": True}]
    config = RunConfig(name="x", task="mention", data=sources, model={"family": "transformer"})
    train = load_data(config).train
    assert [row.id for row in train if not row.complete] == ["o"] and len(train) > 1
    changed = config.model_copy(update={"model": _tfidf()})
    refused(lambda: load_data(changed), "transformer", "tfidf")


def _tfidf():
    from training.families.tfidf import TfidfConfig

    return TfidfConfig(family="tfidf")


def test_a_built_dataset_is_read_by_its_sentences(place):
    config = RunConfig(
        name="x", task="mention", data=str(place / "dataset"), model={"family": "transformer"}
    )
    data = load_data(config)
    assert data.train and data.validation and data.card
    assert any(row.marks for row in data.validation)


def test_a_mention_is_right_as_often_as_its_probability_says(learnt):
    rng = np.random.default_rng(0)
    rows = [
        replace(row, doc_id=str(n), marks=tuple(m for m in row.marks if rng.random() < 0.7))
        for n, row in enumerate(learnt.rows)
    ]
    scaling, scores = calibrate_spans(learnt.fitted, rows, BOOK, "auto")
    assert scaling is not None and scores["log_loss/scaling"] < scores["log_loss/none"]
    sure = np.full(4, 0.9999, np.float32)
    found = Judged(sure, np.array([0, 0, 1, 1]), np.ones(4, int), np.array(list("abcd")))
    assert (np.abs(scaled(found, scaling) - 0.7) < 0.15).all()
    assert calibrate_spans(learnt.fitted, rows, BOOK, "none")[0] is None
    refused(lambda: calibrate_spans(learnt.fitted, rows, BOOK, "isotonic"), "isotonic")


@pytest.mark.parametrize(
    ("text", "lands"),
    [
        ("It stood deep inside Malian territory.", ["Malian territory"]),
        ("They met on Syrian soil and in Estonian airspace.", ["Syrian soil", "Estonian airspace"]),
        ("It was the territory of others.", []),
    ],
)
def test_a_people_s_land_is_a_place(text, lands):
    (found,) = MentionFinder().find([text])
    assert [text[m.start : m.end] for m in found if m.kind == "place"] == lands


def test_the_finder_finds_what_the_artifact_does(learnt, artifact):
    texts = [row.text for row in learnt.rows[:30]]
    found = MentionFinder(artifact).find(texts)
    said = artifact.mentions(texts)
    spots = [[(m.start, m.end, m.kind) for m in each] for each in said]
    assert [[(m.start, m.end, m.kind) for m in each] for each in found] == spots


def test_a_fit_that_is_killed_goes_on_to_the_same_weights(
    sentences, transformer, watcher, tmp_path, monkeypatch
):
    rows, config = mention_examples(sentences[:24]), transformer(epochs=2, batch_size=8)

    def fit(folder):
        kept = Checkpoints(tmp_path / folder, Identity(config="c", data="d", code="e"), every=0)
        model = config.fit(rows[:20], rows[20:], BOOK, 1, watcher, kept).model
        return torch.cat([part.flatten() for part in model.state_dict().values()])

    expected, step, left = fit("whole"), Fit._step, iter(range(4))

    def killed_later(self, batch):
        next(left)  # StopIteration is no Exception that a fit expects
        return step(self, batch)

    monkeypatch.setattr(Fit, "_step", killed_later)
    with pytest.raises(StopIteration):
        fit("killed")
    monkeypatch.setattr(Fit, "_step", step)
    assert torch.equal(fit("killed"), expected)


def test_the_command_line_trains_and_scores(place, wiretag, tiny_encoder, tmp_path):
    data = place / "dataset"
    changes = (f"data={data}", f"out={place / 'runs'}", f"model.encoder={tiny_encoder}")
    status, out, _ = wiretag(
        "train", CONFIG, *changes, "model.epochs=1", "name=mention-tiny", "--json"
    )
    assert status == 0 and 0 <= json.loads(out)["validation_macro_f1"] <= 1
    folder, report = place / "runs" / "mention-tiny" / "artifact", tmp_path / "report.json"
    rows = data / "sentences" / "test.jsonl"
    status, out, _ = wiretag("evaluate", folder, "--data", rows, "--report", report, "--json")
    found, told = json.loads(out), SpanReport.model_validate_json(report.read_text())
    assert status == 0 and found["tracked"] and found["task"] == "mention"
    assert found["f1"]["all exact"]["value"] == told.scores[2].f1.value
    assert told.kind == "spans" and len(told.predictions) == told.sentences == found["sentences"]
    run = Store(place / "runs").client.get_run(told.artifact.run_id)
    assert run.data.metrics["test/test.jsonl/overlapping/all/f1"] == told.scores[5].f1.value
    status, _, err = wiretag("evaluate", folder, "--data", rows, "--texts")
    assert status == 3 and "--texts" in err
