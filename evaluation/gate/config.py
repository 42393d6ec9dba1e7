"""What the gate allows: defaults, and what single tasks override key by key."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from data.strict_yaml import parse_model
from evaluation.bootstrap import MIN_DOCUMENTS

Share = Annotated[float, Field(ge=0, lt=1)]
Ratio = Annotated[float, Field(ge=1)]
Documents = Annotated[int, Field(ge=MIN_DOCUMENTS)]


class Rule(BaseModel):
    """A section of the config: closed, immutable, without NaN and infinity."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MacroF1Rule(Rule):
    """A drop of the margin is to be excluded, over that many documents or more."""

    margin: Share = 0.03
    min_documents: Documents = 30


class LabelRule(Rule):
    """How much F1 any label may lose, and the F1 that single labels must reach."""

    margin: Share = 0.1
    floors: dict[str, Share] = Field(default_factory=dict)


class SliceRule(Rule):
    """How much of its wholly right rows a slice of that many rows and documents may lose."""

    margin: Share = 0.1
    min_rows: Annotated[int, Field(ge=1)] = 20
    min_documents: Documents = MIN_DOCUMENTS


class BehaviourRule(Rule):
    """How much a failure rate may rise; `margins` are those of single capabilities."""

    margin: Share = 0.05
    margins: dict[str, Share] = Field(default_factory=dict)


class CalibrationRule(Rule):
    """How much log-loss and the expected calibration error may rise."""

    log_loss: Annotated[float, Field(ge=0)] = 0.1
    ece: Share = 0.05


class CostRule(Rule):
    """Median latency and size of the candidate over those of the accepted model."""

    latency: Ratio = 1.5
    size: Ratio = 1.25


class Rules(Rule):
    """What holds for one task; a section that is None is not checked."""

    macro_f1: MacroF1Rule = MacroF1Rule()
    labels: LabelRule | None = LabelRule()
    slices: SliceRule | None = SliceRule()
    behaviour: BehaviourRule | None = BehaviourRule()
    calibration: CalibrationRule | None = CalibrationRule()
    cost: CostRule | None = CostRule()


class GateConfig(Rule):
    """The rules of every task; a task's own hold only the keys that differ."""

    defaults: Rules = Rules()
    tasks: dict[str, Rules] = Field(default_factory=dict)

    def rules(self, task: str) -> Rules:
        """The defaults with the task's own keys in their place."""
        own = self.tasks.get(task)
        return self.defaults if own is None else _overridden(self.defaults, own)


def load_gate_config(path: Path) -> GateConfig:
    """Reads a YAML of that shape. Raises BadInput with all that is wrong in it."""
    return parse_model(path, GateConfig)


Section = TypeVar("Section", bound=Rule)


def _overridden(base: Section, own: Section) -> Section:
    """The keys that `own` was given, in the place of the base's, section by section."""
    changed: dict[str, object] = {}
    for name in own.model_fields_set:
        old, new = getattr(base, name), getattr(own, name)
        if isinstance(old, Rule) and isinstance(new, Rule):
            changed[name] = _overridden(old, new)
        elif isinstance(old, dict) and isinstance(new, dict):
            changed[name] = old | new
        else:
            changed[name] = new
    return base.model_copy(update=changed)
