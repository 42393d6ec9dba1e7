"""JSON Lines: exact offsets on the whole way round, and strict refusals with file and line."""

import json
import string
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.errors import BadInput
from data.importers import jsonl, read_each, read_sentences
from data.importers.inline import read_article
from data.reading import Seen
from data.records import Mention, Role, Sentence

ROW = {"id": "a-1", "doc_id": "a", "text": "Troops left Goma.", "spans": [], "event_types": []}
SPAN = {"start": 12, "end": 16, "kind": "place", "role": "origin"}
HEAD = "headline: H\ndateline: D\ndate: 2014-03-03\nstyle: live\nregion: europe\n\n"

# Letters of one, two and four bytes, a combining mark and blanks; none of the format's own signs.
letters = st.sampled_from([*string.ascii_letters, *"éßЖ中🛶🏳", "\u0301", "\u200d", " ", ".", "'"])
words = st.text(letters, min_size=1, max_size=12).filter(lambda text: text == text.strip())
labels = st.one_of(
    st.sampled_from(["origin", "destination", "site", "transit", "background", "bystander"]),
    st.lists(st.sampled_from(["source", "target", "reporter"]), min_size=1, unique=True).map(
        ", ".join
    ),
)
parts = st.lists(st.tuples(words, st.none() | labels), min_size=1, max_size=8)


def read(write, content, **more) -> list[Sentence]:
    return list(read_sentences(write("rows.jsonl", content), **more))


def line(**changes) -> str:
    return json.dumps(ROW | changes, ensure_ascii=False)


def refusal(write, bad: str | bytes) -> str:
    raw = bad if isinstance(bad, bytes) else bad.encode()
    with pytest.raises(BadInput) as caught:
        read(write, line().encode() + b"\n" + raw + b"\n")
    return str(caught.value)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts=parts)
def test_offsets_survive_the_way_from_inline_to_jsonl_and_back(parts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("way")
    marked = " ".join(word if label is None else f"{{{word}|{label}}}" for word, label in parts)
    (folder / "doc.txt").write_text(f"{HEAD}AID :: {marked}\n", encoding="utf-8", newline="\n")
    sentence = read_article(folder / "doc.txt").sentences[0]
    surfaces = [sentence.text[m.start : m.end] for m in sentence.mentions]
    assert sentence.text == " ".join(word for word, _ in parts)
    assert surfaces == [word for word, label in parts if label is not None]
    assert jsonl.write([sentence], folder / "doc.jsonl") == 1
    assert list(read_sentences(folder / "doc.jsonl")) == [sentence]


def test_the_whole_corpus_survives_the_way_round(sentences, tmp_path):
    assert jsonl.write(sentences, tmp_path / "all.jsonl") == len(sentences) == 168
    assert tuple(read_sentences(tmp_path / "all.jsonl")) == sentences


def test_everything_a_sentence_holds_is_kept(tmp_path):
    full = Sentence(
        "x-1",
        "x",
        "Troops left Goma.",
        (
            Mention(0, 6, "actor", (Role("source", "RETREAT"), Role("target", "COERCE")), True),
            Mention(12, 16, "place", (Role("origin"),)),
        ),
        ("RETREAT", "COERCE"),
        complete=False,
        source="wire",
        tags=("passive", "denied"),
        region="europe",
        style="live",
        date="2014-03-03",
    )
    jsonl.write([full], tmp_path / "x.jsonl")
    (again,) = read_sentences(tmp_path / "x.jsonl")
    assert again == full and again.where == f"{tmp_path / 'x.jsonl'}:1"


def test_both_and_other_and_triggers_are_read_as_documented(write):
    actor = {"start": 0, "end": 6, "kind": "actor"}
    rows = [
        [actor | {"role": "both"}],
        [actor | {"role": "other", "derived": True}],
        [actor | {"role": "source"}, actor | {"role": "target"}, actor | {"role": "source"}],
        [{"start": 7, "end": 11, "kind": "trigger", "role": "anything"}],
    ]
    content = "\n".join(line(id=str(n), spans=spans) for n, spans in enumerate(rows))
    both, other, twice, trigger = (row.mentions for row in read(write, content))
    assert both == (Mention(0, 6, "actor", (Role("source"), Role("target"))),)
    assert other == (Mention(0, 6, "actor", (), True),)
    assert twice == both and trigger == ()


def test_none_is_no_event_and_unknown_keys_are_allowed(write):
    (row,) = read(write, line(event_types=["NONE"], licence="own", score=0.5))
    assert row.event_types == () and row.complete


def test_byte_order_mark_windows_line_ends_and_blank_lines_are_fine(write):
    content = f"{line()}\r\n\r\n{line(id='a-2')}".encode()
    rows = read(write, b"\xef\xbb\xbf" + content)
    assert [row.id for row in rows] == ["a-1", "a-2"] and rows[1].where.endswith(":3")


def test_a_line_separator_inside_a_text_splits_no_line(write):
    (row,) = read(write, line(text="Troops\u2028left\x85Goma."))
    assert row.text == "Troops\u2028left\x85Goma."


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "one JSON object a line"),
        ("[1]", "a labelled sentence"),
        ("null", "a labelled sentence"),
        (line() + line(), "Extra data"),
        ('{"id": "b", "id": "c"}', "a key twice in one object"),
        ('{"id": "b", "score": NaN}', "the number NaN"),
        ('{"id": "b", "score": -Infinity}', "the number -Infinity"),
        ('{"id": ' + "9" * 5000 + "}", "one JSON object a line"),
        ("[" * 100_000, "deep nesting"),
        ('{"a":' * 100_000, "deep nesting"),
        (line(id="b").replace("Goma", r"\ud800"), "a lone surrogate"),
        (line(id="b", tags=["@"]).replace("@", r"\udfff"), "a lone surrogate"),
        (line(id="b", more=[["@"]]).replace("@", r"\ud800"), "a lone surrogate"),
        (line(id="b", more=1).replace("more", r"\ud800"), "a lone surrogate"),
        (line(id="b").replace("Goma", r"\u0000"), "a NUL character"),
        (b'{"id": "\xff"}', "byte 0xff at column 9"),
        (b'{"id": "\xed\xa0\x80"}', "UTF-8 text"),
        (b'{"id": "\0"}', "a NUL character"),
        (b"\xef\xbb\xbf" + line(id="b").encode(), "one JSON object a line"),
        (b"x" * 1_000_001, "lines of at most 1000000 bytes"),
        (line(id=""), "id: String should have at least 1 character"),
        (line(id="b", text=""), "text: String"),
        (line(id="b", event_types="AID"), "event_types: "),
        ('{"id": "b", "doc_id": "d", "text": "T", "spans": []}', "event_types: Field required"),
        (line(), "'a-1' again"),
    ],
)
def test_a_bad_line_is_refused_with_its_number_and_reason(write, bad, said):
    message = refusal(write, bad)
    assert "rows.jsonl:2: expected" in message and said in message


def test_a_surrogate_pair_is_one_character(write):
    (row,) = read(write, line(text="@").replace("@", r"\ud83d\udef6"))
    assert row.text == "🛶"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"end": 18}, "a span within the text's 17 code points"),
        ({"start": 16}, "a span within"),
        ({"start": -1}, "spans.0.start"),
        ({"start": 12.5}, "spans.0.start"),
        ({"start": "12"}, "spans.0.start"),
        ({"start": False}, "spans.0.start"),
        ({"role": "orgin"}, "a role of origin, destination, site, transit, background"),
        ({"role": "source"}, "a role of origin"),
        ({"kind": "actor"}, "a role of source, target, reporter"),
        ({"kind": "person"}, "spans.0.kind"),
        ({"surface": "Gomo"}, "the quoted text 'Gomo' at 12:16, found 'Goma'"),
    ],
)
def test_a_bad_span_is_refused(write, change, said):
    message = refusal(write, line(id="b", spans=[SPAN | change]))
    assert "rows.jsonl:2: expected" in message and said in message


def test_offsets_in_utf16_units_or_bytes_do_not_slip_through_with_a_quote(write):
    text = "🛶🛶 Troops left Goma."
    before = text[: text.index("Goma")]
    in_bytes, in_units = len(before.encode()), len(before.encode("utf-16-le")) // 2
    assert len({len(before), in_bytes, in_units}) == 3
    for start in (in_bytes, in_units):
        span = SPAN | {"start": start, "end": start + 4, "surface": "Goma"}
        assert "rows.jsonl:2: expected" in refusal(write, line(id="b", text=text, spans=[span]))
    span = SPAN | {"start": len(before), "end": len(before) + 4, "surface": "Goma"}
    assert len(read(write, line(text=text, spans=[span]))) == 1


def test_rows_in_are_rows_out_and_refused(write):
    refused: list[BadInput] = []
    lines = [line(id="a"), "{", line(id="b", text=""), line(id="a"), line(id="c")]
    rows = read(write, "\n".join(lines), refuse=refused.append)
    assert [row.id for row in rows] == ["a", "c"]
    assert [error.line for error in refused] == [2, 3, 4]
    assert all(error.path and error.path.endswith("rows.jsonl") for error in refused)


def test_a_refused_row_does_not_reserve_its_id(write):
    refused: list[BadInput] = []
    rows = read(write, line(id="a", text="") + "\n" + line(id="a"), refuse=refused.append)
    assert len(rows) == len(refused) == 1


def test_a_line_too_long_or_of_no_text_is_one_refused_row(write):
    bad = [b"x" * 3_000_000, b"\xff", b"\0", b"y" * 1_000_000, b"z" * 999_999]
    content = b"\n".join(part for row in bad for part in (row, line(id=str(row[:1])).encode()))
    refused: list[BadInput] = []
    rows = read(write, content, refuse=refused.append)
    assert len(rows) == 5 and [error.line for error in refused] == [1, 3, 5, 7, 9]
    said = [error.found for error in refused]
    assert said[:4] == ["a longer one", "byte 0xff at column 1", "a NUL character", "a longer one"]


def test_a_message_quotes_no_more_than_a_line(write):
    for bad in (line(id="x" * 9_000), line(spans=[SPAN | {"surface": "x" * 9_000}])):
        refused: list[BadInput] = []
        list(read(write, f"{bad}\n{bad}", refuse=refused.append))
        assert refused and all(len(str(error)) < 600 for error in refused)


def test_ids_are_remembered_exactly():
    seen = Seen()
    assert all(seen.add(f"row-{number}") for number in range(20_000))
    assert not any(seen.add(f"row-{number}") for number in range(20_000))
    assert seen.add("") and not seen.add("") and seen.add("\ud800")


def test_reading_streams(write):
    path = write("rows.jsonl", line() + "\n{\n")
    rows = read_sentences(path)
    assert next(rows).id == "a-1"
    with pytest.raises(BadInput):
        next(rows)


def test_writing_leaves_the_old_file_when_a_row_fails(write, tmp_path, listing):
    path = write("rows.jsonl", line() + "\n")
    other = write("bad.jsonl", line(id="b") + "\n{\n")
    with pytest.raises(BadInput, match=r"bad\.jsonl:2"):
        jsonl.write(read_sentences(other), path)
    assert path.read_text() == line() + "\n"
    assert listing(tmp_path) == ["bad.jsonl", "rows.jsonl"]


def test_an_id_in_two_files_is_refused(write):
    one = write("one.jsonl", line())
    two = write("two.jsonl", line(id="a-2") + "\n" + line())
    with pytest.raises(BadInput, match=r"two\.jsonl:2: .*'a-1' again"):
        list(read_each([one, two]))
    assert [row.id for row in read_each([one])] == ["a-1"]


def test_an_unknown_format_names_the_nearest(write):
    path = write("rows.json", line())
    with pytest.raises(BadInput, match="did you mean 'jsonl'"):
        read_sentences(path, "jsnl")
    with pytest.raises(BadInput, match="name the format"):
        read_sentences(path)
    with pytest.raises(BadInput, match="nothing there"):
        read_sentences(Path("no/such.jsonl"))
