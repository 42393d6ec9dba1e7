"""What runs an artifact's model file: examples to probabilities, without torch."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from data.errors import BadInput
from data.records import Example
from tagging.calibrated import Probabilities
from tagging.card import ArtifactCard
from tagging.inputs import TextEncoder, columns, sorted_batches
from tagging.mention_encoder import WordEncoder
from tagging.mention_words import tags_of

ONNX, INT8, SKOPS = "model.onnx", "model.int8.onnx", "model.skops"
TOKENIZER = "tokenizer.json"
LOCATION = b"location"  # the key by which ONNX names weights that lie in another file
Files = Mapping[str, bytes]
Progress = Callable[[int], None]


class Runtime(Protocol):
    """Runs a model file: examples to probabilities, shape (n, labels)."""

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities: ...


class _Constant:
    """The majority model: the same probabilities for every example."""

    def __init__(self, files: Files, card: ArtifactCard, threads: int | None) -> None:
        if card.prior is None or len(card.prior) != len(card.labels):
            raise ValueError("a prior a label in the card")
        self.prior = np.array(card.prior, dtype=np.float32)

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities:
        done(len(examples))
        return np.tile(self.prior, (len(examples), 1))


class _Skops:
    """A scikit-learn pipeline over the columns of `tagging.inputs.columns`."""

    def __init__(self, files: Files, card: ArtifactCard, threads: int | None) -> None:
        from skops.io import loads
        from skops.io.exceptions import UntrustedTypesFoundException

        try:
            self.pipeline: Any = loads(files[SKOPS], trusted=[])
        except UntrustedTypesFoundException as error:
            raise BadInput("scikit-learn types alone", str(error), path=SKOPS) from None
        self.marks = card.marks
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

    def __init__(self, files: Files, card: ArtifactCard, threads: int | None) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        model = files[INT8] if INT8 in files else files[ONNX]
        if LOCATION in model:
            raise BadInput("weights inside the model's file", "a place outside it", "export again")
        if card.max_length is None or card.pad_id is None:
            raise BadInput("max_length and pad_id in the card", "none", "export again")
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads or 0
        self.session = onnxruntime.InferenceSession(
            model, options, providers=["CPUExecutionProvider"]
        )
        tokenizer = Tokenizer.from_str(files[TOKENIZER].decode())
        self.encoder = TextEncoder(tokenizer, card.marks, card.max_length, card.guidelines)
        self.pad_id, self.multi = card.pad_id, card.multi

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities:
        encoded = self.encoder.encode(examples)
        logits: NDArray[np.float32] | None = None
        for batch in sorted_batches(encoded, size, self.pad_id):
            out = self.session.run(["logits"], batch.feed)[0]
            logits = (
                np.zeros((len(examples), out.shape[1]), np.float32) if logits is None else logits
            )
            logits[batch.rows] = out
            done(len(batch.rows))
        assert logits is not None  # predict() refuses an empty list before
        return sigmoid(logits) if self.multi else softmax(logits)


class WordTagger(_Onnx):
    """An encoder with a head on every word: input_ids, attention_mask, pool, traits -> logits."""

    def __init__(self, files: Files, card: ArtifactCard, threads: int | None) -> None:
        super().__init__(files, card, threads)
        self.words = WordEncoder(self.encoder.tokenizer, self.encoder.max_length)
        self.tags = len(tags_of(card.labels))

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Progress
    ) -> Probabilities:
        wanted, found = "an artifact that labels examples", "one that finds mentions"
        raise BadInput(wanted, found, "use its mentions(texts)")

    def words_of(self, texts: Sequence[str], size: int, done: Progress) -> list[Probabilities]:
        """Of each text the probabilities of its words' tags, (words, tags)."""
        parts = self.words.pieces([Example("", "", text) for text in texts])
        encoded = self.words.encode([piece for pieces in parts for piece in pieces])
        tables = [np.zeros((len(item.pool), self.tags), np.float32) for item in encoded]
        for batch in sorted_batches(encoded, size, self.pad_id):
            if batch.pool.shape[1]:
                out = softmax(self.session.run(["logits"], batch.feed)[0])
                for row, table in zip(batch.rows, out, strict=True):
                    tables[row][:] = table[: len(tables[row])]
            done(len(batch.rows))
        found = iter(tables)
        return [np.concatenate([next(found) for _ in pieces]) for pieces in parts]


RUNTIMES: dict[str, Callable[[Files, ArtifactCard, int | None], Runtime]] = {
    "constant": _Constant,
    "skops": _Skops,
    "onnx": _Onnx,
    "spans": WordTagger,
}


def runtime_of(files: Files, card: ArtifactCard, folder: Path, threads: int | None) -> Runtime:
    """Opens the model; whatever its library says of a file that is none of its own is BadInput."""
    try:
        return RUNTIMES[card.runtime](files, card, threads)
    except BadInput as error:
        raise error.at(folder / error.path if error.path else folder) from None
    except ImportError as error:
        fix = f"pip install {error.name}"
        raise BadInput(f"the library of {card.runtime} models", str(error), fix) from None
    except Exception as error:  # each library has kinds of its own
        reason = str(error).strip().split("\n")[0]
        found = f"{type(error).__name__}: {reason}"
        raise BadInput(f"a model of {card.runtime}", found, "export again", path=folder) from None


def sigmoid(logits: NDArray[np.float32]) -> Probabilities:
    """Element-wise logistic function, any shape."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)), dtype=np.float32)


def softmax(logits: NDArray[np.float32]) -> Probabilities:
    """Softmax over the last axis, shape (…, labels)."""
    exps = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(exps / exps.sum(axis=-1, keepdims=True), dtype=np.float32)
