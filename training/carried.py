"""What an MLflow model carries beside the artifact: its code, its requirements, an example."""

import ast
import shutil
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from data.errors import BadInput

ROOT: Final = Path(__file__).parent.parent
CODE: Final = ROOT / "tagging" / "pyfunc.py"
PACKAGES: Final = ("tagging", "data")
NEEDED: Final = {
    "constant": (),
    "onnx": ("onnxruntime", "tokenizers"),
    "skops": ("scikit-learn", "skops"),
}
TEXT: Final = "Norland shelled Easthaven at dawn."
SPOTS: Final = ((0, 7), (16, 25))  # of Norland, an actor and a place, and of Easthaven


def requirements(runtime: str) -> list[str]:
    """The packages that answer, pinned to the versions that are installed here."""
    if runtime not in NEEDED:
        wanted, found = "an artifact that labels examples", f"one of {runtime}"
        raise BadInput(f"{wanted}, as MLflow's models do", found, "export it without --register")
    return [f"{name}=={version(name)}" for name in ("mlflow", "numpy", "pandas", *NEEDED[runtime])]


def example(marks: Sequence[str]) -> list[dict[str, Any]]:
    """One input with all the marks of the task."""
    spots = [
        {"name": name, "start": start, "end": end}
        for name, (start, end) in zip(marks, SPOTS, strict=False)
    ]
    return [{"text": TEXT} | ({"marks": spots} if spots else {})]


def copy_code(folder: Path) -> list[str]:
    """Copies the modules that pyfunc.py needs into the folder; returns the packages' paths."""
    for path in sorted(modules(CODE) - {CODE}):
        place = folder / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, place)
    return [str(folder / name) for name in PACKAGES]


def modules(path: Path) -> set[Path]:
    """The file and all of our own that it imports, by whichever way, also inside functions."""
    found, waiting = set[Path](), [path]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path)
    return found


def _imported(path: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            if parts[0] in PACKAGES:
                yield from _files(parts)


def _files(parts: Sequence[str]) -> Iterator[Path]:
    """The module's file, and those of the packages that it lies in."""
    inits = (ROOT.joinpath(*parts[:end], "__init__.py") for end in range(1, len(parts) + 1))
    yield from (
        path for path in (*inits, ROOT.joinpath(*parts).with_suffix(".py")) if path.exists()
    )
