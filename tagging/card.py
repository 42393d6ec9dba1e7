"""An artifact's card, artifact.json: what the model is, how its output is read, how good it is."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from data.canonical import codebook_hash
from data.errors import BadInput
from tagging.calibrated import Abstention, Conformal, Isotonic, Scaling
from tagging.closed import read_json, record

FORMAT_VERSION = 3
READABLE = (1, 2, 3)  # 1 knows no calibration; 2 no golden answers, int8 and scores


@dataclass(frozen=True)
class Quantized:
    """How the int8 model compares with the fp32 one on `rows` rows of `split`.

    `activations` says whether they are in eight bits too, or the weights alone. `agreement` is the
    share of rows with the same labels, `largest` the largest difference of a probability,
    `macro_f1_change` int8 less fp32. If no model was written, `reason` says why.
    """

    written: bool
    reason: str | None
    activations: bool
    split: str
    rows: int
    agreement: float
    largest: float
    macro_f1_change: float


@dataclass(frozen=True)
class Score:
    """Macro-F1 on a dataset with its 95% interval over articles; null where it is undefined."""

    dataset: str
    sha256: str
    rows: int
    macro_f1: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class ArtifactCard:
    """What an artifact says of itself; `thresholds` has a value a label in multi-label tasks."""

    name: str
    family: str
    runtime: Literal["constant", "skops", "onnx", "spans"]  # spans: a head on every word
    task: str
    labels: tuple[str, ...]
    multi: bool
    marks: tuple[str, ...]  # each stands in the text as "[name] … [/name]"
    thresholds: dict[str, float] | None
    codebook_hash: str
    dataset_hash: dict[str, str]
    run_id: str | None
    experiment: str | None
    seed: int
    git_commit: str | None
    git_dirty: bool | None
    versions: dict[str, str]
    validation: dict[str, float | None]  # scores on the validation split
    format_version: int = FORMAT_VERSION
    calibration: Scaling | Isotonic | None = None
    abstention: Abstention | None = None
    conformal: Conformal | None = None
    prior: tuple[float, ...] | None = None  # the constant runtime's probabilities
    outputs: tuple[str, ...] | None = None  # labels the skops runtime knows; the others get 0
    max_length: int | None = None  # tokens, onnx runtime only
    pad_id: int | None = None
    int8: Quantized | None = None
    per_event: bool = False  # it may be asked for one event, named in front of the text
    guidelines: tuple[str, ...] = ()  # sources by whose guidelines it may be asked, likewise
    scores: tuple[Score, ...] = field(default=())  # of the reports that export was given

    def to_json(self) -> str:
        """The text of artifact.json."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"


def read_card(files: Mapping[str, bytes], folder: Path) -> ArtifactCard:
    """The card of verified files; raises BadInput where it and the codebook do not agree."""
    path = folder / "artifact.json"
    try:
        content = read_json(files["artifact.json"])
        version = content.get("format_version")
    except (KeyError, ValueError, AttributeError) as error:
        raise _unreadable(error, path) from None
    if version not in READABLE or isinstance(version, bool):
        wanted = f"a format version of {READABLE}"
        raise BadInput(wanted, repr(version), "export with this wiretag", path=path)
    try:
        book = read_json(files["codebook.yaml"])  # written as JSON, which is YAML
        labels = tuple(entry["name"] for entry in book["labels"])
        meaning = {"multi": book["kind"] == "multi", "marks": list(book["marks"])}
        card = record(ArtifactCard, meaning | content if version < 3 else content, "the card")
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable(error, path) from None
    said: Any = {"multi": card.multi, "marks": list(card.marks)}
    if codebook_hash(book) != card.codebook_hash or labels != card.labels or said != meaning:
        wanted = "the codebook that the model was trained with"
        raise BadInput(wanted, "another one", "export again", path=folder)
    return card


def _unreadable(error: Exception, path: Path) -> BadInput:
    return BadInput("an artifact card", str(error).split("\n")[0], "export again", path=path)
