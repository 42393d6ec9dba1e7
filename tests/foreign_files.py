"""Files of foreign formats: the labels of a newsroom, and what spoils a file."""

import random
from pathlib import Path

from data.mapping import Mapping, SpanMeaning
from data.records import Role, Sentence

FRONT = "Rebels of the Tirra Front"
TYPES = Mapping(
    event_types={"Shelling": ("ASSAULT",), "Strike": ("PROTEST",), "Talks": ("CONSULT",)},
    spans={
        "ORG": SpanMeaning(kind="actor"),
        "LOC": SpanMeaning(kind="place", roles=("site",)),
        "Agent": SpanMeaning(kind="actor", roles=("source",)),
        "Target": SpanMeaning(kind="place", roles=("destination",)),
        "TIME": None,
        "Coref": None,
    },
)


def roles(sentence: Sentence) -> dict[str, tuple[Role, ...]]:
    return {sentence.text[one.start : one.end]: one.roles for one in sentence.mentions}


def mutated(rng: random.Random, raw: bytes) -> bytes:
    """The bytes with some of them changed, lost, doubled or put elsewhere."""
    for _ in range(rng.randint(1, 4)):
        start, end = sorted((rng.randrange(len(raw)), rng.randrange(len(raw))))
        end = min(end, start + rng.choice((1, 1, 8, 200)))
        piece = rng.choice((b"", raw[start:end] * 2, b"\xff", b"null", b"1e9", b"-1", b'"', b"[{"))
        raw = raw[:start] + piece + raw[end:]
    return raw


def refill(path: Path, raw: bytes) -> None:
    """Writes the file anew without making it, which would take most of the time."""
    with path.open("r+b") as file:
        file.write(raw)
        file.truncate()
