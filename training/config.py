"""RunConfig: one YAML = one run; key=value overrides; unknown keys refused, all told at once."""

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from data.errors import BadInput
from data.splits import SplitConfig
from data.strict_yaml import read_yaml, validate
from training.families.majority import MajorityConfig
from training.families.tfidf import TfidfConfig
from training.families.transformer import TransformerConfig

FamilyConfig = Annotated[
    MajorityConfig | TfidfConfig | TransformerConfig, Field(discriminator="family")
]


class RunConfig(BaseModel):
    """One run. `data` names labelled sentences, or one folder that `wiretag data build` made."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    task: str
    data: tuple[str, ...] = Field(min_length=1)
    labels: tuple[str, ...] | None = None
    split: SplitConfig = SplitConfig()
    seed: int = Field(default=1, ge=0)
    out: str = "runs"
    model: FamilyConfig


def load_config(path: Path, overrides: list[str] | None = None) -> RunConfig:
    """The file's config with `key=value` overrides (dots go into sections; values are YAML)."""
    content = read_yaml(path)
    for override in overrides or []:
        _override(content, override)
    if isinstance(content.get("data"), str):
        content["data"] = [content["data"]]
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
