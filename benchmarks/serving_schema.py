"""Hostile requests to the service: none may be answered with 5xx, each as its OpenAPI says.

    python benchmarks/serving_schema.py ARTIFACT ... [--requests 10000] [--seed 1]

schemathesis makes requests from the OpenAPI document, right and wrong ones; as many more are
right bodies with bytes changed. Counts come from the service's own metrics. Exit status 1 on a
5xx or a failed check.
"""

import argparse
import http.client
import json
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Final

from serving_load import SENTENCES, service

CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance,negative_data_rejection,"
    "unsupported_method"
)
PIECES: Final = (
    b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\x00", b"\xff", b"\xed\xa0\x80", b"\\ud800",
    b"\\u0000", b"null", b"true", b"-1", b"1e999", b"NaN", b"99999999999999999999", b"[" * 3000,
    b'"texts":[],', b'"marks":[{}],', b"\xef\xbb\xbf", b"\r\n\r\n", "\N{FIRE}".encode(), b" " * 99,
)  # fmt: skip


def by_schema(port: int, requests: int, seed: int) -> int:
    """The exit status of schemathesis: 1 where a check failed."""
    command = [str(Path(sys.executable).with_name("schemathesis")), "run"]
    command += [f"http://127.0.0.1:{port}/openapi.json", "--include-path=/v1/tag"]
    command += ["--phases=fuzzing", "--mode=all", f"--checks={CHECKS}", f"--seed={seed}"]
    command += [f"--max-examples={requests}", "--no-color", "--generation-database=none"]
    command += ["--suppress-health-check=all", "--continue-on-failure"]
    return subprocess.run(command).returncode


def by_bytes(port: int, requests: int, seed: int) -> Counter[int]:
    """Statuses of right bodies with one to eight bytes or pieces changed."""
    chance, found = random.Random(seed), Counter[int]()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for _ in range(requests):
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/v1/tag", mutated(chance), headers)
        answer = connection.getresponse()
        found[answer.status] += 1
        json.loads(answer.read())
    return found


def mutated(chance: random.Random) -> bytes:
    """A body that was right."""
    texts = [
        {"text": text, "marks": [{"name": "mention", "start": 0, "end": chance.randint(1, 30)}]}
        for text in chance.choices(SENTENCES, k=chance.randint(1, 3))
    ]
    request = {"texts": texts, "return_probabilities": True, "timeout_s": 5.0}
    body = bytearray(json.dumps(request).encode())
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(body))
        if chance.random() < 0.4:
            body[place] = chance.randrange(256)
        else:
            body[place : place + chance.randint(0, 5)] = chance.choice(PIECES)
    return bytes(body)


def counted(port: int) -> Counter[str]:
    """Answers of /v1/tag by status, as the service counted them."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/metrics")
    page = connection.getresponse().read().decode()
    pattern = r'^wiretag_requests_total\{route="/v1/tag",status="(\d+)"\} (\S+)$'
    return Counter({name: int(float(n)) for name, n in re.findall(pattern, page, re.MULTILINE)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("artifacts", nargs="+", type=Path)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--core", help="the core that the service is bound to")
    chosen = parser.parse_args()
    with service(chosen.artifacts, chosen.core) as port:
        broken = by_schema(port, chosen.requests, chosen.seed)
        schema = counted(port)
        flipped = by_bytes(port, chosen.requests, chosen.seed)
        total = counted(port)
    bad = sum(number for status, number in total.items() if status.startswith("5"))
    print(f"schemathesis: {schema.total()} requests, {dict(sorted(schema.items()))}")
    print(f"changed bytes: {flipped.total()} requests, {dict(sorted(flipped.items()))}")
    print(
        f"answers of 5xx: {bad} of {total.total()}; failed checks: {'some' if broken else 'none'}"
    )
    sys.exit(bool(bad or broken))


if __name__ == "__main__":
    main()
