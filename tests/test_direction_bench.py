"""DirectionBench: the pairs are sound, and a pair counts only when both its members are right."""

import itertools
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.importers.inline import read_corpus
from data.records import Example
from evaluation.behaviour import direction_bench
from evaluation.behaviour.direction_bench import load_pairs, score_pairs
from tagging.artifact import Prediction
from workflows.learning_curve import nested

TASKS = ("geo_direction", "actor_role")


@dataclass
class Oracle:
    """A model that knows the gold labels, but for the examples whose id it is told to miss."""

    task: str
    missed: set[str] = field(default_factory=set)
    manifest_hash: str = "none"

    @property
    def codebook(self):
        return load_codebook(self.task)

    @property
    def card(self):
        return SimpleNamespace(family="oracle", run_id=None, git_commit=None, seed=1)

    def predict(self, examples, batch_size=32, progress=None):
        wrong = {"geo_direction": "transit", "actor_role": "reporter"}[self.task]
        return [
            Prediction((wrong,) if one.id in self.missed else one.labels, {}, 1.0)
            for one in examples
        ]


def test_there_are_enough_pairs_and_no_sentence_stands_twice():
    pairs = [pair for task in TASKS for pair in load_pairs(task)]
    assert len(pairs) >= 250
    assert len({pair.id for pair in pairs}) == len(pairs)
    texts = [member[0].text for pair in pairs for member in pair.members]
    assert len(set(texts)) == len(texts)


def test_no_sentence_of_the_bench_is_in_the_corpus(pytestconfig):
    corpus = {
        sentence.text
        for article in read_corpus(pytestconfig.rootpath / "data" / "corpus")
        for sentence in article.sentences
    }
    for task in TASKS:
        assert not corpus & {one.text for pair in load_pairs(task) for one in pair.examples}


@pytest.mark.parametrize("task", TASKS)
def test_one_wrong_mention_costs_its_pair_and_no_other(task):
    pairs = load_pairs(task)
    full = score_pairs(Oracle(task), pairs, "oracle")
    assert full.pair_accuracy.value == full.mention_accuracy.value == 1
    assert full.failures == ()
    missed = next(
        one for one in pairs[3].examples if one.labels not in [("transit",), ("reporter",)]
    )
    scored = score_pairs(Oracle(task, {missed.id}), pairs, "oracle")
    assert scored.failures == (pairs[3].id,)
    assert scored.pair_accuracy.value == (len(pairs) - 1) / len(pairs)
    assert scored.mention_accuracy.value == (scored.mentions - 1) / scored.mentions
    assert 0 < scored.chance < 0.05


def test_a_wrong_label_in_the_bench_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(direction_bench, "FOLDER", tmp_path)
    pair = 'pairs:\n  - {id: p1, change: x, members: ["{Goma|orign} fell.", "{Goma|site} fell."]}\n'
    (tmp_path / "geo_direction_pairs.yaml").write_text(pair, encoding="utf-8")
    with pytest.raises(BadInput, match=r"'orign' in pair 'p1'.*did you mean 'origin'"):
        load_pairs("geo_direction")
    with pytest.raises(BadInput, match="a task that has minimal pairs"):
        load_pairs("event_type")


def test_parts_of_a_learning_curve_are_nested_and_by_article():
    rows = [Example(f"{doc}-{n}", f"doc{doc}", "text") for doc in range(20) for n in range(3)]
    parts = [nested(rows, share, 13) for share in (0.25, 0.5, 0.75, 1.0)]
    assert [len(part) for part in parts] == [15, 30, 45, 60]
    for small, large in itertools.pairwise(parts):
        assert {row.id for row in small} < {row.id for row in large}
    assert all(len(part) == 3 * len({row.doc_id for row in part}) for part in parts)
