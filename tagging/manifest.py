"""The manifest: the sha256 of every file, written last, checked before anything is parsed."""

import hashlib
import json
import os
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from data.errors import BadInput

NAME = "MANIFEST.json"
MAX_BYTES = 1_000_000  # of a manifest; one of twelve files takes 1,100
CHUNK = 1 << 20
HEAD = 16  # bytes of every file that tell its format


def file_hash(path: Path) -> str:
    """sha256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path) -> None:
    """Lists every file of the folder; that there is a manifest means that the folder is whole."""
    files = {path.name: file_hash(path) for path in sorted(folder.iterdir()) if path.name != NAME}
    (folder / NAME).write_text(json.dumps({"files": files}, indent=2) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Verified:
    """The manifest's own sha256; the bytes that were hashed, of wanted files all, else the first.

    `heads` has the first HEAD bytes of every file.
    """

    hash: str
    files: dict[str, bytes] = field(repr=False)
    heads: dict[str, bytes]


def verify(folder: Path, wanted: Collection[str] = (), beside: Collection[str] = ()) -> Verified:
    """Checks that the folder holds just its manifest's files, unchanged, none of them a link.

    What is parsed later are the bytes that were hashed, not the files, which may change meanwhile.
    `beside` names files that no manifest lists, for a signature is made of the whole folder.
    """
    path = folder / NAME
    if not folder.is_dir() or not path.is_file():
        raise BadInput(f"an artifact folder with {NAME}", "none", "name the folder", path=folder)
    content, digest = _read(path, MAX_BYTES + 1)
    expected = _listed(content, path)
    present = {entry.name for entry in folder.iterdir()} - {NAME, *beside}
    if strange := sorted(present ^ set(expected)):
        found = f"a difference: {', '.join(strange)}"
        wish = "exactly the files of the manifest"
        raise BadInput(wish, found, "export again", path=folder)
    files, heads = {}, {}
    for name in sorted(present):
        content, found = _read(folder / name, None if name in wanted else HEAD)
        if found != expected[name]:
            raise BadInput(
                f"the sha256 {expected[name][:16]}… of {name}",
                "other content",
                "the file was changed or damaged: export again",
                path=folder / name,
            )
        heads[name] = content[:HEAD]
        if name in wanted:
            files[name] = content
    return Verified(digest, files, heads)


def _listed(content: bytes, path: Path) -> dict[str, str]:
    """File name -> sha256, as the manifest says."""
    try:
        if len(content) > MAX_BYTES:
            raise ValueError
        return {str(name): str(digest) for name, digest in json.loads(content)["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        wanted = "a manifest of file hashes"
        raise BadInput(wanted, "something else", "export again", path=path) from None


def _read(path: Path, most: int | None) -> tuple[bytes, str]:
    """The plain file's first `most` bytes, or all, and the sha256 of all."""
    if path.is_symlink() or not path.is_file():
        wanted, found = "plain files", f"{path.name!r} is none"
        raise BadInput(wanted, found, "export again", path=path.parent)
    digest, kept, left = hashlib.sha256(), list[bytes](), most
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
    with open(os.open(path, flags), "rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
            if left is None:
                kept.append(chunk)
            elif left:
                kept.append(chunk[:left])
                left -= len(kept[-1])
    return b"".join(kept), digest.hexdigest()
