"""The manifest: the sha256 of every file, written last, checked before anything is parsed."""

import hashlib
import json
from pathlib import Path

from data.errors import BadInput

NAME = "MANIFEST.json"


def file_hash(path: Path) -> str:
    """sha256 of the file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path) -> None:
    """Lists every file of the folder; that there is a manifest means that the folder is whole."""
    files = {path.name: file_hash(path) for path in sorted(folder.iterdir()) if path.name != NAME}
    (folder / NAME).write_text(json.dumps({"files": files}, indent=2) + "\n", encoding="utf-8")


def verify(folder: Path) -> str:
    """Checks that the folder holds just its manifest's files, unchanged; returns its hash."""
    path = folder / NAME
    if not folder.is_dir() or not path.is_file():
        raise BadInput(f"an artifact folder with {NAME}", "none", "name the folder", path=folder)
    try:
        files = json.loads(path.read_bytes())["files"]
        expected = {str(name): str(digest) for name, digest in files.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise BadInput(
            "a manifest of file hashes", "something else", "export again", path=path
        ) from None
    present = {entry.name: entry for entry in folder.iterdir() if entry.name != NAME}
    if strange := sorted(set(present) ^ set(expected)):
        raise BadInput(
            "exactly the files of the manifest",
            f"a difference: {', '.join(strange)}",
            "export again",
            path=folder,
        )
    for name, entry in present.items():
        if entry.is_symlink() or not entry.is_file():
            raise BadInput("plain files", f"{name!r} is none", "export again", path=folder)
        if file_hash(entry) != expected[name]:
            raise BadInput(
                f"the sha256 {expected[name][:16]}… of {name}",
                "other content",
                "the file was changed or damaged: export again",
                path=entry,
            )
    return file_hash(path)
