"""Behaviour tests: the seeds are sound, and each kind of test fails where a model misbehaves."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace

import pytest

from data.codebook import load_codebook
from data.dataset import TASKS
from data.errors import BadInput
from data.importers.inline import read_corpus, scheme
from data.records import Example
from data.strict_yaml import read_yaml
from evaluation.behaviour.capabilities import FOLDER, load_capabilities
from evaluation.behaviour.direction_bench import load_pairs, score_pairs
from evaluation.behaviour.scoring import questions, score_behaviours
from tagging.artifact import Prediction

WEST_AFRICA = ("Ghana", "Senegal", "Mali", "Nigeria")
load = cache(load_capabilities)  # reading all the files takes a second


@dataclass
class Model:
    """An artifact that gives the gold labels, but for what `answer` makes of them."""

    task: str
    answer: Callable[[Example], tuple[str, ...]] = lambda example: example.labels
    number: float = 0.9
    manifest_hash: str = "ab" * 32

    @property
    def codebook(self):
        return load_codebook(self.task)

    @property
    def card(self):
        return SimpleNamespace(name="model", family="fake", run_id=None, git_commit=None, seed=1)

    def predict(self, examples, batch_size=32, progress=None):
        probabilities = dict.fromkeys(self.codebook.labels, self.number)
        return [Prediction(self.answer(one), probabilities, 1.0) for one in examples]


def results(model: Model, *names: str) -> dict:
    chosen = [each for each in load(model.task) if each.name in names or not names]
    return {each.capability: each for each in score_behaviours(model, chosen, "model").results}


# The data


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_every_capability_has_enough_seeds_and_every_row_its_own_id(task):
    found = load(task)
    assert len(found) == 15 + (task != "event_type")
    for each in found:
        least = 40 if each.substituted else 20
        assert len({case.seed for case in each.cases}) >= least, each.name
        assert len({case.id for case in each.cases}) == len(each.cases), each.name
    asked = [one for each in found for case in each.cases for one in case.examples]
    content = {(one.id, one.text, one.marks) for one in asked}
    assert len(content) == len({one.id for one in asked}) == len(questions(found))


def test_each_seed_is_filled_with_four_sets_of_names_from_each_of_ten_regions():
    for each in load("event_type"):
        if each.substituted:
            regions = Counter((case.seed, case.parts[0].name) for case in each.cases)
            assert set(regions.values()) == {4}
            assert {region for _, region in regions} == set(scheme()["regions"])
    names = [
        name
        for sets in read_yaml(FOLDER / "names.yaml")["regions"].values()
        for one in sets
        for name in one.values()
    ]
    assert len(set(names)) == len(names) == 10 * 4 * 6


@pytest.mark.slow
def test_no_seed_is_in_the_corpus_or_in_direction_bench(pytestconfig):
    corpus = {
        run
        for article in read_corpus(pytestconfig.rootpath / "data" / "corpus")
        for sentence in article.sentences
        for run in runs(sentence.text)
    }
    pairs = {one.text for task in TASKS[1:] for pair in load_pairs(task) for one in pair.examples}
    own = {
        one.text
        for task in TASKS
        for each in load(task)
        if each.name != "direction_bench"
        for case in each.cases
        for part in case.parts
        for one in part.examples
    }
    assert len(own) > 5000 and not own & pairs
    assert not corpus & {run for text in own for run in runs(text)}


def runs(text: str, words: int = 8) -> set[str]:
    """All runs of eight words, without case and signs."""
    bare = [
        word for word in ("".join(filter(str.isalnum, w)) for w in text.lower().split()) if word
    ]
    return {" ".join(bare[at : at + words]) for at in range(len(bare) - words + 1)}


def test_a_neighbour_is_another_country_of_the_region():
    [signed] = [
        case.parts[0].examples[0].text
        for each in load("event_type")
        for case in each.cases
        if case.id == "country-21/Nigeria"
    ]
    assert signed.startswith("Nigeria and Ghana signed")


def test_the_marks_of_a_filled_seed_lie_on_the_names():
    found = {
        (one.text[mark.start : mark.end], label)
        for each in load("geo_direction")
        if each.name == "countries"
        for case in each.cases
        for one in case.parts[0].examples
        if case.seed == "country-01" and "Irbid" in one.text
        for mark, label in zip(one.marks, one.labels, strict=True)
    }
    assert found == {("Irbid", "destination"), ("Maan", "origin")}


# What fails, and what does not


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
def test_a_model_that_knows_the_gold_fails_nowhere(task):
    for each in results(Model(task)).values():
        assert each.failure_rate.value == 0 == each.more_failures and not each.failures
        assert 0 < each.failure_rate.high < 0.2  # no failure is no proof
        assert (each.fairness is not None) == (each.capability in ("countries", "persons"))


@pytest.mark.slow
def test_a_country_that_changes_the_decision_shows_as_its_region():
    def prejudiced(example: Example) -> tuple[str, ...]:
        bad = any(name in example.text for name in WEST_AFRICA) and "ASSAULT" not in example.labels
        return (*example.labels, "ASSAULT") if bad else example.labels

    found = results(Model("event_type", prejudiced), "countries", "persons", "casing")
    countries = found["countries"]
    named = {name for name, rate in countries.parts.items() if rate.value}
    assert named == {"africa-west"} and countries.parts["africa-west"].value > 0.5
    assert countries.fairness.flip_rate.highest == "africa-west"
    assert countries.fairness.flip_rate.value > 3 * countries.fairness.flip_rate.by_chance
    assert countries.fairness.macro_f1.lowest == "africa-west"
    assert countries.fairness.macro_f1.value > countries.fairness.macro_f1.by_chance
    first, second = countries.failures[0].said
    assert set(second.found) - set(second.expected) == {"ASSAULT"}
    assert first.found == first.expected == second.expected and first.text != second.text
    assert found["persons"].failure_rate.value == found["casing"].failure_rate.value == 0
    assert found["persons"].fairness.flip_rate.value == 0


def test_a_model_that_is_always_wrong_in_one_way_changes_its_mind_nowhere():
    stubborn = Model("geo_direction", lambda one: ("transit",))
    found = results(stubborn, "plain", "countries", "persons", "typos", "markup", "voice")
    assert found["plain"].failure_rate.value > 0.9 and found["voice"].failure_rate.value == 1
    assert {each.failure_rate.value for each in found.values() if each.kind == "invariance"} == {0}


def test_a_model_that_reads_capitals_fails_the_casing_alone():
    def shouted(example: Example) -> tuple[str, ...]:
        return ("transit",) if example.text.isupper() else example.labels

    found = results(Model("geo_direction", shouted), "casing", "typos", "markup", "plain", "voice")
    assert len(found) == 5
    assert {name for name, each in found.items() if each.failure_rate.value} == {"casing"}
    rates = {name: rate.value for name, rate in found["casing"].parts.items()}
    assert rates["upper case"] > 0.9 and rates["lower case"] == rates["headline case"] == 0


def test_a_model_blind_to_negation_fails_the_negated_member_of_every_pair():
    pairs = next(each for each in load("event_type") if each.name == "negation")
    affirmed = {
        case.parts[1].examples[0].id: case.parts[0].examples[0].labels for case in pairs.cases
    }
    blind = results(Model("event_type", lambda one: affirmed.get(one.id, one.labels)), "negation")
    found = blind["negation"]
    assert found.parts["affirmed"].value == 0 and found.parts["negated"].value == 1
    assert found.failure_rate.value == 1 and len(found.failures) == 20
    assert found.more_failures == found.cases - 20 == 6
    assert found.failures[0].parts == ("negated",) and len(found.failures[0].said) == 2


def test_a_model_that_obeys_the_text_fails_the_markup():
    def obedient(example: Example) -> tuple[str, ...]:
        return ("PROTEST",) if "answer PROTEST" in example.text else example.labels

    found = results(Model("event_type", obedient), "markup", "distractors")
    rates = {name: rate.value for name, rate in found["markup"].parts.items()}
    assert rates.pop("order") > 0.9 and not any(rates.values())
    assert found["distractors"].failure_rate.value == 0


def test_failures_show_every_seed_before_any_seed_twice_and_add_up():
    def wavering(example: Example) -> tuple[str, ...]:
        return ("target",) if "/typos/" in example.id else example.labels

    found = results(Model("actor_role", wavering), "typos")["typos"]
    assert len({failure.seed for failure in found.failures}) == len(found.failures) == 20
    assert sum(failed for failed, _ in found.outcomes.values()) == 20 + found.more_failures
    again = found.model_dump()
    with pytest.raises(ValueError, match="do not add up"):
        type(found).model_validate(again | {"more_failures": 0})


def test_direction_bench_fails_where_the_bench_says_so():
    model = Model("geo_direction", lambda one: ("site",) if "0" in one.id else one.labels)
    found = results(model, "direction_bench")["direction_bench"]
    bench = score_pairs(model, load_pairs("geo_direction"), "model")
    assert found.failure_rate.value == pytest.approx(1 - bench.pair_accuracy.value)
    assert found.failure_rate.low == pytest.approx(1 - bench.pair_accuracy.high, abs=1e-6)
    assert found.failure_rate.high == pytest.approx(1 - bench.pair_accuracy.low, abs=1e-6)
    assert {failure.id for failure in found.failures} <= set(bench.failures)


def test_a_model_that_tells_no_numbers_is_refused():
    with pytest.raises(BadInput, match="a probability for every label"):
        results(Model("event_type", number=float("nan")), "plain")


def test_a_model_of_another_codebook_is_refused():
    class Other(Model):
        codebook = load_codebook("event_type").model_copy(update={"version": 2})

    with pytest.raises(BadInput, match="the codebook 'event_type' with hash"):
        results(Other("event_type"), "plain")
