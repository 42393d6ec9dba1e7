"""What is read from a sentence for its slices, and what is left out where it is not known."""

import json

import pytest

from data.codebook import load_codebook
from data.records import Mention, Role, Sentence
from evaluation.training_rows import training_rows
from evaluation.traits import frequency_bands, traits_of, with_frequency

PLACES = load_codebook("geo_direction")


def sentence(id: str, doc_id: str, text: str = "It rained.", places=(), **more) -> Sentence:
    """`places` are (surface, role)."""
    mentions = tuple(
        Mention(text.index(name), text.index(name) + len(name), "place", (Role(role),))
        for name, role in places
    )
    return Sentence(id, doc_id, text, mentions, **more)


def test_what_is_not_known_is_left_out():
    assert traits_of([sentence("x", "plv-train-4")]) == [{"length": ("1 to 15 words",)}]


@pytest.mark.parametrize(
    ("doc_id", "publisher", "period"),
    [
        ("https://www.example.org/news/1", "example.org", None),
        ("gazette_2016-09-12_a-curious-plan", "gazette", "2010s"),
        ("65_ABC_EN_NW_2004.07.21.196", "abc", "2000s"),
        ("the-times_1998-01-02_x", "the-times", "1990s"),
        ("basra-tap-water", None, None),
    ],
)
def test_publisher_and_decade_are_read_from_the_names_of_collections(doc_id, publisher, period):
    found = traits_of([sentence("x", doc_id)])[0]
    assert found.get("publisher") == (publisher and (publisher,))
    assert found.get("period") == (period and (period,))


def test_region_style_and_date_are_those_of_the_sentence():
    row = sentence("x", "d_2016-01-02", region="africa-east", style="live", date="1994-03-01")
    found = traits_of([row])[0]
    assert (found["region"], found["style"], found["period"]) == (
        ("africa-east",), ("live",), ("1990s",)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "name"),
    [(1, "1 to 15 words"), (15, "1 to 15 words"), (16, "16 to 25 words"), (40, "26 to 40 words"),
     (41, "41 words or more")],
)  # fmt: skip
def test_length_is_in_words(words, name):
    assert traits_of([sentence("x", "d", " ".join(["word"] * words))])[0]["length"] == (name,)


def test_the_place_in_the_article_is_told_by_the_id_from_0_or_1():
    rows = [
        sentence("news-1", "news", source="a"),
        sentence("news-2", "news", source="a"),
        sentence("set-old-0", "old", source="b"),
        sentence("set-old-1", "old", source="b"),
        sentence("other", "news", source="a"),
        sentence("news-3", "news", source="a", tags=("headline",)),
        sentence("135_23605_4099594", "135_23605"),
    ]
    found = [traits.get("position", ("",))[0] for traits in traits_of(rows)]
    assert found == ["lead", "body", "lead", "body", "", "headline", ""]


def test_the_country_is_that_of_the_events_place_or_the_one_the_article_names_most():
    text = "Lorries left Nairobi for western Uganda and Kenya."
    rows = [
        sentence("a-1", "a", text, [("Nairobi", "origin"), ("western Uganda", "destination")]),
        sentence("a-2", "a", "Talks in Kenya failed.", [("Kenya", "background")]),
        sentence("a-3", "a"),
        sentence("b-1", "b"),
    ]
    found = [traits.get("country") for traits in traits_of(rows)]
    assert found == [("UG",), ("KE",), ("KE",), None]


def test_bands_are_thirds_of_the_labels_and_a_row_belongs_to_its_rarest():
    counts = {"origin": 246, "destination": 324, "site": 430, "transit": 124, "background": 389}
    bands = frequency_bands(counts, PLACES)
    assert bands == {
        "transit": "rare labels", "origin": "rare labels", "destination": "middle labels",
        "background": "middle labels", "site": "frequent labels",
    }  # fmt: skip
    both = with_frequency({"length": ("x",)}, ("site", "origin"), bands)
    assert both == {"length": ("x",), "frequency": ("rare labels",)}
    assert "frequency" not in with_frequency({}, (), bands)
    assert with_frequency({}, ("site",), {}) == {}


def test_training_rows_are_those_of_the_dataset_the_model_learnt_from(tmp_path):
    test = tmp_path / "sentences" / "test.jsonl"
    task = {"hash": {"train": "aa"}, "labels": {"train": {"site": 3, "origin": 1}}}
    card = tmp_path / "card.json"
    assert training_rows(test, "geo_direction", {"train": "aa"}) is None
    card.write_text(json.dumps({"tasks": {"geo_direction": task}}), encoding="utf-8")
    assert training_rows(test, "geo_direction", {"train": "aa"}) == {"site": 3, "origin": 1}
    assert training_rows(test, "geo_direction", {"train": "bb"}) is None
    assert training_rows(test, "event_type", {"train": "aa"}) is None
    for broken in (b"[]", b"{", b"\xff", b"[" * 100_000, b'{"tasks": {"geo_direction": 1}}'):
        card.write_bytes(broken)
        assert training_rows(test, "geo_direction", {"train": "aa"}) is None
