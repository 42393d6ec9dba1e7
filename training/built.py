"""A dataset that `wiretag data build` made: the splits of it that training may open."""

import json
from pathlib import Path
from typing import Final

from data.codebook import Codebook
from data.errors import BadInput
from data.example_files import read_examples
from data.importers import read_sentences
from data.records import Example
from tagging.mention_examples import mention_examples

CARD: Final = "card.json"
SEEN: Final = ("train", "validation")


def is_built(path: Path) -> bool:
    """Whether the folder is such a dataset."""
    return (path / CARD).exists()


def built_rows(folder: Path, codebook: Codebook) -> list[list[Example]]:
    """The task's training and validation rows. Mentions are in the sentences of any dataset."""
    if codebook.spans:
        files = (folder / "sentences" / f"{name}.jsonl" for name in SEEN)
        return [mention_examples(read_sentences(file)) for file in files]
    if not (folder / codebook.name).is_dir():
        raise BadInput(f"a dataset of {codebook.name}", "none", "build it", path=folder)
    _check_built_with(codebook, folder / CARD)
    files = (folder / codebook.name / f"{name}.parquet" for name in SEEN)
    return [list(read_examples(file, codebook)) for file in files]


def dataset_identity(card: Path) -> str:
    """The sha256 that a built dataset's card gives it; empty for cards of before there was one."""
    return str(json.loads(card.read_bytes()).get("sha256", ""))


def _check_built_with(codebook: Codebook, card: Path) -> None:
    try:
        stamped = json.loads(card.read_bytes())["tasks"][codebook.name]["codebook_hash"]
    except (ValueError, KeyError, TypeError):
        stamped = None
    if stamped != codebook.hash:
        raise BadInput(
            f"a dataset built with this codebook {codebook.name}",
            "another codebook's",
            "build the dataset again",
            path=card,
        )
