"""What an artifact holds beside the model that was scored: int8, transformers' files, golden."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from data.codebook import Codebook
from data.records import Example
from tagging.artifact import opened, write_card
from tagging.card import ArtifactCard, Quantized
from tagging.golden import GOLDEN, write_golden
from tagging.inputs import TextEncoder
from tagging.runtimes import INT8, ONNX
from training.families.base import Fitted
from training.families.transformer import FittedTransformer
from training.sources import TrainingData

ROWS = 1_000  # of training data, to compare int8 on, where no row validates


def publish(
    stage: Path,
    fields: dict[str, Any],
    fitted: Fitted,
    codebook: Codebook,
    data: TrainingData,
    lean: bool = False,
) -> ArtifactCard:
    """Fills the stage: model, card, golden answers; int8 and transformers' files unless `lean`.

    `fields` are those of the card that the family does not know.
    """
    card = ArtifactCard(**fields, **fitted.write(stage))
    if isinstance(fitted, FittedTransformer) and not lean:
        if isinstance(fitted.text_encoder, TextEncoder):  # transformers has no head on words
            from training.export.pretrained import write_pretrained

            write_pretrained(fitted, stage)
        card = replace(card, int8=_quantize(stage, card, codebook, data))
    write_card(card, codebook, stage)
    ask = opened(stage, card).answers
    quantized = opened(stage, card, int8=True).answers if (stage / INT8).exists() else None
    write_golden(stage / GOLDEN, card.marks, ask, quantized)
    return card


def _quantize(stage: Path, card: ArtifactCard, codebook: Codebook, data: TrainingData) -> Quantized:
    """Writes an int8 model that decides as fp32 does, or else none."""
    from training.export.quantized import judged, judged_words, write_int8

    split, rows = _rows(data)

    def ask(int8: bool) -> Any:
        model = opened(stage, card, int8)
        return model.word_tables([r.text for r in rows]) if codebook.spans else model.predict(rows)

    judge = judged_words if codebook.spans else judged
    fp32 = ask(int8=False)
    write_int8(stage / ONNX, stage / INT8)
    found = judge(fp32, ask(int8=True), rows, codebook, card.thresholds, split)
    if not found.written:
        (stage / INT8).unlink()
    return found


def _rows(data: TrainingData) -> tuple[str, Sequence[Example]]:
    if data.validation:
        return "validation", data.validation
    return "train", data.train[:: max(1, len(data.train) // ROWS)]
