"""Tasks as Label Studio exports them, and readers of an export."""

import json
from pathlib import Path

from data.errors import BadInput
from data.importers import label_studio
from data.mapping import Mapping, SpanMeaning, load_mapping
from data.records import Sentence

OWN, UTF16 = load_mapping("own"), load_mapping("label_studio_utf16")


def back(path: Path, mapping: Mapping = OWN, annotator: str | None = None) -> list[Sentence]:
    def fail(error: BadInput) -> None:
        raise error

    return list(label_studio.read(path, fail, mapping, annotator))


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


def refused(path: Path, mapping: Mapping = OWN) -> list[str]:
    errors: list[BadInput] = []
    rows = list(label_studio.read(path, errors.append, mapping))
    assert len(rows) + len(errors) == len(json.loads(path.read_bytes()))
    return [str(error) for error in errors]


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
FLAT = """{"sentence_id": "a-1", "doc_id": "a", "id": 101, "annotator": 1, "annotation_id": 55,
"event_type": {"choices": ["ASSAULT", "COERCE"]},
"actors": [{"start": 2, "end": 8, "text": "Rebels", "labels": ["source"]}],
"places": [{"start": 17, "end": 20, "text": "Gao", "labels": ["site"]}], "lead_time": 4.288,
"created_at": "2024-03-09T22:16:08.728366Z", "updated_at": "2024-03-09T22:16:08.728378Z"}"""


def flat(**changes: object) -> dict:
    return json.loads(FLAT) | {"text": TEXT} | changes


TIE, TRIGGER = choice("AID", name="role_event", id="r1"), region(9, "AID", "shelled", "t1")
