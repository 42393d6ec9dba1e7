"""What the first bytes of an artifact's files look like, so that no pickle takes a file's place."""

from collections.abc import Mapping
from pathlib import Path

from data.errors import BadInput

STARTS: dict[str, tuple[bytes, ...]] = {
    "README.md": (b"---", b"# "),
    "artifact.json": (b"{",),
    "calibration.svg": (b"<svg",),
    "codebook.yaml": (b"{",),
    "config.json": (b"{",),
    "golden.jsonl": (b"{",),
    "model.int8.onnx": (b"\x08",),  # the number of the format's version is its first field
    "model.onnx": (b"\x08",),
    "model.skops": (b"PK\x03\x04",),
    "tokenizer.json": (b"{",),
    "tokenizer_config.json": (b"{",),
}
WEIGHTS = "model.safetensors"  # eight bytes of length, then JSON


def check_forms(heads: Mapping[str, bytes], folder: Path) -> None:
    """Raises BadInput for a file of a name or a start that no artifact has."""
    if strange := sorted(set(heads) - {WEIGHTS, *STARTS}):
        wanted, found = "the files of an artifact", ", ".join(strange)
        raise BadInput(wanted, found, "export again", path=folder)
    for name, head in heads.items():
        begins = head[8:].startswith(b"{") if name == WEIGHTS else head.startswith(STARTS[name])
        if not begins:
            wanted = f"{name} in its own format"
            raise BadInput(wanted, f"the bytes {head!r}", "export again", path=folder / name)
