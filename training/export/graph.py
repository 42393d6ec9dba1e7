"""A trained encoder as one ONNX graph: input_ids, attention_mask, pool (traits) -> logits."""

import logging
import warnings
from pathlib import Path
from typing import Any

import torch

from data.codebook import Codebook
from tagging.mention_traits import TRAITS
from training.families.freezing import plain_copy


def write_onnx(model: Any, codebook: Codebook, path: Path) -> None:
    """Writes the fp32 graph with dynamic batch and length, weights inside the file."""
    rows, length = 2, 8
    pooled = 3 if codebook.spans else 1 + 2 * len(codebook.marks)
    ids = torch.ones((rows, length), dtype=torch.long)
    feed = {
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
        "pool": torch.full((rows, pooled, length), 1 / length),
    }
    batch, time, words = (torch.export.Dim(name) for name in ("batch", "time", "words"))
    shapes: dict[str, dict[int, Any]] = {
        "input_ids": {0: batch, 1: time},
        "attention_mask": {0: batch, 1: time},
        "pool": {0: batch, 2: time},
    }
    if codebook.spans:
        feed["traits"] = torch.zeros((rows, pooled, TRAITS))
        shapes["pool"][1] = words
        shapes["traits"] = {0: batch, 1: words}
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            plain_copy(model),
            tuple(feed.values()),
            str(path),
            dynamo=True,
            input_names=list(feed),
            output_names=["logits"],
            dynamic_shapes=shapes,
            external_data=False,
            verbose=False,
        )
