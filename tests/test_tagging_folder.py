"""A tagged folder: whole files, the same after any break, closed to other requests."""

import csv
import json
import shutil
from hashlib import sha256
from io import StringIO

import pytest
from tagged_folders import contents, copy_models, tag, write_pages

from data.errors import BadInput
from tagging.events.files import COLUMNS
from training.lock import locked
from workflows import page_files, tagging
from workflows.tagged_parts import FILES

TASKS = ("event_type", "actor_role", "geo_direction")


@pytest.fixture(scope="module")
def models(shelf, tmp_path_factory):
    return copy_models(shelf, tmp_path_factory.mktemp("tagging") / "models")


@pytest.fixture
def parts_of_three(monkeypatch):
    monkeypatch.setattr(page_files, "PART_PAGES", 3)


@pytest.fixture
def pages(tmp_path):
    """Eleven pages, of which two are none."""
    return write_pages(tmp_path / "pages", 11, bad=(2, 7))


@pytest.fixture
def broken_off(monkeypatch):
    """(number of a part) -> the command is ended there, as by Ctrl-C."""

    def at(number):
        whole = tagging.Pages.tag

        def broken(self, part, refuse, keep):
            for place, article in enumerate(whole(self, part, refuse, keep)):
                if part == number and place == 1:
                    raise KeyboardInterrupt
                yield article

        monkeypatch.setattr(tagging.Pages, "tag", broken)
        return lambda: monkeypatch.setattr(tagging.Pages, "tag", whole)

    return at


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_the_folder_has_whole_files_and_says_what_is_in_them(models, pages, tmp_path):
    found = tag(models, pages, tmp_path / "out")
    made = contents(tmp_path / "out")
    assert set(made) == {*FILES, "tagged.json"}
    told = json.loads(made["tagged.json"])
    assert told["files"] == {name: sha256(made[name]).hexdigest() for name in FILES}
    assert set(told["request"]["artifacts"]) == set(TASKS) and told["request"]["pages"] == 11
    sentences, events, refused = (
        lines(tmp_path / "out" / f"{name}.jsonl") for name in ("sentences", "events", "refused")
    )
    counts = {"pages": 11, "refused": 2, "sentences": len(sentences), "events": len(events)}
    assert told["counts"] == counts and found.items() >= counts.items() and events
    assert [one["page"] for one in refused] == [str(pages / f"{n:03}.txt") for n in (2, 7)]
    assert refused[0]["found"] == "UTF-16 text" and refused[0]["fix"]
    articles = {one["page"] for one in sentences}
    assert len(articles) == 9 and {one["article"] for one in events} <= articles


def test_the_three_files_of_events_hold_the_same_ones(models, pages, tmp_path, parts_of_three):
    tag(models, pages, tmp_path / "out")
    ids = [one["id"] for one in lines(tmp_path / "out" / "events.jsonl")]
    table = (tmp_path / "out" / "events.csv").read_bytes().decode()
    rows = list(csv.DictReader(StringIO(table, newline="")))
    drawn = json.loads((tmp_path / "out" / "events.geojson").read_text(encoding="utf-8"))
    assert len(ids) > 9 and len(set(ids)) == len(ids)
    assert [row["id"] for row in rows] == ids == [one["id"] for one in drawn["features"]]
    assert tuple(rows[0]) == COLUMNS and table.count("\r\n") == len(ids) + 1


@pytest.mark.parametrize("size", [1, 2, 5])
def test_parts_join_to_what_is_written_at_once(models, pages, tmp_path, monkeypatch, size):
    tag(models, pages, tmp_path / "whole")
    monkeypatch.setattr(page_files, "PART_PAGES", size)
    tag(models, pages, tmp_path / "joined")
    assert contents(tmp_path / "joined") == contents(tmp_path / "whole")


def test_no_event_at_all_is_an_empty_list(models, tmp_path, monkeypatch):
    quiet = tmp_path / "quiet"
    quiet.mkdir()
    for name in "ab":
        (quiet / f"{name}.txt").write_text("It rained on the hills, and the river rose a little.")
    monkeypatch.setattr(page_files, "PART_PAGES", 1)
    assert tag(models, quiet, tmp_path / "out")["events"] == 0
    assert json.loads((tmp_path / "out" / "events.geojson").read_text())["features"] == []


@pytest.mark.parametrize("part", [0, 2, 3])
def test_the_same_command_goes_on_and_the_bytes_are_the_same(
    models, pages, tmp_path, parts_of_three, broken_off, part
):
    out = tmp_path / "out"
    tag(models, pages, tmp_path / "whole", html=tmp_path / "whole.html")
    mend = broken_off(part)
    with pytest.raises(KeyboardInterrupt):
        tag(models, pages, out)
    assert sorted(path.name for path in (out / "parts").glob("?????")) == [
        f"{number:05}" for number in range(part)
    ]
    assert not any((out / name).exists() for name in (*FILES, "tagged.json"))
    mend()
    tag(models, pages, out, html=tmp_path / "page.html")
    assert contents(out) == contents(tmp_path / "whole")
    assert (tmp_path / "page.html").read_bytes() == (tmp_path / "whole.html").read_bytes()


def test_whole_parts_are_not_tagged_again(models, pages, tmp_path, parts_of_three, broken_off):
    mend = broken_off(2)
    with pytest.raises(KeyboardInterrupt):
        tag(models, pages, tmp_path / "out")
    mend()
    broken_off(1)
    tag(models, pages, tmp_path / "out")


def test_a_finished_folder_is_left_as_it_is(models, pages, tmp_path, broken_off):
    first = tag(models, pages, tmp_path / "out")
    before = contents(tmp_path / "out")
    broken_off(0)
    again = tag(models, pages, tmp_path / "out")
    assert contents(tmp_path / "out") == before
    assert first.pop("pages_per_second") > 0 and again == first


def _another_page(models, pages):
    (pages / "012.txt").write_text("Rebels attacked a police post.")


def _a_changed_page(models, pages):
    page = pages / "004.txt"
    page.write_text(page.read_text().replace("army", "navy"))  # as many bytes as before


def _another_model(models, pages):
    shutil.rmtree(models / "geo_direction")


@pytest.mark.parametrize(
    ("change", "said"),
    [(_another_page, "pages 11"), (_a_changed_page, "pages_sha256"), (_another_model, "artifacts")],
)
@pytest.mark.parametrize("finished", [True, False])
def test_another_request_is_refused_and_changes_nothing(
    models, pages, tmp_path, parts_of_three, broken_off, listing, change, said, finished
):
    own, out = tmp_path / "models", tmp_path / "out"
    shutil.copytree(models, own)
    if finished:
        tag(own, pages, out)
    else:
        mend = broken_off(1)
        with pytest.raises(KeyboardInterrupt):
            tag(own, pages, out)
        mend()
    before = listing(out)
    change(own, pages)
    with pytest.raises(BadInput, match=said) as error:
        tag(own, pages, out)
    assert "name another folder" in str(error.value) and listing(out) == before


def test_a_changed_file_of_a_finished_folder_is_told(models, pages, tmp_path):
    tag(models, pages, tmp_path / "out")
    with (tmp_path / "out" / "events.csv").open("a") as file:
        file.write("x")
    with pytest.raises(BadInput, match=r"events\.csv: .*a changed one"):
        tag(models, pages, tmp_path / "out")


def test_a_folder_of_something_else_is_refused(models, pages, tmp_path, listing):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letters.txt").write_text("Dear mother")
    with pytest.raises(BadInput, match=r"an empty folder.*found letters\.txt"):
        tag(models, pages, tmp_path / "out")
    assert listing(tmp_path / "out") == ["letters.txt"]
    with pytest.raises(BadInput, match="a folder to write in, found a file"):
        tag(models, pages, pages / "000.txt")


def test_two_at_once_are_refused(models, pages, tmp_path):
    with locked(tmp_path / "out"), pytest.raises(BadInput, match="another run is writing there"):
        tag(models, pages, tmp_path / "out")


def test_a_kill_between_the_manifest_and_the_end_leaves_nothing_behind(models, pages, tmp_path):
    out = tmp_path / "out"
    tag(models, pages, out)
    before = contents(out)
    (out / "parts").mkdir()
    (out / "unfinished.json").write_text("{}")
    tag(models, pages, out)
    assert contents(out) == before
