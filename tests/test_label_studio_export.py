"""Label Studio: sentences and pages become tasks with their config, and lose nothing."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from label_studio_tasks import OWN, UTF16, back, refused

from data import label_studio as studio
from data.codebook import load_codebook
from data.errors import BadInput
from data.importers import jsonl
from data.label_studio import Guess, Prediction, Task
from data.records import ACTOR_ROLES, PLACE_ROLES, Mention, Role, Sentence
from tagging.artifact import load_artifact
from tagging.pipeline import Tagger
from workflows.preannotation import write_tasks

EVENTS = load_codebook("event_type")
letters = st.sampled_from([*"aZé中🛶🏳\u0301\u200d", " ", "\n", "\\", "n", '"', "'", "<", "&"])
names = st.text(letters, min_size=1, max_size=6)
events = st.sampled_from(EVENTS.labels)
maybe = st.none() | names


@st.composite
def sentences(draw: st.DrawFn) -> Sentence:
    text = draw(st.text(letters, min_size=1, max_size=30).filter(str.strip))
    mentions: dict[tuple[int, int, str], Mention] = {}
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        kind = draw(st.sampled_from(["actor", "place"]))
        known = ACTOR_ROLES if kind == "actor" else PLACE_ROLES
        role = st.builds(Role, st.sampled_from(known), st.none() | events)
        least = 0 if kind == "actor" else 1
        roles = draw(st.lists(role, min_size=least, max_size=3, unique=True))
        mentions[start, end, kind] = Mention(start, end, kind, tuple(roles), draw(st.booleans()))
    return Sentence(
        id=draw(names),
        doc_id=draw(names),
        text=text,
        mentions=tuple(mentions.values()),
        event_types=tuple(draw(st.lists(events, max_size=3, unique=True))),
        complete=draw(st.booleans()),
        source=draw(names | st.just("")),
        tags=tuple(draw(st.lists(names, max_size=2))),
        license=draw(maybe) or "",
        region=draw(maybe),
        style=draw(maybe),
        date=draw(maybe),
    )


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(sentence=sentences(), offsets=st.sampled_from(["code_points", "utf16"]))
def test_any_sentence_survives_the_way_to_label_studio_and_back(
    sentence, offsets, tmp_path_factory
):
    path = tmp_path_factory.getbasetemp() / "way.json"
    assert studio.write([Task(sentence)], path, EVENTS, offsets) == 1
    assert back(path, UTF16 if offsets == "utf16" else OWN) == [sentence]


def test_the_whole_corpus_survives_the_way_round(sentences, tmp_path):
    path = tmp_path / "all.json"
    assert studio.write(map(Task, sentences), path, EVENTS) == len(sentences) == 168
    assert tuple(back(path)) == sentences
    assert [one.where for one in back(path)][:2] == [f"{path}:1", f"{path}:2"]


def allowed(config: Path) -> set[tuple[str, str]]:
    """(control, value) of all that the config lets an annotator say."""
    controls = [tag for tag in xml.parse(config).iter() if tag.tag in ("Choices", "Labels")]
    return {(tag.attrib["name"], one.attrib["value"]) for tag in controls for one in tag}


def said(results: list[dict]) -> set[tuple[str, str]]:
    """(control, value) of all that is said in results."""
    values = [(one["from_name"], one["value"]) for one in results]
    return {
        (name, one) for name, v in values for one in (*v.get("labels", ()), *v.get("choices", ()))
    }


def test_labelled_sentences_are_exported_for_correction_with_their_config(corpus, tmp_path):
    made = write_tasks(corpus, tmp_path / "new" / "tasks.json")
    config = tmp_path / "new" / "tasks.xml"
    assert (made["tasks"], made["annotated"], made["predicted"]) == (168, 168, 0)
    assert (made["out"], made["config"]) == (str(config.with_suffix(".json")), str(config))
    tasks = json.loads(config.with_suffix(".json").read_bytes())
    assert set(tasks[0]) == {"data", "annotations"}
    used = set().union(*(said(one["annotations"][0]["result"]) for one in tasks))
    assert used < allowed(config)
    assert {("event_type", name) for name in (*EVENTS.labels, "NONE")} < allowed(config)
    again = write_tasks(corpus, tmp_path / "utf16.json", offsets="utf16")
    assert again["tasks"] == len(back(tmp_path / "utf16.json", UTF16)) == 168


def test_what_the_config_could_not_hold_is_refused_and_no_file_left(tmp_path, listing):
    plv = Sentence("a-1", "a", "It gave in.", event_types=("YIELD",), where="a.jsonl:1")
    untold = Sentence("a-1", "a", "In Gao.", (Mention(3, 6, "place"),))
    tied = Sentence("a-1", "a", "In Gao.", (Mention(3, 6, "place", (Role("site", "X"),)),))
    for sentence, words in (
        (plv, "a.jsonl:1: expected event types of the codebook event_type, found 'YIELD' in sent"),
        (untold, "a direction for each place, found 'Gao' in sentence 'a-1'"),
        (tied, "found 'X' in sentence 'a-1'"),
    ):
        rows = [Task(replace(plv, event_types=())), Task(sentence)]
        with pytest.raises(BadInput) as caught:
            studio.write(rows, tmp_path / "t", EVENTS)
        assert words in str(caught.value) and listing(tmp_path) == []
    assert studio.write([Task(plv)], tmp_path / "t", load_codebook("plv_root")) == 1
    assert studio.write([], tmp_path / "t", EVENTS) == 0 and back(tmp_path / "t") == []


PAGE = """Rebels shell river town

MOPTI, March 3 (AFP) - The rebel front shelled 🛶 farmers in Norvale on Tuesday, envoys said.

Nobody slept. The coast guard flew blankets from Tirra to traders in Port Ellis.
"""


@pytest.fixture
def artifacts(shelf, tmp_path) -> Path:
    """A folder of three small artifacts."""
    for name in ("event_type", "actor_role", "geo_direction"):
        shutil.copytree(shelf("tfidf", name).folder, tmp_path / "artifacts" / name)
    return tmp_path / "artifacts"


def test_pages_come_with_what_the_tagger_predicts_and_go_back_into_training(
    artifacts, write, tmp_path
):
    page = write("pages/north/page.txt", PAGE)
    write("pages/notes.md", "not a page")
    out = tmp_path / "tasks.json"
    made = write_tasks(tmp_path / "pages", out, artifacts)
    tasks = json.loads(out.read_bytes())
    tagger = Tagger([load_artifact(folder) for folder in sorted(artifacts.iterdir())])
    tagged = tagger.tag_page(PAGE, "page")
    assert (made["tasks"], made["annotated"], made["predicted"]) == (3, 0, 3)
    assert [one["data"]["text"] for one in tasks] == [one.text for one in tagged]
    assert tasks[0]["data"]["sentence_id"] == "north/page-1"
    for one, expected in zip(tasks, tagged, strict=True):
        (prediction,) = one["predictions"]
        assert prediction["model_version"].count("-tfidf") == 3
        assert "annotations" not in one
        assert said(prediction["result"]) <= allowed(Path(made["config"]))
        scores = [result["score"] for result in prediction["result"] if "score" in result]
        assert all(0 <= score <= 1 for score in scores)
        assert prediction.get("score") == min(scores, default=None)
        one["annotations"] = [{"result": prediction["result"], "completed_by": 1}]
        types = tuple(scored.label for scored in expected.event_types)
        (corrected,) = back(write("corrected.json", json.dumps([one])))
        assert corrected.event_types == types and corrected.complete
        found = [(PAGE[m.start : m.end], tuple(s.label for s in m.labels)) for m in expected.actors]
        actors = [m for m in corrected.mentions if m.kind == "actor"]
        assert [(corrected.text[m.start : m.end], m.role_names) for m in actors] == found
    assert "expected a submitted annotation" in refused(out)[0]
    assert write_tasks(page, out)["predicted"] == 0  # unlabelled: to be labelled from nothing
    assert all(set(one) == {"data"} for one in json.loads(out.read_bytes()))


def test_sentences_keep_their_labels_beside_the_prediction(artifacts, corpus, tmp_path):
    sentence = Sentence("a-1", "a", "The army shelled farmers in Norvale.")
    marked = replace(sentence, id="a-2", mentions=(Mention(4, 8, "actor"),))
    gold = replace(sentence, id="a-3", event_types=("ASSAULT",))
    jsonl.write([sentence, marked, gold], tmp_path / "rows.jsonl")
    made = write_tasks(tmp_path / "rows.jsonl", tmp_path / "t.json", artifacts)
    assert (made["tasks"], made["annotated"], made["predicted"]) == (3, 1, 3)
    free, given, labelled = json.loads((tmp_path / "t.json").read_bytes())
    assert "annotations" in labelled and "annotations" not in free
    marks = [one["value"]["text"] for one in given["predictions"][0]["result"][1:]]
    assert set(marks) == {"army"}
    lone = write_tasks(tmp_path / "rows.jsonl", tmp_path / "t.json", artifacts / "geo_direction")
    results = json.loads((tmp_path / "t.json").read_bytes())[0]["predictions"][0]["result"]
    assert lone["predicted"] == 3 and {one["from_name"] for one in results} == {"places"}
    assert write_tasks(corpus, tmp_path / "t.json", artifacts)["annotated"] > 100


def test_the_score_of_a_prediction_is_that_of_its_least_certain_label():
    sentence = Sentence("a-1", "a", "Rebels left Gao.")
    guess = Guess(Mention(0, 6, "actor", (Role("source"),)), {"source": 0.9, "target": 0.2})
    none = Guess(Mention(7, 11, "actor"), {"source": 0.3, "bystander": 0.7})
    prediction = Prediction("m", {"RETREAT": 0.8, "CONCEDE": 0.6}, (guess, none))
    (made,) = studio.tasks_of([Task(sentence, False, prediction)], EVENTS)
    (found,) = made["predictions"]
    assert [one["score"] for one in found["result"]] == [0.6, 0.9, 0.7] and found["score"] == 0.6
    (made,) = studio.tasks_of([Task(sentence, False, Prediction("m", {}, ()))], EVENTS)
    (found,) = made["predictions"]
    assert found["result"][0]["value"] == {"choices": ["NONE"]} and "score" not in found


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("pages/a.md", "x", "pages (.txt, .html, .htm), found none"),
        ("pages/a.txt", "Home\nNews", "a.txt: expected an article"),
        ("pages/a.txt", b"\xff\xfe\x00", "UTF-16"),
        ("pages/a.txt", "A\0 page.", "a NUL character"),
        ("pages/a.txt", "headline: no further head\n\nnone :: x\n", "the head keys"),
    ],
)
def test_pages_that_cannot_be_read_are_refused_with_their_path(
    write, tmp_path, name, content, words
):
    write(name, content)
    with pytest.raises(BadInput) as caught:
        write_tasks(tmp_path / "pages", tmp_path / "tasks.json")
    assert words in str(caught.value) and not (tmp_path / "tasks.json").exists()


def test_two_pages_of_one_name_are_refused(write, tmp_path):
    write("pages/a.txt", PAGE)
    write("pages/a.html", PAGE)
    with pytest.raises(BadInput, match=r"'a' twice"):
        write_tasks(tmp_path / "pages", tmp_path / "tasks.json")
    with pytest.raises(BadInput, match="a JSON file to write"):
        write_tasks(tmp_path / "pages" / "a.txt", tmp_path / "tasks.xml")


def test_the_mapping_of_old_versions_differs_in_the_unit_alone():
    assert UTF16.model_copy(update={"offsets": None}) == OWN
