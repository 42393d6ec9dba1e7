"""The service at a tenth of its capacity and at ten times it: latencies of what it answers.

    python benchmarks/serving_load.py ARTIFACT ... [--sentences 1] [--seconds 30]

The service runs in a process of its own. Prints a Markdown table.
"""

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from serving_arrivals import Run, measure, percentile

RISE: Final = 3  # seconds in which a burst may queue
SENTENCES: Final = (
    "Mortar bombs flew from eastern Chad into a camp near El Geneina where peacekeepers sleep.",
    "The prime minister met opposition leaders in Nairobi for a second round of talks.",
    "Police detained forty students outside the ministry in Caracas on Tuesday.",
    "Troops withdrew from the northern plateau at dawn, a spokesman said.",
)


@contextlib.contextmanager
def service(artifacts: list[Path], core: str | None) -> Iterator[int]:
    """A server in a process of its own: its port; it must end with 0."""
    pinned = ["taskset", "-c", core] if core else []
    command = [*pinned, sys.executable, "wiretag.py", "serve", *map(str, artifacts)]
    command += ["--port", "0", "--threads", "1"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, stderr=log, env=environment)
        try:
            yield _port(process, Path(f"/proc/self/fd/{log.fileno()}"))
        finally:
            process.send_signal(signal.SIGTERM)
            print(f"ended with {process.wait(60)}", file=sys.stderr)


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    while process.poll() is None:
        lines = [json.loads(line) for line in log.read_text().split("\n") if line]
        told = {line["event"]: line for line in lines}
        if "ready" in told and "listening" in told:
            return int(told["listening"]["port"])
        time.sleep(0.1)
    raise SystemExit(f"the service ended: {log.read_text()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifacts", nargs="+", type=Path)
    parser.add_argument("--sentences", type=int, default=1, help="texts of a request")
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--times", type=float, default=10, help="offered load / capacity")
    parser.add_argument("--core", help="the core that the service is bound to")
    chosen = parser.parse_args()
    rows = [{"text": SENTENCES[n % len(SENTENCES)]} for n in range(chosen.sentences)]
    with service(chosen.artifacts, chosen.core) as port:
        capacity, calm, rush = measure(port, {"texts": rows}, chosen.seconds, chosen.times)
    show(chosen.sentences, capacity, calm, rush)


def show(sentences: int, capacity: float, calm: Run, rush: Run) -> None:
    """The figures as Markdown; all times in milliseconds."""
    statuses = Counter(rush.status.tolist())
    ratio = percentile(rush.accepted(), 99) / percentile(calm.accepted(), 99)
    steady = percentile(rush.accepted(RISE), 99) / percentile(calm.accepted(), 99)
    print(f"{sentences} sentences a request, capacity {capacity:.1f} requests/s\n")
    print("| offered /s | sent | accepted | accepted /s | p50 ms | p99 ms | p99 / unloaded |")
    print("|--:|--:|--:|--:|--:|--:|--:|")
    for run, share in ((calm, 1.0), (rush, ratio)):
        latencies = run.accepted()
        print(
            f"| {run.offered:.1f} | {len(run.due)} | {len(latencies)} | {run.rate:.1f} |"
            f" {percentile(latencies, 50):.1f} | {percentile(latencies, 99):.1f} | {share:.2f} |"
        )
    print(f"\nwithout the first {RISE} s: {steady:.2f}; statuses under load: {dict(statuses)}")


if __name__ == "__main__":
    main()
