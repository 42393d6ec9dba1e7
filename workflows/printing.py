"""What a verb prints: lines for people, one JSON object for programs."""

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]
Overrides = Annotated[
    list[str] | None, typer.Argument(metavar="[KEY=VALUE]...", help="As in model.epochs=4.")
]


def print_result(result: dict[str, Any], as_json: bool) -> None:
    """A line a key for people, or one JSON object."""
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    for key, value in result.items():
        text = _shown(value)
        typer.echo(f"{key}: {text}")


def _shown(value: Any) -> str:
    """A value for people: figures with their interval in points of 100, the rest as JSON."""
    if isinstance(value, dict) and not _is_figure(value) and any(map(_is_figure, _leaves(value))):
        return ", ".join(
            f"{name} {each['value']:.3f}"
            if name == "log_loss" and _is_figure(each)
            else f"{name} {_shown(each)}"
            for name, each in value.items()
        )
    if not _is_figure(value):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if value["value"] is None:
        return f"undefined ({value['reason']})"
    low, high = value["low"], value["high"]
    interval = f" [{100 * low:.1f}, {100 * high:.1f}]" if high is not None else ""
    return f"{100 * value['value']:.1f}{interval}"


def _leaves(value: dict[str, Any]) -> Iterator[Any]:
    """The values in it, those of inner sections too."""
    for each in value.values():
        yield each
        if isinstance(each, dict) and not _is_figure(each):
            yield from _leaves(each)


def _is_figure(value: Any) -> bool:
    return isinstance(value, dict) and {"value", "low", "high", "reason"} == set(value)
