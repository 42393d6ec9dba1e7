"""YAML as data only: what is refused, quickly, with file and line, and all errors at once."""

import time

import pytest
from pydantic import BaseModel, ConfigDict

from data.errors import BadInput, nearest
from data.strict_yaml import MAX_BYTES, parse_model, read_yaml, validate


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    height: int = 1
    weight: float = 1.0


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    part: Part = Part()
    parts: tuple[Part, ...] = ()


def refusal(write, content: str | bytes) -> str:
    with pytest.raises(BadInput) as caught:
        read_yaml(write("x.yaml", content))
    return str(caught.value)


def test_plain_yaml_is_read(write):
    content = "\ufeffa: 1\nb: [x, 2.5, true, null]\nc: {d: 'no'}\n# end\n"
    assert read_yaml(write("x.yaml", content)) == {
        "a": 1,
        "b": ["x", 2.5, True, None],
        "c": {"d": "no"},
    }


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("a: &x [1]\nb: *x\n", 2, "an alias"),
        ("a: 1\nb: 2\na: 3\n", 3, "the key 'a' twice"),
        ("a:\n  b: 1\n  b: 1\n", 3, "the key 'b' twice"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", 2, "the tag"),
        ("a: !!python/name:os.system\n", 1, "the tag"),
        ("a: !custom {x: 1}\n", 1, "the tag"),
        ("a: !!binary aGk=\n", 1, "the tag"),
        ("? [a, b]\n: 1\n", 1, "a key that is no plain value"),
        ("{a: 1}: 2\n", 1, "a key that is no plain value"),
        ("a: 1\n---\nb: 2\n", 2, "another document"),
        ("a: [1\n", 2, "expected"),
        ("a: 1\n\tb: 2\n", 2, "cannot start any token"),
    ],
)
def test_what_is_more_than_data_is_refused_with_its_line(write, content, line, said):
    message = refusal(write, content)
    assert f"x.yaml:{line}: expected plain YAML" in message and said in message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a: 2014-02-31\n", "day is out of range"),
        ("a: " + "9" * 5000, "a number of more than 40 characters"),
        ("[" * 3000, "deep nesting"),
        ("a: '\0'", "a NUL character"),
        ("", "a YAML mapping, found NoneType"),
        ("- 1\n", "a YAML mapping, found list"),
        (b"a: \xff\n", "expected UTF-8 text"),
        (b"a" * (MAX_BYTES + 1), f"at most {MAX_BYTES} bytes"),
    ],
)
def test_other_bad_files_are_refused_with_a_reason(write, content, said):
    message = refusal(write, content)
    assert "x.yaml" in message and said in message


def test_a_bomb_of_aliases_is_refused_at_once(write):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    start = time.monotonic()
    assert "an alias" in refusal(write, "\n".join(rows))
    assert time.monotonic() - start < 0.5


def test_a_missing_file_is_said(tmp_path):
    with pytest.raises(BadInput, match="nothing there"):
        read_yaml(tmp_path / "no.yaml")


def test_all_errors_are_told_at_once_with_the_nearest_key(write):
    text = "titel: x\npart: {hight: 3, weight: heavy}\nparts: [{}, {wieght: 2}]\n"
    path = write("x.yaml", text)
    with pytest.raises(BadInput) as caught:
        parse_model(path, Whole)
    message = str(caught.value)
    assert message.startswith(f"{path}: expected a valid Whole")
    assert "unknown key 'titel' (did you mean 'title'?)" in message
    assert "no 'title'" in message
    assert "unknown key 'part.hight' (did you mean 'height'?)" in message
    assert "part.weight: " in message and "'heavy'" in message
    assert "unknown key 'parts.1.wieght' (did you mean 'weight'?)" in message


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(BadInput) as caught:
        validate({"title": ["x" * 10_000]}, Whole)
    assert len(str(caught.value)) < 300


def test_nothing_near_lists_what_is_known():
    assert nearest("zzz", ["b", "a"]) == "known: a, b"
    assert nearest("hieght", ["height", "weight"]) == "did you mean 'height'?"
