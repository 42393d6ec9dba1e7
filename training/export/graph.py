"""A trained encoder as one ONNX graph: input_ids, attention_mask, pool -> logits."""

import logging
import warnings
from pathlib import Path

import torch

from data.codebook import Codebook
from training.families.transformer import MarkedClassifier, plain_copy


def write_onnx(model: MarkedClassifier, codebook: Codebook, path: Path) -> None:
    """Writes the fp32 graph with dynamic batch and length, weights inside the file."""
    model = plain_copy(model)
    rows, length = 2, 8
    ids = torch.ones((rows, length), dtype=torch.long)
    pool = torch.full((rows, 1 + 2 * len(codebook.marks), length), 1 / length)
    batch, time = torch.export.Dim("batch"), torch.export.Dim("time")
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (ids, torch.ones_like(ids), pool),
            str(path),
            dynamo=True,
            input_names=["input_ids", "attention_mask", "pool"],
            output_names=["logits"],
            dynamic_shapes={
                "input_ids": {0: batch, 1: time},
                "attention_mask": {0: batch, 1: time},
                "pool": {0: batch, 2: time},
            },
            external_data=False,
            verbose=False,
        )
