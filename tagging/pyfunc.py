"""The artifact as an MLflow model: the file that a registered model carries and runs at load."""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import ModelSignature, set_model
from mlflow.pyfunc import PythonModel, PythonModelContext
from mlflow.types.schema import (
    Array,
    ColSpec,
    DataType,
    Map,
    Object,
    ParamSchema,
    ParamSpec,
    Property,
    Schema,
)

from data.errors import BadInput, nearest
from data.records import Example, Mark
from tagging.artifact import Prediction, load_artifact
from tagging.calibrated import confidence
from tagging.card import ArtifactCard

FOLDER = "wiretag"  # the name under which the model carries the artifact's folder
MARK = Object(
    [
        Property("name", DataType.string),
        Property("start", DataType.long),
        Property("end", DataType.long),
    ]
)
SIGNATURE = ModelSignature(
    inputs=Schema(
        [
            ColSpec(DataType.string, "text"),
            ColSpec(Array(MARK), "marks", required=False),
        ]
    ),
    outputs=Schema(
        [
            ColSpec(Array(DataType.string), "labels"),
            ColSpec(DataType.double, "confidence"),
            ColSpec(DataType.boolean, "abstains"),
            ColSpec(Array(DataType.string), "possible", required=False),
            ColSpec(Map(DataType.double), "probabilities"),
        ]
    ),
    params=ParamSchema(
        [
            ParamSpec("top_k", DataType.long, None),
            ParamSpec("threshold", DataType.double, None),
            ParamSpec("return_probabilities", DataType.boolean, False),
        ]
    ),
)


class Tagger(PythonModel):  # type: ignore[misc]  # MLflow's class is Any to mypy
    """Answers like `Artifact.predict`, a row an input."""

    def load_context(self, context: PythonModelContext) -> None:
        """Verifies the folder, then loads it; `model_config` may ask for int8 and for threads."""
        folder = Path(context.artifacts[FOLDER])
        self.artifact = load_artifact(folder, **(context.model_config or {}))

    def predict(
        self,
        context: PythonModelContext,
        model_input: pd.DataFrame,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """The columns of SIGNATURE's outputs; `possible` is null where the artifact has no sets.

        `threshold` decides every label of a multi-label task; in a single-label one it is the
        confidence below which a row abstains. `top_k` keeps the most probable of the decided
        labels and of the probabilities, and `return_probabilities` shows these. Raises
        MlflowException for what is no text, no mark of the task, or out of range.
        """
        chosen = params or {}
        try:
            threshold, top_k = _share(chosen.get("threshold")), _count(chosen.get("top_k"))
            marks = self.artifact.card.marks
            rows = enumerate(model_input.to_dict("records"))
            examples = [_example(number, row, marks) for number, row in rows]
        except BadInput as error:
            raise MlflowException.invalid_parameter_value(str(error)) from None
        found = self.artifact.predict(examples)
        if threshold is not None:
            found = [_decided(each, threshold, self.artifact.card) for each in found]
        told = bool(chosen.get("return_probabilities"))
        cells = [_cells(each, top_k, told) for each in found]
        return pd.DataFrame(cells, columns=SIGNATURE.outputs.input_names())


def _example(number: int, row: dict[Hashable, Any], known: Sequence[str]) -> Example:
    text, given = row["text"], row.get("marks")
    if not isinstance(text, str):
        raise BadInput("a text", type(text).__name__, f"row {number} needs one")
    marks = tuple(_mark(number, mark, text, known) for mark in ([] if given is None else given))
    names = [mark.name for mark in marks]
    if len(set(names)) < len(names):
        raise BadInput("each mark once", f"row {number} has {', '.join(names)}")
    if known == ("mention",) and not marks:
        wanted = "a mark named 'mention' in each row"
        raise BadInput(wanted, f"none in row {number}", "the task labels a marked mention")
    return Example(str(number), "", text, marks)


def _mark(number: int, mark: dict[str, Any], text: str, known: Sequence[str]) -> Mark:
    name, start, end = mark["name"], int(mark["start"]), int(mark["end"])
    if name not in known:
        hint = nearest(name, known) if known else "this task has none"
        raise BadInput("a mark of the task", f"{name!r} in row {number}", hint)
    if not 0 <= start < end <= len(text):
        wanted = f"a mark within the {len(text)} characters of row {number}"
        raise BadInput(wanted, f"{start} to {end}", "offsets count code points")
    return Mark(name, start, end)


def _share(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= 1:
        raise BadInput("a threshold between 0 and 1", str(value))
    return value


def _count(value: int | None) -> int | None:
    if value is not None and value < 1:
        raise BadInput("a top_k of at least 1", str(value), "leave it out for all")
    return value


def _decided(found: Prediction, threshold: float, card: ArtifactCard) -> Prediction:
    """The prediction as it would be with that threshold."""
    if not card.multi:
        return replace(found, abstains=found.confidence < threshold)
    labels = tuple(name for name, value in found.probabilities.items() if value >= threshold)
    table = np.array([list(found.probabilities.values())], dtype=np.float32)
    chosen = np.array([[name in labels for name in found.probabilities]])
    sure = float(confidence(table, chosen, card.multi)[0])
    floor = card.abstention.confidence if card.abstention else 0.0
    return replace(found, labels=labels, confidence=sure, abstains=sure < floor)


def _cells(found: Prediction, top_k: int | None, told: bool) -> tuple[Any, ...]:
    """A row of the answer."""
    ranked = sorted(found.probabilities, key=lambda name: -found.probabilities[name])
    best = set([name for name in ranked if name in found.labels][:top_k])
    labels = [name for name in found.labels if name in best]
    possible = None if found.possible is None else list(found.possible)
    shown = {name: found.probabilities[name] for name in ranked[:top_k]} if told else {}
    return labels, found.confidence, found.abstains, possible, shown


set_model(Tagger())
