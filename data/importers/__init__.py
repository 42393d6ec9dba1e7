"""One file a format: a path to labelled sentences; FORMATS is the only list of them."""

from collections.abc import Callable, Iterator
from pathlib import Path

from data.errors import BadInput, nearest
from data.importers import inline, jsonl, plv
from data.reading import existing
from data.records import Sentence

Refuse = Callable[[BadInput], None]

FORMATS: dict[str, Callable[[Path, Refuse], Iterator[Sentence]]] = {
    "inline": inline.read,
    "jsonl": jsonl.read,
    "plv": plv.read,
}
_ENDINGS = {".txt": "inline", ".jsonl": "jsonl", ".tsv": "plv"}


def read_sentences(
    path: Path, format: str | None = None, refuse: Refuse | None = None
) -> Iterator[Sentence]:
    """The labelled sentences of a file (or of a folder of inline articles).

    `refuse` receives each bad row and reading goes on; without it the first one raises BadInput.
    """
    existing(path, "labelled sentences")
    name = format or ("inline" if path.is_dir() else _ENDINGS.get(path.suffix, ""))
    if name not in FORMATS:
        fix = nearest(name, FORMATS) if format else f"name the format: {', '.join(FORMATS)}"
        raise BadInput("a known format", repr(format or path.suffix), fix, path=path)
    return FORMATS[name](path, refuse or _stop)


def _stop(error: BadInput) -> None:
    raise error
