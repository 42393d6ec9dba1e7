"""What runs an artifact's model file: examples to probabilities, without torch."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data.codebook import Codebook
from data.errors import BadInput
from data.records import Example
from tagging.calibrated import Probabilities
from tagging.inputs import TextEncoder, columns, sorted_batches

if TYPE_CHECKING:
    from tagging.artifact import ArtifactCard

Progress = Callable[[int], None]


class Runtime(Protocol):
    """Runs a model file: examples to probabilities, shape (n, labels)."""

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities: ...


class _Constant:
    """The majority model: the same probabilities for every example."""

    def __init__(self, folder: Path, card: "ArtifactCard", codebook: Codebook) -> None:
        self.prior = np.array(card.prior, dtype=np.float32)

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities:
        done(len(examples))
        return np.tile(self.prior, (len(examples), 1))


class _Skops:
    """A scikit-learn pipeline over the columns of `tagging.inputs.columns`."""

    def __init__(self, folder: Path, card: "ArtifactCard", codebook: Codebook) -> None:
        from skops.io import load
        from skops.io.exceptions import UntrustedTypesFoundException

        try:
            self.pipeline: Any = load(folder / "model.skops", trusted=[])
        except UntrustedTypesFoundException as error:
            raise BadInput(
                "scikit-learn types alone", str(error), path=folder / "model.skops"
            ) from None
        self.marks = codebook.marks
        self.width = len(card.labels)
        self.places = [card.labels.index(name) for name in card.outputs or card.labels]

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities:
        table = np.zeros((len(examples), self.width), dtype=np.float32)
        for start in range(0, len(examples), 16 * size):
            rows = examples[start : start + 16 * size]
            scores = self.pipeline.predict_proba(columns(rows, self.marks))
            # a lone label comes as two columns: no, yes
            table[start : start + len(rows), self.places] = scores[:, -len(self.places) :]
            done(len(rows))
        return table


class _Onnx:
    """An encoder with its head as one ONNX graph: input_ids, attention_mask, pool -> logits."""

    def __init__(self, folder: Path, card: "ArtifactCard", codebook: Codebook) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(
            (folder / "model.onnx").read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        if card.max_length is None or card.pad_id is None:
            raise BadInput("max_length and pad_id in the card", "none", "export again", path=folder)
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.encoder = TextEncoder(tokenizer, codebook.marks, card.max_length)
        self.pad_id, self.multi = card.pad_id, codebook.multi

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities:
        encoded = self.encoder.encode(examples)
        logits: NDArray[np.float32] | None = None
        for batch in sorted_batches(encoded, size, self.pad_id):
            feed = {"input_ids": batch.ids, "attention_mask": batch.mask, "pool": batch.pool}
            out = self.session.run(["logits"], feed)[0]
            logits = (
                np.zeros((len(examples), out.shape[1]), np.float32) if logits is None else logits
            )
            logits[batch.rows] = out
            done(len(batch.rows))
        assert logits is not None  # predict() refuses an empty list before
        return sigmoid(logits) if self.multi else softmax(logits)


RUNTIMES: dict[str, Callable[[Path, "ArtifactCard", Codebook], Runtime]] = {
    "constant": _Constant,
    "skops": _Skops,
    "onnx": _Onnx,
}


def sigmoid(logits: NDArray[np.float32]) -> Probabilities:
    """Element-wise logistic function, any shape."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)), dtype=np.float32)


def softmax(logits: NDArray[np.float32]) -> Probabilities:
    """Row-wise softmax, shape (n, labels)."""
    exps = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exps / exps.sum(axis=1, keepdims=True), dtype=np.float32)
