"""Bad input in training: each kind is refused before anything is written, or has a known result."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.codebook import load_codebook
from data.dataset import build
from data.errors import BadInput
from data.examples import examples_of
from data.importers import read_sentences
from data.importers.jsonl import parse
from data.records import Example
from data.splits import SplitConfig
from training.config import load_config
from training.families.tfidf import TfidfConfig
from training.sources import load_data, main_sentences, prepare_fold

PLACES, ROOTS = load_codebook("geo_direction"), load_codebook("plv_root")
LABELS = ("origin", "destination", "site", "background")
FAMILIES = ("majority", "tfidf", "probe", "transformer")
VERBS = ("train", "crossvalidate", "search")
WHOLE = {"test": 0, "validation": 0}


def words(number: int, count: int) -> str:
    """So many words that no other number has."""
    letters = np.random.default_rng(number).choice(list("abdefghiklmnoprstuvz"), (count, 9))
    return " ".join("".join(word) for word in letters)


def row(number: int, label: str | None, text: str = "", **more) -> dict:
    """A sentence, an article of its own, with one place of that label; None: without a place."""
    text = text or f"Lorries left Goma with {words(number, 6)}."
    start = text.index("Goma")
    span = {"start": start, "end": start + 4, "kind": "place", "role": label}
    ids = {"id": f"r{number}", "doc_id": f"d{number}", "text": text}
    return ids | {"spans": [span] if label else [], "event_types": []} | more


def rows_of(*labels: str | None) -> list[dict]:
    return [row(number, label) for number, label in enumerate(labels)]


def lines(rows: list[dict]) -> str:
    return "".join(json.dumps(each) + "\n" for each in rows)


def example_of(content: dict, codebook=PLACES) -> Example:
    return examples_of([parse(json.dumps(content))], codebook).examples[0]


@pytest.fixture
def config(write, tmp_path, monkeypatch) -> Callable[..., Path]:
    """Writes a run's config, and a search that starts from it, into the working folder."""
    monkeypatch.chdir(tmp_path)

    def made(family: str = "majority", **changes) -> Path:
        fields = {"name": "x", "task": "geo_direction", "data": "rows.jsonl", "out": "runs"}
        write("search.yaml", "config: x.yaml\ntrials: 1\nspace: {split.seed: [13, 14]}\n")
        return write("x.yaml", json.dumps(fields | {"model": {"family": family}} | changes))

    return made


@pytest.fixture
def refused(wiretag, config, listing, tmp_path, store_in) -> Callable[..., str]:
    """The message with which the verb refuses the config; beside the record nothing is written."""
    store_in(tmp_path / "runs")

    def run(verb: str, family: str = "majority", **changes) -> str:
        path = config(family, **changes)
        before = listing(tmp_path)
        code, _, err = wiretag(verb, "search.yaml" if verb == "search" else path)
        assert code == 3 and listing(tmp_path) == before, err
        assert "Traceback" not in err
        return err

    return run


@pytest.mark.parametrize("verb", VERBS)
def test_an_empty_file_is_named(verb, refused, write):
    said = "expected labelled sentences, found none; fill it or leave it out"
    more = write("more.jsonl", "\n")
    sets = ["rows.jsonl", {"path": str(more), "auxiliary": True}]
    for family in FAMILIES:
        write("rows.jsonl", "")
        assert f"rows.jsonl: {said}" in refused(verb, family)
        write("rows.jsonl", lines(rows_of(*LABELS * 5)))
        assert f"more.jsonl: {said}" in refused(verb, family, data=sets)


@pytest.mark.parametrize("family", FAMILIES)
def test_data_of_one_kind_or_one_row_are_refused_before_the_run_begins(family, refused, write):
    write("rows.jsonl", lines(rows_of(*["site"] * 9)))
    for verb in ("train", "search"):
        message = refused(verb, family)
        assert "at least two kinds for geo_direction" in message and "all site" in message
    write("rows.jsonl", lines(rows_of("site")))
    assert "at least 3 articles to split, found 1" in refused("train", family)
    assert "1 examples, all site" in refused("train", family, split=WHOLE)
    for verb in ("crossvalidate", "search"):
        assert "folds (one article each at least)" in refused(verb, family)


def test_a_fold_that_trains_on_one_kind_is_refused(refused, write, config):
    first = row(9, None, event_types=["AID"])  # the rarest label goes to the first fold
    write("rows.jsonl", lines([*rows_of(*["site"] * 8, "origin"), first]))
    for verb in ("search", "crossvalidate"):
        assert "at least two kinds" in refused(verb, split=WHOLE)
    chosen = load_config(config(split=WHOLE))
    sentences = main_sentences(chosen)
    rest = [each for each in sentences if each.id != "r8"]
    with pytest.raises(BadInput, match="8 examples, all site"):
        prepare_fold(rest, sentences, chosen)


def test_a_set_without_a_row_of_the_task_says_why(refused, write, config):
    write("rows.jsonl", lines(rows_of(*[None] * 12)))
    assert "a row of geo_direction to train on, found 8 sentences without one;" in refused("train")
    rows = rows_of(*["site"] * 3, *LABELS * 3)
    for content in rows[:3]:
        content["spans"].append(content["spans"][0] | {"role": "origin"})
    for content in rows[3:]:
        content["spans"][0]["derived"] = True
    write("rows.jsonl", lines(rows))
    message = refused("train", split=WHOLE)
    assert "15 sentences without one (3 not exactly one label, 12 labelled by a rule)" in message
    write("rows.jsonl", lines(rows_of(*LABELS * 3)))
    message = refused("train", labels=["transit"], split=WHOLE)
    assert "12 sentences without one (12 of other labels)" in message


def test_sets_of_other_codebooks_are_refused(refused, write):
    rows = [row(n, "site", event_types=[("YIELD", "ASSAULT")[n % 2]]) for n in range(12)]
    write("rows.jsonl", lines(rows))
    for verb in VERBS:
        for family in FAMILIES:
            message = refused(verb, family, labels=["ASSAULT"])
            assert "labels of geo_direction, found 'ASSAULT'; known: background" in message
    message = refused("train", task="event_type")
    assert "rows.jsonl:1: expected labels of the codebook event_type, found 'YIELD'" in message


def test_a_built_dataset_stands_alone_and_only_in_train(refused, write, tmp_path, config):
    path = write("rows.jsonl", lines(rows_of(*LABELS * 10)))
    build(list(read_sentences(path)), tmp_path / "built", SplitConfig(), tasks=("geo_direction",))
    write("more.jsonl", lines([row(500 + n, LABELS[n % 4]) for n in range(8)]))
    for verb, data in (
        ("train", ["built", "more.jsonl"]),
        ("train", ["more.jsonl", {"path": "built", "auxiliary": True}]),
        ("crossvalidate", "built"),
        ("search", "built"),
    ):
        assert "built: expected labelled sentences, found a built dataset" in refused(
            verb, data=data, split=WHOLE
        )
    heavier = load_data(load_config(config(data={"path": "built", "weight": 2.5})))
    assert {example.weight for example in heavier.train} == {2.5}
    with pytest.raises(BadInput, match=r"card\.json: expected a row .* to train on, found none"):
        load_data(load_config(config(data="built", labels=["transit"])))


@pytest.mark.parametrize("verb", VERBS)
def test_an_out_that_is_no_folder_is_refused_with_its_name(verb, refused, write):
    write("rows.jsonl", lines(rows_of(*LABELS * 5)))
    write("taken", "mine")
    for out in ("taken", "taken/runs"):
        assert "expected a folder to write in, found" in refused(verb, out=out)
    assert Path("taken").read_text() == "mine"
    assert "/proc/nowhere" in refused(verb, out="/proc/nowhere"), "a place where nobody may write"


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("labels=[site, site]", "labels: each label once"),
        ("labels=[]", "labels: "),
        ("seeds=[3, 3]", "seeds: each seed once"),
        (f"seeds={2**32}", "seeds.0: "),
        ("data=[{path: a, weight: .inf}]", "data.0.weight: "),
        ("model.c=inf", "model.c: "),
        ("model.word_ngrams=[2, 1]", "model.word_ngrams: the shortest and the longest"),
        ("model.word_ngrams=[0, 1]", "model.word_ngrams: the shortest and the longest"),
        ("model.char_ngrams=[5, 3]", "model.char_ngrams: the shortest and the longest"),
    ],
)
def test_settings_that_no_training_can_follow_are_refused(override, said, config):
    with pytest.raises(BadInput, match="a valid RunConfig") as caught:
        load_config(config("tfidf"), [override])
    assert said in str(caught.value)


def test_labels_without_a_training_row_and_an_empty_validation_are_warned_of(config, write, caplog):
    rows = [row(n, LABELS[n % 2], date=f"2014-01-{n + 1:02d}") for n in range(20)]
    rows += [row(50 + n, "transit", date="2014-03-01") for n in range(5)]
    write("rows.jsonl", lines(rows))
    late = {"by": "time", "test": 0, "validation_from": "2014-02-01"}
    data = load_data(load_config(config(split=late)))
    assert {example.labels for example in data.validation} == {("transit",)}
    assert "no training row is labelled site, transit, background: not learned" in caplog.text
    assert "no validation row" not in caplog.text
    rows[20:] = [row(50 + n, None, date="2014-03-01") for n in range(5)]
    write("rows.jsonl", lines(rows))
    assert load_data(load_config(config(split=late))).validation == []
    assert "no validation row of geo_direction: nothing is chosen or calibrated" in caplog.text
    caplog.clear()
    load_data(load_config(config(split=WHOLE, labels=["origin", "destination"])))
    assert not caplog.text


def test_a_transformer_gives_a_label_without_rows_little_and_never_nothing(transformer, watcher):
    rows = [example_of(row(n, LABELS[n % 4])) for n in range(20)]
    found = transformer().fit(rows, rows[:4], PLACES, 1, watcher).probabilities(rows)
    transit = found[:, PLACES.labels.index("transit")]
    assert transit.min() > 0 and transit.max() < 0.2 and np.isfinite(found).all()


LONG = words(0, 10_000)[:100_000]
LONG_TEXTS = {
    "at the end": f"{LONG} left Goma.",
    "in the middle": f"{LONG[:50_000]} left Goma {LONG[50_000:]}",
    "at the start": f"Goma {LONG}",
    "behind one long word": f"{'x' * 100_000} Goma.",
}


def test_a_mention_in_a_text_of_100_000_characters_is_read_wherever_it_stands(transformer, watcher):
    rows = [example_of(row(n, LABELS[n % 4])) for n in range(8)]
    long = [example_of(row(50 + n, LABELS[n], text)) for n, text in enumerate(LONG_TEXTS.values())]
    tfidf = TfidfConfig(family="tfidf", char_ngrams=None, word_ngrams=(1, 1))
    for config, read in ((tfidf, long[:1]), (transformer(), long)):
        fitted = config.fit([*rows, *read], [], PLACES, 1, watcher)
        found = fitted.probabilities(read)
        assert found.shape == (len(read), 5) and np.isfinite(found).all()
    encoder = fitted.text_encoder
    for name, encoded in zip(LONG_TEXTS, encoder.encode(long), strict=True):
        shown = [encoder.tokenizer.id_to_token(int(token)) for token in encoded.ids]
        assert {"[mention]", "[/mention]"} <= set(shown) and len(shown) <= 32, name
        assert encoded.pool.sum(axis=1) == pytest.approx([1, 1, 1]), name


def test_both_actors_are_read_though_100_000_characters_stand_between_them(transformer, watcher):
    text = f"Army {LONG} hit Goma."
    content = row(1, None, text, event_types=["ASSAULT"])
    actor = {"kind": "actor", "role": "source", "start": 0, "end": 4}
    target = {"kind": "actor", "role": "target", "start": len(text) - 5, "end": len(text) - 1}
    far = example_of(content | {"spans": [actor, target]}, ROOTS)
    near = [
        example_of(row(n, None, event_types=[("AID", "ASSAULT")[n % 2]]), ROOTS) for n in (2, 3)
    ]
    encoder = transformer().fit([far, *near], [], ROOTS, 1, watcher).text_encoder
    (encoded,) = encoder.encode([far])
    assert encoded.pool.sum(axis=1) == pytest.approx([1] * 5)


@pytest.mark.parametrize("rate", [1e39, math.inf])
def test_a_rate_that_breaks_the_weights_in_the_only_step_leaves_no_artifact(
    rate, transformer, watcher
):
    rows = [example_of(row(n, LABELS[n % 4])) for n in range(8)]
    with pytest.raises((BadInput, ValueError), match="finite"):
        transformer(learning_rate=rate, head_learning_rate=rate, warmup=0).fit(
            rows, [], PLACES, 1, watcher
        )


def test_an_encoder_that_cannot_be_read_ends_the_run_and_leaves_no_folder(
    wiretag, config, write, tmp_path, store_in
):
    store_in(tmp_path / "runs")
    write("rows.jsonl", lines(rows_of(*LABELS * 5)))
    (tmp_path / "encoder").mkdir()
    model = {"family": "transformer", "encoder": str(tmp_path / "encoder")}
    code, _, err = wiretag("train", config(model=model))
    assert code == 3 and "'minilm' or a folder with config.json" in err
    assert not (tmp_path / "runs" / "x").exists()
