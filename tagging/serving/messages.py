"""What goes over the wire: requests, answers and refusals, closed schemas all."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

MAX_BODY = 2_000_000  # bytes
MAX_TEXTS = 32
MAX_TEXT = 10_000  # characters
MAX_MARKS = 64  # of one text
MAX_TIMEOUT = 60.0  # seconds


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Mark(_Closed):
    """A marked stretch of the text; offsets count code points.

    With a `kind` the tasks about the other kind leave it out.
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]
    kind: Literal["actor", "place"] | None = None


class Text(_Closed):
    """A sentence. Without `marks` the actors and places in it are found by a model, or by rule.

    With marks the tasks that need them answer for these alone, with an empty list for none.
    """

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    marks: Annotated[list[Mark], Field(max_length=MAX_MARKS)] | None = None


class TagRequest(_Closed):
    """Sentences to tag; without `tasks` every task that is served is asked.

    `timeout_s` is how long the client waits: what cannot be answered in that time is refused.
    """

    texts: Annotated[list[Text], Field(min_length=1, max_length=MAX_TEXTS)]
    tasks: Annotated[list[str], Field(min_length=1, max_length=32)] | None = None
    return_probabilities: bool = False
    timeout_s: Annotated[float, Field(gt=0, le=MAX_TIMEOUT)] | None = None


class Tag(_Closed):
    """What a task's model says of a sentence, or of the marks in it that are named."""

    task: str
    marks: list[Mark]
    labels: list[str]
    confidence: float
    abstains: bool
    possible: list[str] | None
    probabilities: dict[str, float] | None


class Unanswered(_Closed):
    """A task that says nothing of this text, and why."""

    task: str
    reason: str


class Tagged(_Closed):
    """The answers for one text; `marked_by` says who found the mentions."""

    marked_by: Literal["request", "model", "rules"]
    tags: list[Tag]
    unanswered: list[Unanswered]


class Model(_Closed):
    """The artifact that answers a task."""

    task: str
    name: str
    manifest_hash: str
    labels: list[str]
    marks: list[str]


class TagResponse(_Closed):
    """One `Tagged` a text, in the order of the request, and the models that were asked."""

    texts: list[Tagged]
    models: list[Model]


class Refusal(_Closed):
    """Why there is no answer; `place` is where in the request: texts[3].marks[0].end."""

    code: str
    message: str
    place: str | None = None


class ErrorResponse(_Closed):
    """The body of every answer that is no success."""

    error: Refusal
