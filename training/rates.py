"""How fast which part of a model learns: the optimizer's groups, and the rate over the steps."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from training.families.transformer import MarkedClassifier, TransformerConfig


def optimizer_of(model: "MarkedClassifier", config: "TransformerConfig") -> torch.optim.AdamW:
    """AdamW whose groups know their `rate`: each layer's is `layer_decay` times the one's above.

    Rates that fall towards the input are of Howard and Ruder (2018).
    """
    decay, groups = config.layer_decay, []
    for depth, parameters in enumerate(_from_the_top(model.encoder)):
        groups.append({"params": parameters, "rate": config.learning_rate * decay**depth})
    groups.append({"params": list(model.head.parameters()), "rate": config.head_learning_rate})
    trained = [group for group in groups if group["params"]]
    return torch.optim.AdamW(trained, weight_decay=config.weight_decay, fused=True)


def _from_the_top(encoder: nn.Module) -> Iterator[list[nn.Parameter]]:
    """The trained parameters of the last layer, of the one below it, …, of all that is no layer."""
    stack: Any = next(part for part in encoder.modules() if isinstance(part, nn.ModuleList))
    seen: set[nn.Parameter] = set()
    for layer in reversed(stack):
        own = [parameter for parameter in layer.parameters() if parameter.requires_grad]
        seen.update(own)
        yield own
    yield [one for one in encoder.parameters() if one.requires_grad and one not in seen]


def rate(step: int, steps: int, warmup: float) -> float:
    """Linear warm-up over the first share of the steps, then linear decay to 0."""
    first = max(1, round(steps * warmup))
    return (step + 1) / first if step < first else max(0.0, (steps - step) / max(1, steps - first))
