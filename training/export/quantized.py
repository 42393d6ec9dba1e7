"""The int8 model: weights in eight bits, written only if it decides as the fp32 model does."""

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from data.codebook import Codebook
from data.records import Example
from tagging.artifact import Prediction
from tagging.card import Quantized
from training.calibration import decided_macro_f1
from training.families.base import targets

LEAST_AGREEMENT = 0.995  # of the rows have the same labels
MOST_LOST = 0.005  # of macro-F1, either way


def write_int8(graph: Path, to: Path) -> None:
    """Quantizes the weights a channel; activations at run time (onnxruntime's dynamic mode)."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    model = onnx.load(str(graph))
    del model.graph.value_info[:]  # shapes of before, which the quantizer trips over
    logging.getLogger().addFilter(_no_advice)
    with tempfile.TemporaryDirectory() as scratch:
        bare = Path(scratch) / "bare.onnx"
        onnx.save(model, str(bare))
        quantize_dynamic(bare, to, per_channel=True, weight_type=QuantType.QInt8)
    logging.getLogger().removeFilter(_no_advice)


def _no_advice(line: logging.LogRecord) -> bool:
    """The quantizer recommends its own preprocessing on the root logger."""
    return "pre-processing" not in line.getMessage()


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
    agreement = float(np.mean([a.labels == b.labels for a, b in zip(fp32, int8, strict=True)]))
    change = scores[1] - scores[0]
    reason = None
    if agreement < LEAST_AGREEMENT:
        reason = f"the same labels on {agreement:.2%} of the rows ({LEAST_AGREEMENT:.1%} asked)"
    elif abs(change) > MOST_LOST:
        reason = f"macro-F1 changed by {100 * change:+.2f} points ({100 * MOST_LOST} allowed)"
    return Quantized(
        written=reason is None,
        reason=reason,
        split=split,
        rows=len(rows),
        agreement=agreement,
        largest=float(np.abs(one - other).max()),
        macro_f1_change=change,
    )


def _table(said: Sequence[Prediction], codebook: Codebook) -> NDArray[np.float32]:
    rows = [[row.probabilities[name] for name in codebook.labels] for row in said]
    return np.array(rows, dtype=np.float32)
