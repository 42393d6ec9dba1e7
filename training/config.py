"""RunConfig: one YAML = one run; key=value overrides; unknown keys refused, all told at once."""

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from data.errors import BadInput
from data.splits import SplitConfig
from data.strict_yaml import read_yaml, validate
from training.calibration import Method
from training.families.majority import MajorityConfig
from training.families.probe import ProbeConfig
from training.families.tfidf import TfidfConfig
from training.families.transformer import TransformerConfig

FamilyConfig = Annotated[
    MajorityConfig | TfidfConfig | ProbeConfig | TransformerConfig, Field(discriminator="family")
]


class Source(BaseModel):
    """One set of labelled sentences; an auxiliary one only trains and is never held out.

    `weight` is how much each of its rows counts in the loss. `format` and `mapping` are those of
    `wiretag data import`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    path: str
    weight: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    auxiliary: bool = False
    format: str | None = None
    mapping: str | None = None


class RunConfig(BaseModel):
    """One run. `data` names sets of labelled sentences, or a folder that `data build` made.

    `precision` is the share of right decisions that abstaining shall bring. `per_event` teaches a
    model of mentions to answer for one event of the sentence, named in front of the text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    task: str
    data: tuple[Source, ...] = Field(min_length=1)
    labels: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    split: SplitConfig = SplitConfig()
    seeds: tuple[Annotated[int, Field(ge=0, lt=2**32)], ...] = Field(default=(1,), min_length=1)
    per_event: bool = False
    calibration: Method = "auto"
    precision: float = Field(default=0.9, gt=0, le=1)
    out: str = "runs"
    model: FamilyConfig

    @field_validator("data", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """A path stands for a source of that path, and one source for a list of it."""
        values = value if isinstance(value, list | tuple) else [value]
        return [{"path": each} if isinstance(each, str) else each for each in values]

    @field_validator("seeds", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        return value if isinstance(value, list | tuple) else [value]

    @field_validator("seeds", "labels")
    @classmethod
    def _once(cls, value: tuple[Any, ...] | None, field: ValidationInfo) -> Any:
        if value and len(set(value)) < len(value):
            raise ValueError(f"each {str(field.field_name).removesuffix('s')} once")
        return value

    @model_validator(mode="after")
    def _something_held_out(self) -> "RunConfig":
        if all(source.auxiliary for source in self.data):
            raise ValueError("one set of the data at least must not be auxiliary")
        return self

    @property
    def seed(self) -> int:
        """The seed of a single run; `one_seed` makes the configs of several."""
        return self.seeds[0]

    def one_seed(self, seed: int) -> "RunConfig":
        """The same run with that seed alone."""
        return self.model_copy(update={"seeds": (seed,)})


def load_config(path: Path, overrides: list[str] | None = None) -> RunConfig:
    """The file's config with `key=value` overrides (dots go into sections; values are YAML)."""
    content = read_yaml(path)
    for override in overrides or []:
        _override(content, override)
    return validate(content, RunConfig, path)


def _override(content: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise BadInput("an override key=value", repr(override), "as in model.epochs=4")
    *sections, last = key.split(".")
    for section in sections:
        content = content.setdefault(section, {})
        if not isinstance(content, dict):
            raise BadInput("a section", repr(key), f"{section!r} holds a value")
    content[last] = _value(value)


def _value(text: str) -> Any:
    """The value as YAML reads it, and 1e-4 as the number it is meant to be."""
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        raise BadInput("a value", repr(text), "quote it") from None
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def to_yaml(config: RunConfig) -> str:
    """The filled-in config, every value explicit."""
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
