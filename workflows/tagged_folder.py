"""A folder of tagged pages: written part by part, so that a kill costs one part and no byte."""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from data.errors import BadInput
from data.reading import parse_json, read_text
from training.lock import locked
from workflows.tagged_parts import FILES, Counts, joined, read_counts, sync

MANIFEST, BEGUN, PARTS = "tagged.json", "unfinished.json", "parts"
SCHEMA_VERSION: Final = 1
Request = dict[str, Any]  # what decides the output: artifacts, pages, versions; JSON
WritePart = Callable[[int, Path], Counts]


@contextmanager
def opened_folder(folder: Path, request: Request) -> Iterator["TaggedFolder"]:
    """The folder, held against other commands, to begin or to go on with.

    Raises BadInput where it belongs to another request, or to something else.
    """
    with locked(folder.resolve()):
        yield TaggedFolder(folder, request)


class TaggedFolder:
    """An output folder with its parts; opened by `opened_folder`."""

    def __init__(self, folder: Path, request: Request) -> None:
        self.folder, self.request, self.parts = folder, request, folder / PARTS
        self.counts = self._begin()

    def finish(self, parts: int, write: WritePart) -> Counts:
        """Has each missing part written, joins all; the counts of all pages."""
        if self.counts is not None:
            return self.counts
        places = [self.parts / f"{number:05}" for number in range(parts)]
        counts = Counts()
        for number, place in enumerate(places):
            counts += read_counts(place) if place.exists() else write(number, place)
        files = {name: _write(self.folder / name, joined(name, places)) for name in FILES}
        told = {"schema_version": SCHEMA_VERSION, "request": self.request}
        told |= {"counts": asdict(counts), "files": files}
        # written last: its existence means that the files are whole
        _write(self.folder / MANIFEST, _json(told))
        self._clear()
        return counts

    def has(self, part: int) -> bool:
        """Whether that part is written already."""
        return self.counts is not None or (self.parts / f"{part:05}").exists()

    def _begin(self) -> Counts | None:
        """Makes the folder ready to be filled; the counts of one that is finished."""
        if self.folder.exists() and not self.folder.is_dir():
            raise BadInput("a folder to write in", "a file", "name another", path=self.folder)
        manifest, begun = self.folder / MANIFEST, self.folder / BEGUN
        if manifest.exists():
            told = parse_json(read_text(manifest), MANIFEST)
            try:
                former, files, counts = told["request"], told["files"], Counts(**told["counts"])
            except (KeyError, TypeError):
                wanted = f"a {MANIFEST} of `wiretag tag`"
                fix = "name another folder"
                raise BadInput(wanted, "another file", fix, path=manifest) from None
            self._compare(former)
            self._check(files)
            self._clear()
            return counts
        if begun.exists():
            self._compare(parse_json(read_text(begun), BEGUN))
        else:
            self._refuse_strangers()
            self.folder.mkdir(parents=True, exist_ok=True)
            _write(begun, _json(self.request))
        self.parts.mkdir(exist_ok=True)
        return None

    def _compare(self, former: Request) -> None:
        names = sorted(former.keys() | self.request.keys())
        differing = [name for name in names if former.get(name) != self.request.get(name)]
        if differing:
            name = differing[0]
            then, now = (json.dumps(each.get(name)) for each in (former, self.request))
            rest = f" (and other {', '.join(differing[1:])})" if len(differing) > 1 else ""
            wanted = f"the same request as before: {name} {then}"
            fix = "name another folder, or remove this one"
            raise BadInput(wanted, f"{now}{rest}", fix, path=self.folder)

    def _check(self, files: dict[str, str]) -> None:
        for name, expected in files.items():
            path = self.folder / name
            if not path.exists() or _hash(path) != expected:
                wanted, fix = f"the file that {MANIFEST} names", "name another folder"
                raise BadInput(wanted, "a changed one, or none", fix, path=path)

    def _refuse_strangers(self) -> None:
        entries = sorted(self.folder.iterdir()) if self.folder.exists() else []
        strange = [entry.name for entry in entries if entry.name != BEGUN + ".part"]
        if strange:
            wanted = "an empty folder, or one of the same command"
            raise BadInput(wanted, strange[0], "name another folder", path=self.folder)

    def _clear(self) -> None:
        shutil.rmtree(self.parts, ignore_errors=True)
        (self.folder / BEGUN).unlink(missing_ok=True)


def _json(content: dict[str, Any]) -> list[bytes]:
    return [json.dumps(content, indent=2).encode() + b"\n"]


def _write(path: Path, chunks: Iterable[bytes]) -> str:
    """Writes the file whole, and waits until it is on the disk; its sha256."""
    part, digest = path.with_name(path.name + ".part"), sha256()
    with part.open("wb") as out:
        for chunk in chunks:
            out.write(chunk)
            digest.update(chunk)
    sync(part)
    os.replace(part, path)
    sync(path.parent)
    return digest.hexdigest()


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def code_hash(folders: Sequence[Path]) -> str:
    """Of the Python files and tables that make the output, without the labelled articles."""
    digest = sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = path.relative_to(folder)
            if path.suffix in (".py", ".csv", ".txt", ".yaml") and name.parts[0] != "corpus":
                digest.update(f"{name}\0".encode() + path.read_bytes())
    return digest.hexdigest()
