"""Hostile articles in the inline format: sentences among good ones, and heads."""

from collections.abc import Iterator

from hostile_cases import DEEP, LONG, Bytes, Case, among, encoded

HEAD = "headline: H\ndateline: D\ndate: 2014-03-03\nstyle: live\nregion: europe\n\n"
SENTENCE = "AID :: {Nurses|source} fed {traders|target}."
# name -> (content of the second of three sentences, why the whole article is refused at line 8)
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
# name -> (what stands before the sentence, line of the refusal, reason)
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


def cases() -> Iterator[Case]:
    yield from among("inline", (HEAD, SENTENCE, SENTENCE), 8, INLINE)
    for name, (content, line, reason) in HEADS.items():
        sentences = encoded(SENTENCE if b"2014" in encoded(content) and content != HEAD else "")
        yield Case(name, "inline", encoded(content) + sentences, 0, ((line, reason),))
