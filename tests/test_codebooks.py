"""The codebooks: closed, complete, ordered, and identified by a hash of their content."""

import re

import pytest
import yaml

from data.codebook import FOLDER, Codebook, load_codebook
from data.errors import BadInput
from data.records import ACTOR_ROLES, PLACE_ROLES
from data.strict_yaml import validate

NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
PLOVER = (
    "AGREE CONSULT SUPPORT CONCEDE COOPERATE AID RETREAT REQUEST ACCUSE REJECT THREATEN PROTEST"
    " SANCTION MOBILIZE COERCE ASSAULT"
)
SMALL = {
    "name": "mood",
    "version": 1,
    "example": "sentence",
    "kind": "single",
    "labels": [
        {"name": name, "group": "g", "definition": "d", "examples": ["e"]}
        for name in ("up", "down")
    ],
}


def refusal(**changes) -> str:
    with pytest.raises(BadInput) as caught:
        validate(SMALL | changes, Codebook)
    return str(caught.value)


def test_the_three_tasks_and_the_benchmark_are_there():
    assert NAMES == ["actor_role", "event_type", "geo_direction", "mention", "plv_root"]


def test_labels_are_those_of_the_records_and_of_plover_in_order():
    assert load_codebook("actor_role").labels == ACTOR_ROLES
    assert load_codebook("geo_direction").labels == PLACE_ROLES
    assert load_codebook("event_type").labels == tuple(PLOVER.split())
    plv = set(load_codebook("plv_root").labels)
    assert plv == set(PLOVER.split()) - {"CONCEDE", "RETREAT"} | {"YIELD"}


@pytest.mark.parametrize("name", NAMES)
def test_a_codebook_is_complete_and_its_counter_examples_name_its_labels(name):
    codebook = load_codebook(name)
    assert codebook.name == name
    for entry in codebook.label_entries:
        assert entry.definition.strip().endswith(".") and entry.group
        for text in entry.examples:
            marked = re.search(r"\[[^\]]+\]", text)
            assert marked or codebook.example == "sentence", (entry.name, text)
        for counter in entry.counter_examples:
            assert counter.instead in {*codebook.labels, codebook.none} - {entry.name}, counter
            assert counter.text not in entry.examples and counter.why


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_given_for_one_label_alone(name):
    texts = [text for entry in load_codebook(name).label_entries for text in entry.examples]
    assert len(set(texts)) == len(texts)


def test_kinds_and_what_none_means():
    assert load_codebook("event_type").multi and load_codebook("actor_role").multi
    assert load_codebook("event_type").none == "no event"
    assert load_codebook("actor_role").none == "bystander"
    assert load_codebook("geo_direction").none is None and not load_codebook("plv_root").multi
    assert load_codebook("plv_root").marks == ("source", "target")
    assert load_codebook("event_type").groups["ASSAULT"] == "material conflict"


def test_the_hash_sees_content_and_neither_comments_nor_layout(write):
    one = write("one.yaml", "# a comment\n" + yaml.safe_dump(SMALL))
    two = write("two.yaml", yaml.safe_dump(SMALL, default_flow_style=True, sort_keys=False))
    changed = SMALL | {"labels": SMALL["labels"][::-1]}
    three = write("three.yaml", yaml.safe_dump(changed))
    first, second, third = (load_codebook(str(path)) for path in (one, two, three))
    assert first.hash == second.hash != third.hash and re.fullmatch("[0-9a-f]{64}", first.hash)
    text = yaml.safe_dump(SMALL).replace("definition: d", "definition: D", 1)
    assert load_codebook(str(write("four.yaml", text))).hash != first.hash


def test_an_unknown_codebook_names_the_nearest():
    with pytest.raises(BadInput, match="did you mean 'event_type'"):
        load_codebook("event_types")
    with pytest.raises(BadInput, match="a codebook's name or path"):
        load_codebook("no/such.yaml")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"labels": SMALL["labels"][:1]}, "labels"),
        ({"labels": SMALL["labels"][:1] * 2}, "a label is named twice"),
        ({"kind": "multi"}, "'none' names the empty label set"),
        ({"none": "nothing"}, "'none' names the empty label set"),
        ({"example": "place"}, "has the marks [mention]"),
        ({"example": "plaice"}, "example"),
        ({"version": 0}, "version"),
        ({"lables": []}, "unknown key 'lables' (did you mean 'labels'?)"),
        ({"labels": [SMALL["labels"][0] | {"exmples": []}] * 2}, "did you mean 'examples'?"),
        ({"labels": [{"name": "up"}] * 2}, "no 'labels.0.definition'"),
    ],
)
def test_a_codebook_that_does_not_hold_together_is_refused(changes, said):
    assert said in refusal(**changes)
