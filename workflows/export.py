"""Copies a run's artifact to where a service loads it, and registers it with MLflow if asked."""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import BadInput
from tagging.artifact import Artifact, load_artifact, writing
from training.verdicts import Judged
from workflows.decorating import decorate, load_reports
from workflows.signing import check_key, sign

if TYPE_CHECKING:
    from training.registry import Registered
    from training.tracking import Store


@dataclass(frozen=True)
class Registration:
    """The registered model to add to, the alias that is to move there, and whether it must."""

    name: str
    alias: str | None = None
    force: bool = False


def export_run(
    run: str,
    out: Path,
    runs: Path,
    registration: Registration | None = None,
    reports: Sequence[Path] = (),
    key: Path | None = None,
) -> dict[str, Any]:
    """`run` is a run's folder, an artifact folder, or the id of a tracked run.

    `reports` are of this very artifact; its scores and its model card are made of them. `key`, a
    private one, signs it.

    The answer has `refused`, with the reason, where an alias did not move.
    """
    if out.exists() and any(out.iterdir()) and not (out / "artifact.json").exists():
        raise BadInput(
            "an empty place or an earlier artifact", "other files", "name another", path=out
        )
    if key:
        check_key(key)
    with tempfile.TemporaryDirectory() as scratch:
        source = _source(run, runs, Path(scratch))
        artifact = load_artifact(source)
        told = load_reports(artifact, reports)
        with writing(out) as stage:
            shutil.copytree(source, stage, dirs_exist_ok=True)
            decorate(artifact, stage, told)
    judged = artifact.manifest_hash
    loaded = load_artifact(out)
    found = {
        "artifact": str(out),
        "task": loaded.card.task,
        "model": loaded.card.name,
        "manifest": loaded.manifest_hash,
    }
    if key:
        found["signature"] = str(sign(out, key))
    if registration is None:
        return found
    beside = source.absolute().parent.parent
    folder = beside if (beside / "mlflow.db").exists() else runs
    return found | _register(loaded, judged, folder, registration)


def _source(run: str, runs: Path, scratch: Path) -> Path:
    for folder in (Path(run) / "artifact", Path(run)):
        if (folder / "artifact.json").exists():
            return folder
    if Path(run).exists():
        raise BadInput("a run's folder with an artifact", "none in it", "train first", path=run)
    from training.tracking import Store, download

    return download(Store(runs), run, scratch)


def _register(artifact: Artifact, judged: str, runs: Path, wanted: Registration) -> dict[str, Any]:
    """Adds the artifact to the registry; the gate may have judged the run's own, `judged`."""
    from training.registry import register, verdict
    from training.tracking import Store

    store = Store(runs)
    try:
        made = register(store, artifact, wanted.name)
        said = verdict(store, made, {judged, artifact.manifest_hash})
        refused = _move(store, made, said, wanted) if wanted.alias else None
    except BadInput as error:
        kept = f"{error.fix}; " if error.fix else ""
        kept += f"the artifact is in {artifact.folder}, not registered"
        raise BadInput(error.expected, error.found, kept, path=error.path) from None
    found = {"registered": made.name, "version": made.version, "new": made.new}
    told = {"gate": said.outcome, "alias": None if refused else wanted.alias}
    if refused:
        told["refused"] = f"{refused}; {_advice(artifact.folder, runs)}"
    return found | told


def _move(store: "Store", made: "Registered", said: Judged, wanted: Registration) -> str | None:
    """Moves the alias, unless the gate stands against it: then it tells why not."""
    from training.registry import move, occupant

    assert wanted.alias is not None
    now = occupant(store, made.name, wanted.alias)
    if now == made.version:
        return None
    allowed = said.moves(occupied=now is not None)
    if not allowed and not wanted.force:
        stays = f"stays at version {now}" if now else "is given to no version"
        return f"{wanted.alias} of {made.name} {stays}: {_reason(said)}"
    move(store, made, wanted.alias, forced=not allowed)
    return None


def _reason(said: Judged) -> str:
    if said.outcome == "none":
        return "the gate has not judged this artifact"
    where = ", ".join(name for name, each in said.outcomes.items() if each == said.outcome)
    if said.outcome == "first":
        return f"on {where} its report was accepted with nothing to hold it against"
    return f"the gate said {said.outcome!r} on {where}"


def _advice(folder: Path, runs: Path) -> str:
    return (
        f"run `wiretag evaluate {folder} --data TEST.jsonl --report NEW.json`, "
        f"`wiretag gate NEW.json ACCEPTED.json --runs {runs}` and, once that passes, "
        "this again; --force moves the alias all the same"
    )
