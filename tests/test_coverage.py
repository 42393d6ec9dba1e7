"""The measures themselves, on planted counts and planted repeats; and the page that shows them."""

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data import duplicates
from data.card import write_card
from data.coverage import Count, coverage, is_dual, is_reciprocal
from data.duplicates import character_shingles, near_duplicates, skeletons, word_shingles
from data.errors import BadInput
from data.excerpts import choose, show
from data.importers import jsonl, read_sentences
from data.records import Mention, Role, Sentence
from wiretag import app

CORPUS = Path(__file__).parent.parent / "data" / "corpus"


def sentence(text: str, number: int = 1, doc: str = "a", **fields: object) -> Sentence:
    return replace(Sentence(f"{doc}-{number}", doc, text), **fields)


def actor(text: str, surface: str, *roles: Role, kind: str = "actor") -> Mention:
    start = text.index(surface)
    return Mention(start, start + len(surface), kind, roles)


def rows() -> list[Sentence]:
    text = "Kenya met Sudan in Juba."
    both = (Role("source"), Role("target"))
    met = sentence(
        text,
        1,
        mentions=(
            actor(text, "Kenya", *both),
            actor(text, "Sudan", *both),
            actor(text, "Juba", Role("site"), kind="place"),
        ),
        event_types=("CONSULT",),
        tags=("reciprocal", "place-as-actor"),
        region="africa-east",
        style="dispatch",
        date="1999-04-02",
    )
    rain = sentence("It rained.", 2, tags=("weather",), region="africa-east", style="dispatch")
    again = replace(met, id="b-1", doc_id="b", region="oceania", date="2003-01-01")
    return [met, rain, again]


def test_counts_are_sentences_or_mentions_and_their_articles() -> None:
    found = coverage(rows())
    assert (found.sentences, found.articles, found.actors, found.places) == (3, 2, 4, 2)
    assert found.event_types["CONSULT"] == Count(2, 2)
    assert found.event_types["no event"] == Count(1, 1)
    assert found.event_types["AID"] == Count(0, 0)
    assert found.actor_roles["source"] == found.actor_roles["reciprocal"] == Count(4, 2)
    assert found.actor_roles["bystander"] == Count(0, 0)
    assert found.directions["site"] == Count(2, 2)
    assert found.tags["weather"] == Count(1, 1)
    assert found.decades == {"1990s": Count(1, 1), "2000s": Count(1, 1), "not given": Count(1, 1)}


def test_plan_names_its_empty_cells() -> None:
    region, style, difficulty = coverage(rows()).plan
    assert region.cell("CONSULT", "oceania") == Count(1, 1)
    assert ("CONSULT", "oceania") not in region.empty
    assert ("CONSULT", "europe") in region.empty and ("no event", "oceania") in region.empty
    assert len(region.empty) == 17 * 10 - 3
    assert style.cell("CONSULT", "dispatch") == Count(2, 2)
    assert difficulty.cell("CONSULT", "2 hard cases") == Count(2, 2)
    assert difficulty.cell("no event", "plain") == Count(1, 1)  # weather is no hard case
    assert region.strength("CONSULT", "oceania") == 1 and region.strength("AID", "oceania") == 0


def test_what_the_data_do_not_say_is_no_count() -> None:
    by_rule = Mention(0, 3, "place", (Role("background"),), derived=True)
    found = coverage([sentence("Oslo", mentions=(by_rule,), complete=False)])
    assert found.plan == () and found.incomplete == 1 and found.derived == 1
    assert found.event_types["no event"].number == found.directions["background"].number == 0
    assert coverage([sentence("x", event_types=("YIELD",))]).event_types["YIELD"] == Count(1, 1)


def test_reciprocal_is_of_one_event_and_dual_of_two() -> None:
    one = Mention(0, 1, "actor", (Role("source", "AID"), Role("target", "AID")))
    two = Mention(0, 1, "actor", (Role("source", "AID"), Role("target", "ASSAULT")))
    assert (is_reciprocal(one), is_dual(one)) == (True, False)
    assert (is_reciprocal(two), is_dual(two)) == (False, True)


def test_skeletons_see_through_names_numbers_and_mentions() -> None:
    texts = [
        "Police in Oslo arrested 12 men on Monday.",
        "Police in Porto Alegre arrested forty-one men on Friday.",
        "Police in Lome arrested three men on March 3.",
        "Police in Lome released three men on March 3.",
    ]
    planted = [sentence(text, number) for number, text in enumerate(texts)]
    found = skeletons(planted)
    assert found.groups == (("a-0", "a-1", "a-2"),)
    assert (found.different, found.repeating, found.most, found.share) == (2, 3, 3, 0.75)
    marked = [
        sentence(text, number, mentions=(actor(text, surface),))
        for number, (text, surface) in enumerate(
            [
                ("They met the angry envoy twice.", "angry envoy"),
                ("They met the bishop twice.", "bishop"),
            ]
        )
    ]
    assert skeletons(marked).most == 2
    assert skeletons([replace(row, mentions=()) for row in marked]).most == 1
    assert skeletons([]).share is None


def test_first_word_is_a_name_only_if_it_never_stands_in_lower_case() -> None:
    texts = ["Soldiers left.", "Kenya left.", "The soldiers slept.", "Uganda left."]
    found = skeletons([sentence(text, number) for number, text in enumerate(texts)])
    assert found.groups == (("a-1", "a-3"),)


def test_near_duplicates_are_those_that_all_pairs_give() -> None:
    draw = random.Random(5)
    planted = [
        sentence(" ".join(draw.choices("abcdef", k=draw.randint(1, 9))), number, doc=f"d{number}")
        for number in range(120)
    ]
    for shingles in (character_shingles, word_shingles):
        for threshold in (0.2, 0.5, 0.8):
            sets = [shingles(row.text) for row in planted]
            wanted = {
                (planted[one].id, planted[other].id)
                for other in range(len(planted))
                for one in range(other)
                if duplicates.jaccard(sets[one], sets[other]) > threshold
            }
            found = near_duplicates(planted, threshold, shingles)
            assert {(pair.first, pair.second) for pair in found} == wanted and wanted
            assert [pair.alike for pair in found] == sorted(
                (pair.alike for pair in found), reverse=True
            )


def test_planted_near_duplicates_are_found_in_the_corpus() -> None:
    """100 exact copies and 100 with a word replaced, beside 900 sentences: all, at least 98."""
    draw = random.Random(7)
    real = list(read_sentences(CORPUS))[:900]
    chosen = draw.sample(real, 100)
    exact, near = [], []
    for number, row in enumerate(chosen):
        words = row.text.split(" ")
        words[draw.randrange(len(words))] = "zither"
        exact.append(replace(row, id=f"exact-{number}", doc_id=f"exact-{number}"))
        near.append(
            replace(row, id=f"near-{number}", doc_id=f"near-{number}", text=" ".join(words))
        )
    for planted, least in ((exact, 100), (near, 98)):
        ids = {row.id for row in planted}
        found = {pair.second for pair in near_duplicates([*real, *planted]) if pair.second in ids}
        assert len(found) >= least, len(found)


def test_sentences_of_one_article_are_no_near_duplicates() -> None:
    text = "The army shelled the port at dawn and left again by noon."
    assert near_duplicates([sentence(text, 1), sentence(text, 2)]) == []
    assert len(near_duplicates([sentence(text, 1), sentence(text, 1, doc="b")])) == 1


def test_examples_come_from_several_regions_and_are_not_repeated() -> None:
    found = [
        sentence("x" * 80, number, region="europe" if number else "oceania") for number in range(6)
    ]
    first = choose(found, set())
    assert len(first) == 3 and {row.region for row in first} == {"europe", "oceania"}
    second = choose(found, {row.id for row in first})
    assert not {row.id for row in first} & {row.id for row in second if row.region == "europe"}


def test_shown_pieces_give_the_text_and_keep_what_overlaps_apart() -> None:
    text = "Kenyan police met the elders of Lodwar."
    row = sentence(
        text,
        mentions=(
            actor(text, "police"),
            actor(text, "Kenyan police", Role("source", "AID"), Role("target", "AID")),
            actor(text, "Lodwar", Role("site"), kind="place"),
        ),
    )
    shown = show(row)
    assert "".join(piece.text for piece in shown.pieces) == text
    assert [piece.text for piece in shown.hidden] == ["police"]
    assert shown.pieces[0].names == ("source and target of AID",)
    assert shown.pieces[0].colour == "both" and shown.pieces[2].colour == "site"


def test_page_is_self_contained_and_escapes(tmp_path: Path) -> None:
    text = "<script>alert(1)</script> & \u202eKenya met Sudan."
    marks = (actor(text, "<script>", Role("source")), actor(text, "Sudan", Role("target")))
    row = sentence(text, mentions=marks, event_types=("CONSULT",), tags=("<b>",), region="<i>")
    source, page = tmp_path / "rows.jsonl", tmp_path / "new" / "card.html"
    jsonl.write([row, sentence("It rained.", 2)], source)
    result = CliRunner().invoke(app, ["data", "card", str(source), "--html", str(page), "--json"])
    assert result.exit_code == 0, result.output
    made = page.read_text(encoding="utf-8")
    assert "<script" not in made and "<b>&" not in made and "<i>" not in made
    assert "&lt;script&gt;" in made and "\u202e" not in made and "&lt;b&gt;" in made
    assert not re.search(r"(?:src|href)=[\"'](?!#)|url\(|@import", made)
    assert not list(tmp_path.rglob("*.part"))


@pytest.mark.slow
def test_page_of_the_corpus_shows_labels_legend_and_making(tmp_path: Path) -> None:
    page = tmp_path / "card.html"
    found = write_card(CORPUS, page)
    made = page.read_text(encoding="utf-8")
    assert found["near_duplicates"] == 0 and found["skeleton_most"] == 1
    blocks = re.findall(r'<article class="label">(.*?)</article>', made, re.DOTALL)
    assert len(blocks) == 17 + 5 + 5
    assert all(block.count("<li>") == 3 for block in blocks)
    for name in ("source", "target", "reporter", "bystander"):
        assert f'<mark class="actor {name}">{name}</mark>' in made
    assert "prefers-color-scheme: dark" in made and "CC BY 4.0" in made
    assert "the same language model family" in made


@pytest.mark.slow
def test_card_refuses_what_it_cannot_show(tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    with pytest.raises(BadInput, match="labelled sentences"):
        write_card(empty, tmp_path / "card.html")
    with pytest.raises(BadInput, match="a file to write"):
        write_card(CORPUS, tmp_path)
