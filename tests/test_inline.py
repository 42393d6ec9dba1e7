"""The inline format: what its marks mean, and what it refuses with file and line."""

import pytest

from data.errors import BadInput
from data.importers import read_sentences
from data.importers.inline import read_article, read_corpus
from data.records import Mention, Role

HEAD = """headline: Shells fall on the port
dateline: NORVALE, March 3
date: 2014-03-03
style: dispatch
region: europe

"""


def article(write, body, head=HEAD, name="one.txt"):
    return read_article(write(name, head + body))


def refusal(write, body, head=HEAD) -> str:
    with pytest.raises(BadInput) as caught:
        article(write, body, head)
    return str(caught.value)


def test_an_article_has_its_head_sentences_and_paragraphs(write):
    made = article(
        write,
        "ASSAULT :: The {navy|source} shelled {Tirra|destination}, {fishermen|reporter} said.\n"
        "none :: It rained. :: weather\n"
        "\n\n"
        "none :: The {mayor|bystander} slept. :: background, biography\n",
    )
    assert (made.id, made.headline, made.dateline) == (
        "one",
        "Shells fall on the port",
        "NORVALE, March 3",
    )
    assert made.paragraphs == (0, 2)
    assert [row.id for row in made.sentences] == ["one-1", "one-2", "one-3"]
    first, second, third = made.sentences
    assert first.text == "The navy shelled Tirra, fishermen said."
    assert first.mentions == (
        Mention(4, 8, "actor", (Role("source"),)),
        Mention(17, 22, "place", (Role("destination"),)),
        Mention(24, 33, "actor", (Role("reporter"),)),
    )
    assert [first.text[m.start : m.end] for m in first.mentions] == ["navy", "Tirra", "fishermen"]
    assert first.event_types == ("ASSAULT",) and second.event_types == ()
    assert second.tags == ("weather",) and third.tags == ("background", "biography")
    assert third.mentions == (Mention(4, 9, "actor", ()),)
    assert {row.doc_id for row in made.sentences} == {"one"}
    assert (first.style, first.region, first.date) == ("dispatch", "europe", "2014-03-03")
    assert first.where.endswith("one.txt:7") and third.where.endswith("one.txt:11")


def test_roles_name_their_event_where_several_types_are_coded(write):
    row = article(
        write,
        "PROTEST, COERCE :: {Students|source:PROTEST, target:COERCE} marched in"
        " {Tirra|site:PROTEST} and {police|source:COERCE} struck, a {nurse|reporter} said.\n",
    ).sentences[0]
    assert row.mentions[0].roles == (Role("source", "PROTEST"), Role("target", "COERCE"))
    assert row.mentions[0].role_names == ("source", "target")
    assert row.mentions[3].roles == (Role("reporter"),)


def test_offsets_count_code_points(write):
    row = article(write, "none :: 🛶🛶 Ça, {Ōsaka 🏯|background} — e\u0301 {Tirra|background}.\n")
    first, second = row.sentences[0].mentions
    text = row.sentences[0].text
    assert text[first.start : first.end] == "Ōsaka 🏯" and first.start == 7
    assert text[second.start : second.end] == "Tirra"


def test_line_ends_of_windows_and_a_byte_order_mark_read_the_same(write):
    body = "none :: The {mayor|bystander} slept.\n\nnone :: It rained.\n"
    plain = article(write, body)
    other = read_article(
        write("two/one.txt", b"\xef\xbb\xbf" + (HEAD + body).replace("\n", "\r\n").encode())
    )
    assert other == plain and other.paragraphs == (0, 1)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("ASSALT :: It began.", "did you mean 'ASSAULT'?"),
        ("ASSAULT, ASSAULT :: It began.", "each event type once"),
        ("none : It rained.", "types :: sentence"),
        ("none ::  :: weather", "types :: sentence"),
        ("none :: It rained. :: wether", "did you mean 'weather'?"),
        ("none :: The {mayor|bystandr} slept.", "did you mean 'bystander'?"),
        ("none :: The {mayor|bystander, reporter} slept.", "bystander stands alone"),
        ("none :: The { mayor|reporter} slept.", "without blanks at its ends"),
        ("none :: The {|reporter} slept.", "without blanks at its ends"),
        ("none :: The {mayor|reporter slept.", "close or remove the brace"),
        ("none :: The {the {mayor|reporter}|bystander} slept.", "close or remove the brace"),
        ("none :: The {mayor|source} slept.", "reporter or bystander in a sentence without"),
        ("AID :: The {mayor|source:AID} gave.", "expected source, found 'source:AID'"),
        ("AID, CONSULT :: The {mayor|source} gave.", "source:TYPE, TYPE one of AID, CONSULT"),
        ("AID, CONSULT :: The {mayor|source:ASSAULT} gave.", "TYPE one of AID, CONSULT"),
        ("AID, CONSULT :: The {mayor|reporter:AID} said.", "expected reporter"),
        ("AID :: {Tirra|origin, destination} lost.", "one direction a place"),
        ("AID :: {Tirra|origin, source} lost.", "actor labels or place labels"),
        ("AID :: The {mayor|source, source} gave.", "each role once"),
    ],
)
def test_a_bad_sentence_is_refused_with_its_line_and_the_nearest_name(write, body, said):
    message = refusal(write, f"none :: It rained.\n{body}\n")
    assert "one.txt:8: expected" in message and said in message


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("style: dispatch", "style: despatch", 6, "did you mean 'dispatch'?"),
        ("region: europe", "region: europa", 6, "did you mean 'europe'?"),
        ("date: 2014-03-03", "date: 3 March 2014", 6, "a date YYYY-MM-DD"),
        ("date: 2014-03-03\n", "", 5, "no date"),
        ("style: dispatch", "date: 2014-03-03", 4, "'date' twice"),
        ("style: dispatch", "stile: dispatch", 4, "style"),
        ("style: dispatch", "dispatch", 4, "expected"),
    ],
)
def test_a_bad_head_is_refused_with_its_line(write, old, new, line, said):
    message = refusal(write, "none :: It rained.\n", HEAD.replace(old, new))
    assert f"one.txt:{line}: expected" in message and said in message


@pytest.mark.parametrize("body", ["", "\n\n"])
def test_an_article_without_sentences_is_refused(write, body):
    assert "at least one sentence" in refusal(write, body)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"none :: It \xffrained.\n", "byte 0xff at column 12"),
        (b"none :: It \xed\xa0\x80rained.\n", "expected UTF-8 text"),
        (b"none :: It \0rained.\n", "a NUL character"),
        (b"none :: " + b"x" * 1_000_001, "lines of at most 1000000 bytes"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_their_line(write, raw, said):
    with pytest.raises(BadInput) as caught:
        read_article(write("one.txt", HEAD.encode() + raw))
    assert "one.txt:7: expected" in str(caught.value) and said in str(caught.value)


def test_other_separators_of_lines_are_text(write):
    rows = article(write, "none :: It\u2028rained\x85and\x0bpoured.\n").sentences
    assert [row.text for row in rows] == ["It\u2028rained\x85and\x0bpoured."]


def test_two_articles_of_one_id_are_refused(write, tmp_path):
    for folder in ("a", "b"):
        write(f"{folder}/one.txt", HEAD + "none :: It rained.\n")
    with pytest.raises(BadInput, match="'one' twice"):
        read_corpus(tmp_path)


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(BadInput, match="articles"):
        list(read_sentences(tmp_path))


def test_rows_in_are_rows_out_and_refused(write, tmp_path):
    write("a.txt", HEAD + "none :: It rained.\nnone :: It poured.\n")
    write("b.txt", HEAD + "none :: It rained.\nASSALT :: It began.\n")
    write("c.txt", HEAD + "none :: It froze.\n")
    refused: list[BadInput] = []
    rows = list(read_sentences(tmp_path, refuse=refused.append))
    assert [row.id for row in rows] == ["a-1", "a-2", "c-1"]
    assert [(error.path, error.line) for error in refused] == [(str(tmp_path / "b.txt"), 8)]
    with pytest.raises(BadInput, match=r"b\.txt:8"):
        list(read_sentences(tmp_path))
