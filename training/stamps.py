"""What every run stamps beside its seed and hashes: the git state and the versions."""

import subprocess
from importlib import metadata
from pathlib import Path

PACKAGES = (
    "scikit-learn",
    "torch",
    "transformers",
    "tokenizers",
    "datasets",
    "mlflow",
    "onnx",
    "onnxruntime",
    "numpy",
)


def git_state() -> tuple[str | None, bool | None]:
    """(commit, whether the checkout has uncommitted changes); None where there is no repository."""
    root = Path(__file__).parent.parent
    try:
        commit = _git(root, "rev-parse", "HEAD")
        return commit, bool(_git(root, "status", "--porcelain"))
    except (OSError, subprocess.CalledProcessError):
        return None, None


def versions() -> dict[str, str]:
    """Installed versions of the packages that decide a result."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
