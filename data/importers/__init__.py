"""One file a format: a path to labelled sentences; FORMATS is the only list of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from data.errors import BadInput, nearest
from data.importers import (
    acled,
    brat,
    case2021,
    doccano,
    inception,
    inline,
    jsonl,
    label_studio,
    plv,
    prodigy,
    rams,
    table,
    wikievents,
)
from data.mapping import Mapping, load_mapping
from data.reading import Refuse, Seen, existing
from data.records import Sentence


@dataclass(frozen=True)
class Plain:
    """A format of our own labels, which no mapping changes."""

    read: Callable[[Path, Refuse], Iterator[Sentence]]


@dataclass(frozen=True)
class Mapped:
    """A format with foreign labels; `mapping` is read where the user names none."""

    read: Callable[[Path, Refuse, Mapping], Iterator[Sentence]]
    mapping: str = "own"


FORMATS: dict[str, Plain | Mapped] = {
    "inline": Plain(inline.read),
    "jsonl": Plain(jsonl.read),
    "plv": Plain(plv.read),
    "table": Mapped(table.read),
    "label-studio": Mapped(label_studio.read),
    "doccano": Mapped(doccano.read),
    "prodigy": Mapped(prodigy.read),
    "brat": Mapped(brat.read),
    "inception": Mapped(inception.read),
    "case2021": Mapped(case2021.read, "case2021"),
    "rams": Mapped(rams.read, "rams"),
    "wikievents": Mapped(wikievents.read, "wikievents"),
    "acled": Mapped(acled.read, "acled"),
}
_ENDINGS = {".txt": "inline", ".jsonl": "jsonl", ".tsv": "plv", ".csv": "table"}


def read_sentences(
    path: Path,
    format: str | None = None,
    refuse: Refuse | None = None,
    mapping: str | None = None,
) -> Iterator[Sentence]:
    """The labelled sentences of a file (or of a folder of inline articles).

    `refuse` receives each bad row and reading goes on; without it the first one raises BadInput.
    `mapping` names a mapping or its YAML, for the formats that bring their own labels.
    """
    existing(path, "labelled sentences")
    name = format or ("inline" if path.is_dir() else _ENDINGS.get(path.suffix, ""))
    if name not in FORMATS:
        fix = nearest(name, FORMATS) if format else f"name the format: {', '.join(FORMATS)}"
        raise BadInput("a known format", repr(format or path.suffix), fix, path=path)
    found = FORMATS[name]
    if isinstance(found, Mapped):
        meaning = load_mapping(mapping or found.mapping)
        rows = found.read(path, refuse or _stop, meaning)
        return (replace(row, license=meaning.license or row.license) for row in rows)
    if mapping:
        raise BadInput("no mapping", repr(mapping), f"{name} holds our own labels", path=path)
    return found.read(path, refuse or _stop)


def read_each(paths: Iterable[Path]) -> Iterator[Sentence]:
    """The sentences of all the paths, as they stream by; `different` guards their ids."""
    return different(sentence for path in paths for sentence in read_sentences(path))


def different(sentences: Iterable[Sentence]) -> Iterator[Sentence]:
    """The sentences; raises BadInput for an id that comes again."""
    seen = Seen()
    for sentence in sentences:
        if not seen.add(sentence.id):
            raise BadInput(
                "each id once over all data",
                f"{sentence.id!r} again",
                "name each set once and make the ids unique",
                path=sentence.where or None,
            )
        yield sentence


def _stop(error: BadInput) -> None:
    raise error
