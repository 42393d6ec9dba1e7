"""The report of one model on the rows of one task: typed, one JSON file that agrees with itself."""

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import Field, ValidationError

from data.errors import BadInput, nearest
from data.reading import read_text
from evaluation.behaviour.report import Behaviour
from evaluation.blocks import Block
from evaluation.consistency import fault_in
from evaluation.cost import Cost
from evaluation.figures import Bootstrap
from evaluation.hierarchy import Hierarchy
from evaluation.metrics import Decisions, Frozen, MetricName, Value
from evaluation.risk_coverage import RiskCoverage
from evaluation.rows import Count, Row, decisions_of
from evaluation.selective import Selective
from evaluation.slices import Slice

SCHEMA_VERSION: Literal[2] = 2
MAX_BYTES = 500_000_000
SHOWN_ERRORS = 5
Name = Annotated[str, Field(min_length=1, max_length=200)]


class CodebookRef(Frozen):
    """Which meaning of the labels the report rests on."""

    name: Name
    version: int
    hash: str
    none: str | None  # the empty label set of a multi-label task
    groups: dict[str, str]  # label -> its group; for event types PLOVER's quad class


class DatasetRef(Frozen):
    """The set's name and the sha256 of the scored rows (`rows.rows_hash`)."""

    name: Name
    rows_sha256: str


class ArtifactRef(Frozen):
    """Where the model comes from."""

    manifest_sha256: str | None = None
    run_id: str | None = None
    git_commit: str | None = None
    seed: int | None = None  # of its training


class Report(Frozen):
    """What one model did on one task's rows; `headline` covers gold, `derived` roles by rule."""

    schema_version: Literal[2]
    anonymous: bool = False  # ids and documents are hashes (`gate_accepted.anonymous`)
    task: Name
    model: Name
    family: Name
    dataset: DatasetRef
    codebook: CodebookRef
    artifact: ArtifactRef
    labels: Annotated[tuple[str, ...], Field(min_length=1)]  # the scored ones, in codebook order
    closed_set: bool  # labels were chosen, and no other could be decided
    left_out: dict[str, Count]  # reason -> examples
    bootstrap: Bootstrap
    seconds: Annotated[float, Field(ge=0)]  # of prediction alone
    rows_per_second: float | None
    versions: dict[str, str]
    headline: Block
    risk_coverage: RiskCoverage  # of the headline rows, as are hierarchy, selective and slices
    derived: Block | None = None
    hierarchy: Hierarchy | None = None
    selective: Selective | None = None
    slices: tuple[Slice, ...] = ()  # 20 rows or more each, worst first
    small_slices: dict[str, Count] = Field(default_factory=dict)  # those with fewer: rows
    cost: Cost | None = None  # where it was measured
    behaviour: tuple[Behaviour, ...] = ()  # where it was tested
    predictions: tuple[Row, ...]

    @property
    def multi(self) -> bool:
        return self.codebook.none is not None

    @property
    def empty_set(self) -> tuple[str, ...]:
        """What is told in place of no labels: the codebook's name for that, if it has one."""
        return (self.codebook.none,) if self.codebook.none else ()

    @property
    def macro_f1(self) -> Value:
        """The headline macro-F1."""
        return self.metric("macro_f1")

    @property
    def right_name(self) -> MetricName:
        """The name that the share of wholly right rows has in this kind of task."""
        return "exact_match" if self.multi else "accuracy"

    def metric(self, name: MetricName) -> Value:
        """A headline metric; null with a reason also where the report lacks it."""
        missing = Value(value=None, reason="missing in the report")
        return self.headline.metrics.get(name, missing)

    def rows(self, derived: bool = False) -> list[Row]:
        """The gold rows or the derived ones by id, the order in which models are paired."""
        chosen = (row for row in self.predictions if row.derived == derived)
        return sorted(chosen, key=lambda row: row.id)

    def decisions(self, derived: bool = False) -> Decisions:
        """The same rows as arrays."""
        return decisions_of(self.rows(derived), self.labels, self.codebook.none)


def save_report(report: Report, path: Path) -> None:
    """Writes JSON, one line a prediction; a file of that name is replaced in one step."""
    content = report.model_dump(mode="json", exclude_defaults=True)
    rows = content.pop("predictions")
    head = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in rows)
    text = f'{head[:-2]},\n "predictions": [\n{lines}\n ]\n}}\n'
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o644)  # mkstemp makes it private; a report is to be read by others
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load_report(path: Path, redraw: bool = False) -> Report:
    """Reads and checks a report; with `redraw` its intervals too.

    Raises BadInput for what `save_report` would not write.
    """
    content = _parse(read_text(path, "a report (JSON)", MAX_BYTES), path)
    version = content.get("schema_version")
    if version != SCHEMA_VERSION:
        raise BadInput(
            f"a report of schema version {SCHEMA_VERSION}",
            f"schema_version {version!r}"[:80],
            "score the artifact again with this wiretag"
            if version != 1
            else "version 1 knows neither samples-F1 nor traits of rows: score the artifact again",
            path=path,
        )
    try:
        report = Report.model_validate(content)
    except ValidationError as error:
        raise BadInput("a valid report", _told(error), "score again", path=path) from None
    if fault := fault_in(report, redraw):
        raise BadInput("a report that agrees with itself", fault, "score again", path=path)
    return report


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        content = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        found = str(error).split("\n")[0][:200]
        raise BadInput("a report (JSON)", found, path=path, line=line) from None
    if not isinstance(content, dict):
        raise BadInput("a report (a JSON object)", type(content).__name__, path=path)
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"the number {name}")


def _told(error: ValidationError) -> str:
    problems = error.errors(include_url=False, include_input=False)
    told = []
    for problem in problems[:SHOWN_ERRORS]:
        place = ".".join(str(part) for part in problem["loc"])
        unknown = problem["type"] == "extra_forbidden" and len(problem["loc"]) == 1
        hint = f" ({nearest(place, Report.model_fields)})" if unknown else ""
        told.append(f"{place}: {problem['msg']}{hint}"[:300])
    more = f" and {len(problems) - SHOWN_ERRORS} more" if len(problems) > SHOWN_ERRORS else ""
    return "; ".join(told) + more
