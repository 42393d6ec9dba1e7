"""A model that remembers what it said: no example is predicted twice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from data.codebook import Codebook
from data.records import Example
from evaluation.rows import Prediction
from evaluation.score import Card, Scorable


@dataclass(frozen=True)
class Recorded:
    """Asks `model` for the examples whose ids are not in `kept`; folds may share one `kept`.

    Where it is not `told` their source, a model that knows guidelines answers by none of them.
    """

    model: Scorable
    kept: dict[str, Prediction] = field(default_factory=dict)
    told: bool = True

    @property
    def card(self) -> Card:
        return self.model.card

    @property
    def codebook(self) -> Codebook:
        return self.model.codebook

    @property
    def manifest_hash(self) -> str:
        return self.model.manifest_hash

    def predict(
        self,
        examples: Sequence[Example],
        batch_size: int = 32,
        progress: Callable[[int], None] | None = None,
    ) -> list[Prediction]:
        new = [example for example in examples if example.id not in self.kept]
        new = new if self.told else [replace(example, source="") for example in new]
        said = self.model.predict(new, batch_size, progress) if new else []
        self.kept.update(zip((example.id for example in new), said, strict=True))
        return [self.kept[example.id] for example in examples]
