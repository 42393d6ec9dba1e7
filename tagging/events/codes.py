"""PLOVER event types in other schemes: CAMEO's root codes and ACLED's event types.

CAMEO's roots follow PLOVER's own table (openeventdata/PLOVER, CAMEO2PLOVER-2021), which has CONCEDE
and RETREAT under one root. ACLED codes political violence and demonstrations alone, so most verbal
types have no type there; its sub-events need details that a PLOVER code has not.
"""

import re
from collections.abc import Sequence
from typing import Final

from tagging.events.record import Party

CAMEO: Final = {
    "AGREE": "03",
    "CONSULT": "04",
    "SUPPORT": "05",
    "COOPERATE": "06",
    "AID": "07",
    "CONCEDE": "08",
    "RETREAT": "08",
    "REQUEST": "10",
    "ACCUSE": "11",
    "REJECT": "12",
    "THREATEN": "13",
    "PROTEST": "14",
    "MOBILIZE": "15",
    "SANCTION": "16",
    "COERCE": "17",
    "ASSAULT": "18",
}
FIGHT: Final = "19"  # CAMEO's root for military force; PLOVER's ASSAULT holds both
FIGHTING: Final = frozenset({"MIL", "REB", "PRM", "IMG"})
ARMED: Final = FIGHTING | {"COP", "UAF", "SPY"}
_HEAVY: Final = (
    r"shell(?:s|ed|ing|fire)?|mortars?|rockets?|missiles?|artillery|air ?(?:strikes?|raids?)"
    r"|warplanes?|drones?"
)
_WAR: Final = re.compile(rf"(?i)\b(?:{_HEAVY})\b")
_REMOTE: Final = re.compile(
    rf"(?i)\b(?:{_HEAVY}|bomb(?:s|ed|ing|ings)?|(?:land)?mines?|grenades?"
    r"|explo(?:ded|des|sion|sions))\b"
)


def cameo_of(event_type: str, text: str, sources: Sequence[Party]) -> str | None:
    """CAMEO's root code; an ASSAULT by an army or rebels or with heavy arms is 19, else 18."""
    if event_type == "ASSAULT" and (_any(sources, FIGHTING) or _WAR.search(text)):
        return FIGHT
    return CAMEO.get(event_type)


def acled_of(
    event_type: str, text: str, sources: Sequence[Party], targets: Sequence[Party]
) -> str | None:
    """ACLED's event type; None for what it does not code or what cannot be told."""
    if event_type == "PROTEST":
        return "Protests"
    if event_type == "AGREE":
        return "Strategic developments" if _any((*sources, *targets), ARMED) else None
    if event_type != "ASSAULT":
        return None
    if _REMOTE.search(text):
        return "Explosions/Remote violence"
    if _any(sources, ARMED) and _any(targets, ARMED):
        return "Battles"
    unarmed = (
        targets and all(party.affiliation.sector for party in targets) and not _any(targets, ARMED)
    )
    return "Violence against civilians" if unarmed else None


def _any(parties: Sequence[Party], sectors: frozenset[str]) -> bool:
    return any(party.affiliation.sector in sectors for party in parties)
