"""Which artifact answers what: requests to examples of each task, predictions to answers."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from data.errors import BadInput, nearest
from data.records import Example
from data.records import Mark as Marked
from tagging.artifact import Artifact, Prediction
from tagging.mention_finder import MentionFinder
from tagging.serving.messages import (
    Mark,
    Model,
    Tag,
    Tagged,
    TagRequest,
    TagResponse,
    Text,
    Unanswered,
)
from tagging.serving.problems import Problem, invalid

MAX_ROWS = 1_000  # model inputs of one request: a few seconds of work
KINDS = ("actor", "place")  # of mentions
MAX_READ = 2_000_000  # characters of them together: each mention's row reads its whole text


@dataclass(frozen=True)
class Row:
    """One model input: the text it belongs to, the task, its marks, and what the model reads."""

    text: int
    task: str
    marks: tuple[Mark, ...]
    example: Example


@dataclass(frozen=True)
class Plan:
    """A request's model inputs in the order of the answer, and what no model is asked."""

    rows: tuple[Row, ...]
    unanswered: tuple[tuple[Unanswered, ...], ...]


class Router:
    """At most one artifact a task; knows which marks each task needs.

    One that finds mentions is no task: it serves the texts that come without marks.
    """

    def __init__(self, artifacts: Sequence[Artifact]) -> None:
        self.artifacts: dict[str, Artifact] = {}
        finders = [artifact for artifact in artifacts if artifact.codebook.spans]
        if len(finders) > 1 or len(finders) == len(artifacts):
            found = ", ".join(each.card.name for each in artifacts)
            wanted = "artifacts of tasks, and at most one that finds mentions"
            raise BadInput(wanted, found, "serve others beside one of them")
        self.finder, self.finders = MentionFinder(*finders), finders
        for artifact in (each for each in artifacts if each not in finders):
            if (task := artifact.card.task) in self.artifacts:
                first = self.artifacts[task].card.name
                found = f"{first} and {artifact.card.name}"
                raise BadInput(f"one artifact for {task}", found, "serve one of them")
            self.artifacts[task] = artifact
        self.marks = {name for artifact in artifacts for name in artifact.card.marks}
        self.kinds = {task: found.codebook.example for task, found in self.artifacts.items()}

    def asked(self, request: TagRequest) -> tuple[str, ...]:
        """The tasks to ask. Raises Problem for unknown tasks, unknown marks, marks out of range."""
        for place, task in enumerate(request.tasks or ()):
            if task not in self.artifacts:
                hint = nearest(task, self.artifacts)
                raise invalid(f"tasks[{place}]", "a task that is served", repr(task), hint)
        for place, text in enumerate(request.texts):
            self._check_marks(text, f"texts[{place}].marks")
        wanted = request.tasks or self.artifacts
        return tuple(task for task in self.artifacts if task in wanted)

    def _check_marks(self, text: Text, place: str) -> None:
        for number, mark in enumerate(text.marks or ()):
            at, length = f"{place}[{number}]", len(text.text)
            if mark.name not in self.marks:
                hint = nearest(mark.name, self.marks) if self.marks else "no task has marks"
                raise invalid(f"{at}.name", "a mark of a served task", repr(mark.name), hint)
            if mark.end > length:
                hint = "offsets count code points"
                raise invalid(f"{at}.end", f"at most {length}", str(mark.end), hint)
            if mark.start >= mark.end:
                raise invalid(f"{at}.start", f"less than {mark.end}", str(mark.start))

    def plan(self, request: TagRequest, tasks: Sequence[str]) -> Plan:
        """All model inputs of the request. Raises Problem where they are too many."""
        rows: list[Row] = []
        unanswered: list[tuple[Unanswered, ...]] = []
        for place, text in enumerate(request.texts):
            reasons: list[Unanswered] = []
            proposed = self._proposed(text, tasks)
            for task in tasks:
                found = list(self._marked(task, text, proposed))
                rows += [Row(place, task, marks, _example(text.text, marks)) for marks in found]
                if not found:
                    reasons.append(Unanswered(task=task, reason=self._reason(task, text)))
            unanswered.append(tuple(reasons))
            _check_size(rows, place)
        return Plan(tuple(rows), tuple(unanswered))

    def _proposed(self, text: Text, tasks: Sequence[str]) -> dict[str, list[Mark]]:
        """Mentions by kind; none where the request has marks or nobody asks."""
        found: dict[str, list[Mark]] = {kind: [] for kind in KINDS}
        if text.marks is None and any(self.kinds[task] in found for task in tasks):
            for one in self.finder.find([text.text])[0]:
                mark = Mark(name="mention", start=one.start, end=one.end, kind=one.kind)
                found[one.kind].append(mark)
        return found

    def _marked(
        self, task: str, text: Text, proposed: dict[str, list[Mark]]
    ) -> Iterator[tuple[Mark, ...]]:
        """The marks of each example that the task has in this text."""
        wanted, kind = self.artifacts[task].card.marks, self.kinds[task]
        given = proposed.get(kind, []) if text.marks is None else text.marks
        kinds = (None, kind) if kind in KINDS else (None, *KINDS)
        fitting = [one for one in given if one.name in wanted and one.kind in kinds]
        if not wanted:
            yield ()
        elif len(wanted) == 1:
            yield from ((mark,) for mark in fitting)
        else:
            if sorted(mark.name for mark in fitting) == sorted(wanted):
                yield tuple(fitting)

    def _reason(self, task: str, text: Text) -> str:
        wanted = self.artifacts[task].card.marks
        if len(wanted) > 1:
            return f"it needs each of these marks once: {', '.join(wanted)}"
        if text.marks is None:
            return f"no {self.kinds[task]} was found in the text"
        return f"it needs a mark named {wanted[0]!r}, of the kind {self.kinds[task]} or of none"

    def answer(
        self, request: TagRequest, tasks: Sequence[str], plan: Plan, found: Sequence[Prediction]
    ) -> TagResponse:
        """The answer, from a prediction a row of the plan."""
        tags: list[list[Tag]] = [[] for _ in request.texts]
        for row, prediction in zip(plan.rows, found, strict=True):
            tags[row.text].append(_tag(row, prediction, request.return_probabilities))
        texts = [
            Tagged(
                marked_by=self.marked_by if text.marks is None else "request",
                tags=said,
                unanswered=list(reasons),
            )
            for text, said, reasons in zip(request.texts, tags, plan.unanswered, strict=True)
        ]
        return TagResponse(texts=texts, models=self.models(tasks))

    @property
    def marked_by(self) -> Literal["model", "rules"]:
        """Who finds the mentions of a text without marks."""
        return "model" if self.finders else "rules"

    def models(self, tasks: Iterable[str]) -> list[Model]:
        """The artifacts of the tasks, and the one that finds mentions."""
        return [_model(found) for found in (*map(self.artifacts.__getitem__, tasks), *self.finders)]


def _model(found: Artifact) -> Model:
    return Model(
        task=found.card.task,
        name=found.card.name,
        manifest_hash=found.manifest_hash,
        labels=list(found.card.labels),
        marks=list(found.card.marks),
    )


def _example(text: str, marks: Sequence[Mark]) -> Example:
    return Example("", "", text, tuple(Marked(one.name, one.start, one.end) for one in marks))


def _check_size(rows: Sequence[Row], place: int) -> None:
    if len(rows) > MAX_ROWS or sum(len(row.example.text) for row in rows) > MAX_READ:
        message = (
            f"too many mentions for one request: over {MAX_ROWS}, or in texts that are too long; "
            "send fewer texts, split them into sentences, or mark the mentions of interest"
        )
        raise Problem(422, "too_much", message, f"texts[{place}]")


def _tag(row: Row, found: Prediction, told: bool) -> Tag:
    return Tag(
        task=row.task,
        marks=list(row.marks),
        labels=list(found.labels),
        confidence=found.confidence,
        abstains=found.abstains,
        possible=None if found.possible is None else list(found.possible),
        probabilities=found.probabilities if told else None,
    )
