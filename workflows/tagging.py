"""Tags articles: files in, JSON Lines and a short table out."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from data.pages import write_whole
from data.reading import existing, read_text
from tagging.artifact import find_artifacts, load_artifact
from tagging.pipeline import Tagger
from tagging.table import render

MAX_BYTES = 10_000_000  # a page is some ten kilobytes


def tag_files(artifacts: Path, inputs: list[Path], out: Path | None, table: bool) -> dict[str, Any]:
    """`wiretag tag`: all pages in one batch; writes a line a sentence, shows a table."""
    existing(artifacts, "an artifact folder")
    tagger = Tagger([load_artifact(folder) for folder in find_artifacts(artifacts)])
    tagged = list(
        tagger.tag_pages((str(path), read_text(path, "an article", MAX_BYTES)) for path in inputs)
    )
    if out:
        lines = (json.dumps(sentence.to_dict(), ensure_ascii=False) for sentence in tagged)
        write_whole(out, "".join(f"{line}\n" for line in lines))
    if table:
        render(tagged, Console())
    events = sum(len(sentence.event_types or ()) for sentence in tagged)
    return {
        "pages": len(inputs),
        "sentences": len(tagged),
        "events": events,
        "out": str(out or "not written"),
    }
