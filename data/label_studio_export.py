"""What Label Studio exports: the shapes of a task, and JSON-MIN's flat rows as such tasks."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from data import label_studio as studio
from data.errors import BadInput
from data.importers.jsonl import OPTIONAL
from data.label_studio import Content
from data.mapping import Mapping
from data.reading import Model, as_model

Name = Annotated[str, Field(min_length=1)]
Names = Annotated[tuple[Name, ...], Field(fail_fast=True)]
Id = StrictInt | Annotated[StrictStr, Field(min_length=1)]
SPAN_TYPES = ("labels", "hypertextlabels")
READ_OVER = ("textarea", "rating", "number", "datetime")
DATA_KEYS = ("text", "id", "doc_id", *OPTIONAL)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Value(_Frozen):
    """What a result says; in HTML `start` and `end` are paths, `globalOffsets` count its text."""

    start: StrictInt | str | None = None
    end: StrictInt | str | None = None
    globalOffsets: dict[str, StrictInt] | None = None
    text: str | None = None
    labels: Names = ()
    hypertextlabels: Names = ()
    choices: Names = ()


class Result(_Frozen):
    """A labelled region, a choice of the text or of a region, or a relation between two regions."""

    type: Literal["labels", "hypertextlabels", "choices", "relation"]
    id: str = ""
    from_name: str = ""
    value: Value = Value()
    from_id: str = ""
    to_id: str = ""
    labels: Names | None = None  # of a relation


class Annotation(_Frozen):
    """One annotator's results on a task; `was_cancelled`: the task was skipped."""

    completed_by: Id | Content | None = None
    was_cancelled: bool | None = False
    result: tuple[Content, ...]

    @property
    def annotator(self) -> str:
        user = self.completed_by
        name = (user.get("email") or user.get("id")) if isinstance(user, dict) else user
        return "unknown" if name is None else str(name)


class Task(_Frozen):
    """A task of the full export."""

    id: Id | None = None
    data: Content
    annotations: tuple[Annotation, ...] = ()
    predictions: tuple[Content, ...] = ()

    @property
    def submitted(self) -> list[Annotation]:
        return [one for one in self.annotations if not one.was_cancelled]


def task_of(content: Content | BadInput, mapping: Mapping) -> Task:
    """The task that a piece of the export holds. Raises BadInput where it is none."""
    if isinstance(content, BadInput):
        raise content
    full = isinstance(content.get("data"), dict)
    return validated(Task, content if full else _from_flat(content, mapping), "a task")


def validated(model: type[Model], content: Any, expected: str) -> Model:
    """The content as that model of an export."""
    told = f"{expected} of a Label Studio export"
    return as_model(content, model, told, "export it again", expected)


def _from_flat(row: Content, mapping: Mapping) -> Content:
    """A row of JSON-MIN, which is one annotation, as a task of the full export."""
    data: Content = {}
    results: list[Content] = []
    asked = (mapping.columns.get("event_types", studio.EVENT_TYPES), studio.COVERAGE)
    for key, value in row.items():
        if key in (studio.ROLE_EVENT, studio.DERIVED):
            fix = "JSON-MIN does not say to which region a choice belongs"
            raise BadInput("the full JSON export", f"{key!r} in JSON-MIN", fix)
        items = value if isinstance(value, list) else [value]
        if key in asked or any(_is_value(item) for item in items):
            results += (_from_flat_value(key, item) for item in items if item is not None)
        else:
            data[key] = value
    annotation = {"completed_by": row.get("annotator"), "result": results}
    return {"id": row.get("id"), "data": data, "annotations": [annotation]}


def _is_value(item: Any) -> bool:
    return isinstance(item, dict) and not item.keys().isdisjoint((*SPAN_TYPES, "choices"))


def _from_flat_value(name: str, item: Any) -> Content:
    kind = next((kind for kind in SPAN_TYPES if isinstance(item, dict) and kind in item), "choices")
    value = {"choices": [item]} if isinstance(item, str) else item
    return {"type": kind, "from_name": name, "value": value}
