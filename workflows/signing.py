"""Signs an artifact with a key (OpenSSF model-signing, offline), and verifies what others signed.

The hashes of the manifest show damage; whoever changes a file can write a manifest that fits. Only
a signature tells who made the artifact.
"""

import base64
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from data.errors import BadInput
from data.reading import existing
from tagging.artifact import SIGNATURE, load_artifact
from tagging.manifest import NAME, file_hash, verify

if TYPE_CHECKING:
    from model_signing.hashing import Config as Hashing
    from model_signing.signing import Config as Signer
    from model_signing.verifying import Config as Verifier

PASSWORD: Final = "WIRETAG_KEY_PASSWORD"
MAX_BYTES: Final = 1_000_000  # of a signature; one of five files takes 2,367
CURVES: Final = "with the curve P-256, P-384 or P-521"


def sign(folder: Path, key: Path) -> Path:
    """Writes model.sig over all other files of the artifact, MANIFEST.json included.

    `key` is an elliptic-curve private key in PEM; an encrypted one needs its password in
    WIRETAG_KEY_PASSWORD. Raises BadInput for another key and for a damaged artifact.
    """
    signer = _signer(key)
    verify(folder, beside={SIGNATURE})
    path = folder / SIGNATURE
    path.unlink(missing_ok=True)  # an old one does not outlive a failure, and no link is followed
    signer.set_hashing_config(_everything()).sign(folder.resolve(), path)
    return path


def check_key(key: Path) -> None:
    """Raises BadInput for a key that cannot sign, before work is done that it is to sign."""
    _signer(key)


def check_signature(folder: Path, public_key: Path) -> None:
    """Raises BadInput unless the key signed exactly the files that are there; parses none of them.

    The folder's own name plays no part: a signed artifact may be moved.
    """
    verifier = _verifier(public_key)
    path = existing(folder, "an artifact folder") / SIGNATURE
    if path.is_symlink() or not path.is_file() or path.stat().st_size > MAX_BYTES:
        found = "a link, a folder or a huge file" if os.path.lexists(path) else "none"
        fix = "sign it when exporting: --sign KEY.pem"
        raise BadInput(f"a signature, {SIGNATURE}", found, fix, path=folder)
    with _refusals(path, public_key), redirect_stdout(sys.stderr):  # the library prints warnings
        verifier.set_hashing_config(_everything()).verify(folder.resolve(), path)
        signed = _signed(path)
    if NAME not in signed:
        wanted = f"a signature of all files, {NAME} among them"
        raise BadInput(wanted, "one that leaves it out", "sign again", path=path)


def verify_artifact(folder: Path, public_key: Path | None = None) -> dict[str, Any]:
    """The signature if a key is given, then the manifest, the forms and the golden answers."""
    if public_key:
        check_signature(folder, public_key)
    artifact = load_artifact(folder)
    if artifact.card.int8 and artifact.card.int8.written:
        load_artifact(folder, int8=True)
    signed = "not checked" if (folder / SIGNATURE).exists() else "none"
    return {
        "artifact": str(folder),
        "task": artifact.card.task,
        "model": artifact.card.name,
        "manifest": artifact.manifest_hash,
        "signature": "good" if public_key else signed,
    }


def _everything() -> "Hashing":
    """The library would leave .gitignore and the like out of what is signed."""
    from model_signing.hashing import Config

    return Config().set_ignored_paths(paths=[SIGNATURE], ignore_git_paths=False)


def _signer(key: Path) -> "Signer":
    wanted = f"a private key in PEM {CURVES}"
    protected = b"ENCRYPTED" in existing(key, wanted).read_bytes()
    password = os.environ.get(PASSWORD)
    if protected and not password:
        fix = f"set {PASSWORD}"
        raise BadInput("the password of an encrypted key", "none", fix, path=key)
    given = password.encode() if protected and password else None
    fix = "make one: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out KEY.pem"
    if given:
        wanted, fix = f"{wanted} that {PASSWORD} opens", "check the password and the key"
    with _library(), _only_keys(wanted, fix, key):
        from model_signing.signing import Config

        return Config().use_elliptic_key_signer(private_key=key, password=given)


def _verifier(key: Path) -> "Verifier":
    wanted = f"a public key in PEM {CURVES}"
    fix = "write it: openssl pkey -in KEY.pem -pubout -out PUBLIC.pem"
    existing(key, wanted)
    with _library(), _only_keys(wanted, fix, key):
        from model_signing.verifying import Config

        return Config().use_elliptic_key_verifier(public_key=key)


@contextmanager
def _library() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        fix = 'pip install -e ".[sign]"'
        raise BadInput("the libraries of the extra 'sign'", f"no {error.name}", fix) from None


@contextmanager
def _only_keys(wanted: str, fix: str, path: Path) -> Iterator[None]:
    """The library asks an RSA or Ed25519 key for its curve: an AttributeError."""
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        yield
    except (ValueError, TypeError, AttributeError, UnsupportedAlgorithm):
        raise BadInput(wanted, "something else", fix, path=path) from None


@contextmanager
def _refusals(path: Path, key: Path) -> Iterator[None]:
    """Whatever the library stumbles over in a signature, it is no good one."""
    from cryptography.exceptions import InvalidSignature

    wanted = f"a signature of this artifact made with the key of {key}"
    fix = "get the artifact anew from whoever signed it"
    try:
        yield
    except OSError:
        raise
    except InvalidSignature:
        raise BadInput(wanted, "a forged or damaged one", fix, path=path) from None
    except Exception as error:
        raise BadInput(wanted, _told(error, path), fix, path=path) from None


def _told(error: Exception, path: Path) -> str:
    text = str(error)
    if text.startswith("Key mismatch"):
        return "one made with another key"
    if text.startswith("Signature mismatch"):  # the key's own, then, so that it can be read
        return f"one of other content: {', '.join(_different(path))}"
    return "links or special files" if text.startswith("Cannot use") else "a damaged one"


def _different(path: Path) -> list[str]:
    """The names, quoted, of files that are not as they were signed, or not there, or not signed."""
    files = (file for file in path.parent.rglob("*") if file.is_file() and file != path)
    found = {str(file.relative_to(path.parent)): file_hash(file) for file in files}
    signed = _signed(path)
    names = sorted(found.keys() | signed.keys())
    return [repr(name) for name in names if found.get(name) != signed.get(name)]


def _signed(path: Path) -> dict[str, str]:
    """File name -> sha256, as a signature has them."""
    envelope = json.loads(path.read_bytes())["dsseEnvelope"]
    said = json.loads(base64.b64decode(envelope["payload"]))
    return {entry["name"]: entry["digest"] for entry in said["predicate"].get("resources", [])}
