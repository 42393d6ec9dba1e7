"""`wiretag serve`: the artifacts and the token, then the service until it is told to end."""

import os
import re
from pathlib import Path
from typing import Final

from data.errors import BadInput
from data.reading import existing, read_text
from tagging.artifact import find_artifacts

TOKEN: Final = "WIRETAG_TOKEN"
FORM: Final = re.compile(r"[A-Za-z0-9._~+/-]{16,500}=*")  # RFC 6750's, of a length worth guessing


def serve_artifacts(
    artifacts: list[Path],
    address: tuple[str, int],
    token_file: Path | None,
    threads: int | None,
    int8: bool,
    waiting: tuple[int, float, float],
    grace: int,
) -> None:
    """Serves until SIGTERM; `waiting` is texts, seconds of a burst, seconds until an answer."""
    try:
        from tagging.serving.admission import Limits
        from tagging.serving.server import Settings, serve
    except ModuleNotFoundError as error:
        fix = 'pip install -e ".[serve]"'
        raise BadInput("the libraries of the extra 'serve'", f"no {error.name}", fix) from None
    folders = [
        folder
        for path in artifacts
        for folder in find_artifacts(existing(path, "an artifact folder"))
    ]
    token = read_token(token_file)
    host, port = address
    serve(folders, Settings(host, port, token, int8, threads, grace, Limits(*waiting)))


def read_token(path: Path | None) -> str | None:
    """From the file, else from the environment; arguments are seen by every user of a machine."""
    token = read_text(path, "a token").strip() if path else os.environ.get(TOKEN)
    if token is None:
        return None
    if not FORM.fullmatch(token):
        found = f"{len(token)} characters that are none"
        fix = "make one: openssl rand -base64 32"
        wanted = "a bearer token of 16 letters, digits or ._~+/- at least"
        raise BadInput(wanted, found, fix, path=path or TOKEN)
    return token
