"""What training changes in a model and its optimizer, by name; and the hash of what it leaves."""

import hashlib

import torch
from tokenizers import Tokenizer
from torch import nn

from training.checkpoint import Tensors


def trained_weights(model: nn.Module) -> Tensors:
    """The model's state without the frozen parameters."""
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
    state = model.state_dict()
    return {name: t.detach() for name, t in state.items() if name not in frozen}


def base_hash(model: nn.Module, tokenizer: Tokenizer) -> str:
    """The hash of what training leaves as it was: frozen parameters and the tokenizer."""
    digest = hashlib.sha256(tokenizer.to_str().encode())
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            digest.update(name.encode())
            digest.update(parameter.detach().cpu().contiguous().numpy())
    return digest.hexdigest()


def moments(optimizer: torch.optim.Optimizer) -> Tensors:
    """The optimizer's state: `<parameter's number>.<name>` to tensor."""
    return {
        f"{number}.{name}": value
        for number, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
    }


def set_moments(optimizer: torch.optim.Optimizer, found: Tensors) -> None:
    """Gives the optimizer that state; the rates stay its own."""
    state: dict[int, Tensors] = {}
    for key, value in found.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict(optimizer.state_dict() | {"state": state})
