"""Reads Label Studio's exports, JSON and JSON-MIN; data/label_studio.py writes what they answer.

Labels, choices and relations mean what the mapping says (data/spans.py). Choices of the whole text
are event types; `columns: {event_types: NAME}` reads that control alone, and a task where nothing
is chosen in it reports no event; else such a task is incomplete. Choices of a region tie its roles
to their event type. A relation joins a trigger and a mention, whichever way its arrow points; one
without a label ties the mention's own roles. Text areas, ratings, numbers and dates are read over.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from data import label_studio as studio
from data.errors import BadInput
from data.importers.jsonl import SentenceRow
from data.label_studio import Content
from data.label_studio_export import (
    DATA_KEYS,
    READ_OVER,
    SPAN_TYPES,
    Annotation,
    Result,
    Task,
    Value,
    task_of,
    validated,
)
from data.mapping import Mapping
from data.reading import Refuse, Seen
from data.records import Mention, Role, Sentence
from data.spans import (
    Labelled,
    Meaning,
    Relation,
    Stretch,
    is_trigger,
    located,
    meaning_of,
    mentions_of,
    unit_of,
)


@dataclass
class Region:
    """A labelled stretch in code points, the event types chosen for it, and whether it is gold."""

    start: int
    end: int
    labels: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    derived: bool = False

    def is_trigger(self, mapping: Mapping) -> bool:
        return all(is_trigger(label, mapping) for label in self.labels)


def read(
    path: Path, refuse: Refuse, mapping: Mapping, annotator: str | None = None
) -> Iterator[Sentence]:
    """Streams the tasks' sentences; each bad task goes to `refuse` with file:number and reason.

    With `annotator` (a name of `annotators`) the tasks that this one did not see are passed over.
    Raises BadInput where the file is no JSON array of objects: what follows cannot be read.
    """
    seen = Seen()
    for number, content in studio.read_tasks(path):
        task = None
        try:
            task = task_of(content, mapping)
            if annotator and annotator not in (one.annotator for one in task.annotations):
                continue
            sentence = _sentence(task, f"{path}:{number}", number, mapping, annotator)
            if not seen.add(sentence.id):
                fix = "export a task once, and read one annotator at a time"
                raise BadInput("each id once", f"{sentence.id!r} again", fix)
        except BadInput as error:
            found = error.found + (f" (task {task.id})" if task and task.id is not None else "")
            refuse(BadInput(error.expected, found, error.fix, path=path, line=number))
            continue
        yield sentence


def annotators(path: Path) -> list[str]:
    """Who submitted an annotation: e-mail addresses, or ids where the export has none."""
    found = set[str]()
    for number, content in studio.read_tasks(path):
        try:
            found.update(one.annotator for one in task_of(content, Mapping()).submitted)
        except BadInput as error:
            raise error.at(path, number) from None
    return sorted(found)


def _sentence(
    task: Task, where: str, number: int, mapping: Mapping, annotator: str | None
) -> Sentence:
    name = number if task.id is None else task.id
    row = _row(task, f"{mapping.source or 'label-studio'}-{name}", mapping)
    meaning = _agreed(task, row.text, mapping, annotator)
    fields = row.model_dump(exclude={"spans", "event_types", "event_types_complete"})
    return Sentence(
        **fields | {"source": row.source or mapping.source},
        mentions=meaning.mentions,
        event_types=meaning.event_types,
        complete=meaning.complete,
        where=where,
    )


def _row(task: Task, fallback: str, mapping: Mapping) -> SentenceRow:
    """What the task's data says of its sentence, under the mapping's columns; no labels."""
    columns = dict(zip(DATA_KEYS, DATA_KEYS, strict=True)) | {"id": studio.SENTENCE_ID}
    named = {key: column for key, column in mapping.columns.items() if key in DATA_KEYS}
    if missing := [column for column in named.values() if column not in task.data]:
        raise BadInput("the mapping's columns in the data", f"no {', '.join(missing)}")
    found = {key: task.data.get(column) for key, column in (columns | named).items()}
    row: Content = {"spans": (), "event_types": (), "id": fallback}
    row |= {key: value for key, value in found.items() if value is not None}
    row["doc_id"] = row.get("doc_id", row["id"])
    for key in ("id", "doc_id"):
        row[key] = str(row[key]) if type(row[key]) is int else row[key]
    made = validated(SentenceRow, row, "the data of a task")
    if made.text.isspace():
        raise BadInput("a sentence", "blanks alone", "remove the task")
    return made


def _agreed(task: Task, text: str, mapping: Mapping, annotator: str | None) -> Meaning:
    """The meaning of the task's annotation; of several only if they say the same."""
    given = [one for one in task.submitted if annotator in (None, one.annotator)]
    if not given:
        found = "a skipped one" if task.annotations else "none"
        fix = "submit the predictions" if task.predictions else "label the task or leave it out"
        raise BadInput("a submitted annotation", found, fix)
    meanings = [_meaning(_results(one), text, mapping) for one in given]
    if len({_content(meaning) for meaning in meanings}) > 1:
        who = ", ".join(dict.fromkeys(one.annotator for one in given))
        fix = "export or import one annotator at a time, and merge them"
        raise BadInput("annotations that agree", f"{len(given)} that differ, by {who}", fix)
    return meanings[0]


def _content(meaning: Meaning) -> object:
    """What two annotators have to agree on: all but the order."""
    mentions = frozenset(replace(one, roles=()) for one in meaning.mentions)
    roles = frozenset((one.start, one.end, role) for one in meaning.mentions for role in one.roles)
    return mentions, roles, frozenset(meaning.event_types), meaning.complete


def _results(annotation: Annotation) -> list[Result]:
    read = (item for item in annotation.result if item.get("type") not in READ_OVER)
    return [validated(Result, item, "a result") for item in read]


def _meaning(results: Sequence[Result], text: str, mapping: Mapping) -> Meaning:
    regions = _regions(results, text, mapping)
    types, partly = list[str](), False
    for one in results:
        if one.type != "choices":
            continue
        if one.id in regions or one.value.start is not None:
            _choose(one, regions, mapping)
        elif one.from_name == studio.COVERAGE and one.value.choices == (studio.POSITIVES_ONLY,):
            partly = True
        elif mapping.columns.get("event_types", one.from_name) == one.from_name:
            types += one.value.choices
    spans = [
        Labelled(_labelled_id(name, place), region.start, region.end, label)
        for name, region in regions.items()
        for place, label in enumerate(region.labels)
    ]
    relations = (one for one in results if one.type == "relation")
    edges = [edge for one in relations for edge in _edges(one, regions, mapping)]
    meaning = meaning_of(types, spans, edges, mapping, "event_types" in mapping.columns)
    if edges and any(region.events or region.derived for region in regions.values()):
        raise BadInput("relations, or choices on regions", "both")
    own = (stretch for region in regions.values() for stretch in _stretches(region, mapping))
    mentions = tuple(map(_specific, meaning.mentions)) if edges else mentions_of(own)
    return Meaning(mentions, meaning.event_types, meaning.complete and not partly)


def _regions(results: Sequence[Result], text: str, mapping: Mapping) -> dict[str, Region]:
    """The labelled regions by id; two label controls may label one."""
    regions: dict[str, Region] = {}
    for number, result in enumerate(results):
        if result.type not in SPAN_TYPES:
            continue
        labels = result.value.labels or result.value.hypertextlabels
        if not labels:
            raise BadInput("a label on each region", "none", "label or delete the region")
        place = _place(result.value, text, mapping)
        region = regions.setdefault(result.id or f"#{number}", Region(*place))
        if (region.start, region.end) != place:
            raise BadInput("one stretch for each region's id", f"{result.id!r} on two")
        region.labels += labels
    return regions


def _place(value: Value, text: str, mapping: Mapping) -> tuple[int, int]:
    start, end = value.start, value.end
    if value.globalOffsets:
        start, end = value.globalOffsets.get("start"), value.globalOffsets.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        fix = "show the text with a Text tag, or export globalOffsets"
        raise BadInput("offsets as numbers", f"{start!r} and {end!r}", fix)
    if value.text is None and max(text) > "\uffff":
        fix = 'set saveTextResult="yes": without it nobody can tell which unit the offsets count'
        raise BadInput("the region's text quoted", "none", fix)
    unit = unit_of(mapping, "code_points")
    first, last = located(text, start, end, unit)
    if value.text is not None and _inline(text[first:last]) != _inline(value.text):
        located(text, start, end, unit, value.text)
    return first, last


def _inline(text: str) -> str:
    """The text as quotes compare: Label Studio escapes the line ends in them, or drops them."""
    return text.replace("\\n", "").replace("\n", "").replace("\r", "")


def _choose(result: Result, regions: dict[str, Region], mapping: Mapping) -> None:
    if result.id not in regions:
        raise BadInput("a label on the region of each choice", f"none on {result.id!r}")
    region = regions[result.id]
    if result.from_name == studio.DERIVED and result.value.choices == (studio.DERIVED,):
        region.derived = True
        return
    if not any(role for label in region.labels for role in _roles(label, mapping)):
        raise BadInput("a role to tie to the chosen event", f"{region.labels} alone")
    for label in result.value.choices:
        region.events += mapping.types_of(label) or ()


def _edges(relation: Result, regions: dict[str, Region], mapping: Mapping) -> Iterator[Relation]:
    """From each label of the trigger to the mention; a missing end is told by `meaning_of`."""
    head, dependent = relation.from_id, relation.to_id
    if dependent in regions and regions[dependent].is_trigger(mapping):
        head, dependent = dependent, head
    heads = regions[head].labels if head in regions else ["missing"]
    own = regions[dependent].labels if dependent in regions else ["missing"]
    for label in relation.labels or own:
        for place in range(len(heads)):
            yield Relation(label, _labelled_id(head, place), dependent)


def _labelled_id(region: str, place: int) -> str:
    """The name of one of a region's labels; the first has the region's own."""
    return f"{region}#{place}" if place else region


def _roles(label: str, mapping: Mapping) -> tuple[Role, ...]:
    found = None if is_trigger(label, mapping) else mapping.span_of(label)
    return found[1] if found else ()


def _stretches(region: Region, mapping: Mapping) -> Iterator[Stretch]:
    """The mentions that the region's labels make, each role tied to the events chosen for it."""
    for label in region.labels:
        meaning = mapping.spans.get(label)  # unknown labels were told before
        if meaning is not None:
            roles = _roles(label, mapping)
            tied = (Role(role.name, event) for role in roles for event in region.events or (None,))
            derived = region.derived or meaning.derived
            yield Stretch(region.start, region.end, meaning.kind, tuple(tied), derived)


def _specific(mention: Mention) -> Mention:
    """Without the roles that the mention also has tied to an event."""
    tied = {role.name for role in mention.roles if role.event}
    return replace(
        mention, roles=tuple(role for role in mention.roles if role.event or role.name not in tied)
    )
