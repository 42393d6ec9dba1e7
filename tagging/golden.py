"""Golden answers: fixed texts with what the model said of them when it was made, asked at load.

They show that this machine's libraries answer as those of training did. The texts are ours, so
that no artifact carries sentences of its training data.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from data.errors import BadInput
from data.records import Example, Mark
from tagging.closed import read_json, record

GOLDEN = "golden.jsonl"
NEAR = 1e-3  # of a probability; a processor's last bit may grow to a third of it in calibration
NEAR_INT8 = 0.1  # processors round whole numbers differently
SPAN = re.compile(r"\[([^\]]*)\]")
TEXTS = (  # the k-th bracket is the k-th mark, without brackets the text has no mark
    "Shells fired from [Arvandia] hit a market in [Belstok] on Tuesday.",
    "The [prime minister] met [opposition leaders] for a second round of talks.",
    "[Police] detained forty [students] outside the ministry.",
    "[Fishermen] blocked the harbour road to protest against [the new quota].",
    "[The coast guard] towed a drifting ferry to [Port Luma].",
    "[Rebels] released six [aid workers] whom they had held since June.",
    "Trucks with flour left [the depot] for [the flooded valley].",
    "[The general] threatened to close the border to [traders].",
    "[Two parties] signed an agreement with [the union] after a strike of nine days.",
    "[A spokeswoman] accused [the mining company] of hiding its accounts.",
    "[Parliament] rejected the budget that [the cabinet] had sent.",
    "[The council] asked [donors] for blankets and water pumps.",
    "Sanctions on [the shipping line] were lifted, [officials] said.",
    "[Troops] withdrew from [the northern plateau] at dawn.",
    "Nobody was hurt when [a drone] fell near [the airport].",
    "[Marchers] walked from [the cathedral] to the town hall.",
    "The festival opened with music and a long dinner.",
    "“[We] did not attack [them],” he said — twice.",
    "[Ñuñoa's] mayor flew to [Kraków] 🛩️ and back.",
    "[قوات] crossed into [السهل], witnesses said.",
    "[北] to [南]",
    "[A&B <Ltd>] sued [“C;D\\E”].",
    "... [x] !!! [y] ???",
    "Word",
)
Predict = Callable[[Sequence[Example]], Sequence["Answer"]]


class Answer(Protocol):
    """What a model says of an example; `tagging.artifact.Prediction` is one."""

    @property
    def labels(self) -> tuple[str, ...]: ...
    @property
    def probabilities(self) -> dict[str, float]: ...


@dataclass(frozen=True)
class Golden:
    """A text with its marks, what fp32 decided and thought probable, and what int8 did."""

    text: str
    marks: tuple[Mark, ...]
    labels: tuple[str, ...]
    probabilities: dict[str, float]
    int8: dict[str, float] | None = None

    def example(self, number: int) -> Example:
        return Example(f"golden-{number}", "golden", self.text, self.marks)


def questions(marks: Sequence[str]) -> list[Example]:
    """The texts as examples of a task with these marks."""
    return [_question(text, number, marks) for number, text in enumerate(TEXTS, start=1)]


def _question(marked: str, number: int, names: Sequence[str]) -> Example:
    text, marks, end = "", list[Mark](), 0
    spans = list(SPAN.finditer(marked))
    for place, span in enumerate(spans):
        text += marked[end : span.start()]
        if place < len(names):
            marks.append(Mark(names[place], len(text), len(text) + len(span[1])))
        text, end = text + span[1], span.end()
    return Example(f"golden-{number}", "golden", text + marked[end:], tuple(marks))


def write_golden(path: Path, marks: Sequence[str], predict: Predict, int8: Predict | None) -> None:
    """Asks the models and keeps what they say, a line a text."""
    asked = questions(marks)
    beside = int8(asked) if int8 else [None] * len(asked)
    rows = zip(asked, predict(asked), beside, strict=True)
    lines = (
        Golden(
            example.text,
            example.marks,
            said.labels,
            said.probabilities,
            other.probabilities if other else None,
        )
        for example, said, other in rows
    )
    content = "".join(json.dumps(asdict(line), ensure_ascii=False) + "\n" for line in lines)
    path.write_text(content, encoding="utf-8")


def read_golden(content: bytes, path: Path) -> list[Golden]:
    """Raises BadInput with file:line."""
    return list(_rows(content, path))


def _rows(content: bytes, path: Path) -> Iterator[Golden]:
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            yield record(Golden, read_json(line), "the row")
        except ValueError as error:
            wanted = "a text with the model's answer"
            raise BadInput(wanted, str(error), "export again", path=path, line=number) from None


def replay(content: bytes, predict: Predict, int8: bool, folder: Path) -> None:
    """Asks the model again; raises BadInput where it says something else than when it was made."""
    rows = read_golden(content, folder / GOLDEN)
    found = predict([row.example(number) for number, row in enumerate(rows, start=1)])
    for number, (row, said) in enumerate(zip(rows, found, strict=True), start=1):
        expected, near = (row.int8, NEAR_INT8) if int8 else (row.probabilities, NEAR)
        if expected is None or expected.keys() != said.probabilities.keys():
            apart = 1.0
        else:
            apart = max(abs(said.probabilities[name] - value) for name, value in expected.items())
        if not apart <= near:
            raise BadInput(
                f"the golden answer within {near}",
                f"one that is {apart:.2g} away",
                "install the versions that artifact.json names, or export again",
                path=folder / GOLDEN,
                line=number,
            )
