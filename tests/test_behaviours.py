"""Behaviour tests: the seeds are sound, and each kind of test fails where a model misbehaves."""

import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random
from types import SimpleNamespace

import pytest

from data.codebook import load_codebook
from data.dataset import TASKS
from data.errors import BadInput
from data.importers.inline import read_corpus, scheme
from data.records import Example
from data.strict_yaml import read_yaml
from evaluation import capabilities
from evaluation.behaviour_report import BehaviourReport, failure_rate
from evaluation.behaviours import questions, score_behaviours
from evaluation.capabilities import FOLDER, Capability, load_capabilities
from evaluation.direction_bench import load_pairs, score_pairs
from evaluation.fairness import Filling, fairness
from evaluation.seed_sentences import read_seed
from tagging.artifact import Prediction
from training.families.majority import MajorityConfig
from workflows.behaviours import run_behaviours

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
        return SimpleNamespace(name="model", family="fake", run_id=None, git_commit=None)

    def predict(self, examples, batch_size=32, progress=None):
        probabilities = dict.fromkeys(self.codebook.labels, self.number)
        return [Prediction(self.answer(one), probabilities, 1.0) for one in examples]


def results(model: Model, *names: str) -> dict:
    chosen = [each for each in load(model.task) if each.name in names or not names]
    return {each.capability: each for each in score_behaviours(model, chosen, "model").results}


# The data


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


@pytest.mark.parametrize("task", TASKS)
def test_a_model_that_knows_the_gold_fails_nowhere(task):
    for each in results(Model(task)).values():
        assert each.failure_rate.value == 0 == each.more_failures and not each.failures
        assert 0 < each.failure_rate.high < 0.2  # no failure is no proof
        assert (each.fairness is not None) == (each.capability in ("countries", "persons"))


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


# Intervals and fairness


def test_cases_of_one_seed_count_as_less_than_cases_of_their_own():
    alone = failure_rate({str(n): (int(n < 10), 1) for n in range(100)})
    same = failure_rate({str(n): (5 * (n < 10), 5) for n in range(100)})
    spread = failure_rate({str(n): (n % 2, 5) for n in range(100)})
    assert alone.value == same.value == spread.value == 0.1
    assert (same.low, same.high) == pytest.approx((alone.low, alone.high))
    assert alone.low == pytest.approx(0.0552, abs=1e-4)  # Wilson's, 10 of 100
    assert spread.high - spread.low < 0.6 * (alone.high - alone.low)


def test_no_failure_leaves_room_for_doubt_and_few_seeds_have_no_interval():
    none = failure_rate({str(n): (0, 40) for n in range(24)})
    assert none.low == 0 and none.high == pytest.approx(0.138, abs=1e-3)
    every = failure_rate({str(n): (40, 40) for n in range(24)})
    assert every.high == pytest.approx(1) and every.low == pytest.approx(0.862, abs=1e-3)
    few = failure_rate({str(n): (n % 2, 1) for n in range(19)})
    assert few.interval is None and few.reason == "19 seeds only: no interval"


def test_regions_alike_stay_within_chance_and_one_unlike_does_not():
    def fillings(worst: str) -> list[Filling]:
        chance = Random(0)
        return [
            Filling(f"s{seed}", f"r{region}", wrong, ("site",), ("origin",) if wrong else ("site",))
            for seed in range(40)
            for region in range(10)
            for _ in range(4)
            for wrong in [chance.random() < 0.05 or f"r{region}" == worst]
        ]

    alike = fairness(fillings(""), ("site", "origin"))
    assert 0 < alike.flip_rate.value <= alike.flip_rate.by_chance
    unlike = fairness(fillings("r3"), ("site", "origin"))
    assert unlike.flip_rate.highest == unlike.macro_f1.lowest == "r3"
    assert unlike.flip_rate.value > unlike.flip_rate.by_chance
    assert unlike.regions["r3"].flip_rate.value == 1 and unlike.regions["r3"].cases == 160
    assert unlike.regions["r0"].flip_rate.interval and unlike.regions["r0"].macro_f1.value > 0.9


# Files and the verb


@pytest.fixture
def artifact(shelving, tmp_path):
    """The folder of a model that calls every place a site."""
    given = enumerate(("site", "site", "origin"))
    rows = [Example(str(n), f"d{n}", "Lorries left Goma.", labels=(label,)) for n, label in given]
    majority = MajorityConfig(family="majority")
    return shelving(majority, load_codebook("geo_direction"), rows, tmp_path / "constant").folder


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A behaviour folder of its own, read instead of the real one."""
    monkeypatch.setattr(capabilities, "FOLDER", tmp_path)
    shutil.copy(FOLDER / "names.yaml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "content, message",
    [
        ("kind: minimal", r"mine\.yaml: expected a kind of behaviour file.*'minimum'"),
        ("kind: minimum\nseeds: {a: 'none - x'}", r"mine\.yaml: .*types :: sentence.*seed 'a'"),
        ("kind: minimum\nseeds: {a: 'ASSAULTS :: x'}", r"'ASSAULTS' in sentence 'a'.*ASSAULT"),
        ("kind: minimum\nseeds: {a: 'none :: {x|souce} y'}", "'souce' in sentence 'a'.*source"),
        ("kind: substituted\nseeds: {a: 'none :: $contry'}", r"mine\.yaml: .*'contry' in seed 'a'"),
        ("kind: perturbed\nseeds_of: mine", "a file of kind minimum"),
        ("kind: perturbed\nseeds_of: mine\nrewrites: [lowercase]", "rewrites.0: .*'lower case'"),
        ("kind: directional\nmembers: [a, b]\nseeds: {a: ['none :: x']}", r"seeds\.a"),
        ("kind: minimum\nseeds: {}", "seeds: .*at least 1"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_place(folder, content, message):
    (folder / "mine.yaml").write_text(f"capability: mine\nabout: x\n{content}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=f"(?s){message}"):
        load_capabilities("event_type")


def test_a_capability_is_added_by_adding_a_file(folder):
    seeds = "seeds: {a: 'COERCE :: {Police|source} closed {Kerbi market|site}.'}"
    (folder / "mine.yaml").write_text(f"kind: minimum\ncapability: mine\nabout: x\n{seeds}\n")
    [mine] = load_capabilities("geo_direction")
    assert isinstance(mine, Capability) and mine.cases[0].parts[0].examples[0].labels == ("site",)
    with pytest.raises(BadInput, match="did you mean 'event_type'"):
        load_capabilities("event_types")


def test_the_verb_scores_artifacts_and_writes_what_it_found(artifact, tmp_path, folder):
    seeds = "{a: 'ASSAULT :: The {army|source} shelled {Norvale|destination}.'}"
    (folder / "mine.yaml").write_text(f"kind: minimum\ncapability: mine\nabout: x\nseeds: {seeds}")
    out = tmp_path / "out" / "behaviours.json"
    told = run_behaviours(artifact, [], out, quiet=True)
    assert told["geo_direction constant"]["mine"]["cases"] == 1
    [content] = json.loads(out.read_text(encoding="utf-8"))
    report = BehaviourReport.model_validate(content)
    assert report.task == "geo_direction" and len(report.results[0].cases_sha256) == 64
    assert report.results[0].outcomes["a"][1] == 1
    (folder / "mine.yaml").write_text(
        f"kind: minimum\ncapability: mine\nabout: x\nseeds: {seeds.replace('army', 'navy')}"
    )
    capabilities._read.cache_clear()
    run_behaviours(artifact, ["geo_direction"], out, quiet=True)
    [[again]] = [each["results"] for each in json.loads(out.read_text(encoding="utf-8"))]
    assert again["cases_sha256"] != report.results[0].cases_sha256
    with pytest.raises(BadInput, match="an artifact of the task event_type, found geo_direction"):
        run_behaviours(artifact, ["event_type"], None, quiet=True)


def test_the_table_names_the_worst_and_the_regions(artifact, capsys, folder):
    for name in ("countries.yaml", "voice.yaml"):
        shutil.copy(FOLDER / name, folder)
    run_behaviours(artifact, [], None, quiet=False)
    shown = capsys.readouterr().out
    assert "voice" in shown and "95% over seeds" in shown
    assert "countries, regions: flip rates 0.0 points apart" in shown


def test_a_seed_may_have_several_events():
    seed = read_seed("PROTEST, COERCE :: {Men|source:PROTEST, target:COERCE} sang.", "s")
    assert seed.event_types == ("PROTEST", "COERCE")
    assert seed.mentions[0].role_names == ("source", "target")
