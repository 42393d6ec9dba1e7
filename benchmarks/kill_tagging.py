"""Kills `wiretag tag` at random moments and writes, runs it again, and compares every byte.

    python benchmarks/kill_tagging.py ARTIFACTS [--kills 50] [--pages 300]
    python benchmarks/kill_tagging.py ARTIFACTS --without-rename   the defect that it must find

Every second kill is just before or after a file or folder gets its name. Exit status 1 if any
output differs. Children are forked, so that they start with all loaded; take fast artifacts.
"""

import argparse
import functools
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tagging_speed import write_pages

from workflows import page_files, tagged_folder, tagged_parts
from workflows import tagging as command
from workflows.tagging import Tagging, tag_inputs

PART = 10  # pages


@dataclass
class Bench:
    """Pages, the output of an undisturbed run, and what happened to the disturbed ones."""

    artifacts: Path
    pages: Path
    place: Path
    dice: random.Random
    count: Counter[str] = field(default_factory=Counter)

    def tag(self, out: Path) -> None:
        tag_inputs(Tagging(self.artifacts, [self.pages], out), quiet=True)

    def whole(self) -> tuple[float, int]:
        """Tags undisturbed: seconds, and how many names are given on the way."""
        noted = self.place / "names"

        def noting() -> None:
            names = counted(lambda number: noted.write_text(str(number)))
            self.tag(self.place / "whole")
            assert names

        start = time.monotonic()
        assert exit_status(forked(noting)) == 0
        return time.monotonic() - start, int(noted.read_text())

    def session(self, out: Path, kills: int, span: float, names: int) -> None:
        """The same command until it is done, killed on the way while kills are left."""
        while True:
            at_name = self.count["kills"] % 2 == 0 and self.count["kills"] < kills
            moment = self.dice.uniform(0, span)
            deadly = self.dice.uniform(0, names) if at_name else None
            child = forked(functools.partial(self.dying, out, deadly))
            if not at_name and self.count["kills"] < kills:
                time.sleep(moment)
                os.kill(child, signal.SIGKILL)
            status = exit_status(child)
            if status != -signal.SIGKILL:
                break
            self.count["kills"] += 1
            self.note(out)
        self.count["runs"] += 1
        self.count["crashed"] += status != 0
        if status == 0:
            self.count["other bytes"] += contents(out) != contents(self.place / "whole")
            self.count["left behind"] += len(list(out.parent.glob(".*.lock")))
        shutil.rmtree(out, ignore_errors=True)

    def dying(self, out: Path, deadly: float | None) -> None:
        if deadly is not None:
            kill_at(deadly)
        self.tag(out)

    def note(self, out: Path) -> None:
        """Where the kill fell."""
        parts = list((out / "parts").glob("*")) if out.exists() else []
        if (out / "tagged.json").exists():
            self.count["kills at the end"] += 1
        elif any((out / name).exists() for name in tagged_parts.FILES):
            self.count["kills while joining"] += 1
        elif any(part.suffix for part in parts):
            self.count["kills within a part"] += 1
        elif parts:
            self.count["kills between parts"] += 1


def forked(job: Callable[[], object]) -> int:
    """The id of a child that does the job and exits with 0, or with 1 if it raises."""
    sys.stdout.flush()
    if child := os.fork():
        return child
    status = 1
    try:
        job()
        status = 0
    finally:
        os._exit(status)


def exit_status(child: int) -> int:
    """Negative: the signal that ended the child."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def counted(heard: Callable[[int], object]) -> Callable[..., None]:
    """os.replace that tells how often it was called; put in place."""
    rename, number = os.replace, 0

    def replace(source: Path, place: Path) -> None:
        nonlocal number
        number += 1
        heard(number)
        rename(source, place)

    os.replace = replace  # type: ignore[assignment]
    return replace


def kill_at(deadly: float) -> None:
    """The process ends at that name: before it is given, or after in the latter half of one."""
    rename, number = os.replace, 0

    def replace(source: Path, place: Path) -> None:
        nonlocal number
        number += 1
        here = number == int(deadly) + 1
        if here and deadly % 1 < 0.5:
            os.kill(os.getpid(), signal.SIGKILL)
        rename(source, place)
        if here:
            os.kill(os.getpid(), signal.SIGKILL)

    os.replace = replace  # type: ignore[assignment]


def write_straight_into_place() -> None:
    """The defect: a part is filled where it shall stand, and what stands there counts as whole."""

    def fill(place: Path, articles: object, count: int, heard: object) -> tagged_parts.Counts:
        place.mkdir(exist_ok=True)
        (place / tagged_parts.COUNTS).write_text('{"pages": 0}')
        return tagged_parts._fill(place, articles, count, heard)  # type: ignore[arg-type]

    command.write_part = fill  # type: ignore[assignment]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("artifacts", type=Path)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-rename", action="store_true")
    chosen = parser.parse_args()
    command.load_artifact = functools.cache(command.load_artifact)
    page_files.PART_PAGES = PART  # type: ignore[misc]
    # what the kernel has outlives a kill, and a shared disk would set the pace
    tagged_parts.sync = tagged_folder.sync = lambda path: None  # type: ignore[attr-defined]
    if chosen.without_rename:
        write_straight_into_place()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        pages = write_pages(place / "pages", chosen.pages, None, chosen.seed)
        bench = Bench(chosen.artifacts, pages, place, random.Random(chosen.seed))
        few = Tagging(chosen.artifacts, sorted(pages.iterdir())[:3])
        tag_inputs(few, quiet=True)  # loads all that children would load otherwise
        span, names = bench.whole()
        print(f"a run takes {span:.1f} s and gives {names} names", flush=True)
        while bench.count["kills"] < chosen.kills:
            bench.session(place / "out", chosen.kills, span, names)
    for said, count in sorted(bench.count.items()):
        print(f"{said}: {count}")
    sound = not bench.count["other bytes"] + bench.count["crashed"] + bench.count["left behind"]
    print("sound" if sound else "NOT SOUND")
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
