"""How often each label was trained on, as the card beside a dataset's splits tells."""

import json
from collections.abc import Mapping
from pathlib import Path


def training_rows(data: Path, task: str, dataset_hash: Mapping[str, str]) -> dict[str, int] | None:
    """Label -> rows in training, if `data` is a split of the dataset that the model learnt from.

    `data` is a file of <dataset>/sentences; the card must hold the training split's hash that the
    artifact's card has. None for any other file, and for a card that cannot be read.
    """
    card = data.parent.parent / "card.json"
    try:
        told = json.loads(card.read_bytes())["tasks"][task]
        if told["hash"]["train"] != dataset_hash["train"]:
            return None
        return {str(label): int(rows) for label, rows in told["labels"]["train"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
