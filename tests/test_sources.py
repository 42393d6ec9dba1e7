"""What a run trains on: mixtures, weights, and nothing that is held out."""

import json
from pathlib import Path

import numpy as np
import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.examples import content_hash, examples_of
from data.records import Mention, Role, Sentence
from training.config import RunConfig
from training.search import run_search
from training.sources import (
    gold_examples,
    groups_of,
    load_data,
    main_sentences,
    prepare,
    prepare_fold,
)

PLV, EVENTS = load_codebook("plv_root"), load_codebook("event_type")


def row(number: int, text: str, types: list[str], complete: bool = True, doc: str = "") -> dict:
    spans = [
        {"start": 0, "end": 4, "kind": "actor", "role": "source"},
        {"start": len(text) - 5, "end": len(text) - 1, "kind": "actor", "role": "target"},
    ]
    return {
        "id": f"r{number}",
        "doc_id": doc or f"d{number}",
        "text": text,
        "spans": spans,
        "event_types": types,
        "event_types_complete": complete,
        "source": doc or "main",
    }


def text(number: int, verb: str) -> str:
    """Sentences that share little but the verb, so that none repeats another."""
    random = np.random.default_rng(number)
    words = ["".join(random.choice(list("abcdefghijklmnoprstuvz"), 7)) for _ in range(9)]
    return f"Army {' '.join(words[:4])} {verb} {' '.join(words[4:])} Mola."


@pytest.fixture
def sets(tmp_path) -> Path:
    """main.jsonl: 40 rows; more.jsonl: 10 rows, of which three repeat main's in other words."""
    main = [row(n, text(n, "attacked" if n % 2 else "aided"), ["ASSAULT" if n % 2 else "AID"])
            for n in range(40)]  # fmt: skip
    more = [row(100 + n, text(100 + n, "shelled"), ["ASSAULT"], doc="more") for n in range(7)]
    more += [
        {**row(200 + n, main[n]["text"].upper(), ["AID"], doc="more"), "spans": []}
        for n in range(3)
    ]
    for name, rows in (("main", main), ("more", more)):
        lines = "".join(json.dumps(each) + "\n" for each in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines)
    return tmp_path


def config(sets: Path, **more) -> RunConfig:
    fields = {
        "name": "x",
        "task": "event_type",
        "data": [
            str(sets / "main.jsonl"),
            {"path": str(sets / "more.jsonl"), "auxiliary": True, "weight": 0.5},
        ],
        "model": {"family": "majority"},
    } | more
    return RunConfig.model_validate(fields)


def test_an_auxiliary_set_trains_with_its_weight_and_is_never_held_out(sets):
    data = load_data(config(sets))
    assert {example.source for example in data.validation} == {"main"}
    assert {example.weight for example in data.train if example.source == "more"} == {0.5}
    assert {example.weight for example in data.train if example.source == "main"} == {1.0}
    assert {sentence.source for sentence in main_sentences(config(sets))} == {"main"}


def test_labels_choose_rows_of_the_scored_sets_and_auxiliary_ones_keep_all(sets):
    found = load_data(config(sets, labels=["AID"])).train
    assert {row.labels for row in found if row.source == "main"} == {("AID",)}
    assert ("ASSAULT",) in {row.labels for row in found if row.source == "more"}


def test_auxiliary_rows_that_repeat_a_held_out_sentence_do_not_train(sets):
    sentences = main_sentences(config(sets))
    held_out, rest = sentences[:2], sentences[2:]
    data = prepare(rest, [], config(sets), held_out)
    assert {"r200", "r201"}.isdisjoint(example.id for example in data.train)
    assert "r202" in {example.id for example in data.train}
    data = prepare(rest, held_out, config(sets))
    assert {"r200", "r201"}.isdisjoint(example.id for example in data.train)


def test_a_weight_changes_the_hash_of_the_data(sets):
    heavier = config(sets).model_copy(update={"data": config(sets).data[:1]})
    assert load_data(config(sets)).hash != load_data(heavier).hash
    (example,) = examples_of([Sentence("a", "d", "Text.")], EVENTS).examples
    assert content_hash([example]) != content_hash([example.__class__(**vars(example) | {"weight": 2.0})])  # fmt: skip  # noqa: E501


def test_an_id_of_two_sets_is_refused(sets):
    twice = config(sets, data=[str(sets / "main.jsonl"), str(sets / "main.jsonl")])
    with pytest.raises(BadInput, match="each id once"):
        load_data(twice)


def two_events() -> Sentence:
    mentions = (
        Mention(0, 8, "actor", (Role("source", "PROTEST"), Role("target", "CONCEDE"))),
        Mention(20, 26, "actor", (Role("source", "CONCEDE"),)),
    )
    return Sentence("s", "d", "Students marched and police gave way.", mentions, ("PROTEST", "CONCEDE"))  # fmt: skip  # noqa: E501


def test_a_sentence_of_several_events_gives_an_example_each_with_its_own_marks():
    found = examples_of([two_events()], PLV).examples
    assert [(one.id, one.labels) for one in found] == [
        ("s:PROTEST", ("PROTEST",)),
        ("s:CONCEDE", ("YIELD",)),
    ]
    assert [[(m.name, m.start) for m in one.marks] for one in found] == [
        [("source", 0)],
        [("source", 20), ("target", 0)],
    ]


def test_codes_that_the_codebook_merges_are_one_label():
    both = Sentence("s", "d", "They gave way and left.", (), ("CONCEDE", "RETREAT"))
    assert examples_of([both], PLV).examples[0].labels == ("YIELD",)


def test_positives_only_train_and_are_never_scored():
    partial = Sentence("s", "d", "Shells fell.", (), ("ASSAULT",), complete=False)
    assert examples_of([partial], EVENTS).examples == []
    (example,) = examples_of([partial], EVENTS, partial=True).examples
    assert example.labels == ("ASSAULT",) and not example.complete
    nothing = Sentence("s", "d", "Shells fell.", (), (), complete=False)
    assert examples_of([nothing], EVENTS, partial=True).examples == []


def test_formulaic_articles_are_split_all_the_same_with_a_warning(caplog):
    same = [
        Sentence(f"s{n}", f"d{n}", f"The army shelled the old village near Mola on day {n}.")
        for n in range(20)
    ]
    assert groups_of(same) == [] and "split all the same" in caplog.text
    other = [Sentence(f"t{n}", f"e{n}", text(n, "left")) for n in range(20)]
    assert groups_of([*same[:2], *other]) == [frozenset({"d0", "d1"})]


def test_a_fold_is_scored_on_its_own_rows_and_never_on_auxiliary_ones(sets):
    sentences = main_sentences(config(sets))
    held_out, rest = sentences[:10], sentences[10:]
    assert {example.source for example in gold_examples(held_out, config(sets))} == {"main"}
    assert len(gold_examples(held_out, config(sets))) == 10
    data = prepare_fold(rest, held_out, config(sets))
    known = {example.id for example in [*data.train, *data.validation]}
    assert known.isdisjoint(row.id for row in held_out)
    assert {example.source for example in data.validation} == {"main"}


def test_a_search_scores_its_folds_without_auxiliary_rows(sets, tmp_path, monkeypatch, store_in):
    store_in(tmp_path / "runs")
    more = str(sets / "more.jsonl")
    text = (
        f"name: x\ntask: event_type\nout: {tmp_path / 'runs'}\nmodel: {{family: majority}}\n"
        f"data: [{sets / 'main.jsonl'}, {{path: {more}, auxiliary: true}}]\n"
    )
    (tmp_path / "base.yaml").write_text(text)
    space = "config: base.yaml\ntrials: 1\nspace: {split.seed: [13, 14]}\n"
    (tmp_path / "search.yaml").write_text(space)
    scored = []

    def score(self, config, fold, run):
        scored.append({example.source for example in fold.held_out})
        return 0.5

    monkeypatch.setattr("training.search._Search._score", score)
    run_search(tmp_path / "search.yaml", [], quiet=True)
    assert scored == [{"main"}] * 3
