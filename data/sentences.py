"""Article text -> sentences: sentencex (English) and tested rules for what it gets wrong."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import sentencex

_UNSEEN = "\u200b\ufeff"  # a zero-width space and a byte order mark are blank too
_STARTERS = (  # words that open a sentence and are nobody's surname
    r"(?:The|He|She|It|They|We|But|And|This|That|These|Those|There|His|Her|Its|Their|When|While|After"
    r"|Before|Since|During|Under|Both|Several|Many|Some|Most|However|Meanwhile|Earlier|Later|According"
    r"|Although|Though|If|As|For|From|With|In|On|At|By|Two|Three|Four|Five|Six|Dozens|Hundreds"
    r"|Thousands)\b"
)
_NEWS_SUBJECTS = (  # they open a sentence after "in the U.S." but never complete that name
    r"(?:Officials|Police|Authorities|Analysts|Witnesses|Protesters|Residents|Prosecutors|Critics"
    r"|Experts|Lawmakers|Investigators|Doctors|Soldiers|Troops|Rebels|Militants|Diplomats|Aid)\b"
)
_TITLES = (
    r"(?:Mr|Mrs|Ms|Dr|Prof|Messrs|Gen|Lt|Col|Maj|Capt|Sgt|Cpl|Spc|Pfc|Pvt|Cmdr|Adm|Brig|Supt|Insp"
    r"|Const|Det|Dep|Gov|Sen|Rep|Amb|Pres|Atty|Asst|Rev|Hon|Fr|St|Ste|Mt|Ft|Msgr|Sra|Srta|Dra)"
)
_SHORT = (  # what stands before a lower-case word
    r"(?:hrs?|mins?|secs?|yrs?|wks?|mos|lbs?|oz|ft|yds?|kg|km|cm|mm|mph|kph|sq|[Dd]ept|[Gg]ov['’]?t"
    r"|Mon|Tues?|Weds?|Thurs?|Fri|Sat|Sun)"
)
_COUNTED = (  # a number behind one of these ends no list item
    *("No", "Nos", "Fig", "Figs", "Art", "Sec", "Ch", "Vol", "p", "pp"),
    *("Jan", "Feb", "Mar", "Apr", "Jun", "Jul", "Aug", "Sep", "Sept", "Oct", "Nov", "Dec"),
)
_NOT_COUNTED = "".join(rf"(?<!\b{word})" for word in _COUNTED)
_EMOJI = r"[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f\u200d]"
_CLOCK_WORD = (
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:Jan|Febr)uary|March|April|May|June|July|August"
    r"|(?:Sept|Nov|Dec)ember|October|GMT|UTC|BST|CET|E[SD]?T|P[SD]?T|C[SD]T"
    r"|[A-Z][a-z]+ (?:[Ss]tandard )?[Tt]ime)\b"
)
_SPEAKER = r"(?:(?:the|an?|[A-Z]\w*['’]s [a-z]+|[A-Z][\w'’-]+)\s+){1,4}"
_SPEECH = (
    r"(?:said|says|asked|asks|told|shouted|cried|wondered|added|wrote|replied|demanded|called"
    r"|chanted)\b"
)

# A boundary of sentencex is none where the text before and after it match one of these pairs.
_JOINS: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(before), re.compile(after))
    for before, after in (
        (r"\b[ap]\.\s?m\.\s+$", _CLOCK_WORD),
        (r"\b(?:[Aa]pprox|[Cc]a|[Ee]st|[Nn]os?|[Vv]ol|Art|Sec|Ch|Par|[Ff]ig|pp)\.\s+$", r"\d"),
        (r"\b" + _TITLES + r"\.(?:-?Gen\.)?\s+$", r"(?!" + _STARTERS + r")[A-Z]"),
        (r"\b[A-Z][a-z]*!\s+$", r"[a-z]"),  # a name with a mark: Yahoo! said
        (r"[?!][\"”'’]\s+$", r"(?!" + _STARTERS + r")" + _SPEAKER + _SPEECH),
        (r"[?!][\"”'’]\s+$", r"[a-z]"),
        (r"\b" + _SHORT + r"\.\s+$", r"[a-z]"),
        (r"\b[A-Z]\.$", r"[A-Z]\."),  # an anti-U.|S. rally
        (r"[,:;][^\S\n]+$", r"\(?\w{1,2}\)"),  # it says: 1) the war is over; 2) nobody won
        (r"", r"[\])}”»’\"']+(?:\s|$)"),  # a closing mark is no sentence
        (r"[.!?]\s+$", _EMOJI),
        # the number of a list item
        (r"(?:^|\n|" + _NOT_COUNTED + r"[.;:!?]\s+)[\"“]?\d{1,2}\.\s+$", r"\S"),
        (r"^[A-Z][A-Z '-]+\.\s+$", r"[A-Z][a-z]+ \d{1,2}\b"),  # MOSCOW. March 3. /TASS/.
        (r"^[A-Z][A-Z '-]+\. [A-Z][a-z]+ \d{1,2}\.\s+$", r"(?:/[A-Z]|INTERFAX|[A-Z]{3,}\b)"),
        (r"^[A-Z][A-Z '-]+\. [A-Z][a-z]+ \d{1,2}\. /[A-Z-]+/\.\s+$", r"\S"),
    )
)
# A boundary that sentencex misses: the match ends before the blanks that part the sentences.
_CUTS: tuple[re.Pattern[str], ...] = (
    re.compile(r"\b(?:[A-Z]\.)*[A-Z]\.(?=\s+" + _STARTERS + ")"),
    re.compile(r"\bthe (?:[A-Z]\.){2,}(?=\s+" + _NEWS_SUBJECTS + ")"),
    re.compile(r", (?:[A-Z]\.){2,}(?=\s+" + _NEWS_SUBJECTS + ")"),  # a state behind its town
    re.compile(r"\b[a-z]{4,}\.(?=\s+" + _STARTERS + ")"),
    re.compile(r"\b(?:no|not|May|War [IVX]+)\.(?=\s+[A-Z])"),
    re.compile(r"\b[ap]\.\s?m\.(?=\s+[A-Z]\.)"),
    re.compile(r"[.!?]\s+" + _EMOJI + r"+(?=\s+\S)"),
    re.compile(r"\d\s?[CFm]\.(?=\s+[A-Z][a-z])"),
    re.compile(r"\w{2}…(?=\s+" + _STARTERS + ")"),
    re.compile(r"\.\)(?=\s+[A-Z][a-z])"),
)
_OPEN, _CLOSE = "“(«", "”)»"
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_WINDOW = 20_000  # characters


@dataclass(frozen=True)
class Stretch:
    """A stretch of a text, in code points: text[start:end]."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters of the stretch."""
        return text[self.start : self.end]


def split_sentences(text: str, offset: int = 0) -> list[Stretch]:
    """The sentences of a text in order, without the blanks around them.

    Offsets are code points; `offset` is where `text` starts in its source and is added to each.
    Every character that is not blank lies in exactly one sentence.
    """
    cuts = sorted((_boundaries(text) | set(_missed(text))) - {0, len(text)})
    edges = [0, *(cut for cut in cuts if not _joined(text, cut)), len(text)]
    stretches = (trimmed(text, *edge) for edge in pairwise(edges))
    return [
        Stretch(stretch.start + offset, stretch.end + offset)
        for stretch in stretches
        if stretch.start < stretch.end
    ]


def trimmed(text: str, start: int, end: int) -> Stretch:
    """The stretch without the blanks at its ends; empty at `end` if it is all blank."""
    while start < end and is_blank(text[start]):
        start += 1
    while start < end and is_blank(text[end - 1]):
        end -= 1
    return Stretch(start, end)


def is_blank(character: str) -> bool:
    """Whether a character shows nothing: white space, a zero-width space, a byte order mark."""
    return character.isspace() or character in _UNSEEN


def _boundaries(text: str) -> set[int]:
    """Where sentencex parts the text. Its pieces are counted here, so offsets are code points."""
    plain = _LONE_SURROGATE.sub("\ufffd", text)  # they are no UTF-8
    position, cuts = 0, set()
    while position < len(plain):
        end = _window_end(plain, position)
        for piece in sentencex.segment("en", plain[position:end]):
            position += len(piece)
            cuts.add(position)
    return cuts


def _window_end(text: str, start: int) -> int:
    """The end of what sentencex gets at once: its time grows with the square of the length."""
    end = start + _WINDOW
    if end >= len(text):
        return len(text)
    for mark in ("\n\n", ". ", " "):
        if (found := text.rfind(mark, start + 1, end)) > 0:
            return found + len(mark)
    return end


def _missed(text: str) -> Iterator[int]:
    for pattern in _CUTS:
        for match in pattern.finditer(text):
            if not _inside(text, match):
                yield match.end()


def _inside(text: str, match: re.Match[str]) -> bool:
    """Whether the match lies within quotes or brackets of its paragraph, where nothing is cut."""
    start = max(text.rfind("\n\n", 0, match.start()), match.start() - 1000, 0)
    before, last = text[start : match.end()], text[match.end() - 1]
    depth = sum(map(before.count, _OPEN)) - sum(map(before.count, _CLOSE))
    return (depth > 0 and last not in _CLOSE) or before.count('"') % 2 == 1


def _joined(text: str, cut: int) -> bool:
    """Whether a rule forbids the boundary; the end of a paragraph is never forbidden."""
    start = max(0, cut - 60)
    if "\n\n" in text[start:cut]:
        start = text.rindex("\n\n", start, cut) + 2
        if not text[start:cut].strip():
            return False
    return any(
        left.search(text, start, cut) and right.match(text, cut, cut + 120)
        for left, right in _JOINS
    )
