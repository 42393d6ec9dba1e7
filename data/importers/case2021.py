"""CASE 2021, task 2 (Haneczok et al., 2021): news snippets with an ACLED-like event subtype, a TSV.

A snippet is one to three sentences and its own article.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from data.importers import table
from data.mapping import Mapping
from data.reading import Refuse
from data.records import Sentence


def read(path: Path, refuse: Refuse, mapping: Mapping) -> Iterator[Sentence]:
    """Streams the snippets; each bad row goes to `refuse` with file:line and its reason."""
    for sentence in table.read(path, refuse, mapping):
        number = sentence.id
        yield replace(sentence, id=f"case2021-{number}", doc_id=f"case{number}")
