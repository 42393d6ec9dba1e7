"""What `wiretag data check` finds: counts, repeated sentences, texts that leak between splits."""

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from data.importers import read_sentences
from data.records import Sentence

SHOWN = 10


def check(path: Path) -> dict[str, Any]:
    """Reads everything (BadInput at the first bad row); `leaks` lists texts found in two splits."""
    folder = path / "sentences"
    if folder.is_dir():
        parts = {file.stem: list(read_sentences(file)) for file in sorted(folder.glob("*.jsonl"))}
    else:
        parts = {"all": list(read_sentences(path))}
    rows = [sentence for part in parts.values() for sentence in part]
    return {
        "sentences": {name: len(part) for name, part in parts.items()},
        "articles": {name: len({row.doc_id for row in part}) for name, part in parts.items()},
        "event_types": _count(name for row in rows for name in row.event_types or ("none",)),
        "actors": _roles(rows, "actor"),
        "places": _roles(rows, "place"),
        "repeated": _repeated(rows)[:SHOWN],
        "leaks": _leaks(parts)[:SHOWN],
    }


def normalised(text: str) -> str:
    """The text as it compares: letters and digits alone, lower case."""
    return "".join(char for char in text.casefold() if char.isalnum())


def _leaks(parts: dict[str, list[Sentence]]) -> list[list[str]]:
    places: dict[str, dict[str, str]] = defaultdict(dict)
    articles: dict[str, dict[str, str]] = defaultdict(dict)
    for name, part in parts.items():
        for row in part:
            places[normalised(row.text)][name] = f"{name}:{row.id}"
            articles[row.doc_id][name] = f"{name}:{row.doc_id}"
    found = [*places.values(), *articles.values()]
    return sorted(list(where.values()) for where in found if len(where) > 1)


def _repeated(rows: list[Sentence]) -> list[list[str]]:
    ids: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        ids[normalised(row.text)].append(row.id)
    return sorted(found for found in ids.values() if len(found) > 1)


def _roles(rows: list[Sentence], kind: str) -> dict[str, int]:
    mentions = (mention for row in rows for mention in row.mentions if mention.kind == kind)
    return _count(name for mention in mentions for name in mention.role_names or ("bystander",))


def _count(names: Any) -> dict[str, int]:
    return dict(Counter(names).most_common())
