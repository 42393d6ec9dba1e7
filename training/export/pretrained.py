"""The model in the files of transformers: model.safetensors, config.json, tokenizer_config.json.

Importing this module teaches transformers the model's type, and then
`pipeline("text-classification", model=FOLDER)` loads it. Without the import transformers refuses
the folder: none of its own classes pools as ours does, and one of them with a fresh head would
answer at random.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.modeling_outputs import SequenceClassifierOutput

from tagging.inputs import TextEncoder
from training.families.freezing import plain_copy
from training.families.transformer import FittedTransformer


class MarkedConfig(PreTrainedConfig):  # type: ignore[misc]
    """`encoder` is the encoder's own config, `markers` the ids of each mark's two tokens."""

    model_type = "wiretag"

    def __init__(
        self,
        encoder: dict[str, Any] | None = None,
        markers: list[list[int]] | None = None,
        **others: Any,
    ) -> None:
        self.encoder, self.markers = encoder or {}, markers or []
        super().__init__(**others)


class MarkedModel(PreTrainedModel):  # type: ignore[misc]
    """Encoder states pooled over the text, at each opening marker, and over each mark; a layer."""

    config_class = MarkedConfig

    def __init__(self, config: MarkedConfig) -> None:
        super().__init__(config)
        own = AutoConfig.for_model(**config.encoder)
        self.encoder = AutoModel.from_config(own)
        pooled = (1 + 2 * len(config.markers)) * own.hidden_size
        self.head = torch.nn.Linear(pooled, config.num_labels)
        self.post_init()

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor | None = None, **_: Any
    ) -> SequenceClassifierOutput:
        mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
        states = self.encoder(input_ids=input_ids, attention_mask=mask).last_hidden_state
        rows = [mask / mask.sum(dim=1, keepdim=True)]
        for first, last in self.config.markers:
            rows += _at(input_ids, mask, first, last)
        pooled = torch.bmm(torch.stack(rows, dim=1).to(states.dtype), states).flatten(1)
        return SequenceClassifierOutput(logits=self.head(pooled))


def _at(
    ids: torch.Tensor, mask: torch.Tensor, first: int, last: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """The pooling rows of a mark, (b, t) each: its opening token, and all up to its closing one."""
    opens = (ids == first).int().cumsum(dim=1).clamp(max=1)
    closed = (ids == last).int().cumsum(dim=1).clamp(max=1)
    before = torch.cat([torch.zeros_like(closed[:, :1]), closed[:, :-1]], dim=1)
    inside = (opens * (1 - before) * mask).float()
    start = torch.cat([opens[:, :1], opens[:, 1:] - opens[:, :-1]], dim=1).float()
    return start, inside / inside.sum(dim=1, keepdim=True).clamp(min=1)


AutoConfig.register("wiretag", MarkedConfig)
AutoModelForSequenceClassification.register(MarkedConfig, MarkedModel)


def write_pretrained(fitted: FittedTransformer, stage: Path) -> None:
    """Writes the three files; tokenizer.json lies beside them."""
    codebook, encoder = fitted.codebook, fitted.text_encoder
    assert isinstance(encoder, TextEncoder)
    weights = plain_copy(fitted.model)
    own = weights.encoder.config.to_dict()
    config = MarkedConfig(
        encoder={name: value for name, value in own.items() if name != "_name_or_path"},
        markers=[encoder.marker_ids(mark) for mark in codebook.marks],
        id2label=dict(enumerate(codebook.labels)),
        label2id={name: place for place, name in enumerate(codebook.labels)},
        problem_type=f"{'multi' if codebook.multi else 'single'}_label_classification",
        pad_token_id=fitted.pad_id,
    )
    model = MarkedModel(config)
    model.load_state_dict(weights.state_dict())
    model.save_pretrained(stage)
    # safetensors writes for the owner alone, and an artifact is for services of other users.
    shutil.copymode(stage / "config.json", stage / "model.safetensors")
    _write_tokenizer(fitted, stage / "tokenizer_config.json")


def _write_tokenizer(fitted: FittedTransformer, path: Path) -> None:
    pad = fitted.text_encoder.tokenizer.id_to_token(fitted.pad_id)
    content = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": fitted.text_encoder.max_length,
        "pad_token": pad,
        "clean_up_tokenization_spaces": False,
    }
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
