"""The documented schema of artifact.json is the one that the loader enforces.

After a change: REWRITE=1 python -m pytest tests/test_artifact_schema.py
"""

import json
import os
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from tagging.artifact import load_artifact
from tagging.card import FORMAT_VERSION, READABLE, ArtifactCard
from tagging.closed import read_json, record

PATH = Path(__file__).parent.parent / "docs" / "artifact.schema.json"


def schema() -> dict:
    """Drawn from the same type hints; no key but these is taken."""
    made = TypeAdapter(ArtifactCard).json_schema()
    for part in (made, *made["$defs"].values()):
        part["additionalProperties"] = False
        for field in part["properties"].values():
            field.pop("title", None)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "artifact.json"}
    return head | {key: value for key, value in made.items() if key != "title"}


def test_the_documented_schema_is_the_enforced_one():
    text = json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("REWRITE"):
        PATH.write_text(text, encoding="utf-8")
    assert PATH.read_text(encoding="utf-8") == text
    assert max(READABLE) == FORMAT_VERSION and FORMAT_VERSION - 1 in READABLE


@pytest.mark.parametrize("family", ["majority", "tfidf", "transformer"])
def test_cards_have_the_keys_of_the_schema(shelf, family):
    content = json.loads((shelf(family, "actor_role").folder / "artifact.json").read_text())
    assert content.keys() == schema()["properties"].keys()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"labels": "origin"}, "the card.labels is str and not list"),
        ({"labels": ["a", 1]}, "the card.labels[1] is int and not str"),
        ({"seed": True}, "the card.seed is bool and not int"),
        ({"seed": 1.5}, "the card.seed is float and not int"),
        ({"multi": 1}, "the card.multi is int and not bool"),
        ({"runtime": "pickle"}, "the card.runtime is 'pickle'"),
        ({"validation": {"a": "1"}}, "the card.validation.a is str and not float"),
        ({"calibration": {"method": "scaling", "slope": [0.0]}}, "each slope must be above 0"),
        ({"calibration": {"method": "magic", "slope": [1.0]}}, "is 'magic'"),
        ({"conformal": {"coverage": 2, "quantiles": []}}, "a share lies between 0 and 1"),
        ({"abstention": {"precision": 0.9}}, "no 'confidence' in the card.abstention"),
        ({"surprise": 1}, "unknown key 'surprise' in the card"),
    ],
)
def test_a_card_that_is_none_is_refused_with_the_place(shelf, changes, said):
    content = json.loads((shelf("tfidf", "actor_role").folder / "artifact.json").read_text())
    assert record(ArtifactCard, content, "the card")
    with pytest.raises(ValueError) as caught:
        record(ArtifactCard, content | changes, "the card")
    assert said in str(caught.value)


@pytest.mark.parametrize("text", [b'{"a": 1, "a": 2}', b'{"a": NaN}', b"\xff", b"[" * 99_999])
def test_json_that_is_none_is_refused(text):
    with pytest.raises(ValueError):
        read_json(text)


def test_format_2_still_loads_and_answers_the_same(shelf, tmp_path):
    """What format 3 added is taken away again, as an older wiretag wrote it."""
    import shutil

    from tagging.manifest import write_manifest

    for family in ("majority", "tfidf", "transformer"):
        made = shelf(family, "actor_role")
        old = tmp_path / family
        shutil.copytree(made.folder, old)
        for name in ("golden.jsonl", "model.int8.onnx", "model.safetensors", "config.json"):
            (old / name).unlink(missing_ok=True)
        (old / "tokenizer_config.json").unlink(missing_ok=True)
        content = json.loads((old / "artifact.json").read_text())
        for name in ("multi", "marks", "int8", "scores"):
            del content[name]
        (old / "artifact.json").write_text(json.dumps(content | {"format_version": 2}))
        write_manifest(old)
        rows = made.rows[:20]
        assert load_artifact(old).predict(rows) == load_artifact(made.folder).predict(rows)
