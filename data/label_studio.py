"""Label Studio's files: tasks are written, exports read, with the names that the two share.

A region is one role of one mention: its label is the role's name, and a choice of its own
(`role_event`) ties it to its event type. What else a sentence is stands in its task's data.
"""

import codecs
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Literal

from data.codebook import Codebook
from data.errors import BadInput, nearest, refuse_folder
from data.importers.jsonl import OPTIONAL
from data.mapping import NO_EVENT
from data.reading import CHUNK, opened, parse_json
from data.records import Mention, Role, Sentence

TEXT = "text"  # the names of the config's tags, which an export gives back
EVENT_TYPES = "event_type"
COVERAGE, POSITIVES_ONLY = "coverage", "positives only"
ROLE_EVENT = "role_event"
DERIVED = "derived"
SPANS = {"actor": "actors", "place": "places"}
BYSTANDER = "bystander"
SENTENCE_ID = "sentence_id"  # not "id": JSON-MIN overwrites that with the task's own

MAX_TASK = 10_000_000  # characters
Offsets = Literal["code_points", "utf16"]
Content = dict[str, Any]


@dataclass(frozen=True)
class Guess:
    """A mention as a model sees it, and the probability of each of its labels."""

    mention: Mention
    probabilities: dict[str, float]


@dataclass(frozen=True)
class Prediction:
    """What a model says of a sentence; `event_types` with their probabilities, None: not asked."""

    model: str
    event_types: dict[str, float] | None
    guesses: tuple[Guess, ...]


@dataclass(frozen=True)
class Task:
    """A sentence for Label Studio; `labelled`: its own labels go along as an annotation."""

    sentence: Sentence
    labelled: bool = True
    prediction: Prediction | None = None


def write(
    tasks: Iterable[Task], path: Path, codebook: Codebook, offsets: Offsets = "code_points"
) -> int:
    """Writes the tasks as one JSON array, whole file or none; returns how many."""
    refuse_folder(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    count = 0
    try:
        with part.open("w", encoding="utf-8", newline="\n") as file:
            for made in tasks_of(tasks, codebook, offsets):
                file.write("[\n" if count == 0 else ",\n")
                file.write(json.dumps(made, ensure_ascii=False))
                count += 1
            file.write("\n]\n" if count else "[]\n")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
    return count


def tasks_of(
    tasks: Iterable[Task], codebook: Codebook, offsets: Offsets = "code_points"
) -> Iterator[Content]:
    """The tasks as Label Studio imports them; newer versions count code points, older UTF-16.

    Raises BadInput for an event type that the codebook, and so the labeling config, lacks, and
    for a place without a direction.
    """
    for task in tasks:
        try:
            _check_types(task, codebook)
            yield _task(task, offsets)
        except BadInput as error:
            found = f"{error.found} in sentence {task.sentence.id!r}"
            place = task.sentence.where or None
            raise BadInput(error.expected, found, error.fix, path=place) from None


def read_tasks(path: Path) -> Iterator[tuple[int, Content | BadInput]]:
    """Yields (number from 1, task of an export, or why it is no strict JSON); holds one at a time.

    Raises BadInput where the file is no array of objects: nothing behind that place can be read.
    """
    with opened(path, "a Label Studio export") as file:
        for number, text in enumerate(_Array(file, path).objects(), start=1):
            try:
                yield number, parse_json(text, "a task in JSON")
            except BadInput as error:
                yield number, error


def _check_types(task: Task, codebook: Codebook) -> None:
    names = list(task.prediction.event_types or ()) if task.prediction else []
    if task.labelled:
        roles = (role for mention in task.sentence.mentions for role in mention.roles)
        names += [*task.sentence.event_types, *(role.event for role in roles if role.event)]
    for name in names:
        if name not in codebook.labels:
            fix = f"{nearest(name, codebook.labels)} or name the codebook that has it"
            raise BadInput(f"event types of the codebook {codebook.name}", repr(name), fix)


def _task(task: Task, offsets: Offsets) -> Content:
    made: Content = {"data": _data(task.sentence)}
    if task.labelled:
        made["annotations"] = [{"result": _labelled(task.sentence, offsets)}]
    if task.prediction:
        made["predictions"] = [_predicted(task.prediction, task.sentence.text, offsets)]
    return made


def _data(sentence: Sentence) -> Content:
    optional = {key: getattr(sentence, key) for key in OPTIONAL}
    own = {TEXT: sentence.text, SENTENCE_ID: sentence.id, "doc_id": sentence.doc_id}
    return own | {key: value for key, value in optional.items() if value}


def _labelled(sentence: Sentence, offsets: Offsets) -> list[Content]:
    results = _Results(sentence.text, offsets)
    none = [NO_EVENT] if sentence.complete else []
    results.choose(EVENT_TYPES, sentence.event_types or none)
    results.choose(COVERAGE, [] if sentence.complete else [POSITIVES_ONLY])
    for mention in sentence.mentions:
        for role in mention.roles or (None,):
            results.mark(mention, role)
    return results.items


def _predicted(prediction: Prediction, text: str, offsets: Offsets) -> Content:
    """The score of a choice is that of its least probable label, the whole's that of its parts."""
    results = _Results(text, offsets)
    types = prediction.event_types
    if types is not None:
        results.choose(EVENT_TYPES, types or [NO_EVENT], min(types.values(), default=None))
    for guess in prediction.guesses:
        for role in guess.mention.roles or (None,):
            name = role.name if role else BYSTANDER
            results.mark(guess.mention, role, guess.probabilities.get(name))
    scores = [item["score"] for item in results.items if "score" in item]
    whole = {"score": min(scores)} if scores else {}
    return {"model_version": prediction.model, "result": results.items} | whole


@dataclass
class _Results:
    """The results of one annotation or prediction as they grow."""

    text: str
    offsets: Offsets
    items: list[Content] = field(default_factory=list)
    regions: int = 0

    def choose(self, name: str, labels: Iterable[str], score: float | None = None) -> None:
        if chosen := list(labels):
            self._add(f"c-{name}", name, "choices", {"choices": chosen}, score)

    def mark(self, mention: Mention, role: Role | None, score: float | None = None) -> None:
        surface = self.text[mention.start : mention.end]
        if role is None and mention.kind == "place":
            fix = "label it or leave it out"
            raise BadInput("a direction for each place", repr(surface), fix)
        self.regions += 1
        region = f"r-{self.regions}"
        start, end = self._counted(mention.start), self._counted(mention.end)
        stretch: Content = {"start": start, "end": end, "text": surface}
        labels = {"labels": [role.name if role else BYSTANDER]}
        self._add(region, SPANS[mention.kind], "labels", stretch | labels, score)
        if role and role.event:
            self._add(region, ROLE_EVENT, "choices", stretch | {"choices": [role.event]})
        if mention.derived:
            self._add(region, DERIVED, "choices", stretch | {"choices": [DERIVED]})

    def _add(
        self, id: str, name: str, kind: str, value: Content, score: float | None = None
    ) -> None:
        item = {"id": id, "from_name": name, "to_name": TEXT, "type": kind, "value": value}
        self.items.append(item if score is None else item | {"score": round(score, 6)})

    def _counted(self, at: int) -> int:
        astral = sum(char > "\uffff" for char in self.text[:at]) if self.offsets == "utf16" else 0
        return at + astral


class _Array:
    """The objects of a JSON array in a file, one at a time: memory is the largest of them."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file, self._path = file, path
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._text, self._at, self._number = "", 0, 0

    def objects(self) -> Iterator[str]:
        self._check("[", "a JSON array of tasks")
        self._at += 1
        if self._next() != "]":
            yield self._object()
            while self._next() == ",":
                self._at += 1
                yield self._object()
        self._check("]", "a comma or the end of the array")
        self._at += 1
        if rest := self._next():
            raise self._error("nothing behind the array", repr(rest))

    def _object(self) -> str:
        self._number += 1
        self._check("{", "a task (a JSON object)")
        while True:
            try:
                _, end = _EXTENT.raw_decode(self._text, self._at)
                break
            except RecursionError:
                raise self._error("a task in JSON", "deep nesting") from None
            except ValueError as error:  # also where the text so far ends within the object
                if len(self._text) - self._at > MAX_TASK or not self._more():
                    raise self._error("a task in JSON", str(error)) from None
        found, self._at = self._text[self._at : end], end
        return found

    def _check(self, sign: str, expected: str) -> None:
        if (found := self._next()) != sign:
            raise self._error(expected, repr(found) if found else "the end of the file")

    def _next(self) -> str:
        """The next character that is not blank, which stays; "" at the end of the file."""
        while True:
            while self._at < len(self._text):
                if self._text[self._at] not in " \t\n\r":
                    return self._text[self._at]
                self._at += 1
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Reads as much again as is held, so that a long task is not tried at every chunk."""
        raw = self._file.read(max(CHUNK, len(self._text) - self._at))
        try:
            more = self._decoder.decode(raw, final=not raw)
        except UnicodeDecodeError as error:
            raise self._error("UTF-8 text", f"byte 0x{error.object[error.start]:02x}") from None
        self._text, self._at = self._text[self._at :] + more, 0
        return bool(raw)

    def _error(self, expected: str, found: str) -> BadInput:
        return BadInput(expected, found, "export again", path=self._path, line=self._number or None)


_EXTENT = json.JSONDecoder(parse_int=str, parse_float=str)  # strictness comes with parse_json
