"""Hostile pages: text and HTML."""

from collections.abc import Iterator

from hostile_cases import DEEP, LONG, Bytes, Case, encoded

STORY = "Troops left the town of Goma on Monday after talks with the governor, officials said.\n"
NO_ARTICLE = "an article"
# name -> (page, reason of the refusal; None where it is read; its line where it has one)
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


def cases() -> Iterator[Case]:
    for name, (content, reason, *line) in PAGES.items():
        refusals = ((*line, None)[0], reason)
        yield Case(name, "page", encoded(content), not reason, (refusals,) if reason else ())
