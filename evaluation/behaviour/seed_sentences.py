"""Seed sentences of the behaviour tests: one line each with inline marks, and slots for names."""

from string import Template
from typing import Annotated, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field

from data.codebook import load_codebook
from data.dataset import TASKS
from data.errors import BadInput
from data.examples import check_labels
from data.importers.inline import read_marks
from data.records import PLACE_ROLES, Mention, Role, Sentence


class NameSet(BaseModel):
    """The names of one country, and an invented person from there."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    country: str
    demonym: str
    capital: str
    city: str
    town: str
    person: str


class NameTable(BaseModel):
    """Several NameSets a region."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    regions: dict[str, Annotated[tuple[NameSet, ...], Field(min_length=2)]]


def read_seed(line: str, name: str) -> Sentence:
    """The sentence of a line `types :: sentence with {surface|labels}`. Raises BadInput."""

    def refuse(expected: str, found: str, fix: str) -> NoReturn:
        raise BadInput(expected, f"{found} in seed {name!r}", fix)

    types, cut, marked = line.partition(" :: ")
    if not cut:
        refuse("'types :: sentence'", repr(line[:60]), "see data/corpus/GUIDE.md")
    text, marks = read_marks(marked, refuse)
    sentence = Sentence(
        id=name,
        doc_id=name,
        text=text,
        mentions=tuple(_mention(*mark) for mark in marks),
        event_types=() if types == "none" else tuple(types.split(", ")),
    )
    for task in TASKS:
        check_labels(sentence, load_codebook(task))
    return sentence


def _mention(start: int, end: int, field: str) -> Mention:
    names = [part.strip().partition(":")[0] for part in field.split(",")]
    if names == ["bystander"]:
        return Mention(start, end, "actor")
    kind: Literal["actor", "place"] = "place" if names[0] in PLACE_ROLES else "actor"
    return Mention(start, end, kind, tuple(Role(name) for name in names))


def filled(line: str, seed: str, names: NameSet, others: NameSet) -> str:
    """The line with `names` in its slots ($city), and `others` in those with a 2 ($city2)."""
    values = names.model_dump()
    values |= {f"{slot}2": name for slot, name in others.model_dump().items()}
    try:
        return Template(line).substitute(values)
    except (KeyError, ValueError) as error:
        found = f"{error} in seed {seed!r}"
        raise BadInput(f"the slots {', '.join(values)}", found, "mend the slot") from None
