"""Label Studio: bad tasks and broken exports are refused with file and number."""

import copy
import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from label_studio_tasks import (
    FOREIGN,
    GOOD,
    OWN,
    REBELS,
    TIE,
    TRADERS,
    TRIGGER,
    annotation,
    arrow,
    back,
    choice,
    flat,
    refused,
    region,
    task,
)

from data.errors import BadInput
from data.importers import label_studio


@pytest.fixture
def export(write: Callable[[str, str | bytes], Path]) -> Callable[..., Path]:
    """Writes tasks as an export."""
    return lambda *tasks: write("export.json", json.dumps(list(tasks), ensure_ascii=False))


def changed(*path: object, to: object) -> dict:
    """A good task in which one place is another value."""
    made = copy.deepcopy(task(GOOD))
    place = made
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return made


RESULT = ("annotations", 0, "result")
BROKEN = [
    (task(), "a submitted annotation, found none (task 101); label the task or leave it out"),
    (task() | {"predictions": [{"result": []}]}, "submit the predictions"),
    (task(annotation(cancelled=True)), "a submitted annotation, found a skipped one"),
    (task(GOOD, GOOD | {"result": []}), "annotations that agree"),
    (changed("annotations", to=7), "annotations"),
    (changed("annotations", 0, to="x"), "annotations.0"),
    (changed("annotations", 0, "result", to={}), "annotations.0.result"),
    (changed("data", to={}), "text: Field required"),
    (changed("data", to=[]), "text: Field required"),
    (changed("data", "text", to=" \n"), "blanks alone"),
    (changed("data", "text", to=["x"]), "text: Input should be a valid string"),
    (changed("data", "tags", to="passive"), "tags"),
    (changed("data", "sentence_id", to=1.5), "id: Input should be a valid string"),
    (changed(*RESULT, 0, "type", to="rectanglelabels"), "type: Input should be 'labels'"),
    (changed(*RESULT, 0, "value", "choices", to=["ASSULT"]), "did you mean 'ASSAULT'?"),
    (changed(*RESULT, 1, "value", "labels", to=["sauce"]), "did you mean 'source'?"),
    (changed(*RESULT, 1, "value", "labels", to=[]), "a label on each region"),
    (changed(*RESULT, 1, "value", "start", to=-2), "0 to 56 in code_points, found -2"),
    (changed(*RESULT, 1, "value", "start", to=True), "value.start"),
    (changed(*RESULT, 1, "value", "start", to=8), "a span whose end lies behind its start"),
    (changed(*RESULT, 1, "value", "end", to=900), "0 to 56 in code_points, found 900"),
    (changed(*RESULT, 1, "value", "end", to=None), "offsets as numbers"),
    (changed(*RESULT, 1, "value", "text", to="Rebel"), "no unit would fit"),
    (changed(*RESULT, 1, "value", "text", to=None), "the region's text quoted"),
    (changed(*RESULT, 1, "value", to=[]), "value"),
    (changed(*RESULT, 2, "id", to="r1"), "one stretch for each region's id"),
    (task(annotation(region(3, "source", "Rebels", "r1"))), "offsets: utf16 would fit"),
    (task(annotation(REBELS, arrow("r1", "r9", "source"))), "no span 'r9'"),
    (task(annotation(REBELS, TRADERS, arrow("r1", "r3"))), "a role from an event trigger"),
    (task(annotation(region(2, "bystander", "Rebels", "r1"), TIE)), "a role to tie to the chosen"),
    (task(annotation(REBELS, TRIGGER, arrow("t1", "r1"), TIE)), "relations, or choices on regions"),
    (task(annotation(choice("AID") | {"value": {"choices": ["AID"], "start": 2}})), "each choice"),
]


@pytest.mark.parametrize(("bad", "words"), BROKEN)
def test_a_bad_task_is_refused_with_file_and_number_and_the_others_are_read(export, bad, words):
    rest = [task(GOOD, id=1), bad, task(GOOD, id=3)]
    (error,) = refused(export(*rest))
    assert "export.json:2: expected" in error and words in error
    with pytest.raises(BadInput):
        back(export(*rest))


def test_an_id_that_comes_again_is_refused(export):
    twice = [task(GOOD, sentence_id="a-1"), task(GOOD, id=102, sentence_id="a-1")]
    assert "each id once, found 'a-1' again (task 102)" in refused(export(*twice))[0]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "export.json: expected a JSON array of tasks, found the end of the file"),
        (b'{"id": 1}', "a JSON array of tasks, found '{'"),
        (b"[7]", ":1: expected a task (a JSON object), found '7'"),
        (b'[{"a": 1}, ', ":2: expected a task (a JSON object), found the end"),
        (b'[{"a": 1}', "a comma or the end of the array, found the end of the file"),
        (b'[{"a": 1} {"b": 2}]', "a comma or the end of the array, found '{'"),
        (b'[{"a": 1}] x', "nothing behind the array"),
        (b'[{"a": "x', ":1: expected a task in JSON, found Unterminated string"),
        (b'[{"a": "\xff"}]', "UTF-8 text, found byte 0xff"),
        (b'[{"a": ' + b"[" * 100_000, "deep nesting"),
        (b"\x1f\x8b\x08", "a gzip file"),
    ],
)
def test_what_is_no_array_of_objects_stops_the_reading(write, raw, said):
    with pytest.raises(BadInput) as caught:
        list(label_studio.read(write("export.json", raw), lambda error: None, OWN))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ('{"data": {"text": "a", "text": "b"}}', "a key twice"),
        ('{"data": {"text": NaN}}', "the number NaN"),
        ('{"data": {"text": "a\\ud800"}}', "a lone surrogate"),
        ('{"data": {"text": "a\\u0000"}}', "a NUL character"),
        ('{"data": {"text": ' + "9" * 5000 + "}}", "integer string conversion"),
    ],
)
def test_json_that_is_not_strict_refuses_its_task_alone(write, raw, said):
    good = json.dumps(task(GOOD))
    errors: list[BadInput] = []
    path = write("export.json", f"[{good},\n{raw}, {good.replace('101', '103')}]")
    rows = list(label_studio.read(path, errors.append, OWN))
    assert [one.id for one in rows] == ["label-studio-101", "label-studio-103"]
    assert errors[0].line == 2 and said in str(errors[0])


def test_a_large_export_is_held_a_task_at_a_time(tmp_path):
    import tracemalloc

    path = tmp_path / "large.json"
    text = json.dumps(task(GOOD, note="é" * 20_000), ensure_ascii=False)
    with path.open("w", encoding="utf-8") as file:
        file.write("[" + ",".join(text.replace("101", str(number)) for number in range(250)) + "]")
    tracemalloc.start()
    count = sum(1 for _ in label_studio.read(path, print, OWN))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 250 and path.stat().st_size > 10_000_000 and peak < 3_000_000


ODD = json.loads(
    '[null, true, -1, 3, 1e30, 1.5, "", "r1", "labels", "🛶", [], {}, [[]], {"id": 1}]'
)


def places(value: object) -> Iterator[tuple[object, object]]:
    """Every (container, key) below a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(pairs):
        yield value, key
        if isinstance(inner, dict | list):
            yield from places(inner)


def test_nothing_but_bad_input_comes_of_mutated_tasks(export):
    relation = annotation(region(2, "ASSAULT", "Rebels", "r1"), TRADERS, arrow("r1", "r3"))
    tied = annotation(REBELS, TIE)
    good = [json.dumps(one) for one in (task(GOOD), task(relation), task(tied), flat())]
    chance = random.Random(7)
    mutated = []
    for number in range(1000):
        made = json.loads(good[number % len(good)]) | {"id": number}
        for _ in range(chance.randint(1, 3)):
            holder, key = chance.choice(list(places(made)))
            if chance.random() < 0.2:
                del holder[key]
            else:
                holder[key] = copy.deepcopy(chance.choice(ODD))
        mutated.append(made)
    path = export(*mutated)
    assert 333 < len(refused(path)) < 1000 and len(refused(path, FOREIGN)) < 1000


def test_nothing_but_bad_input_comes_of_flipped_bytes(write):
    good = json.dumps([task(GOOD, id=1), flat(id=4)], ensure_ascii=False).encode()
    chance = random.Random(7)
    for _ in range(300):
        raw = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.choice(b'[]{}",:\\u0\x00\xff\xed\n9')
        path = write("export.json", bytes(raw))
        try:
            list(label_studio.read(path, lambda error: None, OWN))
        except BadInput as error:
            assert "export.json" in str(error)
