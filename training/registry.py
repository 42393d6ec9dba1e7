"""MLflow's model registry: an artifact as a version of a registered model, and its aliases."""

import logging
import os
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from filelock import FileLock

from data.errors import BadInput
from tagging.artifact import Artifact
from training.carried import CODE, copy_code, example, requirements
from training.journal import Line
from training.tracking import Store, told
from training.verdicts import Judged, judged

os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

from mlflow.entities import LoggedModelOutput
from mlflow.exceptions import MlflowException

logging.getLogger("mlflow").setLevel(logging.WARNING)  # it tells each step of saving a model

MANIFEST: Final = "wiretag.manifest"  # the tag by which an artifact's version is found again
NAME: Final = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"


@dataclass(frozen=True)
class Registered:
    """A version of a registered model; `new` if it was made just now."""

    name: str
    version: str
    new: bool
    run: str


def register(store: Store, artifact: Artifact, name: str) -> Registered:
    """The version of `name` that carries the artifact: the one of an earlier call, or a new one.

    Raises BadInput for a name that MLflow does not take and a store that does not answer.
    """
    if not re.fullmatch(NAME, name):
        raise BadInput("a model's name of letters, digits, '_', '.' and '-'", repr(name))
    with _asked(store), FileLock(store.folder / ".registry.lock"):
        store.sync()  # what the gate said while the store was silent
        wanted = f"name = '{name}' and tags.`{MANIFEST}` = '{artifact.manifest_hash}'"
        for found in store.client.search_model_versions(wanted):
            return Registered(name, str(found.version), False, str(found.run_id))
        run = _run(store, artifact)
        return Registered(name, _add(store, artifact, name, run), True, run)


def verdict(store: Store, registered: Registered, manifests: Collection[str]) -> Judged:
    """What the gate said of the artifact with these manifests; the version gets it as a tag."""
    with _asked(store):
        found = judged(store.client.get_run(registered.run).data.tags, manifests)
        _tag(store, registered, "gate.verdict", found.outcome)
        return found


def occupant(store: Store, name: str, alias: str) -> str | None:
    """The version that has the alias now."""
    with _asked(store):
        found = store.client.get_registered_model(name).aliases.get(alias)
        return None if found is None else str(found)  # sqlite's are numbers


def move(store: Store, registered: Registered, alias: str, forced: bool) -> None:
    """Gives the alias to the version; that the gate was not heard stays as a tag."""
    with _asked(store):
        if forced:
            _tag(store, registered, "gate.forced", alias)
        store.client.set_registered_model_alias(registered.name, alias, registered.version)


def save_model(artifact: Artifact, path: Path, **about: Any) -> None:
    """Writes the MLflow model that carries the artifact; `about` goes to MLflow's own file."""
    from mlflow.models import Model
    from mlflow.pyfunc import save_model as save

    from tagging.pyfunc import FOLDER, SIGNATURE

    with TemporaryDirectory() as scratch:
        save(
            path,
            python_model=str(CODE),
            artifacts={FOLDER: str(artifact.folder)},
            code_paths=copy_code(Path(scratch)),
            pip_requirements=requirements(artifact.card.runtime),
            signature=SIGNATURE,
            input_example=example(artifact.card.marks),
            model_config={"int8": False, "threads": None},
            mlflow_model=Model(**about),
        )


def _tag(store: Store, registered: Registered, key: str, value: str) -> None:
    store.client.set_model_version_tag(registered.name, registered.version, key, value)


def _run(store: Store, artifact: Artifact) -> str:
    """MLflow's id of the artifact's run; a store that does not know it gets one in its name."""
    card = artifact.card
    key = card.run_id or artifact.manifest_hash[:32]
    if known := store.find(key):
        return str(known.info.run_id)
    texts = {"mlflow.runName": card.name, "wiretag.trained": "in another store"}
    made = store.open(Line("start", texts, key=key, experiment=card.experiment or card.task))
    store.client.set_terminated(made)
    return made


def _add(store: Store, artifact: Artifact, name: str, run: str) -> str:
    """A new version, made last: what a crash leaves is a model without one."""
    client, card = store.client, artifact.card
    tags = {MANIFEST: artifact.manifest_hash, "wiretag.task": card.task, "wiretag.model": card.name}
    model = client.create_logged_model(
        client.get_run(run).info.experiment_id, card.task, run, tags, model_type=card.task
    )
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "model"
        save_model(artifact, path, run_id=run, model_id=model.model_id, model_uuid=model.model_id)
        client.log_model_artifacts(model.model_id, str(path))
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(run, [LoggedModelOutput(model.model_id, step=0)])
    with_run = tags | {"wiretag.run": card.run_id or "none"}
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    place = str(model.artifact_location)
    made = client.create_model_version(name, place, run, with_run, model_id=model.model_id)
    return str(made.version)


@contextmanager
def _asked(store: Store) -> Iterator[None]:
    """What the store refuses, or that it fell silent, as one line."""
    assert store.client  # raises BadInput for a store that does not answer
    try:
        yield
    except MlflowException as error:
        wanted = "a model registry that takes it"
        raise BadInput(wanted, told(error)[:200], f"store: {told(store.uri)}") from None
