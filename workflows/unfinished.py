"""What a cross-validation that was killed has done: so that the same command goes on from it."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from data.errors import BadInput
from data.pages import write_whole
from tagging.artifact import Artifact, load_artifact
from training.checkpoint import Identity
from training.config import RunConfig, to_yaml

FILE = "unfinished.json"


class _State(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    run: str = ""
    config: str = ""
    folds: dict[str, Identity] = {}


class Unfinished:
    """The folds that were trained, in `<folder>/unfinished.json` until all of them are."""

    def __init__(self, folder: Path, config: RunConfig) -> None:
        self.folder, self.config = folder, to_yaml(config)
        self._state = _State()

    def found_run(self) -> str | None:
        """Reads what is there; the tracked run of the same command, if that was killed."""
        try:
            self._state = _State.model_validate_json((self.folder / FILE).read_bytes())
        except (OSError, ValidationError):
            return None
        return self._state.run if self._state.config == self.config else None

    def begin(self, run: str) -> None:
        self._write(run=run, config=self.config)

    def artifact(self, fold: str, identity: Identity) -> Artifact | None:
        """The model of the fold, if it was trained of the same and is whole."""
        if self._state.folds.get(fold) != identity:
            return None
        try:
            return load_artifact(self.folder / fold / "artifact")
        except BadInput:
            return None

    def add(self, fold: str, identity: Identity) -> None:
        """That the fold is trained."""
        self._write(folds={**self._state.folds, fold: identity})

    def end(self) -> None:
        (self.folder / FILE).unlink()

    def _write(self, **changes: object) -> None:
        self._state = self._state.model_copy(update=changes)
        write_whole(self.folder / FILE, self._state.model_dump_json(indent=2) + "\n")
