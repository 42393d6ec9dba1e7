"""What a place mention may mean: its name, with compass and type words taken off step by step."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

Reach = Literal["site", "around", "division"]

REACH_KM: Final[dict[Reach, float]] = {"site": 20.0, "around": 50.0, "division": 100.0}
_WORDS: Final[dict[Reach, str]] = {
    "site": """airport airports airfield airbase airstrip base bases camp camps port harbour harbor
        docks quay quays quayside prison jail barracks garrison market markets hospital clinic
        university college school campus station stadium mosque cathedral church temple monastery
        refinery dam mine pit bridge bridges quarter quarters neighbourhood neighborhood suburb
        suburbs checkpoint crossing crossroads post gate gates terminal square embassy palace
        museum city town village hamlet municipality centre center slum slums township roundabout
        seafront corniche waterfront beach depot outpost factory plant sector marketplace""",
    "around": """outskirts area areas countryside environs hinterland vicinity edge edges road roads
        highway motorway railway track corridor front axis hill hills valley forest forests woods
        plain plains mountain mountains bay pass range ridge gorge peninsula peak heights plateau
        highlands lowlands delta estuary river lake island islands lagoon oasis desert coast shore
        shores border frontier line lines side belt basin""",
    "division": """region regions province state governorate department oblast county district
        districts prefecture territory division canton krai republic emirate zone provinces""",
}
REACH: Final[dict[str, Reach]] = {
    word: reach for reach, words in _WORDS.items() for word in words.split()
}


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NAMED: Final = _set(  # with a capital letter these make a name of its own
    """Road Street Avenue Highway Square Line Side Lane Hill Hills Heights Beach Bay Pass Range Peak
    Forest Gate Post Church Island Islands"""
)
LAND: Final = _set(
    """territory soil side border frontier coast shore shores waters airspace mainland interior
    highlands lowlands plateau desert countryside hinterland"""
)
_BEFORE_TYPE: Final = _set(
    """air military international naval army refugee displacement bus railway train border wholesale
    autonomous federal industrial oil gas transit passenger freight"""
)
_EMPTY: Final = _set(
    """the far deep extreme rural coastal downtown greater metropolitan mainland occupied inside
    near outside around within across throughout nearby"""
)
_POINT: Final = r"(?:north|south)(?:-?(?:east|west))?|east|west"
_COMPASS: Final = re.compile(rf"(?:(?:{_POINT})(?:ern|ernmost)?|cent(?:ral|er|re))", re.I)
_PART: Final = rf"(?:far |extreme |deep )?(?P<part>{_POINT}|centre|center)"
_PART_OF: Final = re.compile(
    rf"{_PART}(?:ern)?(?: (?:part|half|corner|tip|edge|end|shore|coast))? of (?P<whole>.+)", re.I
)
_OF: Final = re.compile(r"(?P<word>\w+) of (?:the )?(?P<whole>.+)", re.I)
_OWNED: Final = re.compile(r"(?P<owner>.+?)'s (?P<name>.+)")


@dataclass(frozen=True)
class Reading:
    """A name to look up. `modifier` is the part of it, `words` the type words around it.

    `within` names the place that it lies in; `land` tells that the name is an adjective of a
    country ("Malian territory").
    """

    name: str
    modifier: str | None = None
    words: tuple[str, ...] = ()
    within: str | None = None
    land: bool = False

    @property
    def reach(self) -> Reach | None:
        """How wide the outermost of the type words makes the place."""
        reaches = [REACH[word.lower()] for word in self.words]
        return max(reaches, key=REACH_KM.__getitem__, default=None)


def readings(surface: str) -> Iterator[Reading]:
    """The readings of a mention, the plainest first; each name at most once."""
    seen: set[Reading] = set()
    name = " ".join(surface.replace("’", "'").replace("‘", "'").split()).strip(' "“”,;:()[]')
    waiting = [Reading(name)]
    while waiting:
        reading = waiting.pop(0)
        if reading.name and reading not in seen:
            seen.add(reading)
            yield reading
            waiting += _narrower(reading)


def _narrower(reading: Reading) -> Iterator[Reading]:
    """The readings that take one more thing off."""
    name, words = reading.name, reading.name.split()
    if match := _PART_OF.fullmatch(name):
        yield replace(reading, name=match["whole"], modifier=match["part"].lower())
    elif (match := _OF.fullmatch(name)) and match["word"].lower() in REACH:
        yield _typed(reading, match["whole"], match["word"])
    elif "," in name:
        first, _, last = name.rpartition(",")
        yield replace(reading, name=first.strip(), within=last.strip())
    elif match := _OWNED.fullmatch(name):
        yield from _owned(reading, match["owner"], match["name"])
    elif name.endswith("'s"):
        yield replace(reading, name=name[:-2])
    elif len(words) > 1:
        yield from _shorter(reading, words)


def _owned(reading: Reading, owner: str, name: str) -> Iterator[Reading]:
    """ "Mali's Kidal region" is Kidal region within Mali; "Mali's far north" a part of Mali."""
    part = name.lower().removeprefix("far ")
    if _COMPASS.fullmatch(part):
        yield replace(reading, name=owner, modifier=part)
    else:
        yield replace(reading, name=name, within=owner)


def _shorter(reading: Reading, words: list[str]) -> Iterator[Reading]:
    """The reading without its last word or without its first, where these are no part of a name."""
    first, last = words[0], words[-1]
    head = " ".join(words[:-1])
    if last.lower() in LAND:
        yield replace(reading, name=head, land=True)
    if last.lower() in REACH and last not in NAMED:
        yield _typed(reading, head, last)
    elif reading.words and last.lower() in _BEFORE_TYPE:
        yield replace(reading, name=head)
    rest = " ".join(words[1:])
    if first.lower() in _EMPTY:
        yield replace(reading, name=rest)
    elif reading.modifier is None and _COMPASS.fullmatch(first):
        yield replace(reading, name=rest, modifier=first.lower())
    if len(words) == 2 and _COMPASS.fullmatch(last) and reading.modifier is None:
        yield replace(reading, name=first, modifier=last.lower(), land=True)


def _typed(reading: Reading, name: str, word: str) -> Reading:
    return replace(reading, name=name, words=(*reading.words, word))
