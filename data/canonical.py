"""The hash of a codebook's content, for those who read it as plain JSON too."""

import hashlib
import json
from collections.abc import Mapping


def codebook_hash(fields: Mapping[str, object]) -> str:
    """sha256 of the canonical content; comments and layout of the file do not count."""
    kept = {name: value for name, value in fields.items() if name != "merges" or value}
    content = json.dumps(kept, sort_keys=True, ensure_ascii=False)  # no merges: hashed as before
    return hashlib.sha256(content.encode()).hexdigest()
