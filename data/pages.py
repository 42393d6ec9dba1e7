"""What every page and file that the project writes shares: escaping templates, whole files."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from data.errors import refuse_folder

# Characters that HTML forbids, terminals obey, or that turn the order of letters round.
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


def visible(text: str) -> str:
    """The text with a visible mark for each character that acts but is not seen."""
    return _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _finalize(value: Any) -> Any:
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def templates_in(folder: Path, finalize: Callable[[Any], Any] = _finalize) -> Environment:
    """The folder's templates: everything escaped, an unknown name is an error."""
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=finalize,
    )


def write_whole(path: Path, text: str) -> None:
    """Writes the file whole or not at all; its folder is made. Raises BadInput for a folder."""
    refuse_folder(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
