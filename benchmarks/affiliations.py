"""How often an actor's country and sector are right, unknown or wrong.

    python benchmarks/affiliations.py

Prints a JSON object a field, with 95% Wilson intervals; the gold is evaluation/events.
"""

import json
from collections import Counter
from pathlib import Path

from scipy.stats import binomtest

from data.strict_yaml import read_yaml
from tagging.events.affiliation import affiliation

GOLD = Path(__file__).parent.parent / "evaluation" / "events" / "affiliations.yaml"


def main() -> None:
    rows = read_yaml(GOLD)["actors"]
    countries, sectors = Counter[str](), Counter[str]()
    for row in rows:
        found = affiliation(row["actor"])
        countries[outcome(found.country, [row["country"]])] += 1
        sectors[outcome(found.sector, row["sectors"])] += 1
    for name, counts in (("country", countries), ("sector", sectors)):
        print(json.dumps({"field": name, **counts, "right": share(counts["right"], len(rows))}))


def outcome(found: str | None, gold: list[str | None]) -> str:
    if found in gold:
        return "right"
    return "unknown" if found is None else "wrong"


def share(right: int, rows: int) -> str:
    bounds = binomtest(right, rows).proportion_ci(method="wilson")
    return f"{right}/{rows} = {right / rows:.1%} [{bounds.low:.1%}, {bounds.high:.1%}]"


if __name__ == "__main__":
    main()
