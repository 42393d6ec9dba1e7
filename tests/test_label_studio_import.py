"""Label Studio: full exports and JSON-MIN are read with all that annotators may say."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from label_studio_tasks import (
    FOREIGN,
    GAO,
    REBELS,
    TEXT,
    UTF16,
    annotation,
    arrow,
    back,
    choice,
    flat,
    refused,
    region,
    task,
)

from data.importers import label_studio
from data.records import Mention, Role, Sentence


@pytest.fixture
def export(write: Callable[[str, str | bytes], Path]) -> Callable[..., Path]:
    """Writes tasks as an export."""
    return lambda *tasks: write("export.json", json.dumps(list(tasks), ensure_ascii=False))


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
