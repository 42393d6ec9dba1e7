"""YAML that holds data only: no aliases, tags or repeated keys; all schema errors told at once."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from data.errors import BadInput, nearest
from data.reading import existing

MAX_BYTES = 1_000_000
Model = TypeVar("Model", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """The safe loader without aliases, tags and repeated keys."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "an alias", mark)
        if tag := getattr(self.peek_event(), "tag", None):  # type: ignore[no-untyped-call]
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, f"the tag {tag}", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key that is no plain value", key.start_mark
                )
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Raises BadInput with file:line."""
    existing(path, "a YAML file")
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise BadInput(f"a YAML file of at most {MAX_BYTES} bytes", f"{len(raw)}", path=path)
    try:
        content = yaml.load(raw.decode("utf-8"), Loader=_Loader)
    except UnicodeDecodeError:
        raise BadInput("UTF-8 text", "other bytes", "save the file as UTF-8", path=path) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadInput(
            "plain YAML (no aliases, tags or repeated keys)",
            str(error.problem),
            path=path,
            line=line,
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: a date 2014-02-31
        raise BadInput("plain YAML", str(error).split("\n")[0], path=path) from None
    if not isinstance(content, dict):
        raise BadInput("a YAML mapping", type(content).__name__, path=path)
    return content


def parse_model(path: Path, model: type[Model]) -> Model:
    """The file's content as that pydantic model."""
    return validate(read_yaml(path), model, path)


def validate(content: dict[str, Any], model: type[Model], path: Path | None = None) -> Model:
    """The content as that model, or one BadInput that lists every error and the nearest key."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = "; ".join(_describe(problem, model) for problem in error.errors())
        raise BadInput(f"a valid {model.__name__}", problems, path=path) from None


def _describe(problem: Any, model: type[BaseModel]) -> str:
    *parents, last = problem["loc"] or ("content",)
    known, place = _follow(model, parents)
    where = ".".join([*place, str(last)])
    if problem["type"] == "extra_forbidden":
        return f"unknown key {where!r} ({nearest(str(last), known)})"
    if problem["type"] == "missing":
        return f"no {where!r}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{where}: {message} (is {problem['input']!r:.60})"


def _follow(model: type[BaseModel], parents: list[Any]) -> tuple[set[str], list[str]]:
    """The keys known at a place of the schema, and the place without the tags of unions."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    node: dict[str, Any] = schema
    place = []
    for part in parents:
        if "discriminator" in node:
            node = {"$ref": node["discriminator"]["mapping"].get(part, "")}
        else:
            place.append(str(part))
            node = node.get("properties", {}).get(part) or node.get("items") or {}
        node = definitions.get(node.get("$ref", "").rpartition("/")[2], node)
    return set(node.get("properties", {})), place
