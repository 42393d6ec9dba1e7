"""The int8 model: weights in eight bits, written only if it decides as the fp32 model does."""

import logging
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from data.codebook import Codebook
from data.records import Example
from tagging.artifact import Prediction
from tagging.card import Quantized
from tagging.mention_words import best_tags, tags_in, words_of
from training.calibration import decided_macro_f1
from training.families.base import targets
from training.families.spans import f1_by_kind

LEAST_AGREEMENT = 0.995  # of the rows have the same labels
MOST_LOST = 0.005  # of macro-F1, either way
SHARING = 16  # weights that share a scale
FP32_LEVEL = 1  # onnxruntime's name for what is multiplied
TINY = 1e-12


def write_int8(graph: Path, to: Path) -> None:
    """Weights in eight bits with a scale for every few of them; activations stay fp32.

    Activations in eight bits too are little faster, and of event types in sentences of other kinds
    than the validation's about 1% change (docs/adr/0008-artifacts.md).
    """
    with _logging_unchanged():
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    model = onnx.load(str(graph))
    _quantize_words(model.graph)
    whole = MatMulNBitsQuantizer(
        model,
        bits=8,
        block_size=SHARING,
        is_symmetric=True,
        accuracy_level=FP32_LEVEL,
    )
    logging.disable(logging.INFO)  # the quantizer tells of every layer
    try:
        whole.process()
    finally:
        logging.disable(logging.NOTSET)
    onnx.save(whole.model.model, str(to))


@contextmanager
def _logging_unchanged() -> Iterator[None]:
    """The quantizer's module sends everybody's remarks to stderr as soon as it is imported."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def _quantize_words(graph: onnx.GraphProto) -> None:
    """Looks words up in a table of int8 and multiplies them by their scales."""
    looked_into = {node.input[0] for node in graph.node if node.op_type == "Gather"}
    tables = (each for each in graph.initializer if each.name in looked_into)
    table = max(tables, key=lambda each: math.prod(each.dims))
    values = onnx.numpy_helper.to_array(table)
    rows, width = values.shape
    block = math.gcd(width, SHARING)
    parts = values.reshape(rows, width // block, block)
    scales = np.maximum(np.abs(parts).max(axis=-1, keepdims=True), TINY) / 127
    stored = {
        "words_int8": np.round(parts / scales).astype(np.int8),
        "words_scale": scales.astype(np.float32),
        "words_shape": np.array([0, 0, width]),
    }
    place, old = next((i, n) for i, n in enumerate(graph.node) if n.input[:1] == [table.name])
    graph.initializer.remove(table)
    graph.initializer.extend(onnx.numpy_helper.from_array(v, k) for k, v in stored.items())
    ids, out = old.input[1], old.output[0]
    graph.node.remove(old)
    for step, node in enumerate(
        (
            onnx.helper.make_node("Gather", ["words_int8", ids], ["words_found"], axis=0),
            onnx.helper.make_node(
                "Cast", ["words_found"], ["words_whole"], to=onnx.TensorProto.FLOAT
            ),
            onnx.helper.make_node("Gather", ["words_scale", ids], ["words_scales"], axis=0),
            onnx.helper.make_node("Mul", ["words_whole", "words_scales"], ["words_parts"]),
            onnx.helper.make_node("Reshape", ["words_parts", "words_shape"], [out]),
        )
    ):
        graph.node.insert(place + step, node)


def judged(
    fp32: Sequence[Prediction],
    int8: Sequence[Prediction],
    rows: Sequence[Example],
    codebook: Codebook,
    thresholds: dict[str, float] | None,
    split: str,
) -> Quantized:
    """Whether int8 agrees with fp32 on these rows; the bounds are the project's promise."""
    one, other = (_table(said, codebook) for said in (fp32, int8))
    gold = targets(rows, codebook)
    scores = [decided_macro_f1(gold, table, thresholds, codebook) for table in (one, other)]
    same = float(np.mean([a.labels == b.labels for a, b in zip(fp32, int8, strict=True)]))
    largest = float(np.abs(one - other).max())
    return _verdict(same, "rows", scores[1] - scores[0], largest, split, len(rows))


def judged_words(
    fp32: Sequence[NDArray[np.float32]],
    int8: Sequence[NDArray[np.float32]],
    rows: Sequence[Example],
    codebook: Codebook,
    thresholds: dict[str, float] | None,
    split: str,
) -> Quantized:
    """The same of a mention tagger, (words, tags) a row; a word agrees if its tag is the same."""
    gold = [tags_in(words_of(row.text), row.marks, codebook.labels) for row in rows]
    scores, tags = [], []
    for tables in (fp32, int8):
        tags.append(np.concatenate([best_tags(table) for table in tables]))
        found = f1_by_kind(gold, tables, len(codebook.labels))
        scores.append(float(np.mean([one for one in found if one is not None] or [0.0])))
    same = float((tags[0] == tags[1]).mean())
    largest = max(float(np.abs(a - b).max(initial=0)) for a, b in zip(fp32, int8, strict=True))
    return _verdict(same, "words", scores[1] - scores[0], largest, split, len(rows))


def _verdict(
    agreement: float,
    what: str,
    change: float,
    largest: float,
    split: str,
    rows: int,
) -> Quantized:
    reason = None
    if agreement < LEAST_AGREEMENT:
        reason = f"the same labels on {agreement:.2%} of the {what} ({LEAST_AGREEMENT:.1%} asked)"
    elif abs(change) > MOST_LOST:
        reason = f"macro-F1 changed by {100 * change:+.2f} points ({100 * MOST_LOST} allowed)"
    return Quantized(
        written=reason is None,
        reason=reason,
        activations=False,
        split=split,
        rows=rows,
        agreement=agreement,
        largest=largest,
        macro_f1_change=change,
    )


def _table(said: Sequence[Prediction], codebook: Codebook) -> NDArray[np.float32]:
    rows = [[row.probabilities[name] for name in codebook.labels] for row in said]
    return np.array(rows, dtype=np.float32)
