"""What is said of a run after its end: each thing waits with its file until the store has it."""

import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

from training.journal import Journal
from training.lock import locked
from training.tracking import UNSENT, Run, Store


class Addition(Run):
    """Says more of a run that has ended; each thing has a journal of its own until it is sent."""

    def __init__(self, store: Store, key: str) -> None:
        super().__init__(store, Journal(store.folder / UNSENT / "none"))
        self._of = key

    @property
    def key(self) -> str:
        return self._of

    def file(self, path: Path, folder: str | None = None) -> None:
        """The file as it is now: a copy waits, so the file itself may go."""
        place = self.store.folder / UNSENT / uuid4().hex
        with locked(place):
            place.mkdir(parents=True)
            shutil.copy2(path, place)
            texts = {"path": str(place.absolute() / path.name), "folder": folder or ""}
            self._say_in(place, "file", texts=texts)
        self.store.tidy()

    def say(self, kind: str, **content: Any) -> None:
        place = self.store.folder / UNSENT / uuid4().hex
        with locked(place):
            self._say_in(place, kind, **content)
        self.store.tidy()

    def _say_in(self, place: Path, kind: str, **content: Any) -> None:
        one = Run(self.store, Journal(place))
        one.journal.append("start", key=self._of)
        one.journal.append(kind, **content)
        one.close()
