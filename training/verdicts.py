"""What the gate has said of an artifact, kept as tags of the run that trained it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

TAG: Final = "gate.on."  # and a dataset's name: "<outcome> <sha256 of the artifact's manifest>"
WORST_FIRST: Final = ("fail", "not enough data", "first", "pass")


@dataclass(frozen=True)
class Judged:
    """The outcomes of one artifact by dataset: pass, fail, not enough data, or first.

    `first`: the report was accepted with nothing to hold it against.
    """

    outcomes: dict[str, str]

    @property
    def outcome(self) -> str:
        """The worst of them; `none` where the gate was never asked."""
        return min(self.outcomes.values(), key=WORST_FIRST.index, default="none")

    def moves(self, occupied: bool) -> bool:
        """Whether an alias may come to the artifact: a first one takes only a free alias."""
        return self.outcome == "pass" or (self.outcome == "first" and not occupied)


def verdict_tag(dataset: str, outcome: str, manifest: str | None) -> dict[str, str]:
    """The tag by which a gate's outcome on a dataset is found again; of no artifact, none."""
    return {f"{TAG}{dataset}": f"{outcome} {manifest}"} if manifest else {}


def judged(tags: Mapping[str, str], manifests: Collection[str]) -> Judged:
    """What the tags of a run say of the artifact with these manifests, not of an earlier one."""
    found = {}
    for name, value in sorted(tags.items()):
        outcome, _, of = value.rpartition(" ")
        if name.startswith(TAG) and of in manifests:
            found[name.removeprefix(TAG)] = outcome if outcome in WORST_FIRST else "fail"
    return Judged(found)
