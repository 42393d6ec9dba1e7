"""CSV and TSV tables: a row is a sentence, and the mapping's columns say which cell is what.

Our keys are id, doc_id, text, event_types, date, source, region, style and tags; where the mapping
names no column, the column of our own name is read if there is one. `text` alone must be there.
A cell of event types or tags holds several parted by `;` or `|`. A row without an event type is
incomplete: NONE is the label of "no event".
"""

import csv
import datetime
import re
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from pathlib import Path

from data.errors import BadInput, nearest
from data.mapping import Mapping
from data.reading import MAX_LINE, Refuse, Seen, read_lines
from data.records import Sentence

KEYS = ("id", "doc_id", "text", "event_types", "date", "source", "region", "style", "tags")
TAB_ENDINGS = frozenset({".tsv", ".tab"})
ALIKE = 0.85  # of a column's name and one that we read: then that one was meant
SEPARATOR = re.compile(r"[;|]")
ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LONG_DATE = re.compile(r"([0-9]{1,2}) ([A-Z][a-z]+) ([0-9]{4})")
_MONTHS = "January February March April May June July August September October November December"
MONTHS = _MONTHS.split()  # strptime would ask the locale

Line = tuple[int, str]


@dataclass(frozen=True)
class Row:
    """A row's first line in the file, and its cells by the header's names."""

    line: int
    cells: dict[str, str]


def read(path: Path, refuse: Refuse, mapping: Mapping) -> Iterator[Sentence]:
    """Streams the sentences; each bad row goes to `refuse` with file:line of its first line."""
    if unknown := [key for key in mapping.columns if key not in KEYS]:
        raise BadInput("our keys in `columns`", repr(unknown[0]), nearest(unknown[0], KEYS))
    columns = {key: mapping.columns.get(key, key) for key in KEYS}
    needed = {columns["text"], *mapping.columns.values()}
    seen = Seen()
    for row in read_rows(path, refuse, needed, set(columns.values()) - needed):
        cells = {key: row.cells.get(column, "") for key, column in columns.items()}
        try:
            sentence = _sentence(cells, row.line, path, mapping)
            if not seen.add(sentence.id):
                raise BadInput("each id once", f"{sentence.id!r} again", "make the ids unique")
        except BadInput as error:
            refuse(error.at(path, row.line))
            continue
        yield sentence


def read_rows(
    path: Path, refuse: Refuse, needed: Collection[str], optional: Collection[str] = ()
) -> Iterator[Row]:
    """Yields the rows below the header; cells are stripped, quoted ones may hold line breaks.

    Raises BadInput for a header without the needed columns. A row that is badly quoted or has too
    many or too few cells goes to `refuse`; behind a quote that never closes the next line is read.
    """
    lines = read_lines(path, refuse)
    if (first := next((line for line in lines if line[1].strip()), None)) is None:
        raise BadInput("a table with a header", "an empty file", path=path)
    delimiter = _delimiter(first[1], path, {*needed, *optional})
    records = _records(chain([first], lines), delimiter)
    number, header = next(records)
    if isinstance(header, csv.Error):
        raise BadInput("a header", str(header), path=path, line=number)
    _check_header(header, needed, optional, path, number)
    for number, cells in records:
        if isinstance(cells, csv.Error):
            found, fix = str(cells), "close each quote and double those inside a cell"
            refuse(BadInput("a row of cells", found, fix, path=path, line=number))
        elif len(cells) != len(header):
            fix = "quote the cells that hold a delimiter"
            wanted = f"{len(header)} cells"
            refuse(BadInput(wanted, str(len(cells)), fix, path=path, line=number))
        else:
            yield Row(number, dict(zip(header, cells, strict=True)))


def iso_date(cell: str) -> str | None:
    """The date as YYYY-MM-DD; None for an empty cell. Raises BadInput if it is no date."""
    if not cell:
        return None
    try:
        if ISO_DATE.fullmatch(cell):
            return datetime.date.fromisoformat(cell).isoformat()
        if found := LONG_DATE.fullmatch(cell):
            day, month, year = found.groups()
            return datetime.date(int(year), MONTHS.index(month) + 1, int(day)).isoformat()
    except ValueError:
        pass
    raise BadInput("a date", repr(cell[:80]), "write it as 2023-05-17 or 17 May 2023")


def _sentence(cells: dict[str, str], line: int, path: Path, mapping: Mapping) -> Sentence:
    if not cells["text"]:
        raise BadInput("a sentence", "an empty cell", "fill it in or remove the row")
    row_id = cells["id"] or f"{path.stem}-{line}"
    known = [mapping.types_of(label) for label in _several(cells["event_types"])]
    return Sentence(
        id=row_id,
        doc_id=cells["doc_id"] or row_id,
        text=cells["text"],
        event_types=tuple(dict.fromkeys(name for names in known for name in names or ())),
        complete=mapping.complete and bool(known) and None not in known,
        source=cells["source"] or mapping.source,
        tags=_several(cells["tags"]),
        region=cells["region"] or None,
        style=cells["style"] or None,
        date=iso_date(cells["date"]),
        where=f"{path}:{line}",
    )


def _several(cell: str) -> tuple[str, ...]:
    parts = (part.strip() for part in SEPARATOR.split(cell))
    return tuple(dict.fromkeys(part for part in parts if part))


def _delimiter(header: str, path: Path, known: Collection[str]) -> str:
    """The delimiter that finds the most known columns, then cells; then the file ending tells."""

    def found(delimiter: str) -> tuple[int, int]:
        names = [name.strip(' "') for name in header.split(delimiter)]
        return len({*names} & {*known}), len(names)

    tabbed = path.suffix.lower() in TAB_ENDINGS
    return max("\t,;" if tabbed else ",\t;", key=found)


def _check_header(
    header: list[str],
    needed: Collection[str],
    optional: Collection[str],
    path: Path,
    number: int,
) -> None:
    if twice := [name for name, count in Counter(header).items() if count > 1]:
        raise BadInput("each column once", f"{twice[0]!r} again", path=path, line=number)
    others = [name for name in header if name not in needed and name not in optional]
    for name in (name for name in sorted(needed) if name not in header):
        raise BadInput(
            f"the columns {', '.join(sorted(needed))}",
            f"no {name!r}",
            nearest(name, others or header),
            path=path,
            line=number,
        )
    for name in (name for name in sorted(optional) if name not in header):
        for close in get_close_matches(name, others, n=1, cutoff=ALIKE):
            fix = "rename it, or name it in the mapping's `columns`"
            raise BadInput(f"the column {name!r}", repr(close), fix, path=path, line=number)


def _records(lines: Iterator[Line], delimiter: str) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """Yields (first line, cells) or (line, what is wrong with it); blank lines are left out."""
    again: deque[Line] = deque()  # lines behind one whose quote never closed

    def pull() -> Line | None:
        return again.popleft() if again else next(lines, None)

    while True:
        behind = bool(again)
        if (line := pull()) is None:
            return
        if not line[1].strip(" "):
            continue
        taken = [line]
        cells: list[str] | csv.Error
        try:
            reader = csv.reader(_fed(taken, pull), delimiter=delimiter, strict=True)
            cells = [cell.strip() for cell in next(reader)]
            if behind and len(taken) == 1 and line[1].count('"') % 2:
                raise csv.Error("the end of a quoted cell")
        except csv.Error as error:
            cells = error
            again.extendleft(reversed(taken[1:]))
        yield line[0], cells


def _fed(taken: list[Line], pull: Callable[[], Line | None]) -> Iterator[str]:
    """The line taken and, as far as a quoted cell goes on, those behind it, which are taken too."""
    size = 0
    while True:
        number, text = taken[-1]
        size += len(text) + 1
        if size > MAX_LINE:
            raise csv.Error(f"more than {MAX_LINE} characters")
        yield text + "\n"
        if (line := pull()) is None:
            return
        taken.append(line)
        if line[0] != number + 1:
            raise csv.Error("a quoted cell over a line that is not read")
