"""What is said of a signed artifact, and how somebody would change one."""

import pytest

from data.errors import BadInput
from tagging.artifact import SIGNATURE
from tagging.manifest import verify, write_manifest
from workflows.signing import check_signature


def refusal(folder, key) -> str:
    with pytest.raises(BadInput) as caught:
        check_signature(folder, key)
    return str(caught.value)


def rewrite_manifest(folder) -> None:
    """As whoever changed a file would: the manifest fits again, the signature stays."""
    kept = (folder / SIGNATURE).read_bytes()
    (folder / SIGNATURE).unlink()
    write_manifest(folder)
    (folder / SIGNATURE).write_bytes(kept)
    verify(folder, beside={SIGNATURE})
