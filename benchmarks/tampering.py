"""How many changes of an artifact are refused before anything of it is parsed.

    python benchmarks/tampering.py ARTIFACT [--flips 10000] [--edits 1000] [--payloads 60]

Flips are single bits at random places of random files. Edits add, rename, remove, link, cut or
swap files, labels, versions and tokenizers, and leave the manifest as it is or, where a loader
could be fooled so, write one to match. Payloads are pickles and code under names that an artifact
has and has not, with a manifest to match: they would leave a mark on the disk if they ran.
"""

import argparse
import json
import pickle
import shutil
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from data.errors import BadInput
from tagging import artifact as loader
from tagging.manifest import NAME, write_manifest

Change = Callable[[Path, np.random.Generator], None]
SWAPPED = ("origin", "source", "AGREE")


class Counted:
    """Counts what is opened for its meaning: card, model, golden answers."""

    def __init__(self) -> None:
        self.parsed = 0
        for name in ("read_card", "runtime_of", "replay"):
            setattr(loader, name, self._watched(getattr(loader, name)))

    def _watched(self, function: Callable[..., object]) -> Callable[..., object]:
        def called(*arguments: object) -> object:
            self.parsed += 1
            return function(*arguments)

        return called


def flip(folder: Path, rng: np.random.Generator) -> Callable[[], None]:
    """Turns one bit; returns what turns it back."""
    paths = sorted(path for path in folder.iterdir())
    path = paths[int(rng.integers(len(paths)))]
    place, bit = int(rng.integers(path.stat().st_size)), 1 << int(rng.integers(8))

    def turn() -> None:
        with path.open("r+b") as file:
            file.seek(place)
            (old,) = file.read(1)
            file.seek(place)
            file.write(bytes([old ^ bit]))

    turn()
    return turn


def any_file(folder: Path, rng: np.random.Generator, manifest: bool = False) -> Path:
    names = sorted(p for p in folder.iterdir() if manifest or p.name != NAME)
    return names[int(rng.integers(len(names)))]


def add(folder: Path, rng: np.random.Generator) -> None:
    (folder / f"more-{rng.integers(10**9)}.{rng.choice(['txt', 'py', 'json', 'so'])}").write_text(
        "x"
    )


def rename(folder: Path, rng: np.random.Generator) -> None:
    path = any_file(folder, rng, manifest=True)
    path.rename(path.with_name(f"{path.name}.{rng.integers(10**6)}"))


def remove(folder: Path, rng: np.random.Generator) -> None:
    any_file(folder, rng, manifest=True).unlink()


def link(folder: Path, rng: np.random.Generator) -> None:
    path = any_file(folder, rng)
    kept = folder.with_name(f"outside-{path.name}")
    shutil.move(path, kept)
    path.symlink_to(kept)


def cut(folder: Path, rng: np.random.Generator) -> None:
    path = any_file(folder, rng, manifest=True)
    with path.open("r+b") as file:
        file.truncate(int(rng.integers(path.stat().st_size)))


def append(folder: Path, rng: np.random.Generator) -> None:
    path = any_file(folder, rng)
    with path.open("ab") as file:
        file.write(bytes(rng.integers(0, 256, int(rng.integers(1, 99)), dtype=np.uint8)))


def swap_files(folder: Path, rng: np.random.Generator) -> None:
    paths = sorted(p for p in folder.iterdir() if p.name != NAME)
    one, other = (paths[int(place)] for place in rng.choice(len(paths), 2, replace=False))
    kept = folder / "kept"
    one.rename(kept)
    other.rename(one)
    kept.rename(other)


def card(folder: Path, change: Callable[[dict[str, object]], None]) -> None:
    content = json.loads((folder / "artifact.json").read_text())
    change(content)
    (folder / "artifact.json").write_text(json.dumps(content))


def swap_labels(folder: Path, rng: np.random.Generator) -> None:
    """Another order of labels, with a manifest to match."""

    def change(content: dict[str, object]) -> None:
        labels = list(content["labels"])  # type: ignore[call-overload]
        order = np.roll(np.arange(len(labels)), int(rng.integers(1, len(labels))))
        content["labels"] = [labels[int(place)] for place in order]

    card(folder, change)
    write_manifest(folder)


def swap_tokenizer(folder: Path, rng: np.random.Generator) -> None:
    """Two words of the vocabulary change places, with a manifest to match."""
    path = folder / "tokenizer.json"
    content = json.loads(path.read_text())
    words = content["model"]["vocab"]
    common = [word for word in ("the", "of", "to", "in", "a", "and", "said", "on") if word in words]
    one, other = rng.choice(common, 2, replace=False)
    words[one], words[other] = words[other], words[one]
    path.write_text(json.dumps(content))
    write_manifest(folder)


def other_version(folder: Path, rng: np.random.Generator) -> None:
    """A version that no loader knows, with a manifest to match."""
    version = int(rng.choice([-1, 0, 4, 5, 99]))
    card(folder, lambda content: content.update(format_version=version))
    write_manifest(folder)


def unmatched_version(folder: Path, rng: np.random.Generator) -> None:
    card(folder, lambda content: content.update(format_version=int(rng.integers(1, 3))))


BLIND: tuple[Change, ...] = (add, rename, remove, link, cut, append, swap_files, unmatched_version)
MATCHED: tuple[Change, ...] = (swap_labels, swap_tokenizer, other_version)


class Bomb:
    """A pickle that leaves a mark where it is loaded."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.mark,)


def payload(folder: Path, mark: Path, number: int) -> str:
    """Puts code into the folder, with a manifest to match; returns what it is."""
    code = f"from pathlib import Path; Path({str(mark)!r}).touch()"
    bomb = pickle.dumps(Bomb(mark), protocol=number % 6)
    own = sorted(p.name for p in folder.iterdir() if p.name != NAME)
    kinds: list[tuple[str, bytes]] = [(name, bomb) for name in own]
    kinds += [(name, code.encode()) for name in own]
    kinds += [(name, bomb) for name in ("model.pkl", "model.joblib", "pytorch_model.bin", "a.pt")]
    names = ("modeling.py", "conftest.py", "__init__.py", "sitecustomize.py", "setup.py")
    kinds += [(name, code.encode()) for name in names]
    name, content = kinds[number % len(kinds)]
    if number >= len(kinds):  # a zip with a pickle in it, as torch.save writes
        with zipfile.ZipFile(folder / name, "w") as archive:
            archive.writestr("archive/data.pkl", bomb)
    else:
        (folder / name).write_bytes(content)
    write_manifest(folder)
    return name


def refused(folder: Path) -> bool:
    try:
        loader.load_artifact(folder)
    except BadInput:
        return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("artifact", type=Path)
    for name, count in (("flips", 10_000), ("edits", 1_000), ("payloads", 60)):
        parser.add_argument(f"--{name}", type=int, default=count)
    asked = parser.parse_args()
    rng, counted, started = np.random.default_rng(0), Counted(), time.time()
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        base, copy = Path(scratch) / "base", Path(scratch) / "copy"
        shutil.copytree(asked.artifact, base)
        assert not refused(base), "the artifact itself must load"
        counted.parsed = 0
        for _ in range(asked.flips):
            back = flip(base, rng)
            found["flips refused"] += refused(base)
            back()
        found["flips parsed before"] = counted.parsed
        for number in range(asked.edits):
            kinds = [each for each in (*BLIND, *MATCHED)]
            change = kinds[number % len(kinds)]
            if change is swap_tokenizer and not (base / "tokenizer.json").exists():
                change = swap_labels
            _fresh(base, copy)
            counted.parsed = 0
            change(copy, rng)
            found["edits refused"] += refused(copy)
            found["edits parsed before"] += counted.parsed if change in BLIND else 0
        mark = Path(scratch) / "mark"
        for number in range(asked.payloads):
            _fresh(base, copy)
            payload(copy, mark, number)
            found["payloads refused"] += refused(copy)
            found["payloads that ran"] += mark.exists()
        assert not refused(base), "the artifact still loads"
    rows = {"flips": asked.flips, "edits": asked.edits, "payloads": asked.payloads}
    print(json.dumps({"tried": rows, **found, "seconds": round(time.time() - started)}, indent=2))


def _fresh(base: Path, copy: Path) -> None:
    """The copy as it was, its big files by hard link unless something will be written there."""
    for path in copy.parent.glob("outside-*"):
        path.unlink()
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(base, copy)


if __name__ == "__main__":
    main()
