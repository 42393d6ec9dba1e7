"""100,000 offsets in code points, UTF-16 units and bytes: right, or refused, and never shifted."""

import json
from collections.abc import Iterator
from itertools import islice, product
from typing import get_args

import numpy as np
import pytest

from data.errors import BadInput
from data.importers import jsonl, read_sentences
from data.mapping import Unit
from data.records import Mention, Role, Sentence
from data.spans import code_points, located

CASES = 100_000
UNITS = get_args(Unit)
# One to four bytes, one and two UTF-16 units, marks that join, letters that fold, line ends.
LETTERS = list(
    "aZ '.\n\t\x7f\x80\x85\u00df\u00e9\u0301\u0416\u0627\u07ff\u0800\u200d\u2019\u2028\u4e2d"
    "\ufeff\uffff\U00010000\U0001f6f6\U0010ffff"
)


def spans(count: int, seed: int) -> Iterator[tuple[str, int, int]]:
    """Texts of 1 to 40 random letters, and one stretch in each."""
    draw = np.random.default_rng(seed)
    sizes = draw.integers(1, 41, count)
    letters = np.array(LETTERS)[draw.integers(0, len(LETTERS), sizes.sum())]
    starts = np.floor(draw.random(count) * sizes).astype(int)
    ends = starts + 1 + np.floor(draw.random(count) * (sizes - starts)).astype(int)
    texts = np.split(letters, np.cumsum(sizes)[:-1])
    for text, start, end in zip(texts, starts.tolist(), ends.tolist(), strict=True):
        yield "".join(text), start, end


def offset(text: str, place: int, unit: Unit) -> int:
    """What a tool that counts in the unit writes, by Python's own encoders."""
    before = text[:place]
    if unit == "utf16":
        return len(before.encode("utf-16-le", "surrogatepass")) // 2
    return len(before.encode()) if unit == "bytes" else len(before)


@pytest.mark.slow
def test_each_offset_is_read_back_in_its_unit():
    done = 0
    for text, start, end in spans(CASES // 3 + 1, seed=1):
        for unit in UNITS:
            written = (offset(text, start, unit), offset(text, end, unit))
            assert located(text, *written, unit) == (start, end)
            assert located(text, *written, unit, text[start:end]) == (start, end)
            done += 1
    assert done >= CASES


@pytest.mark.slow
def test_offsets_read_in_a_wrong_unit_never_give_another_stretch_than_the_quoted():
    done = refused = 0
    wrong = [(one, other) for one, other in product(UNITS, UNITS) if one != other]
    for text, start, end in spans(CASES // len(wrong) + 1, seed=2):
        quoted = text[start:end]
        for written_in, read_in in wrong:
            written = (offset(text, start, written_in), offset(text, end, written_in))
            try:
                first, last = located(text, *written, read_in, quoted)
                assert text[first:last] == quoted
            except BadInput:
                refused += 1
            done += 1
    assert done >= CASES and refused > CASES / 2


@pytest.mark.slow
def test_an_offset_inside_a_character_or_outside_the_text_is_refused():
    for text, _, _ in islice(spans(2_000, seed=3), 2_000):
        for unit in UNITS:
            to_code_point = code_points(text, unit)
            good = {offset(text, place, unit): place for place in range(len(text) + 1)}
            for place in range(-2, max(good) + 3):
                if place in good:
                    assert to_code_point(place) == good[place]
                else:
                    with pytest.raises(BadInput, match="an offset"):
                        to_code_point(place)


def sentences(count: int, seed: int) -> list[Sentence]:
    return [
        Sentence(f"s-{number}", "d", text, (Mention(start, end, "place", (Role("site"),)),))
        for number, (text, start, end) in enumerate(spans(count, seed))
        if not text.isspace()
    ]


def test_stored_stretches_survive_the_file(tmp_path):
    rows = sentences(2_000, seed=4)
    assert jsonl.write(rows, tmp_path / "rows.jsonl") == len(rows) > 1_900
    assert list(read_sentences(tmp_path / "rows.jsonl")) == rows


@pytest.mark.parametrize("unit", ["utf16", "bytes"])
def test_a_file_that_counts_in_another_unit_is_refused_where_a_stretch_would_shift(unit, tmp_path):
    rows = sentences(2_000, seed=5)
    path = tmp_path / "rows.jsonl"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for sentence in rows:
            row = jsonl.to_row(sentence)
            for span in row["spans"]:
                span |= {key: offset(sentence.text, span[key], unit) for key in ("start", "end")}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    refused: list[BadInput] = []
    read = list(read_sentences(path, refuse=refused.append))
    assert len(read) + len(refused) == len(rows) and len(refused) > 500
    known = {sentence.id: sentence for sentence in rows}
    for row in read:
        (found,), (true,) = row.mentions, known[row.id].mentions
        assert row.text[found.start : found.end] == row.text[true.start : true.end]
