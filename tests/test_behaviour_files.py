"""Behaviour files and the verb that scores with them: what is refused, added, written and shown."""

import json
import shutil

import pytest

from data.codebook import load_codebook
from data.errors import BadInput
from data.records import Example
from evaluation.behaviour import capabilities
from evaluation.behaviour.capabilities import FOLDER, Capability, load_capabilities
from evaluation.behaviour.report import BehaviourReport
from evaluation.behaviour.seed_sentences import read_seed
from training.families.majority import MajorityConfig
from workflows.behaviours import run_behaviours


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
