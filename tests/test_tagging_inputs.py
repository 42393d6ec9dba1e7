"""What is tagged: files and folders, each page once; a bad page is told and stops no other."""

import json
import os
from pathlib import Path

import pytest
from tagged_folders import contents, copy_models, tag, write_pages

from data.errors import BadInput
from tagging.events import assembly
from workflows import page_files
from workflows.page_files import MAX_BYTES, PageFile, list_pages, parts_of


@pytest.fixture(scope="module")
def models(shelf, tmp_path_factory):
    return copy_models(shelf, tmp_path_factory.mktemp("tagging") / "models")


def test_folders_give_their_pages_by_name_and_each_page_once(tmp_path):
    for name in ("b.txt", "a.html", "c/d.HTM", "c/e.md", ".f.json", "c/.DS_Store", "g.txt.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "h.txt").mkdir()
    found = list_pages([tmp_path / "c" / "e.md", tmp_path, tmp_path / "b.txt"])
    names = [str(page.path.relative_to(tmp_path)) for page in found]
    assert names == ["c/e.md", "a.html", "b.txt", "c/d.HTM"]


def test_a_folder_without_pages_and_a_missing_file_are_refused_at_once(tmp_path):
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(BadInput, match=r"a folder with \.txt, \.html or \.htm files, found none"):
        list_pages([tmp_path])
    with pytest.raises(BadInput, match="nothing there"):
        list_pages([tmp_path / "no.txt"])


def test_parts_hold_few_pages_and_few_bytes(monkeypatch):
    monkeypatch.setattr(page_files, "PART_PAGES", 3)
    monkeypatch.setattr(page_files, "PART_BYTES", 100)
    sizes = [10, 10, 10, 10, 90, 101, 5, MAX_BYTES + 1, 95]
    parts = parts_of([PageFile(Path(str(n)), size, 0) for n, size in enumerate(sizes)])
    assert [[page.size for page in part] for part in parts] == [
        [10, 10, 10], [10, 90], [101], [5, MAX_BYTES + 1, 95],
    ]  # fmt: skip


def test_bad_pages_are_told_in_order_and_the_others_are_tagged(models, tmp_path):
    pages = write_pages(tmp_path / "pages", 12)
    (pages / "001.txt").write_bytes(b"\xff\xfea\0")
    (pages / "002.txt").write_bytes(b"")
    (pages / "003.txt").write_bytes(b"The army\xff shelled Gao.")
    (pages / "004.txt").write_bytes(b"x" * (MAX_BYTES + 1))
    (pages / "005.txt").write_bytes(b"The army \0 shelled Gao.")
    (pages / "006.txt").unlink()
    (pages / "006.txt").symlink_to("nowhere")
    (pages / "007.txt").unlink()
    os.mkfifo(pages / "007.txt")
    (pages / "008.txt").write_text(
        "<html><body><p>&#xD800; The army shelled Gao.</p></body></html>"
    )
    (pages / "009.txt").write_text("word " * 500_000)
    found = tag(models, pages, tmp_path / "out")
    refused = [json.loads(line) for line in (tmp_path / "out" / "refused.jsonl").open()]
    assert [Path(one["page"]).stem for one in refused] == [
        f"00{n}" for n in (1, 2, 3, 4, 5, 6, 7, 9)
    ]
    said = ["UTF-16", "none", "0xff", "a larger one", "NUL", "nothing there", "a pipe", "2500000"]
    assert all(word in one["found"] for word, one in zip(said, refused, strict=True)), refused
    assert refused[2]["line"] == 1
    assert (found["pages"], found["refused"]) == (12, 8)
    told = {json.loads(line)["page"] for line in (tmp_path / "out" / "sentences.jsonl").open()}
    assert sorted(Path(page).stem for page in told) == ["000", "008", "010", "011"]


def test_a_page_that_breaks_the_tagger_is_told_and_stops_no_other(models, tmp_path, monkeypatch):
    pages = write_pages(tmp_path / "pages", 6, bad=(1,))
    whole = assembly.find_references

    def fails(sentences):
        if sentences[0].page_id.endswith("003.txt"):
            raise ZeroDivisionError("planted")
        return whole(sentences)

    monkeypatch.setattr(assembly, "find_references", fails)
    found = tag(models, pages, tmp_path / "out")
    refused = [json.loads(line) for line in (tmp_path / "out" / "refused.jsonl").open()]
    assert [Path(one["page"]).stem for one in refused] == ["001", "003"]
    assert refused[1]["found"] == "ZeroDivisionError: planted" and found["refused"] == 2
    (pages / "003.txt").write_bytes(b"")
    monkeypatch.undo()
    tag(models, pages, tmp_path / "without")
    made, without = contents(tmp_path / "out"), contents(tmp_path / "without")
    assert made["events.jsonl"] == without["events.jsonl"]
    assert made["sentences.jsonl"] == without["sentences.jsonl"]


def test_a_name_that_is_no_utf_8_is_escaped(models, tmp_path):
    pages = write_pages(tmp_path / "pages", 1)
    os.rename(pages / "000.txt", os.fsencode(pages) + b"/a\xff.txt")
    tag(models, pages, tmp_path / "out")
    line = json.loads((tmp_path / "out" / "sentences.jsonl").read_text().splitlines()[0])
    assert line["page"] == f"{pages}/a\\xff.txt"


def test_where_all_are_refused_it_is_bad_input_and_the_reasons_are_kept(models, tmp_path):
    pages = write_pages(tmp_path / "pages", 3, bad=(0, 1, 2))
    with pytest.raises(BadInput, match=r"3 that were refused; see .*refused\.jsonl"):
        tag(models, pages, tmp_path / "out")
    assert len((tmp_path / "out" / "refused.jsonl").read_text().splitlines()) == 3
    with pytest.raises(BadInput, match=r"the first: .*000\.txt.*UTF-16"):
        tag(models, pages)


def test_without_a_folder_refusals_are_in_the_answer_and_many_pages_want_one(
    models,
    tmp_path,
    monkeypatch,
):
    pages = write_pages(tmp_path / "pages", 5, bad=(3,))
    found = tag(models, pages)
    assert found["out"] == "not written" and found["refused"] == 1 and found["events"] > 3
    assert "003.txt" in found["refusals"][0] and "UTF-16" in found["refusals"][0]
    monkeypatch.setattr(page_files, "PART_PAGES", 4)
    with pytest.raises(BadInput, match="--out DIR"):
        tag(models, pages)


def test_the_page_shows_the_first_articles_and_the_answer_says_so(models, tmp_path):
    pages = write_pages(tmp_path / "pages", 25, bad=(0,))
    found = tag(models, pages, tmp_path / "out", html=tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    assert found["html"] == str(tmp_path / "page.html")
    assert found["on_the_page"] == "the first 20 of 24 articles"
    assert page.count("<article") == 20
    assert "on_the_page" not in tag(models, pages / "001.txt", html=tmp_path / "one.html")
    with pytest.raises(BadInput, match="a folder"):
        tag(models, pages, tmp_path / "other", html=pages)
    for place in (pages / "page.html", tmp_path / "x" / ".." / "pages" / "001.txt"):
        with pytest.raises(BadInput, match="one of the pages to tag"):
            tag(models, pages, tmp_path / "other", html=place)
    assert not (tmp_path / "other").exists()
