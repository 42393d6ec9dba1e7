"""One file a format: a path to labelled sentences; FORMATS is the only list of them."""

from collections.abc import Callable, Iterable, Iterator
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


def read_all(paths: Iterable[Path]) -> list[Sentence]:
    """The sentences of all the paths. Raises BadInput for an id that stands in two of them."""
    found: dict[str, Sentence] = {}
    for path in paths:
        for sentence in read_sentences(path):
            if sentence.id in found:
                raise BadInput(
                    "each id once over all data",
                    f"{sentence.id!r} again",
                    "name each set once and make the ids unique",
                    path=sentence.where or path,
                )
            found[sentence.id] = sentence
    return list(found.values())


def _stop(error: BadInput) -> None:
    raise error
