"""Label Studio: tasks out, corrections back; nothing is lost, and bad exports are refused."""

import copy
import json
import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as xml

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import label_studio as studio
from data.codebook import load_codebook
from data.errors import BadInput
from data.importers import jsonl, label_studio
from data.label_studio import Guess, Prediction, Task
from data.mapping import Mapping, SpanMeaning, load_mapping
from data.records import ACTOR_ROLES, PLACE_ROLES, Mention, Role, Sentence
from tagging.artifact import load_artifact
from tagging.pipeline import Tagger
from workflows.preannotation import write_tasks

EVENTS = load_codebook("event_type")
OWN, UTF16 = load_mapping("own"), load_mapping("label_studio_utf16")

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


def back(path: Path, mapping: Mapping = OWN, annotator: str | None = None) -> list[Sentence]:
    def fail(error: BadInput) -> None:
        raise error

    return list(label_studio.read(path, fail, mapping, annotator))


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


@pytest.mark.slow
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


@pytest.mark.slow
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


TEXT = "🛶 Rebels shelled Gao and seized traders, the mayor said."


def region(start: int, label: str, surface: str, id: str, **more: object) -> dict:
    end = start + len(surface)
    value = {"start": start, "end": end, "text": surface, "labels": [label]}
    made = {"value": value, "id": id, "from_name": "actors", "to_name": "text", "type": "labels"}
    return made | {"origin": "manual"} | more


def choice(*labels: str, name: str = "event_type", id: str = "c0") -> dict:
    made = {"id": id, "from_name": name, "to_name": "text", "type": "choices"}
    return made | {"value": {"choices": list(labels)}, "origin": "manual"}


def arrow(tail: str, head: str, *labels: str) -> dict:
    ends = {"from_id": tail, "to_id": head, "type": "relation", "direction": "right"}
    return ends | ({"labels": list(labels)} if labels else {})


ANNOTATION = """{"id": 55, "ground_truth": false, "created_at": "2024-03-09T22:16:08.728366Z",
"updated_at": "2024-03-09T22:16:08.728378Z", "draft_created_at": null, "lead_time": 4.288,
"prediction": {}, "result_count": 0, "unique_id": "2f1c7d2a-6d1c-4a39-8f1c-0a6f3c3b8e11",
"import_id": null, "last_action": null, "task": 101, "project": 3, "updated_by": 1,
"parent_prediction": null, "parent_annotation": null, "last_created_by": null}"""
TASK = """{"id": 101, "file_upload": "1f2e3d4c-tasks.json", "drafts": [], "predictions": [],
"meta": {}, "created_at": "2024-03-09T21:52:49.513742Z", "inner_id": 1, "total_annotations": 1,
"updated_at": "2024-03-09T22:16:08.746926Z", "cancelled_annotations": 0, "total_predictions": 0,
"comment_count": 0, "unresolved_comment_count": 0, "last_comment_updated_at": null, "project": 3,
"updated_by": 1, "comment_authors": []}"""


def annotation(*results: dict, by: object = 1, cancelled: bool = False) -> dict:
    more = {"completed_by": by, "result": list(results), "was_cancelled": cancelled}
    return json.loads(ANNOTATION) | more


def task(*annotations: dict, id: int = 101, text: str = TEXT, **data: object) -> dict:
    more = {"id": id, "annotations": list(annotations), "data": {"text": text} | data}
    return json.loads(TASK) | more


REBELS, GAO, TRADERS = (
    region(2, "source", "Rebels", "r1"),
    region(17, "site", "Gao", "r2"),
    region(32, "target", "traders", "r3"),
)
GOOD = annotation(choice("ASSAULT", "COERCE"), REBELS, GAO, TRADERS)


@pytest.fixture
def export(write: Callable[[str, str | bytes], Path]) -> Callable[..., Path]:
    """Writes tasks as an export."""
    return lambda *tasks: write("export.json", json.dumps(list(tasks), ensure_ascii=False))


def refused(path: Path, mapping: Mapping = OWN) -> list[str]:
    errors: list[BadInput] = []
    rows = list(label_studio.read(path, errors.append, mapping))
    assert len(rows) + len(errors) == len(json.loads(path.read_bytes()))
    return [str(error) for error in errors]


def test_a_full_export_with_all_that_label_studio_writes(export):
    both = choice("ASSAULT", "COERCE", name="role_event", id="r1")  # before its region
    tied = choice("COERCE", name="role_event", id="r3")
    tied["value"] |= {"start": 33, "end": 40, "text": "traders"}
    utf16 = [
        region(3, "source", "Rebels", "r1"),
        region(18, "site", "Gao", "r2", from_name="places", meta={"text": ["sure"]}),
        region(33, "target", "traders", "r3"),
        region(46, "reporter", "mayor", "r4"),
    ]
    comment = {"type": "textarea", "from_name": "note", "value": {"text": ["odd", "one"]}}
    whole = annotation(both, choice("ASSAULT", "COERCE"), *utf16, tied, comment)
    skipped = annotation(by=2, cancelled=True)
    path = export(
        task(skipped, whole, sentence_id="a-1", doc_id="a", tags=["reported"], date="2014-03-03"),
        task(annotation(choice("NONE")), id=102, text="It rained."),
        task(annotation(), id=103, text="It snowed."),
    )
    first, none, silent = back(path, UTF16)
    assert first == Sentence(
        "a-1",
        "a",
        TEXT,
        (
            Mention(2, 8, "actor", (Role("source", "ASSAULT"), Role("source", "COERCE"))),
            Mention(17, 20, "place", (Role("site"),)),
            Mention(32, 39, "actor", (Role("target", "COERCE"),)),
            Mention(45, 50, "actor", (Role("reporter"),)),
        ),
        ("ASSAULT", "COERCE"),
        tags=("reported",),
        date="2014-03-03",
    )
    assert first.where == f"{path}:1"
    assert (none.id, none.doc_id, none.complete) == ("label-studio-102",) * 2 + (True,)
    assert (silent.event_types, silent.complete) == ((), False)


def test_labels_may_nest_coincide_and_stand_on_one_region(export):
    both = region(2, "source", "Rebels", "r1")
    both["value"]["labels"].append("target")
    inner = region(2, "reporter", "Reb", "r2")
    place = region(2, "origin", "Rebels", "r3")
    (made,) = back(export(task(annotation(choice("AGREE"), both, inner, place))))
    assert made.mentions == (
        Mention(2, 8, "actor", (Role("source"), Role("target"))),
        Mention(2, 5, "actor", (Role("reporter"),)),
        Mention(2, 8, "place", (Role("origin"),)),
    )


FOREIGN = Mapping(
    source="pilot",
    event_types={"Attack": ("ASSAULT",), "Seizure": ("COERCE",)},
    spans={
        "Actor": SpanMeaning(kind="actor"),
        "Speaker": SpanMeaning(kind="actor", roles=("reporter",)),
        "agent": SpanMeaning(kind="actor", roles=("source",)),
        "victim": SpanMeaning(kind="actor", roles=("target",)),
        "same": None,
    },
)


@pytest.mark.parametrize("turned", [False, True])
def test_relations_give_roles_whichever_way_the_arrow_points(export, turned):
    def joined(trigger: str, mention: str, *labels: str) -> dict:
        ends = (mention, trigger) if turned else (trigger, mention)
        return arrow(*ends, *labels)

    results = [
        region(2, "Actor", "Rebels", "r1"),
        region(9, "Attack", "shelled", "t1"),
        region(25, "Seizure", "seized", "t2"),
        region(32, "victim", "traders", "r3"),
        joined("t1", "r1", "agent"),
        joined("t2", "r1", "agent"),
        joined("t2", "r3"),
        arrow("r1", "r3", "same"),
    ]
    (made,) = back(export(task(annotation(*results))), FOREIGN)
    assert made.event_types == ("ASSAULT", "COERCE") and made.source == "pilot"
    assert made.mentions == (
        Mention(2, 8, "actor", (Role("source", "ASSAULT"), Role("source", "COERCE"))),
        Mention(32, 39, "actor", (Role("target", "COERCE"),)),
    )


def test_html_regions_count_in_the_text_by_their_global_offsets(export):
    html = region(2, "source", "Rebels", "r1", type="hypertextlabels")
    value = html["value"]
    value["hypertextlabels"] = value.pop("labels")
    value |= {"start": "/div[1]/text()[1]", "end": "/div[1]/text()[1]", "startOffset": 2}
    path = export(task(annotation(html)))
    assert "offsets as numbers, found '/div[1]/text()[1]'" in refused(path)[0]
    value["globalOffsets"] = {"start": 2, "end": 8}
    (made,) = back(export(task(annotation(html))))
    assert made.mentions == (Mention(2, 8, "actor", (Role("source"),)),)


def test_line_ends_in_quotes_are_not_compared(export):
    text = "The army\nof Tirra\nleft."
    for quoted in ("army\\nof Tirra", "armyof Tirra", "army\nof Tirra"):
        broken = region(4, "source", "army\nof Tirra", "r1")
        broken["value"]["text"] = quoted
        (made,) = back(export(task(annotation(broken), text=text)))
        assert made.text[made.mentions[0].start : made.mentions[0].end] == "army\nof Tirra"


def test_a_mapping_names_the_columns_and_the_control_of_the_event_types(export):
    mood = choice("angry", name="mood")
    path = export(task(annotation(mood), text="x", body="It rained.", key=7, article="a9"))
    columns = {"text": "body", "id": "key", "doc_id": "article", "event_types": "what"}
    (made,) = back(path, FOREIGN.model_copy(update={"columns": columns}))
    assert (made.id, made.doc_id, made.text, made.complete) == ("7", "a9", "It rained.", True)
    assert "found 'angry'" in refused(path, FOREIGN)[0]
    lacking = FOREIGN.model_copy(update={"columns": {"text": "content"}})
    assert "no content" in refused(path, lacking)[0]


FLAT = """{"sentence_id": "a-1", "doc_id": "a", "id": 101, "annotator": 1, "annotation_id": 55,
"event_type": {"choices": ["ASSAULT", "COERCE"]},
"actors": [{"start": 2, "end": 8, "text": "Rebels", "labels": ["source"]}],
"places": [{"start": 17, "end": 20, "text": "Gao", "labels": ["site"]}], "lead_time": 4.288,
"created_at": "2024-03-09T22:16:08.728366Z", "updated_at": "2024-03-09T22:16:08.728378Z"}"""


def flat(**changes: object) -> dict:
    return json.loads(FLAT) | {"text": TEXT} | changes


def test_json_min_is_read_as_far_as_it_goes(export):
    one, two, three = back(
        export(
            flat(),
            flat(sentence_id="a-2", event_type="ASSAULT", coverage="positives only"),
            flat(sentence_id="a-3", event_type=["ASSAULT", {"choices": ["COERCE", "AID"]}]),
        )
    )
    assert one.event_types == ("ASSAULT", "COERCE") and one.complete and one.doc_id == "a"
    assert one.mentions == (
        Mention(2, 8, "actor", (Role("source"),)),
        Mention(17, 20, "place", (Role("site"),)),
    )
    assert two.event_types == ("ASSAULT",) and not two.complete
    assert three.event_types == ("ASSAULT", "COERCE", "AID")
    said = refused(export(flat(role_event="AID"), flat(actors=[{"choices": ["AID"], "start": 2}])))
    assert "expected the full JSON export, found 'role_event' in JSON-MIN" in said[0]
    assert "a label on the region of each choice" in said[1]


def test_several_annotators_agree_or_are_read_one_at_a_time(export):
    mine = annotation(choice("ASSAULT", "COERCE"), REBELS, GAO, by={"id": 1, "email": "a@b.org"})
    same = annotation(GAO, REBELS, choice("COERCE", "ASSAULT"), by=2)
    other = annotation(choice("ASSAULT"), REBELS, by=2)
    path = export(task(mine, same, id=1), task(mine, other, id=2), task(mine, id=3))
    assert label_studio.annotators(path) == ["2", "a@b.org"]
    (said,) = refused(path)
    assert "export.json:2: expected annotations that agree, found 2 that differ" in said
    assert "by a@b.org, 2 (task 2); export or import one annotator at a time" in said
    assert [len(one.event_types) for one in back(path, annotator="a@b.org")] == [2, 2, 2]
    assert [len(one.event_types) for one in back(path, annotator="2")] == [2, 1]


def changed(*path: object, to: object) -> dict:
    """A good task in which one place is another value."""
    made = copy.deepcopy(task(GOOD))
    place = made
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return made


RESULT = ("annotations", 0, "result")
TIE, TRIGGER = choice("AID", name="role_event", id="r1"), region(9, "AID", "shelled", "t1")
BROKEN = [
    (task(), "a submitted annotation, found none (task 101); label the task or leave it out"),
    (task() | {"predictions": [{"result": []}]}, "submit the predictions"),
    (task(annotation(cancelled=True)), "a submitted annotation, found a skipped one"),
    (task(GOOD, GOOD | {"result": []}), "annotations that agree"),
    (changed("annotations", to=7), "annotations"),
    (changed("annotations", 0, to="x"), "annotations.0"),
    (changed("annotations", 0, "result", to={}), "annotations.0.result"),
    (changed("data", to={}), "text: Field required"),
    (changed("data", to=[]), "text: Field required"),
    (changed("data", "text", to=" \n"), "blanks alone"),
    (changed("data", "text", to=["x"]), "text: Input should be a valid string"),
    (changed("data", "tags", to="passive"), "tags"),
    (changed("data", "sentence_id", to=1.5), "id: Input should be a valid string"),
    (changed(*RESULT, 0, "type", to="rectanglelabels"), "type: Input should be 'labels'"),
    (changed(*RESULT, 0, "value", "choices", to=["ASSULT"]), "did you mean 'ASSAULT'?"),
    (changed(*RESULT, 1, "value", "labels", to=["sauce"]), "did you mean 'source'?"),
    (changed(*RESULT, 1, "value", "labels", to=[]), "a label on each region"),
    (changed(*RESULT, 1, "value", "start", to=-2), "0 to 56 in code_points, found -2"),
    (changed(*RESULT, 1, "value", "start", to=True), "value.start"),
    (changed(*RESULT, 1, "value", "start", to=8), "a span whose end lies behind its start"),
    (changed(*RESULT, 1, "value", "end", to=900), "0 to 56 in code_points, found 900"),
    (changed(*RESULT, 1, "value", "end", to=None), "offsets as numbers"),
    (changed(*RESULT, 1, "value", "text", to="Rebel"), "no unit would fit"),
    (changed(*RESULT, 1, "value", "text", to=None), "the region's text quoted"),
    (changed(*RESULT, 1, "value", to=[]), "value"),
    (changed(*RESULT, 2, "id", to="r1"), "one stretch for each region's id"),
    (task(annotation(region(3, "source", "Rebels", "r1"))), "offsets: utf16 would fit"),
    (task(annotation(REBELS, arrow("r1", "r9", "source"))), "no span 'r9'"),
    (task(annotation(REBELS, TRADERS, arrow("r1", "r3"))), "a role from an event trigger"),
    (task(annotation(region(2, "bystander", "Rebels", "r1"), TIE)), "a role to tie to the chosen"),
    (task(annotation(REBELS, TRIGGER, arrow("t1", "r1"), TIE)), "relations, or choices on regions"),
    (task(annotation(choice("AID") | {"value": {"choices": ["AID"], "start": 2}})), "each choice"),
]


@pytest.mark.parametrize(("bad", "words"), BROKEN)
def test_a_bad_task_is_refused_with_file_and_number_and_the_others_are_read(export, bad, words):
    rest = [task(GOOD, id=1), bad, task(GOOD, id=3)]
    (error,) = refused(export(*rest))
    assert "export.json:2: expected" in error and words in error
    with pytest.raises(BadInput):
        back(export(*rest))


def test_an_id_that_comes_again_is_refused(export):
    twice = [task(GOOD, sentence_id="a-1"), task(GOOD, id=102, sentence_id="a-1")]
    assert "each id once, found 'a-1' again (task 102)" in refused(export(*twice))[0]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "export.json: expected a JSON array of tasks, found the end of the file"),
        (b'{"id": 1}', "a JSON array of tasks, found '{'"),
        (b"[7]", ":1: expected a task (a JSON object), found '7'"),
        (b'[{"a": 1}, ', ":2: expected a task (a JSON object), found the end"),
        (b'[{"a": 1}', "a comma or the end of the array, found the end of the file"),
        (b'[{"a": 1} {"b": 2}]', "a comma or the end of the array, found '{'"),
        (b'[{"a": 1}] x', "nothing behind the array"),
        (b'[{"a": "x', ":1: expected a task in JSON, found Unterminated string"),
        (b'[{"a": "\xff"}]', "UTF-8 text, found byte 0xff"),
        (b'[{"a": ' + b"[" * 100_000, "deep nesting"),
        (b"\x1f\x8b\x08", "a gzip file"),
    ],
)
def test_what_is_no_array_of_objects_stops_the_reading(write, raw, said):
    with pytest.raises(BadInput) as caught:
        list(label_studio.read(write("export.json", raw), lambda error: None, OWN))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('{"data": {"text": "a", "text": "b"}}', "a key twice"),
        ('{"data": {"text": NaN}}', "the number NaN"),
        ('{"data": {"text": "a\\ud800"}}', "a lone surrogate"),
        ('{"data": {"text": "a\\u0000"}}', "a NUL character"),
        ('{"data": {"text": ' + "9" * 5000 + "}}", "integer string conversion"),
    ],
)
def test_json_that_is_not_strict_refuses_its_task_alone(write, raw, said):
    good = json.dumps(task(GOOD))
    errors: list[BadInput] = []
    path = write("export.json", f"[{good},\n{raw}, {good.replace('101', '103')}]")
    rows = list(label_studio.read(path, errors.append, OWN))
    assert [one.id for one in rows] == ["label-studio-101", "label-studio-103"]
    assert errors[0].line == 2 and said in str(errors[0])


def test_a_large_export_is_held_a_task_at_a_time(tmp_path):
    import tracemalloc

    path = tmp_path / "large.json"
    text = json.dumps(task(GOOD, note="é" * 20_000), ensure_ascii=False)
    with path.open("w", encoding="utf-8") as file:
        file.write("[" + ",".join(text.replace("101", str(number)) for number in range(250)) + "]")
    tracemalloc.start()
    count = sum(1 for _ in label_studio.read(path, print, OWN))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 250 and path.stat().st_size > 10_000_000 and peak < 3_000_000


ODD = json.loads(
    '[null, true, -1, 3, 1e30, 1.5, "", "r1", "labels", "🛶", [], {}, [[]], {"id": 1}]'
)


def places(value: object) -> Iterator[tuple[object, object]]:
    """Every (container, key) below a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(pairs):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def test_nothing_but_bad_input_comes_of_mutated_tasks(export):
    relation = annotation(region(2, "ASSAULT", "Rebels", "r1"), TRADERS, arrow("r1", "r3"))
    tied = annotation(REBELS, TIE)
    good = [json.dumps(one) for one in (task(GOOD), task(relation), task(tied), flat())]
    chance = random.Random(7)
    mutated = []
    for number in range(1000):
        made = json.loads(good[number % len(good)]) | {"id": number}
        for _ in range(chance.randint(1, 3)):
            holder, key = chance.choice(list(places(made)))
            if chance.random() < 0.2:
                del holder[key]
            else:
                holder[key] = copy.deepcopy(chance.choice(ODD))
        mutated.append(made)
    path = export(*mutated)
    assert 333 < len(refused(path)) < 1000 and len(refused(path, FOREIGN)) < 1000


def test_nothing_but_bad_input_comes_of_flipped_bytes(write):
    good = json.dumps([task(GOOD, id=1), flat(id=4)], ensure_ascii=False).encode()
    chance = random.Random(7)
    for _ in range(300):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.choice(b'[]{}",:\\u0\x00\xff\xed\n9')
        path = write("export.json", bytes(raw))
        try:
            list(label_studio.read(path, lambda error: None, OWN))
        except BadInput as error:
            assert "export.json" in str(error)
