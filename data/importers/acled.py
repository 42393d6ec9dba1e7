"""ACLED's event export (CSV): the notes are the text; actors and places are found in them by rule.

An actor or location whose name stands in the notes word for word becomes a mention marked as
derived, at its first place; others make none. ACLED lets actor1 and actor2 tell no direction, so
the roles are the mapping's guess. ACLED's data come with terms of use and must be attributed:
users bring their own export and keep to the terms at acleddata.com.
"""

from collections.abc import Iterator
from pathlib import Path

from data.errors import BadInput
from data.event_arguments import Argument, stretches_of
from data.importers.table import Row, iso_date, read_rows
from data.mapping import Mapping
from data.reading import Refuse, Seen
from data.records import Sentence
from data.spans import Stretch, mentions_of

NAMED = ("actor1", "actor2", "location")
NEEDED = ("event_id_cnty", "event_date", "event_type", "sub_event_type", *NAMED, "notes")


def read(path: Path, refuse: Refuse, mapping: Mapping) -> Iterator[Sentence]:
    """Streams the events' notes; each bad row goes to `refuse` with file:line and its reason."""
    seen = Seen()
    for row in read_rows(path, refuse, NEEDED):
        try:
            sentence = _sentence(row, path, mapping)
            if not seen.add(sentence.id):
                raise BadInput("each event_id_cnty once", f"{sentence.id!r} again")
        except BadInput as error:
            refuse(error.at(path, row.line))
            continue
        yield sentence


def _sentence(row: Row, path: Path, mapping: Mapping) -> Sentence:
    cells = row.cells
    for column in ("event_id_cnty", "notes"):
        if not cells[column]:
            raise BadInput(f"a cell {column}", "an empty one", "fill it in or remove the row")
    event = f"{cells['event_type']}/{cells['sub_event_type']}"
    types = mapping.types_of(event)
    return Sentence(
        id=cells["event_id_cnty"],
        doc_id=cells["event_id_cnty"],
        text=cells["notes"],
        mentions=mentions_of(sorted(_stretches(event, cells, mapping), key=lambda one: one[:2])),
        event_types=types or (),
        complete=mapping.complete and types is not None,
        source=mapping.source,
        region=cells.get("region") or None,
        date=iso_date(cells["event_date"]),
        where=f"{path}:{row.line}",
    )


def _stretches(event: str, cells: dict[str, str], mapping: Mapping) -> list[Stretch]:
    """What the notes name of the actors and the location; a place in an actor's name is none."""
    found: list[Stretch] = []
    taken: list[tuple[int, int]] = []
    for column in NAMED:
        if place := _place_of(cells[column], cells["notes"], taken):
            taken.append(place)
            found += stretches_of(Argument(event, column, *place), cells["notes"], mapping)
    return found


def _place_of(name: str, text: str, taken: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Where the text first names it, with or without the brackets behind: "Police (Kenya)"."""
    bare = name.rpartition("(")[0].rstrip() if name.endswith(")") else ""
    for words in (name, bare):
        start = text.find(words) if words else -1
        while start >= 0:
            end = start + len(words)
            free = all(end <= a or b <= start or (a, b) == (start, end) for a, b in taken)
            beside = text[start - 1 : start] + text[end : end + 1]
            if free and not any(map(str.isalnum, beside)):
                return start, end
            start = text.find(words, end)
    return None
