"""The fresh process of `evaluation.cost`: loads an artifact, predicts, and tells what it took."""

import json
import os
import platform
import re
import resource
import sys
import time
from pathlib import Path
from typing import Any

from data.records import Example, Mark
from tagging.artifact import load_artifact

WARM_UP = 5  # calls that are not timed


def main() -> None:
    """Reads what to do from stdin and writes the figures to stdout, both JSON."""
    asked = json.load(sys.stdin)
    singles, batched = ([_example(row) for row in asked[key]] for key in ("singles", "batched"))
    start = time.perf_counter()
    artifact = load_artifact(Path(asked["folder"]))
    load_seconds = time.perf_counter() - start
    for example in singles[:WARM_UP]:
        artifact.predict([example])
    single_seconds = []
    for example in singles:
        start = time.perf_counter()
        artifact.predict([example])
        single_seconds.append(time.perf_counter() - start)
    start = time.perf_counter()
    artifact.predict(batched, asked["batch_size"])
    told = {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1,
        "load_seconds": load_seconds,
        "single_seconds": single_seconds,
        "batch_seconds": time.perf_counter() - start,
        "peak_memory_bytes": peak_memory(),
    }
    json.dump(told, sys.stdout)


def _example(row: dict[str, Any]) -> Example:
    marks = tuple(Mark(**mark) for mark in row["marks"])
    return Example(**row | {"marks": marks, "labels": tuple(row["labels"])})


def peak_memory() -> int:
    """The most memory that this process held, in bytes.

    On Linux not by getrusage: its figure starts at what the parent process held.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text(encoding="utf-8"))
        if found:
            return int(found[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = re.search(r"model name\s*:\s*(.+)", info.read_text(encoding="utf-8"))
        if found:
            return found[1].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
