"""Plain JSON to frozen records: every key known, every value of its type; no library needed."""

import json
import math
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
SCALARS: dict[Any, tuple[type, ...]] = {
    str: (str,),
    bool: (bool,),
    int: (int,),
    float: (float, int),
}


def read_json(content: bytes) -> Any:
    """Strict JSON in UTF-8: no repeated keys, no NaN. Raises ValueError."""
    try:
        return json.loads(content.decode(), object_pairs_hook=_unique, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def record(kind: type[Record], content: object, place: str = "the content") -> Record:
    """The dataclass that the JSON object holds. Raises ValueError that names the place."""
    if not isinstance(content, dict):
        raise ValueError(f"{place} is no object")
    hints = get_type_hints(kind)
    known = fields(kind)  # type: ignore[arg-type]
    if strange := sorted(set(content) - {field.name for field in known}):
        raise ValueError(f"unknown key {strange[0]!r} in {place}")
    found = {}
    for field in known:
        if field.name in content:
            at = f"{place}.{field.name}"
            found[field.name] = _value(hints[field.name], content[field.name], at)
        elif field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"no {field.name!r} in {place}")
    return kind(**found)


def _value(kind: Any, content: Any, place: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _one_of(inner, content, place)
    if origin is Literal:
        if content not in inner:
            raise ValueError(f"{place} is {content!r} and none of {inner}")
        return content
    if origin is tuple:
        _typed(content, list, place)
        return tuple(_value(inner[0], each, f"{place}[{at}]") for at, each in enumerate(content))
    if origin is dict:
        _typed(content, dict, place)
        return {name: _value(inner[1], each, f"{place}.{name}") for name, each in content.items()}
    if is_dataclass(kind):
        return record(kind, content, place)  # type: ignore[arg-type]
    return _scalar(kind, content, place)


def _one_of(kinds: tuple[Any, ...], content: Any, place: str) -> Any:
    if content is None and NoneType in kinds:
        return None
    problem = None
    for kind in kinds:
        if kind is not NoneType:
            try:
                return _value(kind, content, place)
            except ValueError as error:
                problem = problem or error
    raise problem or ValueError(f"{place} is {content!r}")


def _scalar(kind: Any, content: Any, place: str) -> Any:
    right: bool = isinstance(content, SCALARS[kind])
    if not right or (isinstance(content, bool) and kind is not bool):
        raise ValueError(f"{place} is {type(content).__name__} and not {kind.__name__}")
    if kind is str:
        content.encode()  # a lone surrogate is no text: UnicodeEncodeError is a ValueError
    if kind is float and not math.isfinite(content):
        raise ValueError(f"{place} is not finite")
    return kind(content)


def _typed(content: Any, kind: type, place: str) -> None:
    if not isinstance(content, kind):
        raise ValueError(f"{place} is {type(content).__name__} and not {kind.__name__}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key twice")
    return found


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")
