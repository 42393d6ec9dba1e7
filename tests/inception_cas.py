"""Builds UIMA CAS JSON 0.4 as INCEpTION exports it, and reads it."""

import json
from pathlib import Path
from typing import Any

from foreign_files import FRONT, TYPES

from data.errors import BadInput
from data.importers import inception
from data.importers.inception import ENTITY, META_DATA, SENTENCE
from data.mapping import Mapping
from data.records import Sentence

LINES = (
    "Talks in 🛶 Norvale failed.",
    "🏳 Rebels of the Tirra Front shelled Port Ellis, and miners struck there.",
    "Rain fell.",
)
TEXT = "\n".join(LINES)
SPAN, RELATION, EVENT = "custom.Span", "custom.Relation", "webanno.custom.Event"
Json = dict[str, Any]


def place(words: str) -> Json:
    """The stretch in UTF-16 units, as Java counts."""
    begin = len(TEXT[: TEXT.index(words)].encode("utf-16-le")) // 2
    return {"@sofa": 1, "begin": begin, "end": begin + len(words.encode("utf-16-le")) // 2}


def layer(name: str, *features: str) -> Json:
    made: Json = {"%NAME": name, "%SUPER_TYPE": "uima.tcas.Annotation"}
    return made | {one: {"%NAME": one, "%RANGE": "uima.cas.String"} for one in features}


def structure(number: int, kind: str, words: str = "", **features: Any) -> Json:
    return {"%ID": number, "%TYPE": kind} | (place(words) if words else {}) | features


SOFA = structure(
    1, "uima.cas.Sofa", sofaNum=1, sofaID="_InitialView", mimeType="text", sofaString=TEXT
)
DKPRO = "de.tudarmstadt.ukp.dkpro.core.api"
ORIGIN = {"@sofa": 1, "begin": 0, "end": 0}
BASE = [
    SOFA,
    structure(
        2, META_DATA, TEXT, documentTitle="wire-1.txt", documentId="anna", isLastSegment=False
    ),
    structure(3, "de.tudarmstadt.ukp.clarin.webanno.api.type.CASMetadata", **ORIGIN),
    structure(4, f"{DKPRO}.lexmorph.type.pos.POS", "failed", PosValue="VBD"),
    structure(5, f"{DKPRO}.segmentation.type.Lemma", "failed", value="fail"),
    structure(6, f"{DKPRO}.segmentation.type.Token", "failed", order=0, **{"@lemma": 5}),
    *(structure(10 + number, SENTENCE, line) for number, line in enumerate(LINES)),
]
LABELS = [
    structure(20, SPAN, FRONT, label="ORG"),
    structure(21, SPAN, "Tirra", label="LOC"),
    structure(22, ENTITY, "Norvale", value="LOC", identifier="wd:Q1"),
    structure(23, SPAN, "miners", label="ORG"),
    structure(24, EVENT, "shelled", label="Shelling", **{"@arguments": 30}),
    structure(25, EVENT, "struck", label="Strike"),
    structure(26, SPAN, "Port Ellis", label="LOC"),
    structure(27, RELATION, "miners", label="Agent", **{"@Governor": 25, "@Dependent": 23}),
    structure(28, "webanno.custom.Certainty", "shelled", degree="high"),
    structure(30, f"{EVENT}ArgumentsLink[]", **{"%ELEMENTS": [31, 32, 33]}),
    structure(31, f"{EVENT}ArgumentsLink", role="Agent", **{"@target": 20}),
    structure(32, f"{EVENT}ArgumentsLink", role="Target", **{"@target": 26}),
    structure(33, f"{EVENT}ArgumentsLink", role="Agent"),
]
LAYERS = [
    layer(SPAN, "label"),
    layer(EVENT, "label", "arguments"),
    layer(RELATION, "label", "Governor", "Dependent"),
    layer("webanno.custom.Certainty", "degree"),
]


def cas(*structures: Json, base: list[Json] = BASE) -> Json:
    made = [*base, *structures]
    indexed = [one["%ID"] for one in made if "begin" in one]
    return {
        "%TYPES": {one["%NAME"]: one for one in LAYERS},
        "%FEATURE_STRUCTURES": made,
        "%VIEWS": {"_InitialView": {"%SOFA": 1, "%MEMBERS": indexed}},
    }


def read_path(path: Path, mapping: Mapping) -> tuple[list[Sentence], list[str]]:
    refused: list[BadInput] = []
    rows = list(inception.read(path, refused.append, mapping))
    return rows, [str(error) for error in refused]


def read(
    write, content: Json | str | bytes, mapping: Mapping = TYPES
) -> tuple[list[Sentence], list[str]]:
    raw = json.dumps(content, indent=2) if isinstance(content, dict) else content
    return read_path(write("anna.json", raw), mapping)


def without(kind: str) -> list[Json]:
    return [one for one in BASE if one["%TYPE"] != kind]
