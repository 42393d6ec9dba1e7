"""Hostile rows of the PLV table."""

from collections.abc import Iterator

from hostile_cases import LONG, Bytes, Case, among

COLUMNS = "sentence_id\tsentence\tmarked_sentence\tgold_root"


def plv(marked: str, root: str = "AID") -> str:
    return f"2\t-\t{marked}\t{root}"


# name -> (content of the second of three rows, why it is refused; None where it is read)
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


def cases() -> Iterator[Case]:
    yield from among("plv", (COLUMNS + "\n", plv("A fed."), plv("C fed.")), 3, PLV)
