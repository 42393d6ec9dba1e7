"""The lock that gives a run's folder one writer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from data.errors import BadInput


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder; raises BadInput at once where another run holds it."""
    path = folder.with_name(f".{folder.name}.lock")
    lock = FileLock(path)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(blocking=False)
    except Timeout:
        raise BadInput(
            "a folder that no other run uses",
            "another run is writing there",
            "wait until it has ended, or name another folder (name=…, --out)",
            path=folder,
        ) from None
    except OSError as error:
        found = (error.strerror or str(error)).lower()
        raise BadInput("a folder to write in", found, "name another (out=…)", path=folder) from None
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: filelock takes no file that lost its name
        lock.release()
