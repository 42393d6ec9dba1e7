"""Encoders with broken files are refused, and never filled with random weights."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file

from data.errors import BadInput
from training.encoders import load_encoder, longest
from training.families.freezing import freeze_bottom


def edited(file: str, **changes) -> Callable[[Path], None]:
    """Changes keys of a JSON file; None removes one."""

    def change(folder: Path) -> None:
        content = json.loads((folder / file).read_text()) | changes
        kept = {key: value for key, value in content.items() if value is not None}
        (folder / file).write_text(json.dumps(kept))

    return change


def cut(file: str, size: int) -> Callable[[Path], None]:
    return lambda folder: (folder / file).write_bytes((folder / file).read_bytes()[:size]) and None


def without(*files: str) -> Callable[[Path], None]:
    return lambda folder: [(folder / file).unlink() for file in files] and None


def replaced(file: str, text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / file).write_text(text) and None


def more_words(folder: Path) -> None:
    content = json.loads((folder / "tokenizer.json").read_text())
    known = content["model"]["vocab"]
    known |= {f"zork{number}": len(known) + number for number in range(9)}
    (folder / "tokenizer.json").write_text(json.dumps(content))


def weights(change: Callable[[dict[str, torch.Tensor]], object]) -> Callable[[Path], None]:
    def changed(folder: Path) -> None:
        content = load_file(folder / "model.safetensors")
        change(content)
        save_file(content, folder / "model.safetensors", metadata={"format": "pt"})

    return changed


def not_a_number(content: dict[str, torch.Tensor]) -> None:
    next(part for name, part in content.items() if "query" in name).fill_(math.nan)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no pad token": (edited("tokenizer_config.json", pad_token=None), "a pad token in"),
    "no tokenizer": (
        without("tokenizer.json", "tokenizer_config.json"),
        "a tokenizer of the same model in",
    ),
    "tokenizer cut": (cut("tokenizer.json", 500), "tokenizer: "),
    "tokenizer of other JSON": (replaced("tokenizer.json", '{"a": 1}'), "tokenizer: KeyError"),
    "tokenizer of a larger model": (more_words, "found 203 tokens for 194 embeddings"),
    "no weights": (without("model.safetensors"), "weights: OSError"),
    "weights cut": (cut("model.safetensors", 50_000), "weights: SafetensorError"),
    "weights empty": (cut("model.safetensors", 0), "weights: SafetensorError"),
    "weights of another model": (
        weights(lambda content: content.clear() or content.update(zork=torch.zeros(3))),
        "weights for all that config.json names in",
    ),
    "weights of another size": (edited("config.json", hidden_size=64), "weights for all that"),
    "weights of fewer layers": (edited("config.json", num_hidden_layers=3), "weights for all that"),
    "weights not a number": (weights(not_a_number), "finite weights in"),
    "config not JSON": (replaced("config.json", "{no"), "config.json: OSError"),
    "config a list": (replaced("config.json", "[1]"), "config.json: "),
    "config of no known kind": (edited("config.json", model_type="zork"), "config.json: "),
    "a decoder too": (edited("config.json", is_encoder_decoder=True), "an encoder alone in"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_encoder_with_broken_files_is_refused_and_never_filled_with_random_weights(
    name, tiny_encoder, tmp_path
):
    folder = tmp_path / "encoder"
    shutil.copytree(tiny_encoder, folder)
    change, said = BROKEN[name]
    change(folder)
    with pytest.raises(BadInput) as caught:
        load_encoder(str(folder), ("mention",))
    assert said in str(caught.value) and str(folder) in str(caught.value)
    assert caught.value.fix


def test_a_pretrained_head_that_nobody_uses_may_be_missing(tiny_encoder):
    model, _, _ = load_encoder(str(tiny_encoder), ("mention",))
    assert model.pooler is not None, "the tiny encoder was saved without it"


def test_an_encoder_whose_attention_has_one_form_alone_is_taken(tiny_encoder, tmp_path):
    from transformers import DebertaV2Config, DebertaV2Model

    folder = tmp_path / "deberta"
    shutil.copytree(tiny_encoder, folder)
    options = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1}
    small = DebertaV2Config(vocab_size=194, intermediate_size=8, **options)
    DebertaV2Model(small).save_pretrained(folder)
    model, _, _ = load_encoder(str(folder), ("mention",))
    assert model.config.model_type == "deberta-v2" and longest(model) == 512


def test_layers_of_an_encoder_of_another_build_are_not_frozen():
    other = SimpleNamespace(modules=lambda: [torch.nn.ModuleList()])
    with pytest.raises(BadInput, match="whose layers can be frozen, found SimpleNamespace"):
        freeze_bottom(other, 1)


def test_positions_that_begin_behind_the_pad_token_are_not_all_there_are():
    def encoder(rows: int, padding: int | None) -> SimpleNamespace:
        table = torch.nn.Embedding(max(rows, 2), 2, padding_idx=padding)
        parts = SimpleNamespace(position_embeddings=table)
        return SimpleNamespace(
            config=SimpleNamespace(max_position_embeddings=rows), embeddings=parts
        )

    assert longest(encoder(512, None)) == 512 and longest(encoder(514, 1)) == 512
    assert longest(encoder(-1, None)) == 512, "relative positions"
    assert longest(SimpleNamespace(config=SimpleNamespace())) == 512
