"""Hostile files, each with its expected outcome: read or refused, with line and reason."""

import importlib.util
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from data.articles import read_page
from data.errors import BadInput
from data.importers import read_sentences
from data.reading import MAX_LINE, read_text
from data.splits import SplitConfig
from data.strict_yaml import MAX_BYTES, parse_model

ROW = {"id": "b", "doc_id": "d", "text": "Troops left Goma.", "spans": [], "event_types": []}
SPAN = {"start": 12, "end": 16, "kind": "place", "role": "origin"}
HEAD = "headline: H\ndateline: D\ndate: 2014-03-03\nstyle: live\nregion: europe\n\n"
SENTENCE = "AID :: {Nurses|source} fed {traders|target}."
COLUMNS = "sentence_id\tsentence\tmarked_sentence\tgold_root"
STORY = "Troops left the town of Goma on Monday after talks with the governor, officials said.\n"
DEEP = 100_000
DIGITS = "9" * 10_000
LONG = "x" * 10_000_000
LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 30))


def row(**changes: object) -> str:
    return json.dumps(ROW | changes, ensure_ascii=False)


def span(**changes: object) -> str:
    return row(spans=[SPAN | changes])


def plv(marked: str, root: str = "AID") -> str:
    return f"2\t-\t{marked}\t{root}"


Bytes = str | bytes
# In each table: name -> (content, why it is refused; None where it is read).
# The content stands as the second of three lines, the others are good.
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
# Whole files: content and the refusals that are expected, in order; read rows are counted below.
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
# The content is the second of three sentences; a bad article is refused whole, at line 8.
INLINE: dict[str, tuple[Bytes, str | None]] = {
    "plain": (SENTENCE, None),
    "blank line": ("", "blank"),
    "carriage return": (SENTENCE + "\r", None),
    "U+2028 in a sentence": ("AID :: Nurses\u2028fed {traders|target}.", None),
    "U+0085 in a sentence": ("AID :: Nurses\x85fed {traders|target}.", None),
    "U+001C in a sentence": ("AID :: Nurses\x1cfed {traders|target}.", None),
    "carriage return in a sentence": ("AID :: Nurses\rfed {traders|target}.", None),
    "NUL": ("AID :: Nur\0ses fed.", "a NUL character"),
    "no UTF-8": (b"AID :: Caf\xe9 fed.", "UTF-8 text"),
    "overlong": (b"AID :: \xc0\xaf", "UTF-8 text"),
    "10 MB": ("AID :: " + LONG, "lines of at most"),
    "no types": ("Nurses fed traders.", "'types :: sentence'"),
    "no sentence": ("AID :: ", "'types :: sentence'"),
    "too many parts": ("AID :: a :: passive :: b", "'types :: sentence'"),
    "unknown type": ("AIDE :: Nurses fed.", "did you mean 'AID'?"),
    "type of 500,000 letters": ("x" * 500_000 + " :: Nurses fed.", "PLOVER codes"),
    "type twice": ("AID, AID :: Nurses fed.", "each event type once"),
    "unknown tag": ("AID :: Nurses fed. :: pasive", "did you mean 'passive'?"),
    "unknown role": ("AID :: {Nurses|sauce} fed.", "did you mean 'source'?"),
    "no role": ("AID :: {Nurses|} fed.", "mention labels"),
    "empty mention": ("AID :: {|source} fed.", "without blanks at its ends"),
    "blank in front of a mention": ("AID :: { Nurses|source} fed.", "without blanks"),
    "open brace": ("AID :: {Nurses fed.", "marks of the form"),
    "closing brace": ("AID :: Nurses} fed.", "marks of the form"),
    "bar": ("AID :: Nur|ses fed.", "marks of the form"),
    "mark in a mark": ("AID :: {a {b|source}|target} fed.", "marks of the form"),
    "100,000 braces": ("AID :: " + "{" * DEEP, "marks of the form"),
    "100,000 half marks": ("AID :: " + "{a" * DEEP, "marks of the form"),
    "role twice": ("AID :: {Nurses|source, source} fed.", "each role once"),
    "actor and place in one": ("AID :: {Nurses|source, site} fed.", "actor labels or place labels"),
    "two directions": ("AID :: Nurses fed {Tirra|site, origin}.", "one direction a place"),
    "event of no need": ("AID :: {Nurses|source:AID} fed.", "an event is named only"),
    "source without event": ("none :: {Nurses|source} slept.", "sentence without event"),
}
HEADS: dict[str, tuple[Bytes, int | None, str]] = {
    "empty": ("", None, "at least one sentence"),
    "blank lines": ("\n\n\n", 1, "no headline, dateline"),
    "head alone": (HEAD, None, "at least one sentence"),
    "no head": (SENTENCE, 1, "a head line 'key: value'"),
    "head key twice": ("headline: a\nheadline: b\n\n", 2, "each head key once"),
    "unknown head key": ("headlin: a\n\n", 1, "did you mean 'headline'?"),
    "no date": (HEAD.replace("date: 2014-03-03\n", ""), 5, "no date"),
    "30th of February": (HEAD.replace("03-03", "02-30"), 6, "a date YYYY-MM-DD"),
    "date in other digits": (HEAD.replace("2014-03-03", "٢٠١٤-٠٣-٠٣"), 6, "a date YYYY-MM-DD"),
    "unknown style": (HEAD.replace("live", "life"), 6, "did you mean 'live'?"),
    "unknown region": (HEAD.replace("europe", "Europe"), 6, "a known region"),
    "byte order mark twice": ("\ufeff\ufeff" + HEAD, 1, "a head line"),
    "gzip": (b"\x1f\x8b\x08" + HEAD.encode(), None, "a gzip file"),
    "UTF-16": (HEAD.encode("utf-16"), None, "UTF-16 text"),
}
# The content is the second of three rows.
PLV: dict[str, tuple[Bytes, str | None]] = {
    "plain": (plv("<s>A</s> fed <t>B</t>."), None),
    "carriage return": (plv("<s>A</s> fed.") + "\r", None),
    "U+2028 in a cell": (plv("<s>A</s> fed\u2028it."), None),
    "U+0085 in a cell": (plv("<s>A</s> fed\x85it."), None),
    "U+001C in a cell": (plv("<s>A</s> fed\x1cit."), None),
    "quoted cell": (plv('"<s>A</s> said ""no""."'), None),
    "open quote": (plv('"<s>A</s> fed.'), "4 cells"),
    "carriage return in a cell": (plv("<s>A</s>\rfed."), "cells parted by tabs"),
    "cell of 200,000 letters": (plv("x" * 200_000), "cells parted by tabs"),
    "cell too few": ("2\t-\tfed.", "4 cells, found 3"),
    "cell too many": (plv("fed.") + "\t", "4 cells, found 5"),
    "unknown code": (plv("<s>A</s> fed.", "AIDE"), "did you mean 'AID'?"),
    "empty code": (plv("<s>A</s> fed.", ""), "root code"),
    "code of 100,000 letters": (plv("<s>A</s> fed.", "x" * 100_000), "root code"),
    "open mark": (plv("<s>A fed."), "each mark closed"),
    "closing mark": (plv("A</s> fed."), "marks <s>"),
    "empty mark": (plv("<s></s> fed."), "marks <s>"),
    "mark twice": (plv("<s>A<s>B</s></s>"), "closed before it opens again"),
    "100,000 marks": (plv("<s>" * 30_000), "closed before it opens again"),
    "empty sentence": (plv(""), "a sentence"),
    "blank sentence": (plv(" \xa0 "), "a sentence"),
    "NUL": (plv("A\0B"), "a NUL character"),
    "no UTF-8": (b"2\t-\tCaf\xe9\tAID", "UTF-8 text"),
    "overlong": (b"2\t-\t\xc0\xaf\tAID", "UTF-8 text"),
    "10 MB": (plv(LONG), "lines of at most"),
}
# A SplitConfig: content, line of the refusal, reason (None where it is read).
YAML: dict[str, tuple[Bytes, int | None, str | None]] = {
    "plain": ("seed: 1\n", None, None),
    "byte order mark": ("\ufeffseed: 1\n", None, None),
    "Windows line ends": ("seed: 1\r\ntest: 0.1\r\n", None, None),
    "alias": ("a: &x 1\nseed: *x\n", 2, "an alias"),
    "alias of itself": ("a: &x [*x]\n", 1, "an alias"),
    "billion laughs": (LAUGHS, 2, "an alias"),
    "merge of an alias": ("a: &x {seed: 1}\n<<: *x\n", 2, "an alias"),
    "merge key": ("test: 0.1\n<<: {seed: 1}\n", 2, "a merge key"),
    "merge of a list": ("<<: [{seed: 1}, {seed: 2}]\n", 1, "a merge key"),
    "Python object": ("seed: !!python/object/apply:os.system [ls]\n", 1, "the tag"),
    "Python name": ("seed: !!python/name:os.system\n", 1, "the tag"),
    "own tag": ("seed: !x 1\n", 1, "the tag"),
    "tag of a plain type": ("seed: !!int 1\n", 1, "the tag"),
    "binary": ("seed: !!binary aGk=\n", 1, "the tag"),
    "tag by a directive": ("%TAG ! tag:yaml.org,2002:python/\n---\nseed: !name:os 1\n", 3, "tag"),
    "_target_": ("_target_: os.system\n", None, "unknown key '_target_'"),
    "key twice": ("seed: 1\nseed: 2\n", 2, "the key 'seed' twice"),
    "key twice by quotes": ("seed: 1\n'seed': 2\n", 2, "the key 'seed' twice"),
    "key twice inside": ("a:\n  b: 1\n  b: 1\n", 3, "the key 'b' twice"),
    "list as key": ("[a]: 1\n", 1, "a key that is no plain value"),
    "number as key": ("1: 1\n", None, "Keys should be strings"),
    "null as key": ("~: 1\n", None, "Keys should be strings"),
    "unknown key": ("sede: 1\n", None, "did you mean 'seed'?"),
    "5,000 unknown keys": ("".join(f"k{n}: 1\n" for n in range(5_000)), None, "unknown key 'k0'"),
    "two documents": ("seed: 1\n---\nseed: 2\n", 2, "another document"),
    "empty": ("", None, "a YAML mapping"),
    "comment alone": ("# seed: 1\n", None, "a YAML mapping"),
    "list": ("- seed\n", None, "a YAML mapping"),
    "word": ("seed\n", None, "a YAML mapping"),
    "tab as indent": ("a:\n\tb: 1\n", 2, "cannot start any token"),
    "open quote": ("seed: '1\n", 2, "plain YAML"),
    "open list": ("seed: [1\n", 2, "plain YAML"),
    "NUL": ("test: 0.1\nseed: 1\0\n", 2, "a NUL character"),
    "escaped NUL": ('seed: "\\0"\n', 1, "a NUL character"),
    "lone surrogate": ('seed: "\\ud800"\n', 1, "a lone surrogate"),
    "U+001C": ("seed: 1\x1ctest: 0.1\n", None, "plain YAML"),
    "U+0085 ends no line": ("seed: 1\x85test: 0.1\n", 1, "a line separator"),
    "U+2028 ends no line": ("seed: 1\u2028test: 0.1\n", 1, "a line separator"),
    "no UTF-8": (b"test: 0.1\nseed: \xe9\n", 2, "UTF-8 text"),
    "overlong": (b"seed: \xc0\xaf\n", 1, "UTF-8 text"),
    "UTF-16": ("seed: 1\n".encode("utf-16"), None, "UTF-16 text"),
    "gzip": (b"\x1f\x8b\x08\x00", None, "a gzip file"),
    "more than the cap": ("# " + "x" * MAX_BYTES, None, "bytes"),
    "nan": ("test: .nan\n", None, "test: "),
    "infinity": ("test: .inf\n", None, "test: "),
    "1e999": ("test: 1.0e+999\n", None, "test: "),
    "integer of 10,000 digits": (f"seed: {DIGITS}\n", 1, "a number of more than"),
    "hexadecimal of 10,000 digits": (f"seed: 0x{DIGITS}\n", 1, "a number of more than"),
    "sexagesimal integer": ("seed: 1" + ":1" * 20_000 + "\n", 1, "a number of more than"),
    "sexagesimal float": ("test: 1" + ":1" * 20_000 + ".5\n", 1, "a number of more than"),
    "30th of February": ("seed: 2014-02-30\n", None, "plain YAML"),
    "25 o'clock": ("seed: 2014-02-03 25:00:00\n", None, "plain YAML"),
    "nested lists": ("seed: " + "[" * DEEP, 1, "deep nesting"),
    "nested mappings": ("seed: " + "{a: " * 20_000, 1, "deep nesting"),
    "nested dashes": ("seed:\n" + "- " * 40_000 + "1\n", 2, "deep nesting"),
    "nested questions": ("? " * 20_000, 1, "deep nesting"),
}
SLOWER = ("5,000 unknown keys", "nested lists")  # some 0.4 s: the scanner reads on
NO_ARTICLE = "an article"
PAGES: dict[str, tuple[Bytes, str | None] | tuple[Bytes, str, int]] = {
    "plain": (STORY, None),
    "empty": ("", NO_ARTICLE),
    "blank lines": (" \n\u2003\n\t", NO_ARTICLE),
    "byte order mark": ("\ufeff" + STORY, None),
    "Windows line ends": (STORY.replace("\n", "\r\n") * 2, None),
    "old Macintosh line ends": (STORY.replace("\n", "\r") * 2, None),
    "U+2028 between lines": (STORY + "\u2028" + STORY, None),
    "U+001C in a line": (STORY.replace("town", "to\x1cwn"), None),
    "NUL": (STORY + "\0", "a NUL character", 2),
    "NUL in HTML": (f"<html><p>{STORY}\0</p></html>", "a NUL character", 2),
    "no UTF-8": (b"Caf\xe9", "UTF-8 text", 1),
    "surrogate": (STORY.encode() + b"\xed\xa0\x80", "UTF-8 text", 2),
    "overlong": (STORY.encode() + b"\xc0\xaf", "UTF-8 text", 2),
    "UTF-16": (STORY.encode("utf-16"), "UTF-16 text"),
    "gzip": (b"\x1f\x8b\x08\x00", "a gzip file"),
    "10 MB": (LONG, "a page of at most"),
    "one word of 1 MB": ("a" * 1_000_000, NO_ARTICLE),
    "1 MB of dots": ("." * 1_000_000, NO_ARTICLE),
    "1 MB of quotes": ('"' * 1_000_000, NO_ARTICLE),
    "100,000 brackets": ("[" * DEEP, NO_ARTICLE),
    "HTML without text": ("<html></html>", NO_ARTICLE),
    "HTML of a script": ("<html><script>" + "x" * DEEP + "</script></html>", NO_ARTICLE),
    "HTML in 100,000 divs": ("<html>" + "<div>" * DEEP + STORY, NO_ARTICLE),
    "HTML in 100,000 bold": ("<html>" + "<b>" * DEEP + STORY, NO_ARTICLE),
    "HTML tables in tables": ("<html>" + "<table><tr><td>" * 30_000 + STORY, NO_ARTICLE),
    "open HTML comment": ("<!--" + "x" * DEEP, NO_ARTICLE),
    "open HTML tag": ("<html><p " + "a=b " * DEEP, NO_ARTICLE),
    "HTML that claims another encoding": (
        f'<?xml version="1.0" encoding="utf-16"?><html><p>{STORY}</p></html>',
        None,
    ),
    "HTML with entities of its own": (
        f'<!DOCTYPE html [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><html><p>&c;{STORY}</p></html>',
        None,
    ),
}


@dataclass(frozen=True)
class Case:
    """A file and its outcome: rows read, and (line, part of the reason) of each refusal."""

    name: str
    reader: str
    content: bytes
    rows: int
    refusals: tuple[tuple[int | None, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.reader}: {self.name}"


def encoded(content: Bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def among(reader: str, lines: tuple[str, str, str], line: int, table: dict) -> Iterator[Case]:
    """A file of good lines for each entry of a table, with its content in the middle."""
    start, before, after = map(str.encode, lines)
    for name, (content, reason) in table.items():
        whole = b"\n".join([start + before, encoded(content), after])
        if reason in (None, "blank"):
            yield Case(name, reader, whole, 2 if reason else 3)
        else:
            yield Case(name, reader, whole, 0 if reader == "inline" else 2, ((line, reason),))


def cases() -> Iterator[Case]:
    good = (row(id="a"), row(id="c"))
    yield from among("jsonl", ("", *good), 2, JSONL)
    for name, (content, rows, refusals) in JSONL_FILES.items():
        yield Case(name, "jsonl", encoded(content), rows, tuple(refusals))
    yield from among("inline", (HEAD, SENTENCE, SENTENCE), 8, INLINE)
    for name, (content, line, reason) in HEADS.items():
        sentences = encoded(SENTENCE if b"2014" in encoded(content) and content != HEAD else "")
        yield Case(name, "inline", encoded(content) + sentences, 0, ((line, reason),))
    yield from among("plv", (COLUMNS + "\n", plv("A fed."), plv("C fed.")), 3, PLV)
    for name, (content, line, reason) in YAML.items():
        refusals = ((line, reason),) if reason else ()
        yield Case(name, "yaml", encoded(content), not reason, refusals)
    for name, (content, reason, *line) in PAGES.items():
        refusals = ((*line, None)[0], reason)
        yield Case(name, "page", encoded(content), not reason, (refusals,) if reason else ())


CASES = tuple(cases())
ENDINGS = {"jsonl": "jsonl", "inline": "txt", "plv": "tsv", "yaml": "yaml", "page": "html"}


def outcome(reader: str, path: Path) -> tuple[int, list[BadInput]]:
    """Rows read (1 for a config or a page) and all refusals, those of the whole file too."""
    refused: list[BadInput] = []
    rows = 0
    try:
        if reader == "yaml":
            parse_model(path, SplitConfig)
            rows = 1
        elif reader == "page":
            read_page(read_text(path, "an article", 20_000_000))
            rows = 1
        else:
            for _ in read_sentences(path, reader, refused.append):
                rows += 1
    except BadInput as error:
        refused.append(error)
    return rows, refused


@pytest.fixture(autouse=True)
def _nothing_hangs() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError("a reader hangs")

    former = signal.signal(signal.SIGALRM, stop)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, former)


def test_the_corpus_is_large():
    assert len(CASES) + len(SPECIAL) * len(ENDINGS) >= 200
    assert len({str(case) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_file_has_its_outcome_and_no_row_is_lost(case, tmp_path):
    path = tmp_path / f"hostile.{ENDINGS[case.reader]}"
    path.write_bytes(case.content)
    rows, refused = outcome(case.reader, path)
    found = [(error.line, str(error)) for error in refused]
    assert [line for line, _ in found] == [line for line, _ in case.refusals], found
    for (_, message), (_, reason) in zip(found, case.refusals, strict=True):
        assert reason in message and len(message) < 1_500
    assert rows == case.rows
    if case.reader in ("jsonl", "plv") and None not in (line for line, _ in found):
        lines = case.content.removeprefix(b"\xef\xbb\xbf").split(b"\n")[case.reader == "plv" :]
        assert rows + len(refused) == sum(line.strip(b" \t\r") != b"" for line in lines)


@pytest.mark.parametrize(
    "name", [name for name, (_, _, reason) in YAML.items() if reason and name not in SLOWER]
)
def test_configs_that_are_more_than_data_are_refused_within_100_ms(name, write):
    path = write("hostile.yaml", YAML[name][0])
    times = []
    for _ in range(3):
        start = time.process_time()  # of this process: others may hold the processor
        outcome("yaml", path)
        times.append(time.process_time() - start)
    assert min(times) < 0.1


def _unreadable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("x")
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything

        def denied(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", denied)
        monkeypatch.setattr(Path, "read_bytes", denied)


def _socket(path: Path) -> None:
    os.chdir(path.parent)  # a socket's path may be short alone
    socket.socket(socket.AF_UNIX).bind(path.name)


def _loop(path: Path) -> None:
    other = path.with_name("other")
    other.symlink_to(path)
    path.symlink_to(other)


SPECIAL: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda path: None, "nothing there"),
    "link to nothing": (lambda path: path.symlink_to("gone"), "nothing there"),
    "links in a ring": (_loop, "too many levels of symbolic links"),
    "pipe": (os.mkfifo, "a pipe or device"),
    "link to a pipe": (
        lambda path: (os.mkfifo(f"{path}.x"), path.symlink_to(f"{path}.x")),
        "a pipe or device",
    ),
    "socket": (_socket, "a pipe or device"),
    "endless device": (lambda path: path.symlink_to("/dev/zero"), "a pipe or device"),
    "empty device": (lambda path: path.symlink_to("/dev/null"), "a pipe or device"),
    "folder": (lambda path: path.mkdir(), "a folder"),
    "file as a folder": (lambda path: path.write_text("x"), "not a directory"),
    "name of 300 letters": (lambda path: None, "file name too long"),
    "NUL in the name": (lambda path: None, "null byte"),
    "no permission": (lambda path: None, "permission denied"),
}


@pytest.mark.parametrize("reader", ENDINGS)
@pytest.mark.parametrize("name", SPECIAL)
def test_what_is_no_regular_file_is_refused_by_each_reader(name, reader, tmp_path, monkeypatch):
    make, reason = SPECIAL[name]
    path = tmp_path / f"hostile.{ENDINGS[reader]}"
    monkeypatch.chdir(tmp_path)
    make(path)
    if name == "file as a folder":
        path = path / "inside.jsonl"
    elif name == "name of 300 letters":
        path = tmp_path / ("x" * 300)
    elif name == "NUL in the name":
        path = tmp_path / "a\0b"
    elif name == "no permission":
        _unreadable(path, monkeypatch)
    rows, refused = outcome(reader, path)
    assert rows == 0 and len(refused) == 1
    if not (name == "folder" and reader == "inline"):  # a folder of no articles
        assert reason in str(refused[0])


def test_an_empty_file_of_sentences_is_no_error(write):
    assert outcome("jsonl", write("empty.jsonl", "")) == (0, [])


def test_mutated_files_are_read_or_refused_and_no_row_is_lost():
    """A second or two of what CI runs for a minute: python tests/fuzz_readers.py --minutes 1."""
    spec = importlib.util.spec_from_file_location(
        "fuzz_readers", Path(__file__).with_name("fuzz_readers.py")
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclasses look themselves up
    spec.loader.exec_module(module)
    result = module.fuzz(seconds=1.5)
    assert not result.findings
    assert set(result.executions) == set(module.SEEDS) and result.executions.total() > 100
