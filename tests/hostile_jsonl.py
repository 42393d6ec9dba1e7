"""Hostile JSON Lines: lines among good ones, and whole files."""

import json
from collections.abc import Iterator

from hostile_cases import DEEP, DIGITS, LONG, Bytes, Case, among, encoded

from data.reading import MAX_LINE

ROW = {"id": "b", "doc_id": "d", "text": "Troops left Goma.", "spans": [], "event_types": []}
SPAN = {"start": 12, "end": 16, "kind": "place", "role": "origin"}


def row(**changes: object) -> str:
    return json.dumps(ROW | changes, ensure_ascii=False)


def span(**changes: object) -> str:
    return row(spans=[SPAN | changes])


# name -> (content of the second of three lines, why it is refused; None where it is read)
JSONL: dict[str, tuple[Bytes, str | None]] = {
    "plain": (row(), None),
    "blank line": ("", "blank"),
    "blanks and tabs": (" \t ", "blank"),
    "carriage return": (row() + "\r", None),
    "carriage return between keys": (row().replace(", ", ",\r"), None),
    "carriage return in a text": (row(text="Troops\rleft."), None),
    "raw carriage return in a text": (row(text="@").replace("@", "a\rb"), "control character"),
    "raw tab in a text": (row(text="@").replace("@", "a\tb"), "control character"),
    "U+2028 in a text": (row(text="Troops\u2028left."), None),
    "U+2029 in a text": (row(text="Troops\u2029left."), None),
    "U+0085 in a text": (row(text="Troops\x85left."), None),
    "U+2028 alone on a line": ("\u2028", "one JSON object"),
    "U+00A0 alone on a line": ("\xa0", "one JSON object"),
    "raw U+001C in a text": (row(text="@").replace("@", "a\x1cb"), "control character"),
    "escaped U+001C in a text": (row(text="Troops\x1cleft."), None),
    "raw vertical tab in a text": (row(text="@").replace("@", "a\x0bb"), "control character"),
    "U+001C between keys": (row().replace(", ", ",\x1c"), "one JSON object"),
    "byte order mark in the middle": ("\ufeff" + row(), "one JSON object"),
    "raw NUL": (row().replace("Goma", "Go\0ma"), "a NUL character"),
    "escaped NUL": (row(text="@").replace("@", r"\u0000"), "a NUL character"),
    "escaped NUL in a key": (row(more=1).replace("more", r"\u0000"), "a NUL character"),
    "high surrogate": (row(text="@").replace("@", r"\ud800"), "a lone surrogate"),
    "low surrogate": (row(text="@").replace("@", r"\udfff"), "a lone surrogate"),
    "surrogates the wrong way round": (row(text="@").replace("@", r"\udef6\ud83d"), "surrogate"),
    "surrogate in an unknown key": (row(more=[["@"]]).replace("@", r"\ud800"), "surrogate"),
    "surrogate pair": (row(text="@").replace("@", r"\ud83d\udef6"), None),
    "raw surrogate": (b'{"id": "\xed\xa0\x80"}', "UTF-8 text"),
    "byte ff": (b'{"id": "\xff"}', "byte 0xff at column 9"),
    "Latin-1": (row(text="Caf\xe9").encode("latin-1"), "UTF-8 text"),
    "overlong slash": (b'{"id": "\xc0\xaf"}', "UTF-8 text"),
    "overlong NUL": (b'{"id": "\xc0\x80"}', "UTF-8 text"),
    "overlong of four bytes": (b'{"id": "\xf0\x80\x80\xaf"}', "UTF-8 text"),
    "above U+10FFFF": (b'{"id": "\xf4\x90\x80\x80"}', "UTF-8 text"),
    "cut character": (row().encode()[:-2] + b"\xe2\x82", "UTF-8 text"),
    "UTF-16 line": (row().encode("utf-16-le"), "a NUL character"),
    "astral characters": (row(text="🛶🏳\u200d🌈 left."), None),
    "bidi overrides": (row(text="\u202eTroops\u202c left."), None),
    "combining marks": (row(text="e" + "\u0301" * 5_000), None),
    "private use and noncharacters": (row(text="\ue000\ufffe\U0010ffff x"), None),
    "half an object": ("{", "one JSON object"),
    "half a row": (row()[:40], "one JSON object"),
    "two rows on a line": (row() + row(id="e"), "Extra data"),
    "a list": ("[1]", "a labelled sentence"),
    "a string": ('"Troops"', "a labelled sentence"),
    "null": ("null", "a labelled sentence"),
    "a number": ("1", "a labelled sentence"),
    "single quotes": (str(ROW), "one JSON object"),
    "trailing comma": (row()[:-1] + ",}", "one JSON object"),
    "comment": ("// " + row(), "one JSON object"),
    "key twice": (row()[:-1] + ', "id": "e"}', "a key twice"),
    "key twice by escape": (row()[:-1] + r', "\u0069d": "e"}', "a key twice"),
    "key twice deep inside": (row(more={"a": [0]}).replace("0", '{"x": 1, "x": 1}'), "key twice"),
    "NaN": (row(more=0).replace("0", "NaN"), "the number NaN"),
    "Infinity": (row(more=0).replace("0", "Infinity"), "the number Infinity"),
    "-Infinity": (row(more=0).replace("0", "-Infinity"), "the number -Infinity"),
    "1e999": (row(more=0).replace("0", "1e999"), "the number 1e999"),
    "-1e999": (row(more=0).replace("0", "-1e999"), "the number -1e999"),
    "1e-999": (row(more=0).replace("0", "1e-999"), None),
    "integer of 10,000 digits": (row(more=0).replace("0", DIGITS), "one JSON object"),
    "float of 10,000 digits": (row(more=0).replace("0", "0." + DIGITS), None),
    "offset of 10,000 digits": (span(end=0).replace("0", DIGITS), "one JSON object"),
    "offset of 4,000 digits": (span(start="@").replace('"@"', DIGITS[:4_000]), "spans.0.start"),
    "leading zero": (row(more=1).replace("1", "01"), "one JSON object"),
    "nested lists": ("[" * DEEP, "deep nesting"),
    "nested lists, closed": ("[" * DEEP + "]" * DEEP, "deep nesting"),
    "nested objects": ('{"a":' * DEEP, "deep nesting"),
    "nesting in an unknown key": (row(more=0).replace("0", "[" * DEEP + "]" * DEEP), "nesting"),
    "nesting of 200 in an unknown key": (row(more=0).replace("0", "[" * 200 + "]" * 200), None),
    "10 MB of one letter": (LONG, "lines of at most"),
    "10 MB of text": (row(text=LONG), "lines of at most"),
    "10 MB of no UTF-8": (b"\xff" * 10_000_000, "lines of at most"),
    "text that fits just": (row(text="x" * (MAX_LINE - 100)), None),
    "300,000 empty spans": (row(spans=0).replace("0", "[" + "{}," * 300_000 + "{}]"), "spans.0"),
    "no id": (row().replace('"id"', '"di"'), "id: Field required"),
    "empty id": (row(id=""), "id: String"),
    "number as id": (row(id=7), "id: Input should be a valid string"),
    "null as article": (row(doc_id=None), "doc_id: "),
    "empty text": (row(text=""), "text: String"),
    "blank text": (row(text=" \u2003\t"), "blanks alone"),
    "list as text": (row(text=["Troops"]), "text: "),
    "id of another row": (row(id="a"), "'a' again"),
    "id of 100,000 letters": (row(id="x" * 100_000), None),
    "string as event types": (row(event_types="AID"), "event_types: "),
    "null among the event types": (row(event_types=["AID", None]), "event_types.1"),
    "no event types": (json.dumps({k: ROW[k] for k in list(ROW)[:4]}), "event_types: Field"),
    "word as a truth value": (row(event_types_complete="no"), "event_types_complete"),
    "number as a truth value": (row(event_types_complete=0), "event_types_complete"),
    "object as spans": (row(spans={}), "spans: "),
    "span": (span(), None),
    "span at the text's end": (span(start=0, end=17), None),
    "span beyond the end": (span(end=18), "within the text's 17"),
    "span far beyond": (span(end=10**9), "spans.0.end"),
    "empty span": (span(end=12), "within the text's 17"),
    "inverted span": (span(start=16, end=12), "within the text's 17"),
    "negative start": (span(start=-1), "spans.0.start"),
    "truth value as offset": (span(start=False), "spans.0.start"),
    "truth value as end": (span(end=True), "spans.0.end"),
    "float offset": (span(start=12.0), "spans.0.start"),
    "string offset": (span(start="12"), "spans.0.start"),
    "null offset": (span(end=None), "spans.0.end"),
    "offset of 1e3": (span(end="@").replace('"@"', "1e3"), "spans.0.end"),
    "minus zero as offset": (span(start="@").replace('"@"', "-0"), None),
    "unknown kind": (span(kind="person"), "spans.0.kind"),
    "unknown role": (span(role="orgin"), "a role of origin"),
    "role of another kind": (span(role="source"), "a role of origin"),
    "empty role": (span(role=""), "spans.0.role"),
    "role of 100,000 letters": (span(role="x" * 100_000), "a role of origin"),
    "wrong quote": (span(surface="Gomo"), "the quoted text 'Gomo' at 12:16"),
    "composed quote of a decomposed text": (
        row(text="Caf\u00e9", spans=[SPAN | {"start": 0, "end": 4, "surface": "Cafe\u0301"}]),
        "the quoted text",
    ),
    "offsets in bytes": (
        row(
            text="Ö. Troops left Goma.", spans=[SPAN | {"start": 16, "end": 20, "surface": "Goma"}]
        ),
        "the quoted text 'Goma' at 16:20",
    ),
}
# Whole files: content, rows read, and the refusals that are expected, in order.
JSONL_FILES: dict[str, tuple[Bytes, int, list[tuple[int | None, str]]]] = {
    "empty": ("", 0, []),
    "one line feed": ("\n", 0, []),
    "blank lines alone": ("\n \r\n\n\t\n", 0, []),
    "byte order mark alone": ("\ufeff", 0, []),
    "byte order mark": ("\ufeff" + row(), 1, []),
    "two byte order marks": ("\ufeff\ufeff" + row(), 0, [(1, "one JSON object")]),
    "Windows line ends": (f"{row()}\r\n{row(id='e')}\r\n", 2, []),
    "old Macintosh line ends": (f"{row()}\r{row(id='e')}\r", 0, [(1, "Extra data")]),
    "no line end at the end": (f"{row()}\n{row(id='e')}", 2, []),
    "each line bad": ("{\n[\n\xff\n", 0, [(1, "JSON"), (2, "JSON"), (3, "JSON")]),
    "long lines one after another": (
        b"x" * (MAX_LINE + 1) + b"\n" + b"y" * (2 * MAX_LINE) + b"\n" + row().encode(),
        1,
        [(1, "lines of at most"), (2, "lines of at most")],
    ),
    "a long line at the end": (b"\n" + b"x" * (MAX_LINE + 1), 0, [(2, "lines of at most")]),
    "a bad row frees its id": (f"{row(text='')}\n{row()}", 1, [(1, "text")]),
    "gzip": (b"\x1f\x8b\x08\x00" + b"\xff\n" * 10, 0, [(None, "a gzip file")]),
    "zip": (b"PK\x03\x04" + b"\xff\n" * 10, 0, [(None, "a zip file")]),
    "zstd": (b"\x28\xb5\x2f\xfd" + b"\xff\n" * 10, 0, [(None, "a zstd file")]),
    "xz": (b"\xfd7zXZ\x00" + b"\xff\n" * 10, 0, [(None, "an xz file")]),
    "UTF-16, little end first": (row().encode("utf-16"), 0, [(None, "UTF-16 text")]),
    "UTF-16, big end first": (b"\xfe\xff\0{\0}", 0, [(None, "UTF-16 text")]),
    "parquet": (b"PAR1\x15\x04\xff" * 9, 0, [(1, "UTF-8 text")]),
    "random bytes": (bytes(range(128, 256)) * 9, 0, [(1, "UTF-8 text")]),
}


def cases() -> Iterator[Case]:
    yield from among("jsonl", ("", row(id="a"), row(id="c")), 2, JSONL)
    for name, (content, rows, refusals) in JSONL_FILES.items():
        yield Case(name, "jsonl", encoded(content), rows, tuple(refusals))
