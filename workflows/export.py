"""Copies a run's artifact to where a service loads it, verified before and after."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from data.errors import BadInput
from tagging.artifact import load_artifact


def export_run(run: str, out: Path, runs: Path) -> dict[str, Any]:
    """`run` is a run's folder, an artifact folder, or the id of a tracked run."""
    if out.exists() and any(out.iterdir()) and not (out / "artifact.json").exists():
        raise BadInput(
            "an empty place or an earlier artifact", "other files", "name another", path=out
        )
    with tempfile.TemporaryDirectory() as scratch:
        source = _source(run, runs, Path(scratch))
        load_artifact(source)
        stage = out.with_name(out.name + ".part")
        shutil.rmtree(stage, ignore_errors=True)
        shutil.copytree(source, stage)
        shutil.rmtree(out, ignore_errors=True)
        stage.replace(out)
    loaded = load_artifact(out)
    return {
        "artifact": str(out),
        "task": loaded.card.task,
        "model": loaded.card.name,
        "manifest": loaded.manifest_hash,
    }


def _source(run: str, runs: Path, scratch: Path) -> Path:
    for folder in (Path(run) / "artifact", Path(run)):
        if (folder / "artifact.json").exists():
            return folder
    if Path(run).exists():
        raise BadInput("a run's folder with an artifact", "none in it", "train first", path=run)
    from training.tracking import Store, download

    return download(Store(runs), run, scratch)
