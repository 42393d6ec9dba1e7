"""Invented pages and models for the tests of tagged folders."""

import shutil
from pathlib import Path

from workflows.tagging import Tagging, tag_inputs

SENTENCES = (
    "The army shelled Nairobi from Mombasa on Sunday, wounding farmers.",
    "Hundreds of students marched through Nairobi against the army.",
    "The ministers of Kenya and Chad met in Khartoum, a spokesman said.",
    "Rebels attacked a police post near Adré, police told journalists.",
)


def copy_models(shelf, place: Path) -> Path:
    """Artifacts of the three tasks, of which the one for events has learnt."""
    for family, task in (
        ("tfidf", "event_type"),
        ("majority", "actor_role"),
        ("majority", "geo_direction"),
    ):
        shutil.copytree(shelf(family, task).folder, place / task)
    return place


def write_pages(folder: Path, count: int, bad: tuple[int, ...] = ()) -> Path:
    """Pages of one to four sentences; those of the numbers in `bad` are no articles."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        told = [SENTENCES[(number + each) % 4] for each in range(1 + number % 4)]
        text = f"PORT ELLIS, March {1 + number % 28}, 2014 - " + "\n\n".join(told)
        path = folder / f"{number:03}.txt"
        path.write_bytes(b"\xff\xfe\x00" if number in bad else text.encode())
    return folder


def tag(models: Path, inputs: Path | list[Path], out: Path | None = None, **more):
    """What `wiretag tag` answers to a program."""
    listed = [inputs] if isinstance(inputs, Path) else inputs
    return tag_inputs(Tagging(models, listed, out, **more), quiet=True)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of the folder with its bytes."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}
