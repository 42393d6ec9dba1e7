"""Fuzzes the readers: mutated valid files must be read or refused with BadInput, and lose no row.

python tests/fuzz_readers.py --minutes 1 [--seed 1] [--reader jsonl]
"""

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # run as a script, it sees `tests` alone

from data.articles import read_page
from data.codebook import FOLDER, Codebook
from data.errors import BadInput
from data.importers import jsonl, read_sentences
from data.mapping import Mapping
from data.reading import read_text
from data.splits import SplitConfig
from data.strict_yaml import parse_model

SLOW = 5.0  # seconds, for a file of some kilobytes
HEAD = "headline: H\ndateline: D\ndate: 2014-03-03\nstyle: live\nregion: europe\n\n"
STORY = """Envoys leave Norvale after talks

By Our Correspondent
NORVALE, March 3 – Envoys left the town of Norvale on Monday after talks with the governor.

"We shall come back," one of them said. Lorries carried their tents to the border at Tirra.

Read more: Floods in Kasmara
© 2014 The Norvale Courier
"""
SEEDS: dict[str, list[str]] = {
    "jsonl": [
        '{"id": "a-1", "doc_id": "a", "text": "Troops 🛶 left Goma.", "spans": [{"start": 0, '
        '"end": 6, "kind": "actor", "role": "source", "surface": "Troops"}, {"start": 14, "end": '
        '18, "kind": "place", "role": "origin"}], "event_types": ["RETREAT"]}\n'
        '{"id": "a-2", "doc_id": "a", "text": "Nurses met.", "spans": [{"start": 0, "end": 6, '
        '"kind": "actor", "role": "both", "derived": true}], "event_types": ["CONSULT"], '
        '"event_types_complete": false, "tags": ["passive"], "date": "2014-03-03", "score": 0.5}\n',
        '{"id": "b", "doc_id": "b", "text": "Caf\\u00e9 \\ud83d\\udef6", "spans": [], '
        '"event_types": ["NONE"], "source": "wire", "more": {"a": [1, 2.5e3, null, true]}}\n',
    ],
    "inline": [
        HEAD + "AID :: {Nurses|source} fed {traders|target} in {Tirra|destination}. :: passive\n"
        "none :: {Police|reporter} spoke of {Norvale|background}.\n\n"
        "PROTEST, COERCE :: {They|source:PROTEST, target:COERCE} sat in {Tirra|site:PROTEST}.\n"
    ],
    "plv": [
        "sentence_id\tsentence\tmarked_sentence\tsource\tgold_root\n"
        "1\t-\tThe <s>army of <t>Tirra</t></s> fed it.\t-\tAID\n"
        '2\t-\t"<s>He</s> said ""no"" to <t>it</t>."\t-\tREJECT\n1\t-\t<t>A</t> ate.\t-\tAID\n'
    ],
    "table": [
        "id,doc_id,text,event_types,date,tags\r\n"
        'a-1,a,"Dockers in Norvale struck, again.",PROTEST; COERCE,17 May 2023,strike|port\r\n'
        'a-2,a,"The mayor said:\r\n""No deal.""",REJECT,2023-05-18,\r\n'
    ],
    "split": [
        "# a comment\nseed: 1\ntest: 0.2\nvalidation: 1e-1\n",
        "{by: time, test_from: 2014-03-03, validation_from: 2014-02-03}\n",
    ],
    "mapping": [
        "source: wire\noffsets: utf16\ncolumns: {text: body}\nevent_types:\n  shot: [ASSAULT]\n"
        "  none: []\n  other: null\nspans:\n  who: {kind: actor, roles: [source]}\n  x: null\n"
    ],
    "codebook": [(FOLDER / "geo_direction.yaml").read_text(encoding="utf-8")],
    "page": [
        STORY,
        f"<html><head><title>T</title></head><body><article><h1>Envoys leave</h1><p>{STORY}</p>"
        "<p>Lorries &amp; tents went to the border, the governor of Norvale said on Monday.</p>"
        "</article></body></html>",
    ],
}
WEIGHTS = {
    "jsonl": 60,
    "inline": 14,
    "plv": 10,
    "table": 6,
    "split": 6,
    "mapping": 1,
    "codebook": 1,
    "page": 2,
}
ENDINGS = {"jsonl": "jsonl", "inline": "txt", "plv": "tsv", "page": "html", "table": "csv"}
MODELS = {"split": SplitConfig, "mapping": Mapping, "codebook": Codebook}
TOKENS = [
    *(char.encode() for char in "{}[]()<>|:,;#*&!%@`\"\\/?-=~^'\n\r\t 0\u2028\x85\xa0\u200d🛶"),
    *(b"\0", b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x1c", b"\x0b", b"\x1f\x8b"),
    *(b"\\ud800", b"\\u0000", b"\\udef6", b"1e999", b"-0", b"NaN", b"Infinity", b"9" * 5_000),
    *(b"true", b"null", b"-1", b"1.0", b'""', b"[[[[", b"{}", b"::", b"<<: ", b"&a ", b"*a", b"!!"),
    *(b"<s>", b"</t>", b"|source}", b"{x|", b"\n---\n", b"2014-02-30", b"<div>", b"&#0;", b"<!--"),
    *(
        b'"id": "a-1"',
        b'"start": 99',
        b'"spans": {}',
        b"[" * 2_000,
        b"x" * 20_000,
        b"0x" + b"f" * 9,
    ),
]


def mutated(seed: bytes, other: bytes, draw: random.Random) -> bytes:
    """The seed after one to four random changes."""
    content = bytearray(seed)
    for _ in range(draw.choice((1, 1, 1, 2, 3, 4))):
        start = draw.randrange(len(content) + 1)
        end = min(len(content), start + draw.choice((1, 1, 2, 8, 40)))
        kind = draw.randrange(6)
        if kind == 0 and start < len(content):
            content[start] ^= 1 << draw.randrange(8)
        elif kind == 1:
            del content[start:end]
        elif kind == 2:
            content[start:start] = content[start:end] * draw.choice((1, 2, 50))
        elif kind == 3:
            place = draw.randrange(len(other))
            content[start:end] = other[place : place + draw.choice((1, 8, 100))]
        elif kind == 4:
            content[start:end] = draw.choice(TOKENS)
        else:
            content[start:start] = draw.choice(TOKENS)
    return bytes(content)


def run(reader: str, path: Path) -> None:
    """Reads the file; any other error than BadInput is a finding, and so is a row that is lost."""
    if reader in MODELS:
        parse_model(path, MODELS[reader])
    elif reader == "page":
        read_page(read_text(path, "an article")).body[0]
    else:
        _read_rows(reader, path)


def _read_rows(reader: str, path: Path) -> None:
    refused: list[BadInput] = []
    rows = 0
    for sentence in read_sentences(path, reader, refused.append):
        rows += 1
        again = jsonl.parse(jsonl.to_line(sentence).decode())
        assert again.text == sentence.text and again.event_types == sentence.event_types
        assert again.mentions == sentence.mentions and again.id == sentence.id
    assert all(error.path == str(path) for error in refused)
    if reader == "jsonl" and all(error.line for error in refused):
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
        assert rows + len(refused) == sum(line.strip(b" \t\r") != b"" for line in lines)


@dataclass
class Result:
    """How often each reader ran, and the input of each different finding."""

    executions: Counter[str] = field(default_factory=Counter)
    refusals: Counter[str] = field(default_factory=Counter)
    findings: dict[str, bytes] = field(default_factory=dict)


def fuzz(
    seconds: float, seed: int = 1, readers: tuple[str, ...] = tuple(SEEDS), log: Callable = print
) -> Result:
    """Mutates and reads until the time is over."""
    draw, result = random.Random(seed), Result()
    seeds = {name: [text.encode() for text in SEEDS[name]] for name in readers}
    weights = [WEIGHTS[name] for name in readers]
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        while time.monotonic() < end:
            (reader,) = draw.choices(readers, weights)
            content = mutated(draw.choice(seeds[reader]), draw.choice(seeds[reader]), draw)
            path = Path(folder) / f"fuzz.{ENDINGS.get(reader, 'yaml')}"
            path.unlink(missing_ok=True)  # to write over a file can wait for the disk
            path.write_bytes(content)
            start = time.monotonic()
            result.executions[reader] += 1
            try:
                run(reader, path)
                if time.monotonic() - start > SLOW:
                    raise TimeoutError("slow")
            except BadInput:
                result.refusals[reader] += 1
            except Exception as error:
                place = traceback.extract_tb(error.__traceback__)[-1]
                name = f"{reader}: {type(error).__name__} in {place.filename}:{place.lineno}"
                if name not in result.findings:
                    log(f"{name}: {error!s:.200}\n  {content[:2_000]!r}")
                result.findings.setdefault(name, content)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", choices=SEEDS)
    options = parser.parse_args()
    readers = (options.reader,) if options.reader else tuple(SEEDS)
    result = fuzz(60 * options.minutes, options.seed, readers)
    for name, count in result.executions.items():
        print(f"{name}: {count} executions, {result.refusals[name]} refused whole")
    print(f"{result.executions.total()} executions, {len(result.findings)} findings")
    sys.exit(bool(result.findings))


if __name__ == "__main__":
    main()
