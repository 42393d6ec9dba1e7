"""The pipeline: pages in, tagged sentences with exact offsets out, artifacts called by batch."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from data.articles import read_page
from data.codebook import Codebook, load_codebook
from data.errors import BadInput
from data.records import Example
from tagging.artifact import Artifact, ArtifactCard
from tagging.mentions import propose
from tagging.pipeline import BATCH, Tagger
from tagging.tagged import Scored

Rule = Callable[[Example], str]


class Rules:
    """A runtime that gives the label of a rule 0.75 and every other 0.125; notes its calls."""

    def __init__(self, codebook: Codebook, rule: Rule) -> None:
        self.labels, self.rule, self.calls = codebook.labels, rule, list[list[Example]]()

    def probabilities(
        self, examples: Sequence[Example], size: int, done: Callable[[int], None]
    ) -> NDArray[np.float32]:
        self.calls.append(list(examples))
        table = np.full((len(examples), len(self.labels)), 0.125, dtype=np.float32)
        for row, example in enumerate(examples):
            if (label := self.rule(example)) in self.labels:
                table[row, self.labels.index(label)] = 0.75
        return table


def artifact(name: str, rule: Rule) -> tuple[Artifact, Rules]:
    codebook = load_codebook(name)
    runtime = Rules(codebook, rule)
    card = ArtifactCard(
        name=name,
        family="rules",
        runtime="constant",
        task=name,
        labels=codebook.labels,
        multi=codebook.multi,
        marks=codebook.marks,
        thresholds=dict.fromkeys(codebook.labels, 0.5) if codebook.multi else None,
        codebook_hash=codebook.hash,
        dataset_hash={},
        run_id=None,
        experiment=None,
        seed=0,
        git_commit=None,
        git_dirty=None,
        versions={},
        validation={},
    )
    content = codebook.model_dump_json(by_alias=True).encode()
    return Artifact(Path(name), card, "", runtime, content), runtime


def event(example: Example) -> str:
    return "ASSAULT" if "shelled" in example.text else "nothing"


def role(example: Example) -> str:
    (mark,) = example.marks
    if "told" in example.text[: mark.start] or "said" in example.text[mark.end :]:
        return "reporter"
    return "source" if "shelled" in example.text[mark.end :] else "target"


def direction(example: Example) -> str:
    (mark,) = example.marks
    return "origin" if example.text[: mark.start].endswith("from ") else "site"


@pytest.fixture
def tagger() -> Iterator[tuple[Tagger, dict[str, Rules]]]:
    made = {
        name: artifact(name, rule)
        for name, rule in (
            ("event_type", event),
            ("actor_role", role),
            ("geo_direction", direction),
        )
    }
    yield (
        Tagger([one for one, _ in made.values()]),
        {name: rules for name, (_, rules) in made.items()},
    )


PAGE = """Home
Rebels shell river town
MOPTI, March 3 (AFP) - Rebels shelled 😀 a camp of the army in Mopti from
Gao on Tuesday, a spokesman said. Nobody slept.

ADVERTISEMENT

"We left," Mariam told reporters.
"""


def test_a_page_is_tagged_with_exact_offsets(tagger: tuple[Tagger, dict[str, Rules]]) -> None:
    tagged = tagger[0].tag_page(PAGE, "p1")
    assert [sentence.text for sentence in tagged] == [
        "Rebels shelled 😀 a camp of the army in Mopti from\nGao on Tuesday, a spokesman said.",
        "Nobody slept.",
        '"We left," Mariam told reporters.',
    ]
    assert [sentence.number for sentence in tagged] == [1, 2, 3]
    for sentence in tagged:
        assert PAGE[sentence.start : sentence.end] == sentence.text
        for mention in (*sentence.actors, *sentence.places):
            assert PAGE[mention.start : mention.end] == mention.surface
            assert sentence.start <= mention.start < mention.end <= sentence.end
    first = tagged[0]
    assert first.event_types == (Scored("ASSAULT", 0.75),)
    assert tagged[1].event_types == ()
    assert [(place.surface, place.labels) for place in first.places] == [
        ("Mopti", (Scored("site", 0.75),)),
        ("Gao", (Scored("origin", 0.75),)),
    ]
    assert first.actors[0].surface == "Rebels" and first.actors[0].has("reporter")
    assert set(first.actors[0].probabilities) == {"source", "target", "reporter"}


def test_every_proposed_mention_gets_its_labels(tagger: tuple[Tagger, dict[str, Rules]]) -> None:
    page = read_page(PAGE)
    tagged = tagger[0].tag_page(PAGE, "p1")
    for sentence in tagged:
        spans = [(m.start + sentence.start, m.end + sentence.start) for m in propose(sentence.text)]
        mentions = sorted((*sentence.actors, *sentence.places), key=lambda mention: mention.start)
        assert [(mention.start, mention.end) for mention in mentions] == spans
        assert all(mention.labels is not None for mention in mentions)
    assert len(tagged) >= len(page.body)


def test_models_see_one_line_sentences_with_one_mark(
    tagger: tuple[Tagger, dict[str, Rules]],
) -> None:
    tagger[0].tag_page(PAGE, "p1")
    examples = [example for rules in tagger[1].values() for call in rules.calls for example in call]
    assert all("\n" not in example.text for example in examples)
    (call,) = tagger[1]["geo_direction"].calls
    marked = [example.text[example.marks[0].start : example.marks[0].end] for example in call]
    assert marked == ["Mopti", "Gao"]
    assert [mark.name for example in call for mark in example.marks] == ["mention", "mention"]


def test_artifacts_are_called_once_a_batch(tagger: tuple[Tagger, dict[str, Rules]]) -> None:
    pages = [(f"p{number}", PAGE) for number in range(400)]
    tagged = list(tagger[0].tag_pages(iter(pages)))
    assert len(tagged) == 1200
    assert [sentence.page_id for sentence in tagged[::3]] == [page_id for page_id, _ in pages]
    calls = tagger[1]["event_type"].calls
    assert [len(call) for call in calls] == [BATCH, BATCH, 1200 - 2 * BATCH]
    alone = tagger[0].tag_page(PAGE, "p399")
    assert tagged[-3:] == alone


def test_a_line_of_json(tagger: tuple[Tagger, dict[str, Rules]]) -> None:
    line = json.loads(json.dumps(tagger[0].tag_page(PAGE, "p1")[0].to_dict()))
    assert list(line) == [
        "page", "sentence", "start", "end", "offsets", "source", "date", "text", "event_types",
        "actors", "places",
    ]  # fmt: skip
    assert line["page"] == "p1" and line["offsets"] == "source"
    assert line["event_types"] == [{"type": "ASSAULT", "probability": 0.75}]
    assert line["actors"][0]["roles"] == [{"role": "reporter", "probability": 0.75}]
    assert line["actors"][0]["probabilities"]["source"] == 0.125
    gao = line["places"][1]
    assert (gao["surface"], gao["direction"], gao["probability"]) == ("Gao", "origin", 0.75)
    assert PAGE[gao["start"] : gao["end"]] == "Gao"


def test_a_subset_of_artifacts_leaves_the_rest_unsaid() -> None:
    only, _ = artifact("geo_direction", direction)
    line = Tagger([only]).tag_page(PAGE, "p1")[0].to_dict()
    assert line["event_types"] is None
    assert line["actors"][0]["roles"] is None and line["actors"][0]["surface"] == "Rebels"
    assert line["places"][0]["direction"] == "site"


def test_tasks_that_raw_text_cannot_serve_are_refused() -> None:
    plv, _ = artifact("plv_root", event)
    one, _ = artifact("actor_role", role)
    with pytest.raises(BadInput, match="plv_root"):
        Tagger([plv])
    with pytest.raises(BadInput, match="one artifact for each actor"):
        Tagger([one, one])
    with pytest.raises(BadInput, match="an artifact"):
        Tagger([])


def test_a_page_without_an_article_is_refused_by_name(
    tagger: tuple[Tagger, dict[str, Rules]],
) -> None:
    with pytest.raises(BadInput, match="p2"):
        list(tagger[0].tag_pages([("p1", PAGE), ("p2", "Home\nNews")]))
    refused: list[str] = []
    tagged = tagger[0].tag_pages(
        [("p1", PAGE), ("p2", ""), ("p3", PAGE)], lambda page_id, error: refused.append(page_id)
    )
    assert [sentence.page_id for sentence in tagged] == ["p1"] * 3 + ["p3"] * 3
    assert refused == ["p2"]


def test_html_offsets_are_into_the_extracted_text(tagger: tuple[Tagger, dict[str, Rules]]) -> None:
    html = (
        "<html><head><title>Rebels shell camp</title></head><body><article><h1>Rebels shell camp"
        "</h1><p>Rebels shelled a camp of the army near the river on Tuesday, a spokesman said in "
        "Mopti.</p><p>Nobody slept that night in the old town, and the shops stayed shut.</p>"
        "</article></body></html>"
    )
    tagged = tagger[0].tag_page(html, "p1")
    text = read_page(html).text
    assert tagged and all(text[one.start : one.end] == one.text for one in tagged)
    assert tagged[0].to_dict()["offsets"] == "extracted text"
    assert [html[slice(*one.source)] for one in tagged] == [one.text for one in tagged]
