"""What foreign labels mean here: one YAML a set of labels, so that no importer holds names."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from data.codebook import load_codebook
from data.errors import BadInput, nearest
from data.records import ACTOR_ROLES, PLACE_ROLES, MentionKind, Role
from data.strict_yaml import parse_model

FOLDER = Path(__file__).parent / "importers" / "mappings"
NO_EVENT = "NONE"
ROLES_OF = {"both": ("source", "target"), "other": (), "bystander": ()}
Unit = Literal["code_points", "utf16", "bytes"]


class SpanMeaning(BaseModel):
    """What a foreign span label is: a kind of mention and the roles that it plays (or none)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: MentionKind
    roles: tuple[str, ...] = ()
    derived: bool = False

    @model_validator(mode="after")
    def _known(self) -> "SpanMeaning":
        known = ACTOR_ROLES if self.kind == "actor" else PLACE_ROLES
        for name in self.roles:
            if name not in known:
                raise ValueError(f"{name!r} is no role of a mention of kind {self.kind}")
        return self


class Mapping(BaseModel):
    """How a foreign set reads.

    `event_types`: their label -> PLOVER codes; an empty list is "no event", null says that our
    codes cannot express it (the row then counts as incomplete). `spans`: their label -> a mention,
    null reads over it. `columns`: our key -> their column, for tables.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    source: str = ""
    license: str = ""
    complete: bool = True
    offsets: Unit | None = None  # None: the unit that the tool is known to count in
    columns: dict[str, str] = Field(default_factory=dict)
    event_types: dict[str, tuple[str, ...] | None] = Field(default_factory=dict)
    spans: dict[str, SpanMeaning | None] = Field(default_factory=dict)

    def types_of(self, label: str) -> tuple[str, ...] | None:
        """The event types that a foreign label stands for; None if ours cannot express it."""
        if label not in self.event_types:
            raise BadInput(
                "an event label of the mapping",
                repr(label),
                f"{nearest(label, self.event_types)} or add it to the mapping",
            )
        return self.event_types[label]

    def span_of(self, label: str) -> tuple[MentionKind, tuple[Role, ...]] | None:
        """Kind and roles that a foreign span label stands for; None if it is read over."""
        if label not in self.spans:
            raise BadInput(
                "a span label of the mapping",
                repr(label),
                f"{nearest(label, self.spans)} or add it to the mapping",
            )
        meaning = self.spans[label]
        return None if meaning is None else (meaning.kind, tuple(map(Role, meaning.roles)))


@lru_cache
def load_mapping(name: str) -> Mapping:
    """The mapping of that name in data/importers/mappings, "own", or the YAML at that path."""
    if name == "own":
        return _own()
    path = Path(name) if name.endswith((".yaml", ".yml")) else FOLDER / f"{name}.yaml"
    if not path.exists():
        known = ["own", *(file.stem for file in FOLDER.glob("*.yaml"))]
        raise BadInput("a mapping's name or path", repr(name), nearest(name, known))
    return parse_model(path, Mapping)


def _own() -> Mapping:
    """Labels named as they are here: PLOVER's codes and PLV's, NONE, and the role names."""
    codes = dict.fromkeys((*load_codebook("event_type").labels, *load_codebook("plv_root").labels))
    actors = {name: (name,) for name in ACTOR_ROLES} | ROLES_OF
    spans = {name: SpanMeaning(kind="actor", roles=roles) for name, roles in actors.items()}
    spans |= {name: SpanMeaning(kind="place", roles=(name,)) for name in PLACE_ROLES}
    return Mapping(
        event_types={code: (code,) for code in codes} | {NO_EVENT: ()},
        spans=dict(spans),
    )
