"""A codebook: the meaning of a task's labels, one YAML; its hash travels with all that uses it."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.canonical import codebook_hash
from data.errors import BadInput, nearest
from data.strict_yaml import parse_model

FOLDER = Path(__file__).parent / "codebooks"


class CounterExample(BaseModel):
    """A text that looks like the label, the label it has instead, and why."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    text: str
    instead: str
    why: str


class Label(BaseModel):
    """One label with its definition, examples and counter-examples."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(min_length=1)
    group: str
    definition: str
    examples: tuple[str, ...] = Field(min_length=1)
    counter_examples: tuple[CounterExample, ...] = ()


class Codebook(BaseModel):
    """A task: what an example is, its labels in their order, and how many of them may hold.

    Of kind `spans` the labels are kinds of stretches of the text, any number of each.
    `merges` names codes of a finer scheme that are one label here: CONCEDE -> YIELD.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[A-Za-z0-9_-]+$")  # a dataset's folder is named so
    version: int = Field(ge=1)
    example: Literal["sentence", "actor", "place"]
    kind: Literal["single", "multi", "spans"]
    marks: tuple[str, ...] = ()
    none: str | None = None
    merges: dict[str, str] = Field(default_factory=dict)
    label_entries: tuple[Label, ...] = Field(alias="labels", min_length=2)

    @model_validator(mode="after")
    def _consistent(self) -> "Codebook":
        names = self.labels
        if len(set(names)) != len(names):
            raise ValueError("a label is named twice")
        if (self.kind == "multi") != (self.none is not None):
            raise ValueError(
                "'none' names the empty label set: give it for kind multi and for no other"
            )
        for finer, label in self.merges.items():
            if finer in names or label not in names:
                raise ValueError(f"merges: {finer} -> {label} must lead from no label to a label")
        if self.example != "sentence" and self.marks != ("mention",):
            raise ValueError("an example that is a mention has the marks [mention]")
        if self.spans and (self.example != "sentence" or self.marks):
            raise ValueError("kind spans is of sentences without marks")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(entry.name for entry in self.label_entries)

    @property
    def multi(self) -> bool:
        return self.kind == "multi"

    @property
    def spans(self) -> bool:
        return self.kind == "spans"

    @property
    def groups(self) -> dict[str, str]:
        """Label name -> the group it belongs to (for event types: PLOVER's quad class)."""
        return {entry.name: entry.group for entry in self.label_entries}

    @property
    def hash(self) -> str:
        """sha256 of the canonical content."""
        return codebook_hash(self.model_dump(by_alias=True))


@lru_cache
def load_codebook(name: str) -> Codebook:
    """The codebook of that name in data/codebooks, or the YAML file at that path."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.exists():
        known = (file.stem for file in FOLDER.glob("*.yaml"))
        raise BadInput("a codebook's name or path", repr(name), nearest(name, known))
    return parse_model(path, Codebook)
