"""YAML that holds data only: no aliases, tags or repeated keys; all schema errors told at once."""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from data.errors import BadInput, nearest
from data.reading import NO_TEXT, read_text

MAX_BYTES = 200_000  # the loader reads some 100 kB a second
MAX_NUMBER = 40  # characters; 1:2:3 counts in sixties, slowly
MAX_DEPTH = 40
SHOWN = 10  # errors told of one file
LINE_ENDS = re.compile("[\x85\u2028\u2029]")  # ends of lines for YAML and for nobody else
Model = TypeVar("Model", bound=BaseModel)


class _Loader(yaml.SafeLoader):
    """The safe loader without aliases, tags, merges, repeated keys, depth and endless numbers."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if self.check_event(yaml.AliasEvent):
            raise yaml.composer.ComposerError(None, None, "an alias", event.start_mark)
        if tag := getattr(event, "tag", None):
            raise yaml.composer.ComposerError(None, None, f"the tag {tag}", event.start_mark)
        if self.depth == MAX_DEPTH:
            raise yaml.composer.ComposerError(None, None, "deep nesting", event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_scalar(self, node: Any) -> Any:
        problem = ""
        if found := NO_TEXT.search(node.value):
            problem = "a NUL character" if found[0] == "\0" else "a lone surrogate"
        elif len(node.value) > MAX_NUMBER and node.tag.endswith((":int", ":float")):
            problem = f"a number of more than {MAX_NUMBER} characters"
        if problem:
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_scalar(node)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key that is no plain value", key.start_mark
                )
            if key.tag == "tag:yaml.org,2002:merge":
                raise yaml.constructor.ConstructorError(None, None, "a merge key", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """The mapping in a YAML file. Raises BadInput with file:line."""
    text = read_text(path, "a YAML file", MAX_BYTES)
    if found := LINE_ENDS.search(text):
        at = text.count("\n", 0, found.start()) + 1
        raise BadInput("plain YAML", "a line separator", "write a line feed", path=path, line=at)
    try:
        content = yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise BadInput(
            "plain YAML (no aliases, tags, merges or repeated keys)",
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
        problems = [_describe(problem, model) for problem in error.errors()[:SHOWN]]
        if more := error.error_count() - len(problems):
            problems.append(f"and {more} more")
        raise BadInput(f"a valid {model.__name__}", "; ".join(problems), path=path) from None


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
            inner = node.get("items") or node.get("additionalProperties") or {}
            node = node.get("properties", {}).get(part) or inner
        node = definitions.get(node.get("$ref", "").rpartition("/")[2], node)
    return set(node.get("properties", {})), place
